"""What was read can be written out, corrected and handed in again; who corrected it is shown and decides nothing."""

from functools import partial
from pathlib import Path

import commands
import pytest
import yaml
from jsonschema import Draft202012Validator

from kb import determine_many
from kb.answer.case_file import case_file
from kb.answer.schema import schema
from kb.browse.answers import page
from kb.errors import CaseError
from kb.review import read_facts, review, review_again, review_together

HERE = Path(__file__).parent
LETTER = HERE / "letters" / "massage_2014.txt"
INVENTED = sorted(file for file in (HERE / "letters").iterdir() if file.stem != "locked_by_password")
PUBLISHED = HERE.parents[1] / "shared" / "letters"
RECORD = {"by": "A. Reader", "on": "2026-01-31"}


def _written(file, knowledge):
    return case_file(*read_facts(file, file.name, knowledge))


def _decided(answer):
    return [(request["error"], request["determination"]) for request in answer["requests"]]


def _same_again(file, knowledge):
    case, text = read_facts(file, file.name, knowledge)
    again = review(case_file(case, text).encode(), "case.yaml", knowledge)
    return _decided(again) == _decided(review_again(case, text, knowledge))


@pytest.mark.parametrize("file", INVENTED, ids=lambda file: file.stem)
def test_an_invented_letter_written_out_gives_the_same_determination(file, knowledge):
    assert _same_again(file, knowledge)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published letters are not here")
def test_published_letters_written_out_give_the_same_determinations(knowledge):
    letters = sorted([*PUBLISHED.glob("*.pdf"), *PUBLISHED.glob("CM*.txt")])
    assert len(letters) == 116
    read = [read_facts(file, file.name, knowledge) for file in letters]
    written = [(case_file(case, text).encode(), "case.yaml") for case, text in read]
    as_read, again = determine_many((case for case, _ in read), knowledge), review_together(written, knowledge)
    pairs = zip(letters, as_read, again, strict=True)
    assert [file.name for file, one, other in pairs if _decided(one) != _decided(other)] == []


def test_each_fact_stands_below_its_sentence(knowledge):
    text = _written(LETTER, knowledge)
    lines = text.splitlines()
    at = lines.index("  - concept: low_back_strain")
    assert lines[at - 1] == '  # "Her doctor names the trouble low back strain."'
    case, _ = read_facts(LETTER, LETTER.name, knowledge)
    facts = [*case.diagnoses, *case.findings, *case.treatments, *case.medications, *case.documents]
    found = yaml.safe_load(text)
    kinds = ("diagnoses", "findings", "treatments", "medications", "documents")
    assert len(facts) == sum(len(found.get(kind, [])) for kind in kinds) > 0


def _corrected(knowledge):
    """Correct the earlier visits of the letter from six to none, and say who did."""
    case = yaml.safe_load(_written(LETTER, knowledge))
    course = next(care for care in case["treatments"] if care["service"] == "myofascial_release")
    course |= {"quantity": 0, "corrected": RECORD}
    case["requests"][0]["corrected"] = RECORD
    return case


def test_a_corrected_fact_changes_the_verdict_and_is_shown(knowledge):
    before = review(LETTER, LETTER.name, knowledge)
    answer = review(yaml.safe_dump(_corrected(knowledge)).encode(), "case.yaml", knowledge)
    assert before["requests"][0]["determination"]["verdict"] == "not_supported"
    assert answer["requests"][0]["determination"]["verdict"] == "undocumented"
    records = {fact["concept"]: fact["corrected"] for fact in answer["facts"] if fact["corrected"]}
    assert records == {"myofascial_release": RECORD}
    assert answer["requests"][0]["corrected"] == RECORD
    Draft202012Validator(schema("answer")).validate(answer)
    assert page([answer], knowledge).count("corrected by A. Reader on 2026-01-31") >= 2


def test_the_record_of_a_correction_decides_nothing(knowledge):
    case = _corrected(knowledge)
    with_record = review(yaml.safe_dump(case).encode(), "case.yaml", knowledge)
    for item in (*case["treatments"], *case["requests"]):
        item.pop("corrected", None)
    without = review(yaml.safe_dump(case).encode(), "case.yaml", knowledge)
    assert _decided(with_record) == _decided(without)
    assert [fact["id"] for fact in with_record["facts"]] == [fact["id"] for fact in without["facts"]]


def test_the_record_is_written_plainly_in_yaml_and_in_prov_o_in_turtle(knowledge):
    plain = """
ur_decided: 2013-10-18
diagnoses: [{concept: low_back_strain, corrected: {by: A. Reader, on: 2026-01-31}}]
requests: [massage_therapy]
"""
    turtle = """@prefix kb: <https://w3id.org/mtus-kb/schema#> . @prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<#case> a kb:Case ; kb:urDecided "2013-10-18"^^xsd:date ; kb:requests [ kb:service c:massage_therapy ] ;
    kb:diagnoses [ kb:concept c:low_back_strain ; prov:generatedAtTime "2026-01-31T09:30:00Z"^^xsd:dateTime ;
        prov:wasAttributedTo [ a prov:Person ; rdfs:label "A. Reader" ] ] ."""
    one, other = (review(text.encode(), name, knowledge) for text, name in ((plain, "a.yaml"), (turtle, "a.ttl")))
    assert one["facts"][0]["corrected"] == RECORD
    assert one == other


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("{by: A. Reader, when: 2026-01-31}", "unknown key `when` at diagnoses[0].corrected; known keys are by, on"),
        ("{by: A. Reader}", "`diagnoses[0].corrected` has no `on`"),
        ("{by: A. Reader, on: soon}", "`soon` at `diagnoses[0].corrected.on` is no day of the calendar"),
    ],
)
def test_a_record_that_is_wrong_is_an_error(record, said, knowledge):
    text = f"ur_decided: 2013-10-18\ndiagnoses: [{{concept: low_back_strain, corrected: {record}}}]\nrequests: [x]\n"
    with pytest.raises(CaseError) as error:
        review(text.encode(), "case.yaml", knowledge)
    assert said in str(error.value)


def test_the_command_shows_facts_and_never_writes_over_corrections(tmp_path, knowledge):
    run, out = partial(commands.run, knowledge=knowledge), tmp_path / "case.yaml"
    shown = run("facts", str(LETTER)).stdout
    assert "Her doctor names the trouble low back strain." in " ".join(shown.split())
    assert run("facts", str(LETTER), "--edit", "-o", str(out)).returncode == 0
    assert run("review", str(out)).returncode == 0
    again = run("facts", str(LETTER), "--edit", "-o", str(out))
    assert (again.returncode, "exists" in again.stderr) == (2, True)
    assert run("facts", str(LETTER), "-o", str(tmp_path / "other.yaml")).returncode == 2
    assert run("facts", str(HERE / "letters" / "locked_by_password.pdf")).returncode == 3
