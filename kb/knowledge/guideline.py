"""Read recommendations, statutes and their trees of criteria out of the ontology."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from kb.errors import KnowledgeError
from kb.formula import FALSE, TRUE, Expr
from kb.knowledge.ontology import Ontology, Triple
from kb.knowledge.spelling import did_you_mean
from kb.knowledge.strict import STANCES, STRENGTHS, day, link, links, whole, word
from kb.knowledge.tree import Node, Source, expression
from kb.terms import DCT, DECISION, PHASE, PROV, RDF, SCHEMA, SKOS, TYPE, short

_AROUND = frozenset(SCHEMA + term for term in ("reading", "unless", "exceptWhen"))  # what is put around a plain node


@dataclass(frozen=True)
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

    def criteria(self) -> tuple[Node, ...]:
        """List every criterion, those of exceptions, contraindications and readings too."""
        return self._criteria

    @cached_property
    def _criteria(self) -> tuple[Node, ...]:
        nodes = [node for node in (self.tree, self.unless, *self.contraindications) if node]
        return tuple(criterion for node in nodes for criterion in node.criteria())


class GuidelineReader:
    """Build recommendations from an ontology."""

    def __init__(self, ontology: Ontology) -> None:
        """Learn the kinds of criteria."""
        self._ontology = ontology
        self._kinds = {
            kind: str(ontology.text(kind, SKOS + "notation")) for kind in ontology.stating(SCHEMA + "sentence")
        }
        self._topics: dict[str, Source] = {}

    def recommendations(self) -> list[Recommendation]:
        """Read all recommendations and statutes, in the order of their identifiers.

        Raises KnowledgeError that names the recommendation and its file.
        """
        for triple in self._ontology.triples:
            if isinstance(triple[0], ox.BlankNode) and is_nameless(triple):
                raise KnowledgeError(f"a blank node is a kb:{short(triple[2].value)}; give it a name, as <#limit>")
        return [self.read(iri) for iri in self.names()]

    def names(self) -> list[str]:
        """List the IRIs of all recommendations and statutes."""
        return sorted([*self._ontology.instances("Recommendation"), *self._ontology.instances("Statute")])

    def read(self, iri: str) -> Recommendation:
        """Read one recommendation or statute.

        Raises KnowledgeError that names it and its file.
        """
        try:
            return self._recommendation(iri)
        except KnowledgeError as error:
            file = self._ontology.place.get(iri)
            where = f" in `{file}`" if file else ""
            raise KnowledgeError(f"cannot read `{short(iri)}`{where}: {error}") from None

    def _recommendation(self, iri: str) -> Recommendation:
        read = self._ontology
        guideline = self._guideline_of(iri)
        if not read.objects(guideline, SCHEMA + "rung"):
            raise KnowledgeError(
                f"`{short(iri)}` belongs to no guideline with a kb:rung; correct dct:isPartOf of its topic"
            )
        tree = self._root(iri, "criteria", "requirement")
        unless = self._root(iri, "unless", "defeater")
        return Recommendation(
            id=short(iri),
            iri=iri,
            stance=self._stance(iri),
            services=links(read, iri, "service"),
            conditions=links(read, iri, "condition"),
            regions=links(read, iri, "region"),
            phases=tuple(phase.removeprefix(PHASE) for phase in links(read, iri, "phase")),
            tree=tree,
            unless=unless,
            contraindications=tuple(self._node(i, "defeater") for i in links(read, iri, "contraindication")),
            general=read.text(iri, SCHEMA + "general") == "true",
            rung=whole(read, guideline, "rung") or 0,
            series=short(read.text(guideline, DCT + "isVersionOf", guideline) or guideline),
            valid_from=self._date(iri, guideline, "validFrom"),
            valid_until=self._date(iri, guideline, "validUntil"),
            invalidated=self._invalidated(iri) or self._invalidated(guideline),
            injured_from=self._date(iri, guideline, "injuredFrom"),
            overrides=frozenset(links(read, iri, "overrides")),
            source=self._source(iri),
            tree_expr=(tree.expr if tree else None) or TRUE,
            unless_expr=expression(unless, FALSE) if unless else None,
        )

    def _stance(self, iri: str) -> str | None:
        types = {o.value for o in self._ontology.objects(iri, RDF + "type")}
        stance = word(self._ontology, iri, "stance", STANCES)
        if stance is None and SCHEMA + "Recommendation" in types:
            raise KnowledgeError(f"`{short(iri)}` has no kb:stance; it is one of kb:{', kb:'.join(STANCES)}")
        return stance

    def _root(self, iri: str, term: str, role: str) -> Node | None:
        root = link(self._ontology, iri, term)
        return self._node(root, role) if root else None

    def _node(self, iri: str, role: str, seen: frozenset[str] = frozenset()) -> Node:
        if iri in seen:
            raise KnowledgeError(f"`{short(iri)}` stands below itself; a tree of criteria must end")
        if _AROUND.isdisjoint(self._ontology.index.get(iri, ())):
            return self._plain_node(iri, role, seen | {iri})
        seen = seen | {iri}
        alternatives = tuple(self._node(i, role, seen) for i in links(self._ontology, iri, "reading"))
        node = self._plain_node(iri, role, seen)
        exceptions = {term: link(self._ontology, iri, term) for term in ("unless", "exceptWhen")}
        if all(exceptions.values()):
            raise KnowledgeError(f"`{short(iri)}` has kb:unless and kb:exceptWhen; give one to a node around it")
        for term, name in exceptions.items():
            if name:
                node = Node(short(iri), term, (node, self._node(name, "defeater", seen)), role=role)
        if alternatives:
            node = Node(short(iri), node.op, node.children, node.n, node.kind, node.role, node.strength,
                        alternatives, node.slots, node.source)  # fmt: skip
        return node

    def _plain_node(self, iri: str, role: str, seen: frozenset[str]) -> Node:
        read = self._ontology
        if iri not in read.index:
            own = [short(name) for name in read.index if name.startswith(iri.split("#")[0] + "#")]
            hint = did_you_mean(short(iri), own, "add it, or correct the name where it stands")
            raise KnowledgeError(f"`{short(iri)}` is described nowhere{hint}")
        types = [t.value for t in read.objects(iri, RDF + "type")]
        parts = {term: found for term in ("allOf", "anyOf") if (found := links(read, iri, term))}
        kinds = [self._kinds[name] for name in types if name in self._kinds]
        if len(kinds) + len(parts) != 1:
            hint = next((h for name in types if (h := did_you_mean(short(name), map(short, self._kinds)))), "")
            raise KnowledgeError(
                f"`{short(iri)}` must be a criterion of a known kind, or have one of kb:allOf, kb:anyOf{hint}"
            )
        if kinds:
            return self._criterion(iri, kinds[0], role)
        op, names = next(iter(parts.items()))
        children = tuple(self._node(name, role, seen) for name in names)
        n = whole(read, iri, "atLeast") if op == "anyOf" else None
        if n is not None and not 1 <= n <= len(children):
            raise KnowledgeError(
                f"`{short(iri)}` asks for at least {n} of {len(children)}; correct kb:atLeast, or add what is missing"
            )
        return Node(short(iri), op if n is None else "atLeast", children, n, role=role)

    def _criterion(self, iri: str, kind: str, role: str) -> Node:
        read = self._ontology
        slots = {
            predicate[len(SCHEMA) :]: tuple(read.objects(iri, predicate))
            for predicate in sorted(read.index[iri])
            if predicate.startswith(SCHEMA)
        }
        for slot, found in slots.items():
            if ox.BlankNode in map(type, found):
                links(read, iri, slot)  # says what is wrong
        strength = word(read, iri, "strength", STRENGTHS) or "hard"
        if kind in ("no_concurrent", "discontinue_trigger"):
            role = "defeater"
        return Node(short(iri), "criterion", kind=kind, role=role, strength=strength, slots=slots,
                    source=self._source(iri))  # fmt: skip

    def _guideline_of(self, iri: str) -> str:
        for _ in range(3):
            parent = self._ontology.text(iri, DCT + "isPartOf")
            if parent is None:
                break
            iri = parent
        return iri

    def _source(self, iri: str) -> Source:
        read = self._ontology
        topic = self._topic(iri.split("#", 1)[0])
        verification = next(iter(read.iris(iri, "verification")), SCHEMA + "recalled")
        derived = [o.value for o in read.objects(iri, PROV + "wasDerivedFrom")]
        return Source(
            guideline=topic.guideline,
            title=topic.title,
            edition=topic.edition,
            section=read.text(iri, SCHEMA + "section") or topic.section,
            pages=read.text(iri, SCHEMA + "pages") or topic.pages,
            verification=short(verification),
            decisions=tuple([d[len(DECISION) :] for d in derived if d.startswith(DECISION)]),
            confirmed_by=tuple([o.value for o in read.objects(iri, DCT + "source")]),
            confidence=read.text(iri, SCHEMA + "confidence") or read.text(verification, SCHEMA + "confidence"),
        )

    def _topic(self, topic: str) -> Source:
        """Cite a topic, for what is said in it."""
        if topic not in self._topics:
            read, guideline = self._ontology, self._guideline_of(topic)
            self._topics[topic] = Source(
                guideline=short(guideline),
                title=read.text(guideline, DCT + "title") or short(guideline),
                edition=read.text(guideline, SCHEMA + "edition") or "",
                section=read.text(topic, SCHEMA + "section"),
                pages=read.text(topic, SCHEMA + "pages"),
                verification="",
            )
        return self._topics[topic]

    def _date(self, iri: str, guideline: str, term: str) -> dt.date | None:
        return day(self._ontology, iri, SCHEMA + term) or day(self._ontology, guideline, SCHEMA + term)

    def _invalidated(self, iri: str) -> dt.date | None:
        by = next(iter(links(self._ontology, iri, "invalidatedBy")), None)
        return day(self._ontology, by, DCT + "date") if by else None


def is_nameless(triple: Triple) -> bool:
    """Tell whether a triple makes a blank node an instance of a class of the schema; nothing can cite it."""
    subject, predicate, found = triple
    return (
        isinstance(subject, ox.BlankNode)
        and predicate == TYPE
        and isinstance(found, ox.NamedNode)
        and found.value.startswith(SCHEMA)
    )
