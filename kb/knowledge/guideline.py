"""Read recommendations, statutes and their trees of criteria out of the ontology."""

import datetime as dt
from dataclasses import dataclass

from kb.errors import KnowledgeError
from kb.formula import FALSE, TRUE, Expr
from kb.knowledge.ontology import Ontology
from kb.knowledge.tree import Node, Source, expression
from kb.terms import CONCEPT, DCT, DECISION, PHASE, PROV, RDF, SCHEMA, SKOS, short


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Hold one recommendation, or one statute (stance None)."""

    id: str
    iri: str
    stance: str | None
    services: tuple[str, ...]
    conditions: tuple[str, ...]
    regions: tuple[str, ...]
    phases: tuple[str, ...]
    tree: Node | None
    unless: Node | None
    contraindications: tuple[Node, ...]
    general: bool
    rung: int
    series: str
    valid_from: dt.date | None
    valid_until: dt.date | None
    invalidated: dt.date | None
    injured_from: dt.date | None
    overrides: frozenset[str]
    source: Source
    tree_expr: Expr = TRUE
    unless_expr: Expr | None = None

    def standing(self) -> list[Node]:
        """List the roots whose nodes stand in the formula, contraindications apart."""
        if self.stance == "no_recommendation" and not self.general:
            return []
        if self.stance == "not_recommended" and not self.general and self.unless_expr is None:
            return []
        roots = [self.tree] if self.general or self.stance in ("recommended", "option") else [self.tree, self.unless]
        return [root for root in roots if root]

    def criteria(self) -> list[Node]:
        """List every criterion, those of exceptions, contraindications and readings too."""
        nodes = [node for node in (self.tree, self.unless, *self.contraindications) if node]
        return [criterion for node in nodes for criterion in node.criteria()]


class GuidelineReader:
    """Build recommendations from an ontology."""

    def __init__(self, ontology: Ontology) -> None:
        """Learn the kinds of criteria."""
        self._ontology = ontology
        self._kinds = {
            subject: str(ontology.text(subject, SKOS + "notation"))
            for subject in ontology.index
            if ontology.objects(subject, SCHEMA + "sentence")
        }

    def recommendations(self) -> list[Recommendation]:
        """Read all recommendations and statutes, in the order of their identifiers."""
        found = [*self._ontology.instances("Recommendation"), *self._ontology.instances("Statute")]
        return [self._recommendation(iri) for iri in sorted(found)]

    def _recommendation(self, iri: str) -> Recommendation:
        read = self._ontology
        guideline = self._guideline_of(iri)
        tree = self._root(iri, "criteria", "requirement")
        unless = self._root(iri, "unless", "defeater")
        stance = next(iter(read.iris(iri, "stance")), None)
        return Recommendation(
            id=short(iri),
            iri=iri,
            stance=short(stance) if stance else None,
            services=read.iris(iri, "service"),
            conditions=read.iris(iri, "condition"),
            regions=read.iris(iri, "region"),
            phases=tuple(phase.removeprefix(PHASE) for phase in read.iris(iri, "phase")),
            tree=tree,
            unless=unless,
            contraindications=tuple(self._node(i, "defeater") for i in read.iris(iri, "contraindication")),
            general=read.text(iri, SCHEMA + "general") == "true",
            rung=int(read.text(guideline, SCHEMA + "rung", "1") or 1),
            series=short(read.text(guideline, DCT + "isVersionOf", guideline) or guideline),
            valid_from=self._date(iri, guideline, "validFrom"),
            valid_until=self._date(iri, guideline, "validUntil"),
            invalidated=self._invalidated(iri) or self._invalidated(guideline),
            injured_from=self._date(iri, guideline, "injuredFrom"),
            overrides=frozenset(read.iris(iri, "overrides")),
            source=self._source(iri, iri),
            tree_expr=(expression(tree, TRUE) if tree else None) or TRUE,
            unless_expr=expression(unless, FALSE) if unless else None,
        )

    def _root(self, iri: str, term: str, role: str) -> Node | None:
        roots = self._ontology.iris(iri, term)
        if len(roots) > 1:
            raise KnowledgeError(f"`{short(iri)}` has two values of kb:{term}; put them under one node with kb:allOf")
        return self._node(roots[0], role) if roots else None

    def _node(self, iri: str, role: str, seen: frozenset[str] = frozenset()) -> Node:
        if iri in seen:
            raise KnowledgeError(f"`{short(iri)}` stands below itself; a tree of criteria must end")
        seen = seen | {iri}
        alternatives = tuple(self._node(i, role, seen) for i in self._ontology.iris(iri, "reading"))
        node = self._plain_node(iri, role, seen)
        for term in ("unless", "exceptWhen"):
            exceptions = self._ontology.iris(iri, term)
            if exceptions:
                exception = self._node(exceptions[0], "defeater", seen)
                node = Node(short(iri), term, (node, exception), role=role)
        if alternatives:
            node = Node(short(iri), node.op, node.children, node.n, node.kind, node.role, node.strength,
                        alternatives, node.slots, node.source)  # fmt: skip
        return node

    def _plain_node(self, iri: str, role: str, seen: frozenset[str]) -> Node:
        read = self._ontology
        kind = next((self._kinds[t.value] for t in read.objects(iri, RDF + "type") if t.value in self._kinds), None)
        if kind:
            return self._criterion(iri, kind, role)
        parts = {term: read.iris(iri, term) for term in ("allOf", "anyOf")}
        if bool(parts["allOf"]) == bool(parts["anyOf"]):
            raise KnowledgeError(
                f"`{short(iri)}` must be a criterion of a known kind, or have one of kb:allOf, kb:anyOf"
            )
        children = tuple(self._node(i, role, seen) for i in parts["allOf"] or parts["anyOf"])
        n = read.text(iri, SCHEMA + "atLeast")
        op = "allOf" if parts["allOf"] else "atLeast" if n else "anyOf"
        return Node(short(iri), op, children, int(n) if n and op == "atLeast" else None, role=role)

    def _criterion(self, iri: str, kind: str, role: str) -> Node:
        read = self._ontology
        slots = {
            predicate[len(SCHEMA) :]: tuple(read.objects(iri, predicate))
            for predicate in sorted(read.index[iri])
            if predicate.startswith(SCHEMA)
        }
        strength = next(iter(read.iris(iri, "strength")), SCHEMA + "hard")
        if kind in ("no_concurrent", "discontinue_trigger"):
            role = "defeater"
        return Node(short(iri), "criterion", kind=kind, role=role, strength=short(strength), slots=slots,
                    source=self._source(iri, iri))  # fmt: skip

    def _guideline_of(self, iri: str) -> str:
        for _ in range(3):
            parent = self._ontology.text(iri, DCT + "isPartOf")
            if parent is None:
                break
            iri = parent
        return iri

    def _source(self, iri: str, of: str) -> Source:
        read = self._ontology
        topic = iri.split("#")[0]
        guideline = self._guideline_of(topic)

        def cited(term: str) -> str | None:
            return read.text(of, SCHEMA + term) or read.text(topic, SCHEMA + term)

        verification = next(iter(read.iris(of, "verification")), SCHEMA + "recalled")
        derived = [o.value for o in read.objects(of, PROV + "wasDerivedFrom")]
        return Source(
            guideline=short(guideline),
            title=read.text(guideline, DCT + "title") or short(guideline),
            edition=read.text(guideline, SCHEMA + "edition") or "",
            section=cited("section"),
            pages=cited("pages"),
            verification=short(verification),
            decisions=tuple(d[len(DECISION) :] for d in derived if d.startswith(DECISION)),
            confirmed_by=tuple(o.value for o in read.objects(of, DCT + "source")),
            confidence=read.text(of, SCHEMA + "confidence"),
        )

    def _date(self, iri: str, guideline: str, term: str) -> dt.date | None:
        text = self._ontology.text(iri, SCHEMA + term) or self._ontology.text(guideline, SCHEMA + term)
        return dt.date.fromisoformat(text) if text else None

    def _invalidated(self, iri: str) -> dt.date | None:
        by = next(iter(self._ontology.iris(iri, "invalidatedBy")), None)
        text = self._ontology.text(by, DCT + "date") if by else None
        return dt.date.fromisoformat(text) if text else None


def is_concept(iri: str) -> bool:
    """Tell whether an IRI is a concept of ours."""
    return iri.startswith(CONCEPT)
