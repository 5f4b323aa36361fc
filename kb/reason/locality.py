"""Narrow axioms to those that can bear on a question, by syntactic locality.

An axiom is local to a vocabulary when it holds as soon as every name outside of the vocabulary is empty. What
is left when local axioms are dropped entails the same about the vocabulary as the whole (Cuenca Grau and
others, Modular reuse of ontologies, 2008) and holds every cause of it. What is not understood is kept.
"""

from collections.abc import Collection, Sequence

import pyoxigraph as ox

from kb.reason.axioms import Axiom, Tree, items
from kb.terms import OWL, RDF, RDFS

_ANY = {OWL + "Thing", RDFS + "Resource"}


def module(axioms: Sequence[Axiom], names: Collection[str]) -> list[Axiom]:
    """Keep the axioms that can bear on what is said of some names, in their order."""
    spoken = set().union(*(axiom.names() for axiom in axioms if not axiom.asserts))
    idle = {i for i, axiom in enumerate(axioms) if axiom.asserts and axiom.predicate not in spoken}
    vocabulary = set(names)
    kept: set[int] = set()
    grown = True
    while grown:
        rest = (pair for pair in enumerate(axioms) if pair[0] not in kept | idle)
        found = {number for number, axiom in rest if not _is_local(axiom, vocabulary)}
        for number in found:
            vocabulary |= axioms[number].names()
        kept |= found
        grown = bool(found)
    return [axioms[number] for number in sorted(kept)]


def _is_local(axiom: Axiom, names: set[str]) -> bool:
    subject, value = axiom.subject, axiom.object
    match axiom.predicate.rsplit("#", 1)[-1]:
        case "subClassOf":
            return _is_empty(subject, names) or _is_all(value, names)
        case "equivalentClass":
            return _both(_is_empty, axiom, names) or _both(_is_all, axiom, names)
        case "disjointWith":
            return _is_empty(subject, names) or _is_empty(value, names)
        case "domain" | "range" | "subPropertyOf":
            return subject.value not in names
        case "" if dict(subject).get(RDF + "type") == ox.NamedNode(OWL + "AllDisjointClasses"):
            members = items(dict(subject)[OWL + "members"])
            return sum(not _is_empty(member, names) for member in members) <= 1
    return axiom.declares


def _both(test: object, axiom: Axiom, names: set[str]) -> bool:
    return test(axiom.subject, names) and test(axiom.object, names)  # type: ignore[operator, no-any-return]


def _is_empty(tree: Tree, names: set[str]) -> bool:
    """Tell whether a class surely has no member when all other names are empty."""
    if isinstance(tree, ox.NamedNode):
        return tree.value not in names and tree.value not in _ANY
    parts = _parts(tree)
    if "intersectionOf" in parts:
        return any(_is_empty(part, names) for part in items(parts["intersectionOf"]))
    if "unionOf" in parts:
        return all(_is_empty(part, names) for part in items(parts["unionOf"]))
    if "complementOf" in parts:
        return _is_all(parts["complementOf"], names)
    if "someValuesFrom" in parts or "hasValue" in parts:
        filler = parts.get("someValuesFrom")
        return _is_unused(parts, names) or (isinstance(filler, ox.NamedNode | tuple) and _is_empty(filler, names))
    return False


def _is_all(tree: Tree, names: set[str]) -> bool:
    """Tell whether a class surely has every member when all other names are empty."""
    if isinstance(tree, ox.NamedNode):
        return tree.value in _ANY
    parts = _parts(tree)
    if "intersectionOf" in parts:
        return all(_is_all(part, names) for part in items(parts["intersectionOf"]))
    if "unionOf" in parts:
        return any(_is_all(part, names) for part in items(parts["unionOf"]))
    if "complementOf" in parts:
        return _is_empty(parts["complementOf"], names)
    return "allValuesFrom" in parts and _is_unused(parts, names)


def _is_unused(parts: dict[str, Tree], names: set[str]) -> bool:
    on = parts.get("onProperty")
    return isinstance(on, ox.NamedNode) and on.value not in names


def _parts(tree: Tree) -> dict[str, Tree]:
    return {name.rsplit("#", 1)[-1]: child for name, child in tree} if isinstance(tree, tuple) else {}
