"""Read a foreign SPARQL query as a tree and refuse what reaches outside.

rdflib's parser is not safe with threads: only a process that runs one query at a time uses this module.
"""

from typing import Any

from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kb.errors import QueryError
from kb.terms import BASE

_OURS = f"{BASE}graph/"


def check_query(text: str) -> str:
    """Tell the form of a query: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises QueryError when it is no query, calls SERVICE, or names a graph that is not ours.

    >>> check_query("ASK { ?s ?p ?o }")
    'ASK'
    >>> check_query("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }")
    Traceback (most recent call last):
        ...
    kb.errors.QueryError: SERVICE is refused; only the knowledge held here is queried
    """
    try:
        tree = parseQuery(text)
        _walk(tree)  # before the translation, which takes filters out of the tree
        query = translateQuery(tree)
    except QueryError:
        raise
    except RecursionError:
        raise QueryError("the query nests too deeply; flatten it") from None
    except Exception as error:  # noqa: BLE001  rdflib raises whatever its grammar actions raise
        raise QueryError(f"not a SPARQL query (updates are refused): {' '.join(str(error).split())[:300]}") from None
    form = str(query.algebra.name)
    return {"SelectQuery": "SELECT", "AskQuery": "ASK", "ConstructQuery": "CONSTRUCT"}.get(form, "DESCRIBE")


def names_graphs(text: str) -> bool:
    """Tell whether a query that has been checked says with FROM which graphs it asks.

    >>> names_graphs("ASK FROM <urn:g> { ?s ?p ?o }"), names_graphs("ASK { ?s ?p ?o }")
    (True, False)
    """
    return bool(parseQuery(text)[1].datasetClause)


def _walk(node: Any) -> None:
    todo = [node]
    while todo:
        found = todo.pop()
        if isinstance(found, CompValue):
            _refuse(found)
            todo.extend(found.values())
        elif isinstance(found, list | tuple) or type(found).__name__ == "ParseResults":
            todo.extend(found)


def _refuse(node: CompValue) -> None:
    if node.name == "ServiceGraphPattern":
        raise QueryError("SERVICE is refused; only the knowledge held here is queried")
    if node.name == "DatasetClause":
        for graph in node.values():
            if not str(graph).startswith(_OURS):
                raise QueryError(f"FROM `{graph}` is refused; leave FROM out to query the knowledge")
