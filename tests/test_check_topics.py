"""Test what `mtus check` says to a curator who writes a first topic: every slip has a line, its place and a way out."""

import re
import shutil

import pytest

from kb import load_knowledge
from kb.check.report import check
from kb.errors import KnowledgeError
from kb.settings import data_folder

PREFIXES = """@prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix kb: <https://w3id.org/mtus-kb/schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix phase: <https://w3id.org/mtus-kb/phase/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix unit: <https://w3id.org/mtus-kb/unit/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CONCEPTS = "".join(
    f'c:{name} a owl:Class ; rdfs:subClassOf c:{above} ; skos:prefLabel "{name}"@en ; skos:definition "{name}."@en .\n'
    for name, above in {
        "treatment": "thing", "service": "treatment", "cane": "service", "crutch": "service", "finding": "thing",
        "knee_instability": "finding", "fall": "finding", "diagnosis": "thing", "strain": "diagnosis",
    }.items()
).replace("rdfs:subClassOf c:thing ;", "rdfs:label 'root' ;")  # fmt: skip
GUIDELINE = """<https://w3id.org/mtus-kb/g> a kb:Guideline ; dct:title "G" ; kb:edition "1" ; kb:rung 1 ;
    kb:validFrom "2000-01-01"^^xsd:date ; dct:isVersionOf <https://w3id.org/mtus-kb/gs> .
"""
KNOWN = 'kb:verification kb:recalled ; kb:encodes "a/1"'
BASE = "@base <https://w3id.org/mtus-kb/g/cane> .\n"
HEAD = f'{BASE}{PREFIXES}<> a kb:Topic ; dct:title "Cane" ; dct:isPartOf <../g> ; kb:section "Cane" .\n'
RECOMMENDATION = (
    f"<#r> a kb:Recommendation ; dct:isPartOf <> ; kb:service c:cane ; kb:stance kb:recommended ; {KNOWN} ;\n"
)
UNSTABLE = f"<#unstable> a kb:RequiredFinding ; kb:concept c:knee_instability ; {KNOWN} .\n"
ONE_CANE = (
    f"<#one_cane> a kb:CountLimit ; kb:limit 1 ; kb:unit unit:item ; kb:counts c:cane ; kb:scope kb:total ; {KNOWN} .\n"
)
TREE = "    kb:criteria <#all> .\n<#all> a kb:Node ; kb:allOf <#unstable> , <#one_cane> .\n"
GOOD = RECOMMENDATION + TREE + UNSTABLE + ONE_CANE
CASE = "{requested: 2020-01-01, findings: [knee_instability], requests: [{service: cane, quantity: 1, unit: item}]}"
CASES = f"- name: one\n  case: {CASE}\n  expect: {{verdict: supported, because: [unstable, one_cane]}}\n"
MORE = (
    f"- name: one too many\n  case: {CASE.replace('quantity: 1', 'quantity: 2')}\n"
    "  expect: {verdict: supported_in_part, amount: 1}\n"
    f"- name: nothing is said\n  case: {CASE.replace('findings: [knee_instability], ', '')}\n"
    "  expect: {verdict: undocumented, missing: [unstable]}\n"
)


def world(folder, topic=GOOD, cases=CASES + MORE):
    """Write an ontology of one guideline with one topic."""
    shutil.copytree(data_folder("ontology") / "core", folder / "core")
    (folder / "core" / "request_lines.ttl").unlink()
    (folder / "core" / "examination.ttl").unlink(missing_ok=True)
    for name, text in {
        "concepts/all.ttl": PREFIXES + CONCEPTS,
        "guidelines/g/guideline.ttl": PREFIXES + GUIDELINE,
        "guidelines/g/cane.ttl": HEAD + topic,
        "guidelines/g/cane.cases.yaml": cases,
    }.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def lines(folder):
    """Check, and write every error and warning as the user sees it."""
    return [str(d) for d in check(folder).defects if d.level != "info"]


def test_a_sound_topic_has_no_defect(tmp_path):
    report = check(world(tmp_path))
    assert report.defects == []
    assert report.cases == 3


def bad(old, new):
    """Put one slip into the sound topic."""
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


SLIPS = {
    "nameless criteria": (
        bad("kb:criteria <#all>", "kb:criteria [ a kb:Node ; kb:allOf <#unstable> ]"),
        ["error blank-node g/cane#r (guidelines/g/cane.ttl line 12)"],
    ),
    "predicate": (bad("kb:scope kb:total", "kb:strenght kb:usual ; kb:scope kb:total"), ["Did you mean `strength`?"]),
    "stance": (bad("kb:recommended", "kb:recomended"), ["`kb:recomended` is no term", "Did you mean `recommended`?"]),
    "kind": (bad("kb:CountLimit", "kb:CountLimmit"), ["Did you mean `CountLimit`?"]),
    "concept": (bad("c:knee_instability", "c:knee_instabilty"), ["Did you mean `knee_instability`?", "line 15"]),
    "region": (bad("kb:stance", 'kb:region "knee" ; kb:stance'), ["never [ … ] nor a text; it has `knee`."]),
    "time": (bad("unit:item", "unit:week"), ["error limit-counts-no-things g/cane#one_cane"]),
    "unit": (bad("unit:item", "unit:iten"), ["Did you mean `item`?"]),
    "two roles": (bad("<#all> a kb:Node ;", "<#all> a kb:Node ; kb:unless <#unstable> ;"), ["criterion-in-two-roles"]),
    "at least": (bad("kb:allOf", "kb:atLeast 3 ; kb:anyOf"), ["asks for at least 3 of 2; correct kb:atLeast"]),
    "backwards": (bad("kb:allOf <#unstable> ,", "kb:allOf <#unstable> ; kb:exceptWhen"), ["counting-limit-bars"]),
    "forbidden limit": (
        bad("kb:criteria <#all> .", "kb:contraindication <#one_cane> ; kb:criteria <#unstable> .\n"),
        ["counting-limit-bars g/cane#one_cane"],
    ),
    "bounds": (bad("kb:limit 1", "kb:limit 1.5e"), ["error turtle guidelines/g/cane.ttl"]),
    "two exceptions": (
        bad("<#all> a kb:Node ;", "<#all> a kb:Node ; kb:unless <#u> ; kb:exceptWhen <#v> ;"),
        ["Put this node under another with kb:allOf"],
    ),
    "slot": (bad("kb:limit 1", "kb:minimum 1 ; kb:limit 1"), ["error slot-of-another-kind g/cane#one_cane"]),
    "no such node": (
        bad("kb:criteria <#all>", "kb:criteria <#al>"),
        ["`g/cane#al` is described nowhere; did you mean `g/cane#all`?"],
    ),
    "topic": (bad("dct:isPartOf <>", "dct:isPartOf <canes>"), ["a recommendation needs dct:isPartOf, its topic"]),
    "date": (bad("kb:stance", 'kb:validFrom "2020-13-01" ; kb:stance'), ["has no date in `2020-13-01`"]),
}  # fmt: skip


@pytest.mark.parametrize(("topic", "wanted"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_named_with_its_place_and_the_way_out(tmp_path, topic, wanted):
    found = lines(world(tmp_path, topic))
    for words in wanted:
        assert any(words in line for line in found), (words, found)
    assert all("guidelines/g/cane" in line for line in found), found
    assert not any("Mend it." in line for line in found)
    assert sum(" topic-case " in line for line in found) <= 1, found


@pytest.mark.parametrize(
    "slip",
    ["nameless criteria", "stance", "kind", "at least", "two exceptions", "region", "no such node", "topic", "date"],
)
def test_what_would_be_passed_over_is_refused_when_loading(tmp_path, slip):
    with pytest.raises(KnowledgeError, match=r"cannot read `g/cane#r` in `guidelines/g/cane\.ttl`|a blank node is"):
        load_knowledge(world(tmp_path, SLIPS[slip][0]))


def test_a_slot_without_a_name_is_refused_when_loading(tmp_path):
    with pytest.raises(KnowledgeError, match="`g/cane#unstable` has a blank node under kb:concept"):
        load_knowledge(world(tmp_path, bad("c:knee_instability", "[ rdfs:label 'x' ]")))


CASE_SLIPS = {
    "verdict": (CASES.replace("supported", "suported"), "unknown verdict `suported`; did you mean `supported`?"),
    "key": (CASES.replace("because", "becuase"), "unknown key `becuase`; did you mean `because`?"),
    "identifier": (CASES.replace("one_cane]", "one_can]"), "unknown `g/cane#one_can`; did you mean `g/cane#one_cane`?"),
    "status": (CASES.replace("[unstable, one_cane]", "[], value: {r: meet}"), "status `meet`; did you mean `met`?"),
    "yaml": (CASES.replace("[unstable", "[[unstable"), "malformed YAML in `g/cane.cases.yaml` line 3"),
    "part": (CASES.replace("expect", "expected"), "`g/cane.cases.yaml` must have exactly name, case and expect"),
    "nothing": (CASES[: CASES.index("{verdict")] + "{line: 1}\n", "expects nothing; give verdict"),
    "no list of names": (CASES.replace("[unstable, one_cane]", "unstable"), "has no list under because"),
    "twice": (CASES + CASES, "two cases of `g/cane.cases.yaml` have the name `one`"),
    "no list": ("name: x\n", "is no list of cases"),
    "concept": (CASES.replace("[knee_instability]", "[knee_instabilty]"), "did you mean `knee_instability`?"),
}  # fmt: skip


@pytest.mark.parametrize(("cases", "wanted"), CASE_SLIPS.values(), ids=CASE_SLIPS)
def test_a_slip_in_a_case_is_one_line_with_its_file(tmp_path, cases, wanted):
    found = [d for d in check(world(tmp_path, cases=cases)).defects if d.level == "error"]
    assert any(wanted in str(d) and d.file == "guidelines/g/cane.cases.yaml" for d in found), found
    assert all("\n" not in str(d) for d in found)


def test_topics_and_cases_come_in_pairs(tmp_path):
    folder = world(tmp_path, cases=None)
    (folder / "guidelines/g/crutch.cases.yaml").write_text(CASES.replace("unstable, one_cane", ""))
    found = lines(folder)
    assert any(line.startswith("error topic-without-cases g/cane (guidelines/g/cane.ttl)") for line in found)
    assert any(line.startswith("error cases-without-topic guidelines/g/crutch.cases.yaml") for line in found)


def test_a_topic_of_notes_needs_no_cases(tmp_path):
    note = "<#n> a kb:Note ; skos:definition 'It is so.'@en ; kb:reason kb:definition ;"
    assert lines(world(tmp_path, f"{note} {KNOWN} .\n", cases=None)) == []


def test_a_recommendation_that_no_case_tries_is_named(tmp_path):
    other = RECOMMENDATION.replace("#r", "#other").replace("c:cane", "c:crutch").replace(" ;\n", " .\n")
    (found,) = check(world(tmp_path, GOOD + other)).defects
    assert (found.name, found.subject, found.level) == ("recommendation-without-case", "g/cane#other", "warning")


def test_causes_come_before_what_follows_from_them(tmp_path):
    found = [d.name for d in check(world(tmp_path, bad("c:knee_instability", "c:knee_instabilty"))).defects]
    assert found == ["unknown-concept", "topic-case"]


def test_one_broken_tree_leaves_the_cases_of_the_others(tmp_path):
    folder = world(tmp_path)
    broken = (HEAD + GOOD).replace("/cane>", "/crutch>").replace("c:cane", "c:crutch").replace("kb:allOf", "kb:allof")
    (folder / "guidelines/g/crutch.ttl").write_text(broken)
    (folder / "guidelines/g/crutch.cases.yaml").write_text(
        CASES.replace("cane", "crutch").replace("one_crutch", "one_cane")
    )
    report = check(folder)
    assert report.cases == 4
    assert {d.file.split("/")[-1].split(".")[0] for d in report.defects} == {"crutch"}
    (summed,) = [d for d in report.defects if d.name == "topic-case"]
    assert summed.message == "1 case comes out otherwise."


def test_a_broken_file_of_concepts_says_why_no_case_ran(tmp_path):
    folder = world(tmp_path)
    (folder / "concepts/all.ttl").write_text(PREFIXES + "c:cane a owl:Class ; .. \n")
    report = check(folder)
    assert [d.name for d in report.defects] == ["turtle", "not-checked"]
    assert "every topic needs `concepts/all.ttl`" in report.defects[1].message
    assert report.cases == 0


def test_two_topics_with_one_base_are_both_named(tmp_path):
    folder = world(tmp_path)
    (folder / "guidelines/g/crutch.ttl").write_text(HEAD)
    (twice, elsewhere) = [d for d in check(folder).defects if d.name.startswith("topic-")]
    assert twice.message == "`guidelines/g/cane.ttl` and `guidelines/g/crutch.ttl` have the same @base."
    assert "does not end in `g/crutch`" in elsewhere.message


def test_a_gap_between_editions_is_a_warning(tmp_path):
    folder = world(tmp_path)
    later = GUIDELINE.replace("/g>", "/h>").replace("2000-01-01", "2021-01-01")
    (folder / "guidelines/h").mkdir()
    (folder / "guidelines/h/guideline.ttl").write_text(PREFIXES + later)
    first = GUIDELINE.replace("dct:isVersionOf", 'kb:validUntil "2020-12-30"^^xsd:date ; dct:isVersionOf')
    (folder / "guidelines/g/guideline.ttl").write_text(PREFIXES + first)
    (found,) = check(folder).defects
    assert found.message == "No edition of the guideline is in force from 2020-12-31 until 2020-12-31."
    (folder / "guidelines/g/guideline.ttl").write_text(PREFIXES + first.replace("12-30", "12-31"))
    assert check(folder).defects == []


def test_a_recommendation_that_another_always_overrides_is_an_error(tmp_path):
    hidden = RECOMMENDATION.replace("#r", "#hidden").replace("kb:stance", "kb:condition c:diagnosis ; kb:stance")
    topic = GOOD.replace("kb:criteria", "kb:overrides <#hidden> ; kb:criteria", 1) + re.sub(r";\n$", ".\n", hidden)
    found = [d for d in check(world(tmp_path, topic)).defects if d.name == "never-live"]
    assert [d.subject for d in found] == ["g/cane#hidden"]
    assert "`g/cane#r` overrides it" in found[0].message


def test_lines_point_at_what_is_wrong(tmp_path):
    text = HEAD + bad("kb:scope kb:total", "kb:scope kb:totall")
    found = [d for d in check(world(tmp_path, bad("kb:scope kb:total", "kb:scope kb:totall"))).defects if d.line]
    assert {text.splitlines()[d.line - 1].split()[0] for d in found if d.file.endswith(".ttl")} == {"<#one_cane>"}


def test_cases_are_decided_alike_in_one_process_and_in_several(tmp_path, monkeypatch):
    cases = CASES + CASES.replace("name: one", "name: two").replace("quantity: 1", "quantity: 2")
    folder = world(tmp_path, cases=cases)
    alone = check(folder)
    monkeypatch.setattr("kb.check.workers._WORTH_IT", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert check(folder).defects == alone.defects
    assert [d.message for d in alone.defects] == ["two: verdict is supported_in_part, expected supported."]


EXEMPTION = (
    '<#known> a kb:Exemption ; kb:exempts <#other> ; kb:fromCheck "recommendation-without-case" ;\n'
    '    skos:editorialNote "The service is asked for elsewhere."@en .\n'
)
UNTRIED = RECOMMENDATION.replace("#r", "#other").replace("c:cane", "c:crutch").replace(" ;\n", " .\n")


def test_a_warning_is_exempt_with_a_reason(tmp_path):
    assert lines(world(tmp_path, GOOD + UNTRIED + EXEMPTION)) == []


WIDE = RECOMMENDATION.replace("#r", "#wide").replace("c:cane", "c:service").replace(" ;\n", " .\n")
NEVER = EXEMPTION.replace("#other", "#wide").replace("recommendation-without-case", "recommendation-decides-no-case")


def test_a_recommendation_that_decides_in_no_case_says_why_or_is_a_warning(tmp_path):
    shown = MORE + "- name: of a crutch\n  case: {requested: 2020-01-01, requests: [{service: crutch}]}\n" + (
        "  expect: {verdict: supported, applies: {wide: met}}\n")  # fmt: skip
    assert "recommendation-decides-no-case" not in str(lines(world(tmp_path / "shown", GOOD + WIDE, CASES + shown)))
    (found,) = [d for d in check(world(tmp_path / "not", GOOD + WIDE)).defects if "decides" in d.name]
    assert (found.name, found.subject, found.level) == ("recommendation-decides-no-case", "g/cane#wide", "warning")
    exempt = lines(world(tmp_path / "exempt", GOOD + WIDE + NEVER))
    assert not [line for line in exempt if "decides" in line or "exemption" in line], exempt


def test_an_exemption_needs_its_reason(tmp_path):
    topic = GOOD + UNTRIED + EXEMPTION.replace('skos:editorialNote "The service is asked for elsewhere."@en .', ".")
    found = lines(world(tmp_path, topic))
    assert any("an exemption needs its reason" in line for line in found), found


def test_an_exemption_that_exempts_nothing_is_a_warning(tmp_path):
    (found,) = check(world(tmp_path, GOOD + EXEMPTION.replace("<#other>", "<#r>"))).defects
    assert (found.name, found.subject, found.level) == ("exemption-without-effect", "g/cane#known", "warning")
