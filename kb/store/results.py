"""Write what a query finds in a format of the SPARQL Protocol, up to a number of rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kb.errors import QueryError
from kb.terms import BASE


@dataclass(frozen=True, slots=True)
class Graphs:
    """Name the graphs that a query asks: those that make its default graph together, and those it may name."""

    default: tuple[str, ...]
    named: tuple[str, ...]

    def chosen(self) -> dict[str, Any]:
        """Say so to Oxigraph."""
        return {
            "default_graph": [ox.NamedNode(name) for name in self.default],
            "named_graphs": [ox.NamedNode(name) for name in self.named],
        }


def rows_of(solutions: Any) -> list[dict[str, Any]]:
    """List the rows of a SELECT; unbound variables are absent."""
    names = [variable.value for variable in solutions.variables]
    return [
        {name: value for name, value in zip(names, solution, strict=True) if value is not None}
        for solution in solutions
    ]


def serialise(store: ox.Store, query: str, media_type: str, rows: int, **graphs: Any) -> str:
    """Run any query over the graphs chosen and write what it finds.

    Raises QueryError when it finds more than so many rows or triples.
    """
    found: Any = store.query(query, base_iri=BASE, **graphs)
    if isinstance(found, ox.QueryTriples):
        return _text(ox.serialize(_bounded(found, rows), format=ox.RdfFormat.from_media_type(media_type)))
    if isinstance(found, ox.QuerySolutions):
        found = ox.parse_query_results(_table(found, rows), format=ox.QueryResultsFormat.TSV)
    return _text(found.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)))


def _table(found: Any, rows: int) -> bytes:
    """Write solutions as TSV while they are counted: they come once, and only from a text can others be made."""
    lines = ["\t".join(str(variable) for variable in found.variables)]
    lines.extend("\t".join("" if term is None else str(term) for term in row) for row in _bounded(found, rows))
    return "\n".join([*lines, ""]).encode()


def _bounded(found: Iterable[Any], rows: int) -> Iterator[Any]:
    for number, one in enumerate(found, 1):
        if number > rows:
            raise QueryError(f"the query finds more than {rows:,} rows; narrow it or add a LIMIT")
        yield one


def holds(store: ox.Store, graph: str) -> bool:
    """Tell whether a store holds a graph of this name, empty or not."""
    try:
        return store.contains_named_graph(ox.NamedNode(graph))
    except ValueError:  # no absolute IRI
        return False


def _text(data: bytes | None) -> str:
    return (data or b"").decode()
