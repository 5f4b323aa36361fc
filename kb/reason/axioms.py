"""Read the logical axioms of an ontology, each one whole and with the file it stands in.

Labels, definitions, sources, remarks and SHACL shapes are left out: they entail nothing, so changing them
makes no reasoning stale.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb.errors import KnowledgeError
from kb.knowledge.ontology import Triple
from kb.terms import DCT, OWL, PROV, RDF, RDFS, SKOS, short

Tree = Any  # a NamedNode, a Literal, or an anonymous node as its sorted (predicate, tree) pairs
FOLDERS = ("core", "concepts")

_TYPE = RDF + "type"
_SUBCLASS = RDFS + "subClassOf"
_EQUIVALENT = OWL + "equivalentClass"
_CLASS_AXIOMS = {_SUBCLASS: "SubClassOf", _EQUIVALENT: "EquivalentTo", OWL + "disjointWith": "DisjointWith"}
_SHACL = "http://www.w3.org/ns/shacl#"
_SAYS_NOTHING = (_SHACL, SKOS, DCT, PROV, RDFS + "label", RDFS + "comment", RDFS + "seeAlso", RDFS + "isDefinedBy")
_DECLARED_AS = {
    *(OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "NamedIndividual")),
    RDFS + "Datatype",
}


@dataclass(frozen=True, slots=True)
class Axiom:
    """Hold one axiom; one that is a node of its own (AllDisjointClasses) has no predicate and no object."""

    subject: Tree
    predicate: str
    object: Tree
    file: str = ""

    @property
    def declares(self) -> bool:
        """Tell whether it only says what kind of thing a name is."""
        return self.predicate == _TYPE and isinstance(self.object, ox.NamedNode) and self.object.value in _DECLARED_AS

    @property
    def key(self) -> str:
        """Spell the axiom so that equal axioms are spelled alike."""
        return f"{_spell(self.subject)} {self.predicate} {_spell(self.object)}"

    def __str__(self) -> str:
        """Say the axiom in the manner of Manchester syntax."""
        if not self.predicate:
            kind = short(dict(self.subject)[_TYPE].value).rsplit("#", 1)[-1]
            members = next((tree for name, tree in self.subject if name.startswith(OWL)), ())
            return f"{kind}({', '.join(_say(member) for member in items(members))})"
        verb = _CLASS_AXIOMS.get(self.predicate) or short(self.predicate).rsplit("#", 1)[-1]
        return f"{_say(self.subject)} {verb} {_say(self.object)}"

    def triples(self) -> list[Triple]:
        """Write the axiom as triples, with blank nodes of its own."""
        found: list[Triple] = []
        subject = _plant(self.subject, found)
        if self.predicate:
            found.append((subject, ox.NamedNode(self.predicate), _plant(self.object, found)))
        return found

    @property
    def asserts(self) -> bool:
        """Tell whether it gives an individual, or a class taken as one (punning), a value."""
        return bool(self.predicate) and not self.predicate.startswith((RDF, RDFS, OWL))

    def names(self) -> set[str]:
        """List the names of classes and properties that the axiom speaks of."""
        if self.asserts:
            return {self.predicate}
        subject = () if self.predicate == _TYPE else _names(self.subject)
        return {*subject, self.predicate, *_names(self.object)} - {""}


def read_axioms(folder: Path) -> list[Axiom]:
    """Read the axioms of core/ and concepts/ in a fixed order.

    Raises KnowledgeError when a file is malformed or there is none.
    """
    files = sorted(file for part in FOLDERS for file in (folder / part).rglob("*.ttl"))
    if not files:
        raise KnowledgeError(f"`{folder}` has no Turtle file in core or concepts; name an ontology folder")
    found = [axiom for file in files for axiom in _read(file, str(file.relative_to(folder)))]
    return sorted({axiom.key: axiom for axiom in reversed(found)}.values(), key=lambda axiom: axiom.key)


def write_triples(axioms: Iterable[Axiom]) -> list[Triple]:
    """Write axioms as triples, in which a class that is used as an individual too has a second name.

    OWL 2 takes the two uses for two things anyway; owlready2 would mix up what is inferred of them.
    """
    axioms = list(axioms)
    classes = {a.subject for a in axioms if a.declares and a.object.value == OWL + "Class"}

    def thing(node: Any) -> Any:
        return ox.NamedNode(node.value + "?individual") if node in classes else node

    found: list[Triple] = []
    for axiom in axioms:
        of_thing = axiom.asserts or (axiom.predicate == _TYPE and not axiom.declares)
        head = Axiom(thing(axiom.subject) if of_thing else axiom.subject, axiom.predicate, axiom.object)
        for s, p, o in head.triples():
            is_thing = axiom.asserts or p.value == OWL + "hasValue"
            found.append((s, p, thing(o) if is_thing else o))
    return found


def digest(axioms: Iterable[Axiom]) -> str:
    """Hash the axioms; their order, their layout and the names of blank nodes do not matter."""
    return hashlib.sha256("\n".join(sorted(axiom.key for axiom in axioms)).encode()).hexdigest()


def items(tree: Tree) -> Iterator[Tree]:
    """List the members of an RDF list."""
    while isinstance(tree, tuple) and tree:
        cell = dict(tree)
        yield cell[RDF + "first"]
        tree = cell[RDF + "rest"]


def _read(file: Path, name: str) -> Iterator[Axiom]:
    try:
        triples = [
            (t.subject, t.predicate.value, t.object) for t in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
        ]
    except SyntaxError as error:
        raise KnowledgeError(f"malformed Turtle in `{name}` line {error.lineno}: {error.msg}") from None
    children: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
    for subject, predicate, value in triples:
        if isinstance(subject, ox.BlankNode):
            children[subject].append((predicate, value))
    headers = {s for s, p, o in triples if p == _TYPE and o.value == OWL + "Ontology"}
    for subject, predicate, value in triples:
        silent = predicate.startswith(_SAYS_NOTHING) or (predicate == _TYPE and value.value.startswith(_SHACL))
        if isinstance(subject, ox.NamedNode) and subject not in headers and not silent:
            yield Axiom(subject, predicate, _grow(value, children), name)
    for root in children.keys() - {value for _, _, value in triples} - headers:
        yield from _of_root(_grow(root, children), name)


def _of_root(tree: Tree, file: str) -> Iterator[Axiom]:
    """Read an anonymous node that stands alone: a class with axioms of its own, or an axiom as a node."""
    if not tree or any(name == _TYPE and value.value.startswith(_SHACL) for name, value in tree):
        return
    bare = tuple(pair for pair in tree if pair[0] not in _CLASS_AXIOMS)
    if bare == tree:
        yield Axiom(tree, "", (), file)
    for predicate, value in tree[:0] if bare == tree else tree:
        if predicate in _CLASS_AXIOMS:
            yield Axiom(bare, predicate, value, file)


def _grow(node: Any, children: dict[Any, list[tuple[str, Any]]]) -> Tree:
    if not isinstance(node, ox.BlankNode):
        return node if node != _NIL else ()
    pairs = [(p, _grow(o, children)) for p, o in children[node] if not p.startswith(_SAYS_NOTHING)]
    return tuple(sorted(pairs, key=lambda pair: (pair[0], _spell(pair[1]))))


def _plant(tree: Tree, into: list[Triple]) -> Any:
    if not isinstance(tree, tuple):
        return tree
    if not tree:
        return _NIL
    node = ox.BlankNode()
    for predicate, child in tree:
        into.append((node, ox.NamedNode(predicate), _plant(child, into)))
    return node


def _spell(tree: Tree) -> str:
    if isinstance(tree, tuple):
        return "[" + " ; ".join(f"{predicate} {_spell(child)}" for predicate, child in tree) + "]"
    return str(tree)


def _names(tree: Tree) -> Iterator[str]:
    if isinstance(tree, ox.NamedNode):
        yield tree.value
    elif isinstance(tree, tuple):
        for _, child in tree:
            yield from _names(child)


def _say(tree: Tree) -> str:
    """Say a class, an individual or a value in words."""
    if isinstance(tree, ox.NamedNode):
        return short(tree.value).rsplit("#", 1)[-1]
    if isinstance(tree, ox.Literal):
        return repr(tree.value)
    parts = {name.rsplit("#", 1)[-1]: child for name, child in tree}
    for word, joint in (("intersectionOf", " and "), ("unionOf", " or "), ("oneOf", " or ")):
        if word in parts:
            return "(" + joint.join(_say(part) for part in items(parts[word])) + ")"
    if "complementOf" in parts:
        return f"not {_say(parts['complementOf'])}"
    for word, verb in (("someValuesFrom", "some"), ("allValuesFrom", "only"), ("hasValue", "value")):
        if word in parts:
            return f"{_say(parts['onProperty'])} {verb} {_say(parts[word])}"
    return "[" + ", ".join(f"{name} {_say(child)}" for name, child in parts.items() if name != "type") + "]"


_NIL = ox.NamedNode(RDF + "nil")
