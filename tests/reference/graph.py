"""Read an ontology folder with rdflib; subsumption and instance typing over its classes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node as Term

from .once import once

BASE = "https://w3id.org/mtus-kb/"
KB = Namespace(BASE + "schema#")
CONCEPT = Namespace(BASE + "concept/")
UNIT = Namespace(BASE + "unit/")
PHASE = Namespace(BASE + "phase/")

Types = frozenset[URIRef]
Successor = tuple[URIRef, Types]


class Fault(ValueError):
    """A missing term or a broken case: an error, never a denial."""


def short(iri: Term) -> str:
    """Give the id used in answers: the IRI without the base."""
    return str(iri).removeprefix(BASE)


def read_folder(folder: Path) -> Graph:
    graph = Graph()
    for path in sorted(folder.rglob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


class Ontology:
    """The graph with its class hierarchy."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._expressions: dict[Term, tuple[list[Term], list[Term], Term | None, Term | None]] = {}
        self.up: dict[URIRef, set[URIRef]] = {c: self._told(c) for c in self._classes()}
        self._classify()

    # ------------------------------------------------------------ plain reading

    @once
    def iris(self, subject: Term, predicate: URIRef) -> tuple[URIRef, ...]:
        return tuple(sorted(o for o in self.graph.objects(subject, predicate) if isinstance(o, URIRef)))

    def number(self, subject: Term, predicate: URIRef) -> Fraction | None:
        value = self.graph.value(subject, predicate)
        return None if value is None else Fraction(str(value))

    def day(self, subject: Term, predicate: URIRef) -> date | None:
        value = self.graph.value(subject, predicate)
        return None if value is None else date.fromisoformat(str(value))

    # ------------------------------------------------------------ classes

    def below(self, lower: URIRef, upper: URIRef) -> bool:
        """Subsumption, reflexive."""
        return upper in self.up.get(lower, (lower,))

    def related(self, one: URIRef, other: URIRef) -> bool:
        return self.below(one, other) or self.below(other, one)

    def regions(self, classes: Iterable[URIRef]) -> frozenset[URIRef]:
        """The regions that classes name or inherit; a narrower one stands in the place of a wider."""
        above = {u for c in classes for u in self.up.get(c, {c})}
        return self.most_specific(o for c in above for o in self.iris(c, KB.region))

    @once
    def opposites(self, cls: URIRef) -> frozenset[URIRef]:
        """What a present fact on the class says to be absent."""
        return frozenset(o for c in self.up.get(cls, {cls}) for o in self.iris(c, KB.opposite))

    def most_specific(self, classes: Iterable[URIRef]) -> frozenset[URIRef]:
        found = set(classes)
        return frozenset(r for r in found if not any(self.below(s, r) and not self.below(r, s) for s in found))

    def concept(self, word: str) -> URIRef:
        iri = self._classes_by_word.get(word)
        if iri is None:
            raise Fault(f"unknown concept `{word}`")
        return iri

    @cached_property
    def _classes_by_word(self) -> dict[str, URIRef]:
        return {c.removeprefix(CONCEPT): c for c in self.up if c.startswith(CONCEPT)}

    def _classes(self) -> set[URIRef]:
        pairs = self.graph.subject_objects(RDFS.subClassOf)
        found = {t for pair in pairs for t in pair} | set(self.graph.subjects(RDF.type, OWL.Class))
        return {c for c in found if isinstance(c, URIRef)}

    def _told(self, cls: URIRef) -> set[URIRef]:
        """Named superclasses, through subClassOf and the conjuncts of a definition."""
        seen: set[URIRef] = set()
        todo: list[Term] = [cls]
        while todo:
            current = todo.pop()
            if isinstance(current, URIRef):
                if current in seen:
                    continue
                seen.add(current)
                for predicate in (RDFS.subClassOf, OWL.equivalentClass):
                    todo.extend(self.graph.objects(current, predicate))
            else:
                todo.extend(self._list(current, OWL.intersectionOf))
        return seen

    def _list(self, node: Term, predicate: URIRef) -> list[Term]:
        head = self.graph.value(node, predicate)
        return [] if head is None else list(Collection(self.graph, head))

    @cached_property
    def definitions(self) -> list[tuple[URIRef, Term]]:
        pairs = self.graph.subject_objects(OWL.equivalentClass)
        return sorted((c, e) for c, e in pairs if isinstance(c, URIRef) and isinstance(e, BNode))

    def successors(self, cls: URIRef) -> list[Successor]:
        """Existential conditions that every member of the class fulfils."""
        found: list[Successor] = []
        for c in self.up.get(cls, {cls}):
            for predicate in (RDFS.subClassOf, OWL.equivalentClass):
                for expression in self.graph.objects(c, predicate):
                    found += self._existentials(expression)
        return found

    @once
    def contained(self, cls: URIRef) -> tuple[Types, ...]:
        """The classes of each ingredient of a class; one that a narrower one implies is none of its own."""
        found = {types for prop, types in self.successors(cls) if prop == KB.hasIngredient}
        return tuple(sorted((t for t in found if not any(t < other for other in found)), key=sorted))

    def _existentials(self, expression: Term) -> list[Successor]:
        filler = self.graph.value(expression, OWL.someValuesFrom)
        if isinstance(filler, URIRef):
            prop = self.graph.value(expression, OWL.onProperty)
            return [(URIRef(str(prop)), frozenset(self.up.get(filler, {filler})))]
        return [e for part in self._list(expression, OWL.intersectionOf) for e in self._existentials(part)]

    def _member(self, expression: Term, types: Iterable[URIRef], successors: list[Successor]) -> bool:
        if isinstance(expression, URIRef):
            return expression in types
        parts, options, prop, filler = self._read(expression)
        if parts:
            return all(self._member(p, types, successors) for p in parts)
        if options:
            return any(self._member(p, types, successors) for p in options)
        return filler is not None and any(p == prop and self._member(filler, t, []) for p, t in successors)

    def _read(self, expression: Term) -> tuple[list[Term], list[Term], Term | None, Term | None]:
        """Conjuncts, alternatives, property and filler of a class expression, read once."""
        if expression not in self._expressions:
            prop, filler = (self.graph.value(expression, p) for p in (OWL.onProperty, OWL.someValuesFrom))
            parts, options = self._list(expression, OWL.intersectionOf), self._list(expression, OWL.unionOf)
            self._expressions[expression] = parts, options, prop, filler
        return self._expressions[expression]

    def types(self, classes: Iterable[URIRef], successors: list[Successor]) -> Types:
        """All classes of an individual with these told classes and successors."""
        found = {u for c in classes for u in self.up.get(c, {c})}
        successors = successors + [s for c in classes for s in self.successors(c)]
        grown = True
        while grown:
            grown = False
            for cls, expression in self.definitions:
                if cls not in found and self._member(expression, found, successors):
                    found |= self.up[cls]
                    grown = True
        return frozenset(found)

    def _classify(self) -> None:
        grown = bool(self.definitions)
        while grown:
            grown = False
            for cls in sorted(self.up):
                found = {u for t in self.types([cls], []) for u in self.up.get(t, {t})}
                if found - self.up[cls]:
                    self.up[cls] |= found
                    grown = True

    def shown(self, findings: Iterable[URIRef]) -> dict[URIRef, Types]:
        """The outcomes that present findings, together, are evidence of, each for those its definition asks for."""
        asked = [change for changes, _, _ in self._asking for change in changes]
        return self._shown(frozenset(f for f in findings if any(change <= self.up[f] for change in asked)))

    @cached_property
    def _asking(self) -> list[tuple[list[Types], URIRef, Term]]:
        """The changes that the definition of an outcome asks for, the outcome and the definition."""
        found = [
            ([t for p, t in self._existentials(e) if p == KB.shows], outcome, e) for outcome, e in self.definitions
        ]
        return [entry for entry in found if entry[0]]

    @once
    def _shown(self, findings: frozenset[URIRef]) -> dict[URIRef, Types]:
        shows = [(KB.shows, frozenset(self.up[f])) for f in findings]
        outcomes: dict[URIRef, set[URIRef]] = {f: set() for f in findings}
        for changes, outcome, definition in self._asking:
            kinds = [k for k in self._list(definition, OWL.intersectionOf) if isinstance(k, URIRef)]
            if self._member(definition, self.types(kinds, []), shows):
                for f in findings:
                    outcomes[f] |= {outcome} if any(change <= self.up[f] for change in changes) else set()
        return {f: frozenset(found) for f, found in outcomes.items()}

    # ------------------------------------------------------------ data of the core

    def days(self, unit: URIRef | None) -> Fraction:
        length = None if unit is None else self.number(unit, KB.days)
        if length is None:
            raise Fault(f"`{unit}` is no unit of time")
        return length

    @cached_property
    def postsurgical_periods(self) -> list[tuple[tuple[URIRef, ...], Fraction]]:
        """Operations, and the days after one that count as postsurgical."""
        found = sorted(self.graph.subjects(RDF.type, KB.PostsurgicalPeriod), key=str)
        limits = [(p, (self.number(p, KB.limit) or 0) * self.days(next(iter(self.iris(p, KB.unit))))) for p in found]
        return [(self.iris(period, KB.service), Fraction(days)) for period, days in limits]

    def phase_on_day(self, day: int) -> URIRef | None:
        """ "`acute`, `subacute` or `chronic` from injury to selecting date ... the bounds are data"."""
        for phase in sorted(self.graph.subjects(RDF.type, KB.Phase), key=str):
            first, last = self.number(phase, KB.firstDay), self.number(phase, KB.lastDay)
            if first is not None and first <= day and (last is None or day <= last):
                return URIRef(str(phase))
        return None

    @cached_property
    def kinds(self) -> dict[URIRef, str]:
        """Criterion classes with the notation of their kind."""
        found = self.graph.subjects(RDFS.subClassOf, KB.Criterion)
        return {URIRef(str(k)): str(self.graph.value(k, SKOS.notation)) for k in found}
