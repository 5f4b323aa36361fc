"""Read the ontology's Turtle files into one index and one closure of classes."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb.errors import KnowledgeError
from kb.terms import CONCEPT, OWL, RDF, RDFS, SCHEMA, SKOS, TYPE

Triple = tuple[Any, Any, Any]
_HAS_INGREDIENT = SCHEMA + "hasIngredient"
_SUPERCLASS = (RDFS + "subClassOf", OWL + "equivalentClass")
_PARTS = (OWL + "intersectionOf", RDF + "first", RDF + "rest")
_ON, _SOME = OWL + "onProperty", OWL + "someValuesFrom"
_AXIOMS = frozenset((*_SUPERCLASS, *_PARTS, _ON, _SOME))


_NOTHING: dict[str, list[Any]] = {}
_NONE: list[Any] = []


class Ontology:
    """Hold the triples of an ontology folder, indexed by subject and predicate.

    `above` maps the IRI of each class to itself and all its superclasses; `place` the IRIs of subjects to the
    file, below the folder read, in which they stand first.
    """

    def __init__(self, triples: list[Triple], place: dict[str, str] | None = None) -> None:
        """Index triples."""
        self.triples = triples
        self.place = place or {}
        self.index: dict[str, dict[str, list[Any]]] = {}
        self._instances: dict[str, list[str]] = {}
        axioms: list[tuple[Any, str, Any]] = []
        known: dict[str, str] = {}  # one text for each predicate: its hash is worked out once
        rows: dict[str, list[Any]] = {}
        last = None
        for s, p, o in triples:
            predicate = p.value
            predicate = known.setdefault(predicate, predicate)
            if type(s) is ox.NamedNode:
                subject = s.value
                if subject != last:
                    rows, last = self.index.setdefault(subject, {}), subject
                rows.setdefault(predicate, []).append(o)
                if predicate == TYPE.value:
                    self._instances.setdefault(o.value, []).append(subject)
            if predicate in _AXIOMS:
                axioms.append((s, predicate, o))
        self.above = _closure(self.index)
        self._contains = _contains(axioms)

    def objects(self, subject: str, predicate: str) -> list[Any]:
        """List the objects of a subject and a predicate, in the order of their text."""
        found = self.index.get(subject, _NOTHING).get(predicate, _NONE)
        return found if len(found) < 2 else sorted(found, key=str)

    def iris(self, subject: str, term: str) -> tuple[str, ...]:
        """List the IRIs that a term of the schema gives for a subject."""
        return tuple(o.value for o in self.objects(subject, SCHEMA + term) if isinstance(o, ox.NamedNode))

    def text(self, subject: str, predicate: str, default: str | None = None) -> str | None:
        """Read one literal or IRI as text."""
        found = self.index.get(subject, _NOTHING).get(predicate)
        if not found:
            return default
        text: str = (found[0] if len(found) == 1 else min(found, key=str)).value
        return text

    def instances(self, class_name: str) -> list[str]:
        """List the instances of a class of the schema, in the order of their IRIs."""
        return sorted(set(self._instances.get(SCHEMA + class_name, ())))

    def stating(self, predicate: str) -> list[str]:
        """List the subjects of which a predicate states something."""
        return [subject for subject, rows in self.index.items() if predicate in rows]

    def label(self, subject: str) -> str:
        """Say a term in words: its preferred label, else its local name."""
        text = self.text(subject, SKOS + "prefLabel")
        return text or subject.rsplit("/", 1)[-1].rsplit("#", 1)[-1].replace("_", " ")

    def contains(self, subject: str) -> frozenset[str]:
        """List the ingredients that a class always has, by its own axioms and those above it.

        One that a narrower one implies is no ingredient of its own.
        """
        always = {name for iri in self.above.get(subject, (subject,)) for name in self._contains.get(iri, ())}
        return frozenset(name for name in always if not any(self._strictly_below(other, name) for other in always))

    def _strictly_below(self, narrow: str, wide: str) -> bool:
        return wide in self.above.get(narrow, ()) and narrow not in self.above.get(wide, ())

    def concept_names(self) -> Iterator[str]:
        """List the local names of all concepts."""
        for subject in self.index:
            if subject.startswith(CONCEPT):
                yield subject[len(CONCEPT) :]


def read_ontology(folder: Path) -> Ontology:
    """Read every Turtle file below a folder.

    Raises KnowledgeError that names file and line when a file is malformed or the folder has none.
    """
    files = sorted(folder.rglob("*.ttl"))
    if not files:
        raise KnowledgeError(f"`{folder}` holds no Turtle file; name a folder with core, concepts and guidelines")
    triples: list[Triple] = []
    place: dict[str, str] = {}
    for file in files:
        name = str(file.relative_to(folder))
        found = read_file(file, folder)
        triples.extend(found)
        for subject, _ in itertools.groupby(found, itemgetter(0)):
            if isinstance(subject, ox.NamedNode):
                place.setdefault(subject.value, name)
    return Ontology(triples, place)


def read_file(file: Path, folder: Path) -> list[Triple]:
    """Read one Turtle file.

    Raises KnowledgeError that names file, below the folder, and line.
    """
    try:
        return [(s, p, o) for s, p, o, _ in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        name = file.relative_to(folder)
        where = f" line {error.lineno}" if error.lineno else ""
        what = re.sub(r"^Parser error at line \d+[^:]*: ", "", error.msg)
        raise KnowledgeError(f"malformed Turtle in `{name}`{where}: {what}") from None
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"cannot read `{file.relative_to(folder)}`: {error}") from None


def _contains(axioms: list[tuple[Any, str, Any]]) -> dict[str, set[str]]:
    """Map a class to the fillers of its restrictions `hasIngredient some X`, its definition's included."""
    on = {s for s, predicate, o in axioms if predicate == _ON and o.value == _HAS_INGREDIENT}
    fillers = {s: o.value for s, predicate, o in axioms if predicate == _SOME and s in on}
    parts: dict[Any, list[Any]] = defaultdict(list)
    for s, predicate, o in axioms:
        if predicate in _PARTS:
            parts[s].append(o)
    contains: dict[str, set[str]] = defaultdict(set)
    for s, predicate, o in axioms:
        todo = [o] if predicate in _SUPERCLASS and isinstance(s, ox.NamedNode) else []
        while todo:
            node = todo.pop()
            if node in fillers:
                contains[s.value].add(fillers[node])
            todo.extend(parts.get(node, ()))
    return contains


def _closure(index: dict[str, dict[str, list[Any]]]) -> dict[str, frozenset[str]]:
    parents = {
        subject: [o.value for o in rows.get(RDFS + "subClassOf", ()) if isinstance(o, ox.NamedNode)]
        for subject, rows in index.items()
        if RDFS + "subClassOf" in rows or any(o.value == OWL + "Class" for o in rows.get(RDF + "type", ()))
    }
    above: dict[str, frozenset[str]] = {}
    for start in parents:
        seen, todo = {start}, [start]
        while todo:
            for parent in parents.get(todo.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        above[start] = frozenset(seen)
    return above
