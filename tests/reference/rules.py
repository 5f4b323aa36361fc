"""Recommendations, statutes and their trees, as plain objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from rdflib import DCTERMS, RDF, SKOS, Graph, URIRef
from rdflib.term import Node as Term

from .graph import KB, Fault, Ontology, read_folder, short
from .once import once

DIMENSIONS = ("diagnosis", "region", "phase")
NUMBERS = ("limit", "minimum", "minimumWeeks")
TERMS = ("counts", "concept", "treatment", "outcome", "since", "unit", "scope")


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a tree: a criterion (kind set), allOf or anyOf, with what waives or bars it."""

    id: str
    op: str  # criterion | allOf | anyOf | none
    children: tuple[Node, ...] = ()
    n: int = 1
    unless: Node | None = None
    except_when: Node | None = None
    readings: tuple[Node, ...] = ()
    kind: str = ""
    when_silent: bool | None = None
    strength: str = "hard"
    numbers: dict[str, Fraction] = field(default_factory=dict)
    terms: dict[str, tuple[URIRef, ...]] = field(default_factory=dict)
    exclusive: frozenset[str] = frozenset()  # bounds that are not met at their own value

    def walk(self) -> list[Node]:
        """This node and all below it, E included, in the main reading."""
        below = [*self.children, *(e for e in (self.unless, self.except_when) if e)]
        return [self, *(n for child in below for n in child.walk())]

    def reaches(self, value: Fraction | int, length: Fraction | int = 1) -> bool:
        """Whether a value is not below the minimum; "A limit exactly at its bound is met" unless it is exclusive."""
        bound = self.numbers.get("minimum", Fraction(0)) * length
        return value > bound if "minimum" in self.exclusive else value >= bound

    def exceeds(self, value: Fraction | int, length: Fraction | int = 1) -> bool:
        """Whether a value is beyond the limit."""
        if "limit" not in self.numbers:
            return False
        bound = self.numbers["limit"] * length
        return value >= bound if "limit" in self.exclusive else value > bound

    def unit(self) -> URIRef | None:
        return next(iter(self.terms["unit"]), None)


@dataclass(frozen=True, eq=False)
class Rule:
    """A recommendation or a statute."""

    id: str
    iri: URIRef
    stance: str  # recommended | option | not_recommended | no_recommendation | statute
    general: bool
    services: frozenset[URIRef]
    dimensions: dict[str, frozenset[URIRef]]  # diagnosis, region, phase: those it names
    tree: Node | None
    unless: Node | None
    contraindications: tuple[Node, ...]
    explicit: frozenset[URIRef]
    rung: int
    guideline: URIRef
    series: URIRef
    valid_from: date
    valid_until: date
    invalidated: date
    injured_from: date | None

    @property
    def searched(self) -> bool:
        """Whether it takes part in reached and in "something applies"."""
        return not self.general and self.stance not in ("no_recommendation", "statute")


@dataclass(frozen=True)
class Reference:
    """The knowledge: an ontology and its rules in the order of their ids."""

    ontology: Ontology
    rules: tuple[Rule, ...]
    overriders: dict[str, frozenset[str]]


def read_node(onto: Ontology, iri: Term, path: tuple[Term, ...] = ()) -> Node:
    if iri in path:
        raise Fault(f"`{short(iri)}` contains itself")
    path = (*path, iri)
    kinds = [k for k in onto.iris(iri, RDF.type) if k in onto.kinds]
    all_of, any_of = onto.iris(iri, KB.allOf), onto.iris(iri, KB.anyOf)
    op = "criterion" if kinds else "allOf" if all_of else "anyOf" if any_of else "none"
    silent = onto.graph.value(kinds[0], KB.whenSilent) if kinds else None
    strength = onto.graph.value(iri, KB.strength)

    def nodes(predicate: URIRef) -> tuple[Node, ...]:
        return tuple(read_node(onto, o, path) for o in onto.iris(iri, predicate))

    return Node(
        id=short(iri),
        op=op,
        children=nodes(KB.allOf) + nodes(KB.anyOf),
        n=int(onto.number(iri, KB.atLeast) or 1),
        unless=next(iter(nodes(KB.unless)), None),
        except_when=next(iter(nodes(KB.exceptWhen)), None),
        readings=nodes(KB.reading),
        kind=onto.kinds[kinds[0]] if kinds else "",
        when_silent=None if silent is None else str(silent) == "met",
        strength="hard" if strength is None else short(strength).removeprefix("schema#"),
        numbers={n: v for n in NUMBERS if (v := onto.number(iri, KB[n])) is not None},
        terms={t: onto.iris(iri, KB[t]) for t in TERMS},
        exclusive=frozenset(short(b).removeprefix("schema#") for b in onto.iris(iri, KB.exclusive)),
    )


def read_rule(onto: Ontology, iri: URIRef, statute: bool) -> Rule:
    graph = onto.graph
    guideline = next(g for t in onto.iris(iri, DCTERMS.isPartOf) for g in _guidelines(onto, t))
    tree, unless = graph.value(iri, KB.criteria), graph.value(iri, KB.unless)
    stance = "statute" if statute else str(graph.value(graph.value(iri, KB.stance), SKOS.notation))
    named = {
        "diagnosis": frozenset(onto.iris(iri, KB.condition)),
        "region": frozenset(onto.iris(iri, KB.region)),
        "phase": frozenset(onto.iris(iri, KB.phase)),
    }
    struck = [onto.day(d, DCTERMS.date) for s in (iri, guideline) for d in onto.iris(s, KB.invalidatedBy)]
    return Rule(
        id=short(iri),
        iri=iri,
        stance=stance,
        general=str(graph.value(iri, KB.general)) == "true",
        services=frozenset(onto.iris(iri, KB.service)),
        dimensions={d: members for d, members in named.items() if members},
        tree=None if tree is None else read_node(onto, tree),
        unless=None if unless is None else read_node(onto, unless),
        contraindications=tuple(read_node(onto, c) for c in onto.iris(iri, KB.contraindication)),
        explicit=frozenset(onto.iris(iri, KB.overrides)),
        rung=int(onto.number(guideline, KB.rung) or 0),
        guideline=guideline,
        series=next(iter(onto.iris(guideline, DCTERMS.isVersionOf)), guideline),
        # the dates of the recommendation where it has them, else of its guideline
        valid_from=onto.day(iri, KB.validFrom) or onto.day(guideline, KB.validFrom) or date.min,
        valid_until=onto.day(iri, KB.validUntil) or onto.day(guideline, KB.validUntil) or date.max,
        invalidated=min((d or date.min for d in struck), default=date.max),
        injured_from=onto.day(iri, KB.injuredFrom),
    )


def _guidelines(onto: Ontology, part: URIRef) -> tuple[URIRef, ...]:
    """A rule is part of a topic, and that of a guideline; a rule straight in a guideline is taken too."""
    return onto.iris(part, DCTERMS.isPartOf) or (part,)


def narrower_or_equal(onto: Ontology, lower: frozenset[URIRef], upper: frozenset[URIRef]) -> bool:
    return all(any(onto.below(low, up) for up in upper) for low in lower)


@once
def strictly_narrower_service(onto: Ontology, k: Rule, m: Rule) -> bool:
    return narrower_or_equal(onto, k.services, m.services) and not narrower_or_equal(onto, m.services, k.services)


def _narrower(onto: Ontology, k: Rule, m: Rule) -> bool:
    """ "narrower or equal in service and in every dimension, and strictly so in one"."""
    if not narrower_or_equal(onto, k.services, m.services):
        return False
    strict = not narrower_or_equal(onto, m.services, k.services)
    for name in DIMENSIONS:
        mine, other = k.dimensions.get(name), m.dimensions.get(name)
        if other is None:  # a dimension that m does not name is wider than anything
            strict = strict or mine is not None
        elif mine is None or not narrower_or_equal(onto, mine, other):
            return False
        else:
            strict = strict or not narrower_or_equal(onto, other, mine)
    return strict


def _overrides(onto: Ontology, k: Rule, m: Rule) -> bool:
    """ "On one rung k overrides m when it is narrower ... or by an explicit `overrides`"."""
    if k is m or k.rung != m.rung or k.general or m.general:
        return False
    if k.stance in ("no_recommendation", "statute") or m.stance == "statute":
        return False  # "no recommendation hides nothing"
    return m.iri in k.explicit or _narrower(onto, k, m)


def find_overriders(onto: Ontology, rules: tuple[Rule, ...]) -> dict[str, frozenset[str]]:
    pairs = {(k.id, m.id) for k in rules for m in rules if _overrides(onto, k, m)}
    effective = {(k, m) for k, m in pairs if (m, k) not in pairs}
    return {m.id: frozenset(k for k, other in effective if other == m.id) for m in rules}


def load(source: str | Path | Graph) -> Reference:
    """Read all Turtle files under an ontology folder, or a graph already read."""
    onto = Ontology(source if isinstance(source, Graph) else read_folder(Path(source)))
    kinds = ((KB.Recommendation, False), (KB.Statute, True))
    found = [read_rule(onto, URIRef(str(i)), s) for k, s in kinds for i in onto.graph.subjects(RDF.type, k)]
    rules = tuple(sorted(found, key=lambda r: r.id))
    return Reference(onto, rules, find_overriders(onto, rules))


@once
def speaking(ref: Reference, day: date) -> tuple[Rule, ...]:
    """Rules whose edition speaks on the selecting date."""
    chosen = [r for r in ref.rules if r.rung <= 1 and r.valid_from <= day <= r.valid_until]

    def group(r: Rule) -> tuple[str, list[URIRef]]:
        return str(r.series), sorted(r.services)

    # "On rungs 2 and 3, for each guideline and service ... the edition with the latest `validFrom` not after the
    # selecting date that has a recommendation for that very service speaks; its `validUntil` is ignored"
    later = sorted((r for r in ref.rules if r.rung > 1 and r.valid_from <= day), key=group)
    for _, members in groupby(later, key=group):
        candidates = list(members)
        latest = max(candidates, key=lambda r: (r.valid_from, r.guideline))
        chosen += [r for r in candidates if r.guideline == latest.guideline]
    return tuple(sorted((r for r in chosen if day < r.invalidated), key=lambda r: r.id))
