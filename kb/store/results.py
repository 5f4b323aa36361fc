"""Write what a query finds in a format of the SPARQL Protocol, up to a number of rows."""

from typing import Any

import pyoxigraph as ox

from kb.errors import QueryError


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
    found: Any = store.query(query, **graphs)
    if isinstance(found, ox.QueryBoolean):
        return _text(found.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)))
    for number, _ in enumerate(found, 1):
        if number > rows:
            raise QueryError(f"the query finds more than {rows:,} rows; add a LIMIT")
    again: Any = store.query(query, **graphs)
    if isinstance(again, ox.QueryTriples):
        return _text(again.serialize(format=ox.RdfFormat.from_media_type(media_type)))
    return _text(again.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)))


def _text(data: bytes | None) -> str:
    return (data or b"").decode()
