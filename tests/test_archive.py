"""Decisions as graphs: a case is read back the same, citations name our topics, what was published stays apart."""

import datetime as dt
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kb import determine
from kb.archive.case_graph import case_triples
from kb.archive.citation import Library
from kb.archive.record import Recorder, Run, Source, decision_id
from kb.case.model import read_case
from kb.case.turtle import read_turtle
from kb.evaluate.leaves import DIMENSIONS
from kb.knowledge.ontology import Ontology
from kb.review import review
from kb.terms import DECISION, PROV, RDF, SCHEMA, SKOS

LETTERS = Path(__file__).parent / "letters"
RUN = Run("k1", "p1", dt.datetime(2020, 1, 1, 10, tzinfo=dt.UTC))
CASE = {
    "number": "A 1/2",
    "injured": "2012-03-17",
    "ur_decided": "2013-10-18",
    "decided": "2014-03-07",
    "age": 63,
    "sex": "female",
    "specialty": ["Pain Medicine", "Surgery"],
    "diagnoses": ["low_back_strain", {"concept": "low_back_pain", "status": "absent", "site": "lumbar_spine"}],
    "findings": [{"concept": "pain_score", "value": 7.5, "date": "2013-10-01", "side": "left"}],
    "treatments": [
        {
            "service": "myofascial_release",
            "quantity": 6,
            "unit": "visit",
            "from": "2013-09-02",
            "outcome": "improved",
            "corrected": {"by": "a nurse", "on": "2020-02-01"},
        }
    ],
    "medications": [{"concept": "ibuprofen", "strength_mg": 600, "per_day": 2.5}],
    "documents": ["treatment_goals"],
    "requests": [
        {"service": "massage_therapy", "quantity": 6, "unit": "visit", "site": ["lumbar_spine"]},
        {"line": 2, "service": "compound_topical", "ingredients": ["ketoprofen", "lidocaine"], "depends_on": 1},
    ],
}


@pytest.fixture(scope="module")
def recorder(knowledge):
    return Recorder(knowledge)


def _sorted(case):
    for name in ("specialty", "diagnoses", "findings", "treatments", "medications", "documents", "requests"):
        getattr(case, name).sort(key=str)
    for request in case.requests:
        request.site = [request.site] if isinstance(request.site, str) else request.site
        request.ingredients.sort()
    return case


def _turtle(triples):
    return ox.serialize([ox.Triple(*triple) for triple in triples], format=ox.RdfFormat.TURTLE).decode()


def test_a_case_written_as_a_graph_and_read_back_is_the_same(knowledge):
    understood = determine(CASE, knowledge)["case"]
    back = read_turtle(_turtle(case_triples(understood, DECISION + "X")))
    assert _sorted(read_case(back)) == _sorted(read_case(understood))


@pytest.mark.parametrize("name", ["massage_2014.txt", "two_requests_2016.txt"])
def test_a_letter_kept_can_be_decided_again_from_its_graph(name, knowledge, recorder):
    answer = review(LETTERS / name, name, knowledge)
    case = read_turtle(_turtle(recorder.triples(answer, Source(name, "0" * 64), RUN)))
    for request in case["requests"]:
        request.pop("facts_key")
    again = determine(case, knowledge)
    told = {r["line"]: r["determination"] for r in answer["requests"]}
    assert {r["line"]: r["determination"]["verdict"] for r in again["requests"]} == {
        line: found["verdict"] for line, found in told.items()
    }


def test_what_was_published_stands_apart_and_reaches_neither_case_nor_determination(knowledge, recorder):
    name = "two_requests_2016.txt"
    text = (LETTERS / name).read_text(encoding="utf-8")
    other = re.sub(r"(?<=: )(Upheld|Overturned)", lambda m: "Overturned" if m[1] == "Upheld" else "Upheld", text)
    other = re.sub(r"(?<=guideline: )(?:.|\n)*?(?=\n\n)", "Decision based on MTUS Elbow Complaints 2007.", other)
    assert other != text
    graphs = [
        set(recorder.triples(review(words.encode(), name, knowledge), Source(name, "0" * 64), RUN))
        for words in (text, other)
    ]
    changed = graphs[0] ^ graphs[1]
    assert len(changed) >= 6
    assert all(re.search(r"\.(published|urCitation|imrCitation)$", triple[0].value) for triple in changed)
    apart = {t[0] for t in graphs[0] if re.search(r"\.(published|urCitation|imrCitation)$", t[0].value)}
    assert not [t for t in graphs[0] if t[2] in apart and t[0] not in apart]


def test_a_graph_says_where_it_comes_from(knowledge, recorder):
    answer = review(LETTERS / "massage_2014.txt", "massage_2014.txt", knowledge)
    found = {(s.value, p.value, o.value) for s, p, o in recorder.triples(answer, Source("a.txt", "ab" * 32), RUN)}
    decision = DECISION + "CM14-0990001"
    assert (decision, RDF + "type", SCHEMA + "Decision") in found
    assert (f"{decision}#file", SCHEMA + "sha256", "ab" * 32) in found
    assert (f"{decision}#review", PROV + "used", "https://w3id.org/mtus-kb/knowledge/k1") in found
    assert (f"{decision}#review", PROV + "endedAtTime", "2020-01-01T10:00:00Z") in found
    assert (decision, SCHEMA + "daysFromUr", "140") in found
    assert {o for s, p, o in found if p == SCHEMA + "verdict"} == {SCHEMA + "not_supported"}
    limit = "https://w3id.org/mtus-kb/mtus-chronic-pain-2009/massage_therapy#visit_limit"
    assert (f"{decision}#line1.determination", SCHEMA + "because", limit) in found
    cited = {o for s, p, o in found if p == SCHEMA + "citedTopic" and s.endswith("imrCitation")}
    assert cited == {"https://w3id.org/mtus-kb/mtus-chronic-pain-2009/massage_therapy"}


def test_every_term_of_a_graph_is_one_that_the_ontology_describes(knowledge, recorder):
    answers = [determine(CASE, knowledge)]
    answers += [review(LETTERS / n, n, knowledge) for n in ("massage_2014.txt", "two_requests_2016.txt")]
    terms = set()
    for answer in answers:
        for _, p, o in recorder.triples(answer, Source("a", "0" * 64), RUN):
            terms |= {term.value for term in (p, o) if isinstance(term, ox.NamedNode) and term.value.startswith(SCHEMA)}
    assert len(terms) > 40
    for term in terms:
        assert knowledge.ontology.text(term, SKOS + "definition"), term


def test_every_dimension_that_can_be_missing_has_its_term(knowledge):
    for dimension in DIMENSIONS:
        assert knowledge.ontology.text(f"{SCHEMA}missing{dimension.capitalize()}", SKOS + "definition"), dimension


def test_nothing_of_the_text_of_a_letter_is_kept_but_request_lines_and_citations(knowledge, recorder):
    answer = review(LETTERS / "massage_2014.txt", "massage_2014.txt", knowledge)
    kept = " ".join(t[2].value for t in recorder.triples(answer, Source("a", "0" * 64), RUN))
    assert "6 additional visits of massage" in kept
    for words in ("She takes ibuprofen", "Nerve studies", "Six visits were used"):
        assert words in answer["text"]
        assert words not in kept


def test_a_case_without_a_number_is_named_by_the_hash_of_its_file(knowledge):
    answer = determine({k: v for k, v in CASE.items() if k != "number"}, knowledge)
    assert decision_id(answer, Source("a.json", "12" * 32)) == "sha256-1212121212121212"


def test_equal_facts_have_one_key_whatever_the_day_the_person_and_the_order(knowledge, recorder):
    def key(**changes):
        triples = recorder.triples(determine({**CASE, **changes}, knowledge), Source("a", "0" * 64), RUN)
        return sorted(t[2].value for t in triples if t[1].value == SCHEMA + "factsKey")

    same = key()
    assert len(set(same)) == 2
    assert key(age=20, sex="male", number="B", decided="2014-04-01") == same
    assert key(diagnoses=CASE["diagnoses"][::-1]) == same
    assert key(diagnoses=CASE["diagnoses"][:1]) != same
    assert key(documents=[{"concept": "treatment_goals", "status": "absent"}]) != same


# --- citations ----------------------------------------------------------------------------------------------

NAMES = Path(__file__).parent / "asked" / "names.ttl"
UR = "The Claims Administrator based their decision on recommendation(s) outside of the MTUS Guidelines. "


@pytest.fixture(scope="module")
def library():
    return Library(Ontology([(t.subject, t.predicate, t.object) for t in ox.parse(path=str(NAMES))]))


@pytest.mark.parametrize(
    ("text", "guidelines", "topics", "unresolved"),
    [
        ("Decision based on MTUS Knee Complaints 2004.", ["knee-2004"], [], []),
        ("Decision based on MTUS Knee Complaints 2004, Section(s): Initial Care.",
         ["knee-2004"], ["knee-2004/brace"], []),
        ("Decision based on MTUS Ache 2016 Guidelines, Section(s): Pills, stomach & heart risk.",
         ["pain-2016"], ["pain-2016/pills"], []),
        ("Decision based on MTUS Ache 2016, Section(s): Pills, Pill, stomach and heart risks.",
         ["pain-2016"], ["pain-2016/many", "pain-2016/pills"], []),
        ("Decision based on MTUS Knee Complaints 2004, Section(s): Initial Care, Summary, and Ache 2016, Section(s): "
         "Pills.",
         ["knee-2004", "pain-2016"], ["knee-2004/brace", "pain-2016/many"], ["Summary"]),
        ("Decision based on MTUS Ache 2016, Section(s): 3.3.9 Pills for Ache: Long use of them, 4.1 Other.",
         ["pain-2016"], ["pain-2016/long"], ["Other"]),
        ("Decision based on MTUS Ache Guidelines Rubbing Page(s): 60.", ["pain-2009"], ["pain-2009/rub"], []),
        (UR + "Decision based on Non-MTUS Citation Book of Days (BOD), Knee & Leg (updated 1/2/16), Scans.",
         ["book-2016"], ["book-2016/scan_knee"], []),
        (UR + "Decision based on Non- MTUS Citation BOD Head - Scan.", ["book-2016"], ["book-2016/scan_head"], []),
        (UR + "Decision based on Non-MTUS BOD, Foot, Scan.", ["book-2016"], [], ["Foot", "Scan"]),
        ("Decision based on MTUS Knee Complaints 2004. Decision based on Non-MTUS Citation BOD Head, Scan.",
         ["knee-2004", "book-2016"], ["book-2016/scan_head"], []),
        (UR + "Decision based on Non-MTUS Citation Paper of Mine, 2007.", [], [], ["Paper of Mine"]),
    ],
)  # fmt: skip
def test_a_citation_names_editions_and_topics(text, guidelines, topics, unresolved, library):
    found = library.resolve(text, dt.date(2014, 1, 1))
    assert [iri.removeprefix("https://w3id.org/mtus-kb/") for iri in found.guidelines] == guidelines
    assert sorted(iri.removeprefix("https://w3id.org/mtus-kb/") for iri in found.topics) == topics
    assert found.unresolved == unresolved
    assert not found.nothing


def test_a_citation_without_a_year_means_the_edition_of_the_day(library):
    text = "Decision based on MTUS Ache Guidelines."
    days = {dt.date(2008, 1, 1): "pain-2016", dt.date(2014, 1, 1): "pain-2009", dt.date(2016, 7, 29): "pain-2016"}
    for day, name in days.items():
        assert library.resolve(text, day).guidelines == [f"https://w3id.org/mtus-kb/{name}"]


def test_a_citation_of_nothing_is_no_unresolved_one(library):
    found = library.resolve("The Expert Reviewer did not cite any medical evidence for its decision.", None)
    assert (found.nothing, found.guidelines, found.unresolved) == (True, [], [])
