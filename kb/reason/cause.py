"""Find the few axioms that a contradiction follows from: one minimal set, by deletion.

One run of the reasoner tests many subsets at once: each in a copy of its own, whose names bear its number.
"""

from collections.abc import Callable, Iterable, Sequence

import pyoxigraph as ox

from kb.knowledge.ontology import Triple
from kb.reason.axioms import Axiom, Tree, write_triples
from kb.reason.locality import module
from kb.terms import OWL, RDF, RDFS, TYPE

Infer = Callable[[Iterable[Triple]], list[Triple] | None]
FailsEach = Callable[[Sequence[Sequence[Axiom]]], list[bool]]

_AT_ONCE = 24  # more copies make a run slower than a second run
_CLASS, _NOTHING = ox.NamedNode(OWL + "Class"), ox.NamedNode(OWL + "Nothing")
_EQUIVALENT, _SUBCLASS = ox.NamedNode(OWL + "equivalentClass"), RDFS + "subClassOf"
_BUILT_IN = (RDF, RDFS, OWL, "http://www.w3.org/2001/XMLSchema#")


def empty_class_cause(axioms: Sequence[Axiom], name: str, infer: Infer) -> list[Axiom]:
    """Find a minimal set of axioms that leaves a class without instances."""
    fails_each = _emptiness(axioms, [name], infer)
    near = [axiom for axiom in module(_loose(axioms), {name}) if not _of_individual(axiom)]
    return _shrink(near if fails_each([near])[0] else _loose(axioms), fails_each, _AT_ONCE)


def inconsistency_cause(axioms: Sequence[Axiom], infer: Infer) -> list[Axiom]:
    """Find a minimal set of axioms that no world satisfies.

    Individuals are first read as classes, so that many subsets can be tested at once. If the cause that is
    found so links individuals, a smaller one may hide in it, which one run for each subset looks for.
    """
    declared = [axiom for axiom in axioms if axiom.declares]
    near = module(_loose(axioms), ())
    as_classes = {_as_class(axiom): axiom for axiom in near}
    things = sorted({new.subject.value for new, old in as_classes.items() if new is not old})
    by_classes = _emptiness([*declared, *as_classes], things, infer)

    def by_itself(subsets: Sequence[Sequence[Axiom]]) -> list[bool]:
        return [infer(write_triples([*declared, *subset])) is None for subset in subsets]

    if not by_classes([list(as_classes)])[0]:
        return _shrink(near if by_itself([near])[0] else _loose(axioms), by_itself, 1)
    found = [as_classes[axiom] for axiom in _shrink(list(as_classes), by_classes, _AT_ONCE)]
    return _drop_needless(found, by_itself) if any(axiom.asserts for axiom in found) else found


def _loose(axioms: Iterable[Axiom]) -> list[Axiom]:
    return [axiom for axiom in axioms if not axiom.declares]


def _of_individual(axiom: Axiom) -> bool:
    return axiom.asserts or (axiom.predicate == RDF + "type" and not axiom.declares)


def _shrink(rest: Sequence[Axiom], fails_each: FailsEach, at_once: int) -> list[Axiom]:
    """Keep, again and again, the axiom with which what is kept and what stands before it first fails."""
    kept: list[Axiom] = []
    while number := _first_failure(kept, rest, fails_each, at_once):
        kept.append(rest[number - 1])
        rest = rest[: number - 1]
    return kept


def _drop_needless(found: list[Axiom], fails_each: FailsEach) -> list[Axiom]:
    for axiom in found.copy():
        rest = [other for other in found if other is not axiom]
        if fails_each([rest])[0]:
            found = rest
    return found


def _first_failure(kept: list[Axiom], rest: Sequence[Axiom], fails_each: FailsEach, at_once: int) -> int:
    """Find how many of the rest are needed to fail with those kept; all of them are known to."""
    low, high = -1, len(rest)
    while high - low > 1:
        count = min(at_once, high - low - 1)
        points = [low + (high - low) * number // (count + 1) for number in range(1, count + 1)]
        failing = fails_each([[*kept, *rest[:point]] for point in points])
        first = failing.index(True) if True in failing else count
        low, high = ([low, *points][first], [*points, high][first])
    return high


def _emptiness(axioms: Sequence[Axiom], names: Sequence[str], infer: Infer) -> FailsEach:
    """Make the test whether, in each of several subsets, one of some classes has no instance."""
    declared = {axiom.subject: axiom for axiom in axioms if axiom.declares}

    def fails_each(subsets: Sequence[Sequence[Axiom]]) -> list[bool]:
        triples: list[Triple] = []
        for number, subset in enumerate(subsets):
            used = {name for axiom in subset for name in axiom.names()}
            known = [declared[node] for name in sorted(used) if (node := ox.NamedNode(name)) in declared]
            triples += (_copy(triple, number) for triple in write_triples([*known, *subset]))
            triples += ((_numbered(ox.NamedNode(name), number), TYPE, _CLASS) for name in names if name in used)
        empty = {s for s, p, o in infer(triples) or () if p == _EQUIVALENT and o == _NOTHING}
        numbers = range(len(subsets))
        return [any(_numbered(ox.NamedNode(name), number) in empty for name in names) for number in numbers]

    return fails_each


def _copy(triple: Triple, number: int) -> Triple:
    subject, predicate, value = (_numbered(node, number) for node in triple)
    return subject, predicate, value


def _numbered(node: Tree, number: int) -> Tree:
    if not isinstance(node, ox.NamedNode) or node.value.startswith(_BUILT_IN):
        return node
    return ox.NamedNode(f"{node.value}?{number}")


def _as_class(axiom: Axiom) -> Axiom:
    """Read what is said of an individual as if it were a class of just this individual."""
    if not _of_individual(axiom) or not isinstance(axiom.subject, ox.NamedNode):
        return axiom
    subject = ox.NamedNode(axiom.subject.value + "?thing")
    if axiom.predicate == RDF + "type":
        return Axiom(subject, _SUBCLASS, axiom.object, axiom.file)
    on = (OWL + "onProperty", ox.NamedNode(axiom.predicate))
    is_thing = isinstance(axiom.object, ox.NamedNode)
    value = ox.NamedNode(axiom.object.value + "?thing") if is_thing else axiom.object
    pairs = (on, (OWL + ("someValuesFrom" if is_thing else "hasValue"), value), (RDF + "type", _RESTRICTION))
    return Axiom(subject, _SUBCLASS, pairs, axiom.file)


_RESTRICTION = ox.NamedNode(OWL + "Restriction")
