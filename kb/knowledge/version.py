"""Name the content of a knowledge by a hash."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from kb.errors import KnowledgeError


def version_of(triples: Iterable[tuple[Any, Any, Any]]) -> str:
    """Hash triples, whatever their order and whatever their blank nodes are called.

    >>> one, p = ox.BlankNode("x"), ox.NamedNode("urn:p")
    >>> version_of([(p, p, one), (one, p, p)]) == version_of([(ox.BlankNode("y"), p, p), (p, p, ox.BlankNode("y"))])
    True
    >>> version_of([(p, p, one), (one, p, p)]) == version_of([(p, p, one), (one, p, ox.Literal("6"))])
    False
    """
    known = list(triples)
    names = _Names(known)
    lines = sorted(f"{names.of(s)} {p} {names.of(o)}" for s, p, o in known)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class _Names:
    """Name blank nodes by what is said of them: lists and restrictions are trees."""

    def __init__(self, triples: list[tuple[Any, Any, Any]]) -> None:
        self._said: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
        self._names: dict[Any, str] = {}
        for s, p, o in triples:
            if isinstance(s, ox.BlankNode):
                self._said[s].append((p, o))

    def of(self, term: Any) -> str:
        if not isinstance(term, ox.BlankNode):
            return str(term)
        if term not in self._names:
            self._name_from(term)
        return self._names[term]

    def _name_from(self, start: Any) -> None:
        """Name a node after all blank nodes below it, however long a list is."""
        todo, open_nodes = [start], set()
        while todo:
            node = todo[-1]
            below = [o for _, o in self._said[node] if isinstance(o, ox.BlankNode) and o not in self._names]
            if not below:
                lines = sorted(f"{p} {self.of(o)}" for p, o in self._said[node])
                self._names[node] = "_:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
                todo.pop()
                continue
            if node in open_nodes:
                raise KnowledgeError("blank nodes of the ontology stand below themselves; give one of them an IRI")
            open_nodes.add(node)
            todo.extend(below)
