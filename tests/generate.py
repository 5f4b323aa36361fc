"""Random small knowledge bases in the fixed terms, and cases for them.

`random_world(seed)` is the fast form for bulk runs, `worlds()` the Hypothesis strategy; both draw from the same
functions of a `random.Random`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from generate_cases import dosed_case, random_case
from generate_trees import SERVICES, Names, Trees
from hypothesis import strategies as st
from rdflib import SKOS, Graph
from rdflib.term import Node as Term
from reference import Reference, load

CORE = Path(__file__).parents[1] / "ontology" / "core"
PREFIXES = """@prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix decision: <https://w3id.org/mtus-kb/decision/> .
@prefix g: <https://w3id.org/mtus-kb/> .
@prefix kb: <https://w3id.org/mtus-kb/schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix phase: <https://w3id.org/mtus-kb/phase/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix unit: <https://w3id.org/mtus-kb/unit/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
GUIDELINES = {  # local name: (series, rung, validFrom, validUntil)
    "statute": ("statute", 0, "2004-01-01", None),
    "first-1": ("first", 1, "2009-01-01", "2012-12-31"),
    "first-2": ("first", 1, "2013-01-01", None),
    "left-1": ("left", 2, "2008-01-01", "2012-05-31"),
    "left-2": ("left", 2, "2013-01-01", None),
    "right-1": ("right", 2, "2011-01-01", None),
    "third-1": ("third", 3, "2005-01-01", "2012-12-31"),
}
WEIGHTS = {"first-1": 2, "first-2": 9, "left-1": 1, "left-2": 3, "right-1": 3, "third-1": 2}
CASES = 6


@dataclass
class World:
    """A knowledge base as Turtle and some cases for it."""

    turtle: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    names: Names | None = None

    @property
    def reference(self) -> Reference:
        return load(graph_of(self.turtle))

    def write(self, folder: Path) -> Path:
        """Lay the ontology out as a folder that any evaluator can load."""
        for part in ("core", "concepts", "guidelines/world"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for path in CORE.glob("*.ttl"):
            (folder / "core" / path.name).write_text(path.read_text())
        concepts, rules = self.turtle.split("# rules\n")
        (folder / "concepts" / "concepts.ttl").write_text(concepts)
        (folder / "guidelines" / "world" / "guideline.ttl").write_text(PREFIXES + rules)
        return folder


@lru_cache(maxsize=1)
def core() -> list[tuple[Term, Term, Term]]:
    """Read the core, but for the shapes and the words for people: the reference reads neither."""
    graph = Graph()
    for path in sorted(CORE.glob("*.ttl")):
        if path.name != "shapes.ttl":
            graph.parse(path, format="turtle")
    return [triple for triple in graph if triple[1] not in (SKOS.prefLabel, SKOS.definition)]


def graph_of(turtle: str) -> Graph:
    graph = Graph()
    for triple in core():
        graph.add(triple)
    return graph.parse(data=turtle, format="turtle")


# ---------------------------------------------------------------- knowledge


def hierarchy(rng: random.Random, prefix: str, n: int) -> list[str]:
    """Classes with one parent, sometimes two, among the earlier ones."""
    lines = [f"c:{prefix}0 a owl:Class ."]
    for i in range(1, n):
        parents = {rng.randrange(i)} if rng.random() < 0.8 else set()
        if rng.random() < 0.15:
            parents.add(rng.randrange(i))
        lines.append(f"c:{prefix}{i} a owl:Class .")
        lines += [f"c:{prefix}{i} rdfs:subClassOf c:{prefix}{p} ." for p in sorted(parents)]
    return lines


def concepts(rng: random.Random) -> list[str]:
    lines = [line for prefix, n in Names.sizes.items() for line in hierarchy(rng, prefix, n)]
    words = ("improved", "unchanged", "worse", "not_tolerated", "functional_improvement", "no_functional_improvement")
    lines += [f"c:{w} a owl:Class ." for w in (*words, "age")]
    lines.append("c:functional_improvement kb:opposite c:no_functional_improvement .")
    lines += [f"c:n{i} kb:opposite c:f{rng.randrange(6)} ." for i in range(2) if rng.random() < 0.8]
    lines += [f"c:f{i} kb:opposite c:n{rng.randrange(2)} ." for i in range(6) if rng.random() < 0.08]
    lines += [f"c:r{i} kb:radiatesTo c:r{rng.randrange(5)} ." for i in range(5) if rng.random() < 0.15]
    lines += [f"c:r{i} kb:nervesTo c:r{rng.randrange(5)} ." for i in range(5) if rng.random() < 0.1]
    lines += [f"c:s{i} kb:region c:r{rng.randrange(5)} ." for i in range(SERVICES) if rng.random() < 0.1]
    lines += [f"c:d{i} kb:region c:r{rng.randrange(5)} ." for i in range(6) if rng.random() < 0.2]
    if rng.random() < 0.5:
        some = f"[ a owl:Restriction ; owl:onProperty kb:hasIngredient ; owl:someValuesFrom c:i{rng.randrange(3)} ]"
        lines.append(
            f"c:mix a owl:Class ; rdfs:subClassOf c:s0 ; owl:equivalentClass [ owl:intersectionOf ( c:s0 {some} ) ] ."
        )
    else:
        lines.append("c:mix a owl:Class ; rdfs:subClassOf c:s0 .")
    lines += [f"c:i{i} kb:mmeFactor {rng.choice(['1', '1.5'])} ." for i in range(2)]
    bands = "kb:mmeBand c:few, c:many"
    lines.append(f"c:i2 {bands} .")
    lines += ["c:few kb:upToMgPerDay 10 ; kb:mmeFactor 1 .", "c:many kb:mmeFactor 2 ."]
    told = "\n".join(lines)
    for i in (i for i in range(SERVICES) if rng.random() < 0.8):
        leaf = f"rdfs:subClassOf c:s{i} ." not in told  # a limit counts all of a drug with bands
        factors = ["kb:mmeFactor 1", "kb:mmeFactor 0.5", *([bands] if leaf else [])]
        lines.append(f"c:s{i} {rng.choice(factors)} .")
    return lines


def guidelines(rng: random.Random) -> list[str]:
    lines = []
    for name, (series, rung, start, end) in GUIDELINES.items():
        until = f' ; kb:validUntil "{end}"^^xsd:date' if end else ""
        lines.append(
            f"g:{name} a kb:Guideline ; dct:isVersionOf g:{series} ; kb:rung {rung} ; "
            f'kb:validFrom "{start}"^^xsd:date{until} .\ng:{name}-t a kb:Topic ; dct:isPartOf g:{name} .'
        )
    lines.append('decision:struck dct:date "2013-03-01"^^xsd:date .')
    if rng.random() < 0.3:
        lines.append(
            f"g:period a kb:PostsurgicalPeriod ; kb:service c:t{rng.randrange(3)} ; kb:limit 6 ; kb:unit unit:month ."
        )
    return lines


def recommendation(rng: random.Random, trees: Trees, i: int, earlier: list[str]) -> str:
    iri = f"<https://w3id.org/mtus-kb/world/r{i}>"
    guideline = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    stance = rng.choices(["recommended", "option", "not_recommended", "no_recommendation"], [8, 5, 2, 1.5])[0]
    general = rng.random() < 0.07
    services = rng.sample(trees.names.services, 1 if rng.random() < 0.85 else 2)
    if general or rng.random() < 0.35:
        services = ["s0"]
    text = [f"{iri} a kb:Recommendation ; dct:isPartOf g:{guideline}-t ; kb:stance kb:{stance}"]
    text += [f"kb:service c:{s}" for s in services]
    text += dimensions(rng) if rng.random() < 0.6 else []
    text += ["kb:general true"] if general else []
    if rng.random() < 0.9:
        # often the plain case of a guideline, a limit alone: else hardly any world yields a part of an amount
        plain = stance in ("recommended", "option") and rng.random() < 0.6
        text.append(f"kb:criteria {trees.limit() if plain else trees.node(3)}")
    if stance == "not_recommended" and rng.random() < 0.6:
        text.append(f"kb:unless {trees.node(1)}")
    if rng.random() < 0.2:
        text.append(f"kb:contraindication {trees.contraindication()}")
    if earlier and rng.random() < 0.1:
        text.append(f"kb:overrides {rng.choice(earlier)}")
    if rng.random() < 0.05:
        text.append("kb:invalidatedBy decision:struck")
    earlier.append(iri)
    return " ; ".join(text) + " ."


def plain_rule(trees: Trees, i: int) -> str:
    """The plain case of a guideline, a limit alone: without it hardly any world yields a part of an amount."""
    return (
        f"<https://w3id.org/mtus-kb/world/r{i}> a kb:Recommendation ; dct:isPartOf g:first-2-t ; "
        f"kb:stance kb:recommended ; kb:service c:s0 ; kb:criteria {trees.counting(0.05)} ."
    )


def dimensions(rng: random.Random) -> list[str]:
    text = []
    if rng.random() < 0.4:
        text += [f"kb:condition c:d{d}" for d in rng.sample(range(6), rng.choice([1, 1, 2]))]
    if rng.random() < 0.25:
        text += [f"kb:region c:r{r}" for r in rng.sample(range(5), rng.choice([1, 2]))]
    if rng.random() < 0.15:
        text.append(f"kb:phase phase:{rng.choice(['acute', 'subacute', 'chronic', 'chronic', 'postsurgical'])}")
    return text


def statute(rng: random.Random, trees: Trees) -> str:
    text = ["g:world-statute a kb:Statute ; dct:isPartOf g:statute-t", f"kb:service c:s{rng.choice([0, 0, 1, 2])}"]
    text.append('kb:injuredFrom "2004-01-01"^^xsd:date')
    text.append(f"kb:criteria {trees.limit()}")
    if rng.random() < 0.6:
        text.append(f"kb:unless {trees.leaf()}")
    return " ; ".join(text) + " ."


def knowledge(rng: random.Random) -> tuple[str, Names]:
    names = Names()
    trees = Trees(rng, names)
    earlier: list[str] = []
    rules = [recommendation(rng, trees, i, earlier) for i in range(rng.randint(2, 5))]
    if rng.random() < 0.8:
        rules.append(plain_rule(trees, len(rules)))
    if rng.random() < 0.3:
        rules.append(statute(rng, trees))
    lines = [PREFIXES, *concepts(rng), "# rules", *guidelines(rng), *rules, *trees.text]
    return "\n".join(lines) + "\n", names


# ---------------------------------------------------------------- worlds


def build(rng: random.Random, cases: int = CASES) -> World:
    turtle, names = knowledge(rng)
    return World(turtle, [random_case(rng, names) for _ in range(cases)], names)


def random_world(seed: int, cases: int = CASES) -> World:
    """The world of a seed."""
    return build(random.Random(seed), cases)


def leaf_world(seed: int, cases: int = CASES) -> World:
    """A world with one rule and one criterion, so that every kind decides often."""
    rng = random.Random(seed)
    names = Names()
    trees = Trees(rng, names)
    leaf = rng.choices([trees.other, trees.finding, trees.limit], [5, 2, 1])[0]
    form = rng.choice(["kb:criteria {0}", "kb:criteria {0}", "kb:unless {0}"]).format(leaf())
    return one_rule(trees, form, [random_case(rng, names) for _ in range(cases)])


def dose_world(seed: int, cases: int = CASES) -> World:
    """A world with one rule, a dose ceiling: what several drugs and lines add up to, also of drugs with dose bands."""
    rng = random.Random(seed)
    names = Names()
    trees = Trees(rng, names)
    return one_rule(trees, f"kb:criteria {trees.dose()}", [dosed_case(rng, names) for _ in range(cases)])


def one_rule(trees: Trees, form: str, cases: list[dict[str, Any]]) -> World:
    rule = "<https://w3id.org/mtus-kb/world/r0> a kb:Recommendation ; dct:isPartOf g:first-2-t ; kb:service c:s0"
    stance = "not_recommended" if "unless" in form else "option"
    rules = [*guidelines(trees.rng), f"{rule} ; kb:stance kb:{stance} ; {form} ."]
    return World("\n".join([PREFIXES, *concepts(trees.rng), "# rules", *rules, *trees.text]) + "\n", cases, trees.names)


def worlds(cases: int = 1) -> st.SearchStrategy[World]:
    """Worlds as a Hypothesis strategy."""
    seeds = st.integers(0, 2**32)
    makers = (random_world, leaf_world, dose_world)
    return st.one_of([seeds.map(lambda s, make=make: make(s, cases)) for make in makers])
