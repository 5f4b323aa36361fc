"""Reason over individuals at request time: the instance rules of OWL 2 RL, run until nothing new follows."""

import itertools
from collections.abc import Iterable
from functools import cached_property

import pyoxigraph as ox

from kb.knowledge.ontology import Ontology, Triple
from kb.knowledge.queries import Query, queries
from kb.store.embedded import EmbeddedStore
from kb.terms import CASE, OWL, RDF, RDFS, TYPE, kb

_NUMBER = itertools.count()


def axiom_store(triples: Iterable[Triple]) -> EmbeddedStore:
    """Put the axioms among triples into a store of their own: what is said of classes and properties."""
    store = EmbeddedStore()
    store.load([triple for triple in triples if _is_axiom(triple)])
    return store


def _is_axiom(triple: Triple) -> bool:
    predicate: str = triple[1].value
    return triple[1] != TYPE and predicate.startswith((RDF, RDFS, OWL))


def entail(axioms: EmbeddedStore, triples: Iterable[Triple]) -> set[Triple]:
    """Return triples about individuals together with all that the rules derive of them.

    >>> x, small, big = (ox.NamedNode(f"urn:{name}") for name in ("x", "small", "big"))
    >>> store = axiom_store([(small, ox.NamedNode(RDFS + "subClassOf"), big)])
    >>> (x, TYPE, big) in entail(store, [(x, TYPE, small)])
    True
    """
    graph = ox.NamedNode(f"{CASE}individuals-{next(_NUMBER)}")
    known: set[Triple] = set()
    new = set(triples)
    rules = _rules()
    idle = 0
    try:
        while idle < len(rules):
            axioms.add(graph, list(new))
            known |= new
            rule = rules[0]
            rules = [*rules[1:], rule]
            new = set(axioms.construct(rule.text, graph)) - known
            idle = 0 if new else idle + 1
    finally:
        axioms.drop(graph)
    return known


class Classifier:
    """Find the classes of products and outcomes by what they contain or show; it remembers what it found."""

    def __init__(self, ontology: Ontology) -> None:
        """Take the axioms; nothing is computed before it is asked."""
        self._ontology = ontology
        self._axioms = axiom_store(ontology.triples)
        self._found: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = {}

    def classes(self, told: str, term: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """List the most specific classes, beyond those above `told`, of an instance of it.

        The instance has, by a property of the schema, one value of each of some classes.
        """
        key = (told, term, values)
        if key not in self._found:
            self._found[key] = self._classes(told, term, values)
        return self._found[key]

    def shown(self, findings: set[str]) -> dict[str, tuple[str, ...]]:
        """Map findings to the outcomes that they, together, are evidence of."""
        above = self._ontology.above
        asked, kinds = self._changes
        telling = tuple(sorted(f for f in findings if not asked.keys().isdisjoint(above.get(f, ()))))
        if not telling:
            return {}
        outcomes = {name for kind in kinds for name in self.classes(kind, "shows", telling)}
        defined_by = {f: {name for change in above[f] for name in asked.get(change, ())} for f in telling}
        return {f: tuple(sorted(outcomes & names)) for f, names in defined_by.items()}

    @cached_property
    def _changes(self) -> tuple[dict[str, set[str]], list[str]]:
        """Map each change that a definition asks for to the outcomes defined by it; list the kinds of outcome."""
        found = self._axioms.construct(queries("rules")["changes"].text)
        asked: dict[str, set[str]] = {}
        for outcome, term, value in found:
            if term == kb("shows"):
                asked.setdefault(value.value, set()).add(outcome.value)
        return asked, sorted({value.value for _, term, value in found if term != kb("shows")})

    def _classes(self, told: str, term: str, values: tuple[str, ...]) -> tuple[str, ...]:
        thing = ox.NamedNode(f"{CASE}thing")
        triples: list[Triple] = [(thing, TYPE, ox.NamedNode(told))]
        for number, value in enumerate(values):
            node = ox.NamedNode(f"{CASE}thing#{number}")
            triples += [(thing, kb(term), node), (node, TYPE, ox.NamedNode(value))]
        above = self._ontology.above
        found = _classes_of(thing, entail(self._axioms, triples)) - above.get(told, frozenset((told,)))
        passed = {wide for name in found for wide in above.get(name, ()) if name not in above.get(wide, ())}
        return tuple(sorted(found - passed))


def _classes_of(individual: ox.NamedNode, triples: Iterable[Triple]) -> set[str]:
    types = (o for s, p, o in triples if s == individual and p == TYPE)
    return {o.value for o in types if isinstance(o, ox.NamedNode) and not o.value.startswith(OWL)}


def _rules() -> list[Query]:
    """Choose the queries that are rules of entailment; their header says which."""
    return [query for query in queries("rules").values() if "rule" in query.header]
