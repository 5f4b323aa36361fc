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

from generate_trees import SERVICES, Names, Trees
from hypothesis import strategies as st
from rdflib import Graph
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
DAYS = ["2012-12-31", "2013-01-01", "2013-06-15", "2013-06-15", "2013-06-15"]
DATES = ["2012-03-01", "2013-01-10", "2013-05-20", "2013-07-01"]
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
def core() -> Graph:
    graph = Graph()
    for path in sorted(CORE.glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


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
    lines += [f"c:s{i} kb:region c:r{rng.randrange(5)} ." for i in range(SERVICES) if rng.random() < 0.1]
    lines += [f"c:d{i} kb:region c:r{rng.randrange(5)} ." for i in range(6) if rng.random() < 0.2]
    if rng.random() < 0.5:
        some = f"[ a owl:Restriction ; owl:onProperty kb:hasIngredient ; owl:someValuesFrom c:i{rng.randrange(3)} ]"
        lines.append(
            f"c:mix a owl:Class ; rdfs:subClassOf c:s0 ; owl:equivalentClass [ owl:intersectionOf ( c:s0 {some} ) ] ."
        )
    else:
        lines.append("c:mix a owl:Class ; rdfs:subClassOf c:s0 .")
    lines += [f"c:i{i} kb:mmeFactor {rng.choice(['1', '1.5'])} ." for i in range(3)]
    lines += [f"c:s{i} kb:mmeFactor {rng.choice(['1', '0.5'])} ." for i in range(SERVICES) if rng.random() < 0.8]
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
    if rng.random() < 0.9 and stance != "no_recommendation":
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


# ---------------------------------------------------------------- cases


def maybe(rng: random.Random, p: float, key: str, value: Any) -> dict[str, Any]:
    return {key: value} if rng.random() < p else {}


def observation(rng: random.Random, prefix: str, n: int) -> dict[str, Any]:
    return {
        "concept": f"{prefix}{rng.randrange(n)}",
        "status": "present" if rng.random() < 0.65 else "absent",
        **maybe(rng, 0.25, "site", f"r{rng.randrange(5)}"),
        **maybe(rng, 0.25, "date", rng.choice(DATES)),
    }


def document(rng: random.Random) -> dict[str, Any]:
    return {key: value for key, value in observation(rng, "o", 3).items() if key != "site"}


def treatment(rng: random.Random, names: Names) -> dict[str, Any]:
    return {
        "service": rng.choice([*names.services, "t0", "t1", "t2"]),
        "status": rng.choices(["past", "current", "planned"], [5, 4, 1])[0],
        **maybe(rng, 0.85, "quantity", rng.randint(1, 3)),
        **maybe(rng, 0.7, "unit", rng.choices(["visit", "injection"], [7, 1])[0]),
        **maybe(rng, 0.5, "from", rng.choice(DATES[:3])),
        **maybe(rng, 0.7, "outcome", rng.choice(["improved", "unchanged", "worse", "not_tolerated", "unknown"])),
        **maybe(rng, 0.4, "functional_improvement", rng.random() < 0.6),
        **maybe(rng, 0.4, "relief_percent", rng.choice([30, 50, 70])),
        **maybe(rng, 0.4, "relief_weeks", rng.choice([2, 6, 8])),
    }


def medication(rng: random.Random) -> dict[str, Any]:
    return {
        "concept": rng.choice([f"s{rng.randrange(SERVICES)}", f"i{rng.randrange(3)}"]),
        **maybe(rng, 0.8, "status", rng.choice(["current", "current", "past"])),
        **maybe(rng, 0.8, "strength_mg", rng.choice([5, 10, 20])),
        **maybe(rng, 0.8, "per_day", rng.choice([1, 2])),
        **maybe(rng, 0.6, "from", rng.choice(DATES[:3])),
        **maybe(rng, 0.5, "outcome", rng.choice(["improved", "unchanged"])),
    }


def request(rng: random.Random, names: Names, line: int, lines: int) -> dict[str, Any]:
    found = {
        "line": line,
        "service": rng.choice(names.services),
        **maybe(rng, 0.9, "quantity", rng.randint(1, 14)),
        **maybe(rng, 0.8, "unit", rng.choices(["visit", "injection"], [15, 1])[0]),
        **maybe(rng, 0.15, "authorised", rng.randint(1, 4)),
        **maybe(rng, 0.3, "site", rng.sample([f"r{i}" for i in range(5)], rng.choice([1] * 5 + [2]))),
        **maybe(rng, 0.12, "ingredients", [f"i{i}" for i in rng.sample(range(3), rng.choice([1, 2]))]),
        **maybe(rng, 0.5, "strength_mg", rng.choice([10, 20])),
        **maybe(rng, 0.5, "duration_weeks", rng.choice([1, 2, 6])),
        **maybe(rng, 0.3, "setting", rng.choice(["e0", "e1", "e2"])),
    }
    if lines > 1 and rng.random() < 0.15:
        found["depends_on"] = rng.choice([n for n in range(1, lines + 1) if n != line])
    elif rng.random() < 0.05:
        found["depends_on"] = rng.choice(names.services)
    if rng.random() < 0.06:
        found["parts"] = [{"service": s} for s in rng.sample(names.services, 2)]
    return found


def random_case(rng: random.Random, names: Names) -> dict[str, Any]:
    """A case; most of them plain: a complete record and visits asked in a known number."""
    found = any_case(rng, names)
    if rng.random() < 0.7:
        found.pop("record_complete", None)
        found["requested"] = "2013-06-15"
        found["treatments"] = [t for t in found["treatments"] if t["service"][0] == "t" or "quantity" in t]
        for line in found["requests"]:
            line.update(quantity=rng.randint(4, 12), unit="visit")
            for key in ("depends_on", "ingredients", "parts"):
                line.pop(key, None)
    return found


def any_case(rng: random.Random, names: Names) -> dict[str, Any]:
    lines = rng.choices([1, 2, 3], [5, 3, 2])[0]
    return {
        rng.choice(["requested", "requested", "ur_decided"]): rng.choice(DAYS),
        **maybe(rng, 0.85, "injured", rng.choice(["2003-05-01", "2012-06-01", "2013-04-20", "2013-06-01"])),
        **maybe(rng, 0.1, "phase", rng.choice(["acute", "chronic", "postsurgical"])),
        **maybe(rng, 0.6, "age", rng.choice([17, 40, 65])),
        **maybe(rng, 0.25, "record_complete", False),
        **maybe(rng, 0.4, "diagnoses_complete", rng.random() < 0.5),
        "diagnoses": [observation(rng, "d", 6) for _ in range(rng.randint(0, 4))],
        "findings": [observation(rng, *rng.choice([("f", 6)] * 4 + [("t", 3)])) for _ in range(rng.randint(0, 5))],
        "documents": [document(rng) for _ in range(rng.randint(0, 2))],
        "treatments": [treatment(rng, names) for _ in range(rng.choice([0, 1, 1, 2, 3]))],
        "medications": [medication(rng) for _ in range(rng.choice([0, 0, 1, 2]))],
        "requests": [request(rng, names, n, lines) for n in range(1, lines + 1)],
    }


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
    rule = "<https://w3id.org/mtus-kb/world/r0> a kb:Recommendation ; dct:isPartOf g:first-2-t ; kb:service c:s0"
    form = rng.choice(["kb:criteria {0}", "kb:criteria {0}", "kb:unless {0}"]).format(leaf())
    stance = "not_recommended" if "unless" in form else "option"
    lines = [PREFIXES, *concepts(rng), "# rules", *guidelines(rng), f"{rule} ; kb:stance kb:{stance} ; {form} ."]
    turtle = "\n".join(lines + trees.text) + "\n"
    return World(turtle, [random_case(rng, names) for _ in range(cases)], names)


def worlds(cases: int = 1) -> st.SearchStrategy[World]:
    """Worlds as a Hypothesis strategy."""
    seeds = st.integers(0, 2**32)
    return st.one_of(seeds.map(lambda s: random_world(s, cases)), seeds.map(lambda s: leaf_world(s, cases)))
