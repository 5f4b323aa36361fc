"""Draw a tree of criteria: what must hold, what waives it, how else the text can be read."""

from kb.answer.words import OPS
from kb.browse.register import Register
from kb.browse.view import Ref, Twig
from kb.browse.wording import Wording
from kb.explain.sentence import sentence
from kb.knowledge.tree import Node
from kb.terms import BASE, SKOS

_ONE_CHILD = ("allOf", "anyOf")


class TreeDrawer:
    """Draw the trees of one topic; an identifier is an anchor where it stands first."""

    def __init__(self, register: Register, wording: Wording, topic: str, cases: dict[str, list[Ref]]) -> None:
        """Take the topic's IRI, and its cases by the criteria that they name."""
        self._knowledge = register.knowledge
        self._wording = wording
        self._topic = topic
        self._cases = cases
        self._kinds = {
            register.knowledge.ontology.text(kind, SKOS + "notation"): kind
            for kind in register.subjects["schema"]
            if register.knowledge.ontology.text(kind, SKOS + "notation")
        }
        self.drawn: set[str] = set()

    def draw(self, node: Node) -> Twig:
        """Draw a node and everything below it."""
        if node.op == "criterion":
            return self._with_readings(self._leaf(node), node)
        if node.op in ("unless", "exceptWhen") and node.children[0].id == node.id:
            return self._with_readings(self._excepted(node), node)
        anchors = self._anchors(node.id)
        children = [self.draw(child) for child in node.children]
        notes, changes = self._remarks(node.id)
        if len(children) == 1 and node.op in _ONE_CHILD and not (notes or changes or node.readings):
            children[0].anchors += anchors
            return children[0]
        words = OPS[node.op].format(n=node.n)
        known = self._wording.known_of(BASE + node.id)
        twig = Twig(node.id, anchors, node.op, words, None, "hard", known, notes, changes, children)
        return self._with_readings(twig, node)

    def _excepted(self, node: Node) -> Twig:
        """Draw a node with its exception, which has no identifier of its own, as one fold around both."""
        return Twig("", [], node.op, OPS[node.op], children=[*map(self.draw, node.children)])

    def _leaf(self, node: Node) -> Twig:
        notes, changes = self._remarks(node.id)
        kind = self._kinds.get(node.kind)
        return Twig(
            id=node.id,
            anchors=self._anchors(node.id),
            op="criterion",
            words=sentence(node, self._knowledge),
            kind=self._wording.ref(kind) if kind else None,
            strength=node.strength,
            known=self._wording.known(BASE + node.id, node.source, self._cites(node.id)) if node.source else None,
            notes=notes,
            changes=changes,
            cases=self._cases.get(node.id, []),
        )

    def _with_readings(self, twig: Twig, node: Node) -> Twig:
        twig.readings = [self.draw(reading) for reading in node.readings]
        return twig

    def _anchors(self, name: str) -> list[str]:
        """Name the anchor of an identifier of this topic, unless it was drawn before."""
        topic, _, fragment = name.partition("#")
        if BASE + topic != self._topic or name in self.drawn:
            return []
        self.drawn.add(name)
        return [fragment]

    def _cites(self, name: str) -> bool:
        """Tell whether a criterion names a section or page of its own, or is of another topic."""
        own = self._knowledge.ontology.index.get(BASE + name, {})
        return any(term.endswith(("#section", "#pages")) for term in own) or not name.startswith(
            self._topic.removeprefix(BASE) + "#"
        )

    def _remarks(self, name: str) -> tuple[list[str], list[str]]:
        return self._wording.notes(BASE + name), self._wording.changes(BASE + name)
