"""Gather the page of a topic: its recommendations, each with its tree, and the cases that prove them."""

from kb.answer.words import STANCES
from kb.browse.cases import TopicCases
from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.tree import TreeDrawer
from kb.browse.view import Advice, Page, Ref, Rows, Statement, Twig
from kb.browse.wording import Wording
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.terms import BASE, DCT, RDF, SCHEMA, SKOS

_DRAWN = frozenset(
    SCHEMA + term
    for term in (
        "service", "condition", "region", "phase", "stance", "criteria", "unless", "contraindication", "general",
        "overrides", "validFrom", "validUntil", "injuredFrom", "invalidatedBy", "replacedBy", "section", "pages",
    )
)  # fmt: skip


class TopicPages:
    """Gather the pages of topics."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._register = register
        self._wording = wording
        self._read = register.knowledge.ontology

    def page(self, topic: str) -> Page:
        """Gather one page."""
        register, wording = self._register, self._wording
        cases = TopicCases(register.knowledge, topic)
        drawer = TreeDrawer(register, wording, topic, cases.by_criterion)
        advice = [self._advice(r, drawer, cases) for r in register.advice[topic]]
        shown = drawer.drawn | {a.id for a in advice}
        guideline = self._read.text(topic, DCT + "isPartOf")
        trail = [Ref("Guidelines", "guidelines"), *([wording.ref(guideline)] if guideline else [])]
        data = {
            "advice": advice,
            "statements": self._statements(topic, shown),
            "cases": cases.shown,
            "definition": self._read.text(topic, SKOS + "definition"),
            "notes": wording.notes(topic),
            "section": self._read.text(topic, SCHEMA + "section"),
            "pages": self._read.text(topic, SCHEMA + "pages"),
            "more": wording.rows(topic, _DRAWN),
            "file": self._read.place.get(topic),
        }
        return Page(path_of(topic), "topic.html", wording.words(topic), trail, data)

    def _advice(self, r: Recommendation, drawer: TreeDrawer, cases: TopicCases) -> Advice:
        wording, register = self._wording, self._register
        return Advice(
            id=r.id,
            anchor=r.id.partition("#")[2],
            name=wording.recommendation(r),
            stance=r.stance or "statute",
            said=STANCES[r.stance],
            dimensions=wording.dimensions(r),
            force=wording.force(r) + (f"; for injuries from {r.injured_from}" if r.injured_from else ""),
            known=wording.known(r.iri, r.source),
            more=wording.rows(r.iri, _DRAWN),
            general=r.general,
            retired=self._retired(r.iri),
            notes=wording.notes(r.iri),
            changes=wording.changes(r.iri),
            tree=_drawn(r.tree, drawer),
            unless=_drawn(r.unless, drawer),
            contraindications=[drawer.draw(node) for node in r.contraindications],
            replaces=[wording.cited(other, r) for other in register.replaces.get(r.iri, ())],
            replaced=[wording.cited(other, r) for other in register.replaced.get(r.iri, ())],
            cases=cases.proving(r),
        )

    def _retired(self, iri: str) -> Rows:
        """List what took the place of a retired identifier, and the decision that struck it down."""
        rows = [("replaced by", "replacedBy"), ("struck down by", "invalidatedBy")]
        found = [(said, self._wording.refs(self._read.iris(iri, term))) for said, term in rows]
        return [(said, refs) for said, refs in found if refs]

    def _statements(self, topic: str, shown: set[str]) -> list[Statement]:
        """List what else the topic's file describes, so that every identifier has its place on the page."""
        found = []
        for iri in self._register.subjects[path_of(topic)]:
            if iri != topic and iri.removeprefix(BASE) not in shown:
                found.append(statement(iri, self._wording, self._register))
        return found


def statement(iri: str, wording: Wording, register: Register) -> Statement:
    """Show what is stated of something by itself."""
    read = register.knowledge.ontology
    types = [o.value for o in read.objects(iri, RDF + "type")]
    kinds = [kind for kind in types if kind.startswith(SCHEMA)] or types
    words = read.text(iri, SKOS + "definition") or read.text(iri, DCT + "title") or ""
    said = read.label(kinds[0]) if kinds else "decision"
    known, notes = wording.known_of(iri), [*wording.notes(iri), *wording.changes(iri)]
    return Statement(iri.removeprefix(BASE), iri.partition("#")[2], said, words, known, notes, wording.rows(iri))


def _drawn(node: Node | None, drawer: TreeDrawer) -> Twig | None:
    return drawer.draw(node) if node else None
