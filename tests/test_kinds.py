"""Each of the 25 collected kinds of criteria has query, slots, shape, sentence and cases, or what stands for it."""

import csv
import re
from pathlib import Path

import pytest
import rdflib
from kinds import FOLDER, TOPIC, kind_cases

from kb.settings import data_folder
from kb.terms import SCHEMA

KB, SH = rdflib.Namespace(SCHEMA), rdflib.Namespace("http://www.w3.org/ns/shacl#")
SKOS = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
CORE = data_folder("ontology") / "core"
COLLECTED = Path(__file__).parents[2] / "shared" / "knowledge" / "criterion_kinds.md"
TABLE = list(csv.DictReader((Path(__file__).parent / "data" / "kinds.csv").open(encoding="utf-8")))
OURS = [row["kind"] for row in TABLE if row["expressed_by"] == row["kind"]]
ELSEWHERE = {row["kind"]: row["expressed_by"] for row in TABLE if row["expressed_by"] != row["kind"]}


@pytest.fixture(scope="module")
def core():
    graph = rdflib.Graph()
    for name in ("kinds", "shapes", "schema"):
        graph.parse(CORE / f"{name}.ttl")
    return graph


def kind_of(core, name):
    """Find the class of a kind by its name."""
    (kind,) = [kind for kind in core.subjects(KB.sentence) if str(core.value(kind, SKOS.notation)) == name]
    return kind


@pytest.mark.parametrize("name", OURS)
def test_a_kind_has_query_slots_sentence_shape_and_cases(name, core):
    kind = kind_of(core, name)
    assert (data_folder("queries") / "criteria" / f"{name}.rq").is_file()
    required = {str(slot).removeprefix(SCHEMA) for slot in core.objects(kind, KB.slot)}
    slots = required | {str(slot).removeprefix(SCHEMA) for slot in core.objects(kind, KB.optionalSlot)}
    told = set(re.findall(r"\{(\w+)\}", str(core.value(kind, KB.sentence))))
    assert required
    assert told <= slots
    assert required - {"unit", "scope"} <= told | {"outcome"}, "the sentence must tell what the criterion asks"
    shapes = list(core.subjects(SH.targetClass, kind))
    assert any(core.value(shape, SH.property) for shape in shapes)
    own = {str(c) for c in rdflib.Graph().parse(FOLDER / "kinds.ttl").subjects(rdflib.RDF.type, kind)}
    ways = {case.expect["status"] for case in kind_cases() if any(c.endswith(f"{TOPIC}{case.of}") for c in own)}
    assert ways == {"met", "not_met", "unknown"}


def test_the_table_has_every_kind_of_ours(core):
    assert sorted(OURS) == sorted(str(core.value(kind, SKOS.notation)) for kind in core.subjects(KB.sentence))
    assert len(TABLE) == len({row["kind"] for row in TABLE}) == 25


def test_what_is_no_kind_of_ours_is_said_with_its_reason(core):
    assert ELSEWHERE == {
        "not_recommended": "stance not_recommended",
        "recommendation_status": "stance",
        "definition_or_deferral": "note",
    }
    assert all(row["reason"] for row in TABLE if row["kind"] in ELSEWHERE)
    assert set(core.subjects(rdflib.RDF.type, KB.Stance)) == {
        KB.recommended, KB.option, KB.not_recommended, KB.no_recommendation,
    }  # fmt: skip
    assert (KB.Note, rdflib.RDF.type, rdflib.OWL.Class) in core
    assert (KB.reason, rdflib.RDFS.domain, KB.Note) in core


@pytest.mark.skipif(not COLLECTED.is_file(), reason="the collected kinds are not beside the checkout")
def test_the_table_has_every_collected_kind():
    rows = re.findall(r"^\| `(\w+)` \|", COLLECTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(row["kind"] for row in TABLE)
