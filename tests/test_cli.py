"""The command line: what it prints, its exit codes, and one clear sentence for every bad input."""

import json
import os
from functools import partial
from pathlib import Path

import commands
import pytest
from click import Group
from click.testing import CliRunner
from commands import run_alone
from jsonschema import Draft202012Validator

from kb.answer.schema import schema
from kb.cli import app

ROOT = commands.ROOT
LETTER = ROOT / "tests" / "letters" / "massage_2014.txt"
CASE = {"ur_decided": "2013-10-18", "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}]}


@pytest.fixture
def run(knowledge):
    """Run a command in this process, over the knowledge that is loaded."""
    return partial(commands.run, knowledge=knowledge)


@pytest.fixture
def case_file(tmp_path):
    def write(case: object, name: str = "case.json") -> Path:
        file = tmp_path / name
        file.write_text(json.dumps(case) if name.endswith(".json") else str(case), encoding="utf-8")
        return file

    return write


def test_review_prints_what_a_nurse_understands(run):
    shown = run("review", str(LETTER)).stdout
    for words in (
        "not supported",
        "found 12 visits (6 earlier + 6 asked)",
        "page 60",
        "missing",
        "4 ways",
        "assumptions",
    ):
        assert words in shown


def test_review_as_json_is_a_list_that_fits_its_schema(run):
    done = run("review", str(LETTER), "--json")
    assert done.returncode == 0
    answers = json.loads(done.stdout)
    validator = Draft202012Validator(schema("answer"))
    for answer in answers:
        validator.validate(answer)


@pytest.mark.parametrize(
    ("words", "code"),
    [(("review", LETTER, "--json"), 0), (("query", "nothing"), 2), (("review", LETTER, "LICENSE"), 3)],
)
def test_a_process_of_its_own_says_the_same_to_the_byte(run, words, code):
    alone = run_alone(*words)  # sets have another order there
    assert alone == run(*words)
    assert alone.returncode == code


def test_review_writes_a_page(run, tmp_path):
    page = tmp_path / "page.html"
    assert run("review", str(LETTER), "--html", str(page)).returncode == 0
    text = page.read_text(encoding="utf-8")
    assert "Not supported" in text
    assert "Read in the letter" in text
    assert "<mark" in text


def test_the_same_case_as_json_yaml_and_turtle(run, case_file):
    as_yaml = "ur_decided: 2013-10-18\nrequests: [{service: massage_therapy, quantity: 6, unit: visit}]\n"
    as_turtle = """@prefix kb: <https://w3id.org/mtus-kb/schema#> .
        @prefix c: <https://w3id.org/mtus-kb/concept/> .
        @prefix unit: <https://w3id.org/mtus-kb/unit/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <#case> a kb:Case ; kb:urDecided "2013-10-18"^^xsd:date ;
            kb:requests [ kb:service c:massage_therapy ; kb:quantity 6 ; kb:unit unit:visit ] ."""
    files = [case_file(CASE), case_file(as_yaml, "case.yaml"), case_file(as_turtle, "case.ttl")]
    answers = json.loads(run("review", *files, "--json").stdout)
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["requests"][0]["determination"]["verdict"] == "undocumented"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"requests": []}, "no requests"),
        ({"treatmnts": []}, "unknown key `treatmnts`; did you mean `treatments`?"),
        ({"requests": [{"servce": "massage_therapy"}]}, "unknown key `servce` at requests[0]"),
        ({"requests": [{"service": "massage_therapy", "quantity": -1}]}, "requests[0].quantity"),
        ({"diagnoses": ["low_back_strane"]}, "unknown diagnosis `low_back_strane`; did you mean `low_back_strain`"),
        ({"injured": "2013-02-30"}, "`2013-02-30` at `injured` is no day of the calendar; write it as 2013-10-18"),
        ({"injured": "2014-01-01"}, "`injured` on `2014-01-01` is after `ur_decided` on `2013-10-18`"),
        ({"age": 131}, "`131` at `age` must be a whole number of at most 130"),
        ({"age": float("nan")}, "`nan` at `age` is no finite number"),
        ({"requests": [{"service": "a", "quantity": "six"}]}, "`six` at `requests[0].quantity` must be a number"),
        ({"findings": [{}]}, "`findings[0]` has no `concept`"),
        ({"treatments": [{"service": "a", "from": "2013-02-01", "to": "2012-02-01"}]}, "treatments[0] ends on"),
        ({"@context": "http://127.0.0.1:9/context.jsonld"}, "unknown key `@context`"),
        ({"phase": "late"}, "unknown phase `late`"),
        ({"findings": [{"concept": "red_flag", "status": "maybe"}]}, "must be one of present, absent"),
        ({"requests": [{"line": 1, "service": "massage_therapy"}, {"line": 1, "service": "acupuncture"}]}, "line `1`"),
        ({"treatments": [{"service": "massage_therapy", "unit": "visits"}]}, "unknown unit `visits`"),
    ],
)
def test_a_bad_case_is_one_sentence_and_exit_code_3(run, case_file, change, words):
    done = run("review", case_file({**CASE, **change}), "--json")
    assert done.returncode == 3
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("request_line", "words"),
    [
        ({"service": "masage_therapy"}, "did you mean `massage_therapy`"),
        ({"service": "massage_therapy", "asked": 12, "authorised": 6, "quantity": 4}, "quantity `4`"),
        ({"service": "massage_therapy", "asked": 6, "authorised": 12}, "more is authorised than asked"),
        ({"service": "massage_therapy", "depends_on": 9}, "line `9`"),
        ({"text": "something"}, "no service was understood"),
    ],
)
def test_a_bad_line_carries_its_error_and_the_others_are_decided(run, case_file, request_line, words):
    done = run("review", case_file({**CASE, "requests": [request_line, *CASE["requests"]]}), "--json")
    bad, good = json.loads(done.stdout)[0]["requests"]
    assert words in bad["error"]
    assert bad["determination"] is None
    assert good["determination"]["verdict"] == "undocumented"


def test_a_circle_of_lines_is_the_error_of_its_lines(run, case_file):
    lines = [
        {"line": 1, "service": "massage_therapy", "depends_on": 2},
        {"line": 2, "service": "acupuncture", "depends_on": 1},
        {"line": 3, "service": "massage_therapy", "quantity": 6, "unit": "visit"},
    ]
    answers = json.loads(run("review", case_file({**CASE, "requests": lines}), "--json").stdout)
    assert ["circle" in str(r["error"]) for r in answers[0]["requests"]] == [True, True, False]


def test_no_date_is_the_error_of_the_line(run, case_file):
    answers = json.loads(run("review", case_file({"requests": ["massage_therapy"]}), "--json").stdout)
    assert "no date selects the edition" in answers[0]["requests"][0]["error"]


def test_unreadable_files_are_told_and_the_rest_is_decided(run, tmp_path, case_file):
    files = {
        "latin.txt": b"\xff\xfe\xfa",
        "cut.pdf": b"%PDF-1.7\n1 0 obj",
        "plain.txt": b"no headings here",
        "empty.txt": b"",
        "long.txt": b"x" * 10_000_000,
        "broken.json": b"{",
        "empty.json": b"",
        "twice.json": b'{"age": 1, "age": 2}',
        "twice.yaml": b"age: 1\nage: 2\n",
        "digits.json": b'{"age": ' + b"1" * 5000 + b"}",
        "deep.json": b"[" * 200_000,
        "broken.ttl": b"<a> <b>",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    names = [tmp_path / name for name in files]
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    names += [tmp_path / "folder", tmp_path / "pipe"]
    done = run("review", *names, tmp_path / "missing.txt", case_file(CASE), "--json")
    assert done.returncode == 3
    assert len(json.loads(done.stdout)) == 1
    told = done.stderr.splitlines()
    for name in (*files, "missing.txt", "folder", "pipe"):
        [line] = [line for line in told if line.startswith((f"mtus: {name}: ", f"mtus: `{name}` "))]
        assert line.count(f" {name}:") + line.count(f"`{name}`") == 1
    assert "Traceback" not in done.stderr
    for said in ("`empty.json` holds no text; it is empty", "names the key `age` twice", "too many digits"):
        assert said in done.stderr
    assert "set_int_max_str_digits" not in done.stderr


def test_malformed_topic_file_and_line_are_named(run, tmp_path):
    folder = tmp_path / "ontology"
    folder.mkdir()
    (folder / "topic.ttl").write_text("@prefix kb: <https://w3id.org/mtus-kb/schema#> .\n\n<#a> kb:limit 6 6 .\n")
    done = run("lookup", "massage", "--ontology", str(folder))
    assert done.returncode == 2
    assert "`topic.ttl` line 3" in done.stderr


@pytest.mark.parametrize("name", ["case", "answer", "lookup"])
def test_schema_prints_a_valid_schema(run, name):
    Draft202012Validator.check_schema(json.loads(run("schema", name).stdout))


def test_schema_of_a_case_takes_every_written_case():
    import yaml

    validator = Draft202012Validator(schema("case"))
    for file in sorted((ROOT / "ontology" / "guidelines").rglob("*.cases.yaml")):
        for entry in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
            validator.validate(json.loads(json.dumps(entry["case"], default=str)))


def test_the_terminal_shows_parts_statutes_and_what_remains(run, case_file):
    lines = [
        {"line": 1, "text": "x" * 150, "service": "physical_therapy", "asked": 30, "authorised": 6, "unit": "visit"},
        {
            "line": 2,
            "service": "massage_therapy",
            "site": ["lumbar_spine", "cervical_spine"],
            "quantity": 6,
            "unit": "visit",
        },
    ]
    shown = run("review", case_file({**CASE, "injured": "2012-05-01", "requests": lines})).stdout
    assert "30 visits asked, 6 authorised by utilization review; 24 visits remain in dispute" in shown
    assert "limit set by statute; it is exceeded" in shown
    assert "part: massage therapy" in shown
    assert shown.count("x") >= 150


def test_what_advises_against_is_never_ticked(run, case_file):
    against = {"ur_decided": "2013-10-18", "diagnoses": ["low_back_pain"], "requests": ["facet_injection"]}
    shown = run("review", case_file(against)).stdout
    assert "advises against" in shown
    assert "✘" in shown
    assert not [line for line in shown.splitlines() if "✔" in line and "advises against" in line]


def test_advice_has_no_tick_and_each_word_is_explained_once(run):
    shown = run("review", str(LETTER)).stdout
    assert "· the record contains treatment goals" in shown
    assert shown.count("attested: published decisions report it") == 1
    assert "at most 6 visits of massage therapy in total" in shown  # a reading that changes the verdict, in words


def test_half_a_surrogate_pair_is_printed(run, case_file):
    file = case_file({**CASE, "requests": [{"text": "\ud800", "service": "massage_therapy"}]})
    for done in (run("review", file), run_alone("review", file, "--json")):
        assert done.returncode == 0, done.stderr


def test_lookup_of_a_wide_word_names_the_narrower_services(run):
    shown = run("lookup", "mri", "--on", "2013-10-18").stdout
    assert "narrower" in shown
    assert "mri_lumbar" in shown


def test_ask_as_csv_is_a_line(run, tmp_path):
    (tmp_path / "ask.rq").write_text("ASK { ?s ?p ?o }")
    assert run("sparql", tmp_path / "ask.rq").stdout == "boolean\ntrue\n"


def test_sparql_from_standard_input():
    done = run_alone("sparql", "-", given="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert int(done.stdout.splitlines()[1]) > 1000


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in app.commands if f"mtus {name}" not in readme and f"make {name}" not in readme]
    assert missing == []


def test_help_lists_every_command_with_its_whole_sentence():
    shown = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())
    for name, command in app.commands.items():
        assert f"{name} {' '.join(command.help.split())}" in shown


def _every_command(group, *before):
    for name, command in group.commands.items():
        yield from (
            _every_command(command, *before, name) if isinstance(command, Group) else [((*before, name), command)]
        )


@pytest.mark.parametrize(("words", "command"), [pytest.param(*c, id=" ".join(c[0])) for c in _every_command(app)])
def test_help_says_what_each_argument_and_option_is(words, command):
    shown = " ".join(CliRunner().invoke(app, [*words, "--help"]).stdout.split())
    assert command.params
    for param in command.params:
        assert param.help
        assert " ".join(param.help.split()) in shown


@pytest.mark.parametrize(("words", "first"), [([], "Decide:"), (["log"], "Commands:")])
def test_without_a_command_the_help_is_shown(words, first):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert first in done.output


def test_an_interrupted_command_ends_as_the_shell_expects(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kb.load_knowledge", interrupted)
    assert CliRunner().invoke(app, ["lookup", "massage"]).exit_code == 130


def test_every_error_can_be_imported_from_kb_and_stands_in_the_readme():
    import kb
    from kb import errors

    found = [errors.KbError]
    for error in found:
        found.extend(error.__subclasses__())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for error in found:
        assert getattr(kb, error.__name__) is error
        assert f"`{error.__name__}`" in readme
