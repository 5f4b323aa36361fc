"""Every section that a published decision cites is a topic of ours, or a reviewed table says why it is none.

`tests/data/sections.csv` holds what is cited: a guideline and edition as printed, a section (none: the guideline as a
whole), the topics that encode it, and why there is none. What lies outside the MTUS has no grammar, so it stands there
in lower case without punctuation and without the words that every such citation has.
"""

import csv
import datetime as dt
import json
import re
from pathlib import Path

import pytest

from kb import determine
from kb.letter.reader import read_letter
from kb.letter.text import read_text
from kb.terms import BASE, CONCEPT, DCT

SHARED = Path(__file__).parents[2] / "shared" / "letters"
DATA = Path(__file__).parent / "data"
OUTSIDE = "outside the MTUS"
# The citation of what is outside begins with these words; both are printed with a hyphen broken over a line, too.
_NON_MTUS = re.compile(r"\.?\s*Decision based on Non-\s?MTUS(?: Citation)?\s*")
_NOTHING = re.compile(r"did not cite any medical evidence")
_OPENING = re.compile(
    r"Decision based on MTUS\s+|The (?:Claims Administrator|Expert Reviewer) based their decision on .*"
)
_BETWEEN = re.compile(r"(?:, and | Guidelines(?=,|\.|$)|, |\.|Page\(s\): \d+|Section\(s\):|\s)+")
_WORDS_OF_ALL = re.compile(
    r"\(updated [\d/]+\)|\((?:thoracic and lumbar, )?acute and chronic\)|\(chronic\)|\(?(?:online|web) version\)?"
    r"|\b\d{1,2}/\d{1,2}/\d{4}\b|\b20\d\d\b|work loss data institute \(21th annual edition\)"
    r"|official disability guidelines|\bodg\b|\bguidelines?\b"
    r"|\b(?:chapter|section|topic|subheading|procedures?|summary)\b"
)
Row = dict[str, str]

needs_letters = pytest.mark.skipif(not SHARED.is_dir(), reason="the published decisions are not beside the checkout")


def table() -> list[Row]:
    """Read the reviewed table."""
    with (DATA / "sections.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


ROWS = table()
INSIDE = {
    (f"{row['guideline']} {row['edition']}".strip(), row["section"]) for row in ROWS if row["guideline"] != OUTSIDE
}
CITED_OUTSIDE = {row["section"] for row in ROWS if row["guideline"] == OUTSIDE}


def plain(text: str) -> str:
    """Leave of a free citation the words that tell it from others.

    >>> plain("Official Disability Guidelines (ODG), Low Back Chapter, MRI (magnetic resonance imaging).")
    'low back mri magnetic resonance imaging'
    """
    words = _WORDS_OF_ALL.sub(" ", text.lower().replace("&", "and"))
    return " ".join(re.sub(r"[^a-z0-9.]+", " ", words).replace(". ", " ").strip(" .").split())


def inside(text: str) -> list[tuple[str, str]]:
    """Split a citation of the MTUS into guideline and section, the longest names first as names hold commas.

    >>> inside("Acupuncture Treatment 2007, and Knee Complaints 2004, Section(s): Special Studies.")
    [('Acupuncture Treatment 2007', ''), ('Knee Complaints 2004', 'Special Studies')]
    >>> inside("Knee Complaints 2004, Section(s): Magic")
    Traceback (most recent call last):
    ValueError: `Magic` is no section of `Knee Complaints 2004` in the table
    """
    found: list[tuple[str, str]] = []
    guideline, rest = "", text
    while rest := _skipped(rest):
        name = _longest({g for g, _ in INSIDE}, rest)
        if name:
            guideline = name
            found.append((name, ""))
            rest = rest[len(name) :]
            continue
        section = _longest({s for g, s in INSIDE if g == guideline and s}, rest)
        if not section:
            raise ValueError(f"`{rest}` is no section of `{guideline}` in the table")
        found = [*(f for f in found if f != (guideline, "")), (guideline, section)]
        rest = rest[len(section) :]
    return found


def _skipped(text: str) -> str:
    between = _BETWEEN.match(text)
    return text[between.end() :] if between else text


def _longest(names: set[str], text: str) -> str:
    return max((name for name in names if text.startswith(name)), key=len, default="")


def cited(citation: str) -> list[tuple[str, str]]:
    """List what one citation names, as the table spells it."""
    if _NOTHING.search(citation):
        return []
    mtus, *outside = _NON_MTUS.split(re.sub(r"(?<=[a-z])- (?=[a-z])", "-", citation))
    return [*inside(_OPENING.sub("", mtus)), *((OUTSIDE, plain(part)) for part in outside)]


@pytest.fixture(scope="module")
def citations() -> list[str]:
    """List both citations of every request of every published decision."""
    files = sorted(file for file in SHARED.iterdir() if file.suffix == ".pdf" or file.name.startswith("CM"))
    requests = [request for file in files for request in read_letter(read_text(file, file.name)).requests]
    assert len(files) >= 116
    assert len(requests) >= 278
    return [text for request in requests for text in (request.ur_citation, request.imr_citation)]


@needs_letters
def test_every_cited_section_is_in_the_table(citations):
    missing = set()
    for citation in citations:
        try:
            missing |= {section for guideline, section in cited(citation) if guideline == OUTSIDE} - CITED_OUTSIDE
        except ValueError as error:
            missing.add(str(error))
    assert missing == set()


@needs_letters
def test_every_row_of_the_table_is_cited(citations):
    found = {pair for citation in citations for pair in cited(citation)}
    rows = INSIDE | {(OUTSIDE, section) for section in CITED_OUTSIDE}
    assert sorted(rows - found) == []


def test_a_row_has_a_topic_or_a_reason():
    assert [row for row in ROWS if not row["topics"] and not row["reason"]] == []
    assert len(ROWS) == len({(row["guideline"], row["edition"], row["section"]) for row in ROWS})


def test_every_topic_named_has_a_rule_or_a_note(knowledge):
    read = knowledge.ontology
    speaking = {read.text(iri, DCT + "isPartOf") for kind in ("Recommendation", "Note") for iri in read.instances(kind)}
    named = {topic for row in ROWS for topic in row["topics"].split()}
    assert sorted(topic for topic in named if BASE + topic not in speaking) == []


def test_a_topic_belongs_to_the_guideline_and_edition_that_is_cited(knowledge):
    read = knowledge.ontology
    for row in ROWS:
        if row["guideline"] == OUTSIDE or not row["edition"]:
            continue
        for topic in row["topics"].split():
            guideline = BASE + topic.split("/")[0]
            title = read.text(guideline, DCT + "title").removeprefix("MTUS ")
            assert title.replace("-", " ") == row["guideline"].replace("-", " "), (topic, row)
            assert topic.split("/")[0].endswith(row["edition"]), (topic, row)


# ---------------------------------------------------------------- services


def labelled() -> list[tuple[str, str, str]]:
    """List each service that a decision was coded with: its name there, ours, and a day on which it was asked for."""
    with (DATA / "names.csv").open(encoding="utf-8", newline="") as rows:
        ours = {row["label_name"]: row["ours"] for row in csv.DictReader(rows) if row["label_name"]}
    lines = (SHARED / "labels.jsonl").read_text(encoding="utf-8").splitlines() if SHARED.is_dir() else []
    days = {}
    for label in map(json.loads, lines):
        month, day, year = label["ur_denial_date"].split("/")
        days.setdefault(label["service"], f"{year}-{month}-{day}")
    return [(name, ours.get(name, ""), on) for name, on in sorted(days.items())]


def speaks_of(knowledge, service: str, on: str) -> bool:
    """Tell whether a recommendation of the day, no general one, names the service, a wider or a narrower one."""
    asked = CONCEPT + service
    return any(
        knowledge.is_below(asked, named) or knowledge.is_below(named, asked)
        for recommendation in knowledge.editions.speaking(dt.date.fromisoformat(on))
        if not recommendation.general and recommendation.rung > 0
        for named in recommendation.services
    )


@needs_letters
def test_every_service_of_the_decisions_is_a_concept(knowledge):
    services = labelled()
    assert len(services) == 132
    assert [name for name, ours, _ in services if ours not in knowledge.concepts] == []


@needs_letters
def test_a_request_for_it_meets_a_rule_or_there_is_none_to_meet(knowledge):
    general = {r.id for r in knowledge.recommendations.values() if r.general}
    silent = []
    for name, ours, on in labelled():
        case = {"ur_decided": on, "record_complete": False, "requests": [{"service": ours, "quantity": 1}]}
        (request,) = determine(case, knowledge)["requests"]
        parts = [part["determination"] for part in (request, *request["parts"])]
        open_ = {r["id"] for part in parts for r in part["recommendations"] if r["applies"] != "not_met"} - general
        if not open_:
            assert request["determination"]["verdict"] == "no_guideline", name
            assert not speaks_of(knowledge, ours, on), f"`{name}` is passed over although a rule names it"
            silent.append(name)
    print("no guideline:", *silent)
    assert len(silent) < 20, silent
