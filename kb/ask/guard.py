"""Read a foreign SPARQL query as a tree and refuse what reaches outside.

rdflib's parser is not safe with threads: only a process that runs one query at a time uses this module.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyoxigraph import Store
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kb.errors import QueryError
from kb.store.results import Graphs
from kb.terms import BASE, PREFIXES

_PROLOGUE = r"\A(?:\s|#.*\n|PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>)*"
_UPDATE = re.compile(_PROLOGUE + r"(?:INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)\b", re.I)
_PREFIX = re.compile(r"Unknown namespace prefix : (\S*)")
_PLACE = re.compile(r"error at (\d+):(\d+)")
_SHOWN = 40  # characters of a query in a message
_FORMS = {"SelectQuery": "SELECT", "AskQuery": "ASK", "ConstructQuery": "CONSTRUCT"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold the form of a query, SELECT, ASK, CONSTRUCT or DESCRIBE, and the graphs that it names with FROM."""

    form: str
    graphs: Graphs | None


@lru_cache(256)  # stored questions come again and again, and reading one takes longer than many take to answer
def check_query(text: str) -> Checked:
    """Read a query.

    Raises QueryError when it is none, or calls SERVICE.

    >>> check_query("ASK { ?s ?p ?o }")
    Checked(form='ASK', graphs=None)
    >>> check_query("ASK FROM <urn:g> { ?s ?p ?o }").graphs
    Graphs(default=('urn:g',), named=())
    >>> check_query("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }")
    Traceback (most recent call last):
        ...
    kb.errors.QueryError: SERVICE is refused; only the knowledge held here is queried
    """
    try:
        tree = parseQuery(text)
        _walk(tree)  # before the translation, which takes filters out of the tree
        query = translateQuery(tree, base=BASE).algebra
    except QueryError:
        raise
    except RecursionError:
        raise QueryError("the query nests too deeply; flatten it") from None
    except Exception as error:  # noqa: BLE001  rdflib raises whatever its grammar actions raise
        raise QueryError(f"not a SPARQL query{_trouble(text, ' '.join(str(error).split()))}") from None
    return Checked(_FORMS.get(str(query.name), "DESCRIBE"), _graphs(query.datasetClause))


def _trouble(text: str, said: str) -> str:
    """Word why a text is no query: it is an update, a prefix is not declared, or where it cannot be read on.

    rdflib tells of an error inside a group that no group begins there; Oxigraph tells how far it came.

    >>> _trouble("SELECT * { ?s ?p", "Expected SelectQuery")
    ': it cannot be read on from line 1, column 17, where it ends'
    """
    if _UPDATE.search(text):
        return " (updates are refused)"
    unknown = _PREFIX.search(said)
    if unknown:
        iri = PREFIXES.get(unknown[1])
        return f": the prefix `{unknown[1]}:` is not declared" + (f"; add PREFIX {unknown[1]}: <{iri}>" if iri else "")
    try:
        Store().query(text)
    except SyntaxError as error:
        place = _PLACE.search(str(error))
        if place:
            line, column = int(place[1]), int(place[2])
            rest = " ".join("\n".join(text.split("\n")[line - 1 :])[column - 1 :].split())[:_SHOWN]
            where = f"at `{rest}`" if rest else "where it ends"
            return f": it cannot be read on from line {line}, column {column}, {where}"
    return f": {said[:300]}"


def check_graphs(graphs: Graphs | None, held: Callable[[str], bool]) -> None:
    """Refuse graphs that are not held.

    >>> check_graphs(Graphs(("file:///etc/passwd",), ()), lambda name: False)
    Traceback (most recent call last):
        ...
    kb.errors.QueryError: FROM `file:///etc/passwd` is refused: no graph here is called so; leave it out to query all
    """
    for name in (*graphs.default, *graphs.named) if graphs else ():
        if not held(name):
            raise QueryError(f"FROM `{name}` is refused: no graph here is called so; leave it out to query all")


def _graphs(clauses: Any) -> Graphs | None:
    if not clauses:
        return None
    default, named = ([str(clause[kind]) for clause in clauses if kind in clause] for kind in ("default", "named"))
    return Graphs(tuple(default), tuple(named))


def _walk(node: Any) -> None:
    todo = [node]
    while todo:
        found = todo.pop()
        if isinstance(found, CompValue):
            if found.name == "ServiceGraphPattern":
                raise QueryError("SERVICE is refused; only the knowledge held here is queried")
            todo.extend(found.values())
        elif isinstance(found, list | tuple) or type(found).__name__ == "ParseResults":
            todo.extend(found)
