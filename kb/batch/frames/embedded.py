"""Hold requests beside the knowledge in an Oxigraph, built from columns, and run the stored queries on them."""

from io import BytesIO
from typing import Any

import polars as pl
import pyoxigraph as ox

from kb.batch.frames.requests import Requests
from kb.knowledge.queries import queries
from kb.terms import XSD

_TYPED = {kind: f'"^^<{XSD}{kind}> .' for kind in ("decimal", "integer", "boolean")} | {"string": '" .', "iri": "> ."}


class StoreRequests(Requests):
    """Stand for a graph of requests beside the knowledge in an Oxigraph of their own."""

    def __init__(self, text: str) -> None:
        """Take the knowledge."""
        super().__init__()
        self._store = ox.Store()
        self._store.bulk_load(text.encode(), format=ox.RdfFormat.N_TRIPLES)

    def _take(self, kind: str, triples: pl.DataFrame) -> None:
        lines = pl.concat_str(
            pl.lit("<"), "subject", pl.lit("> <"), "predicate", pl.lit("> <" if kind == "iri" else '> "'),
            pl.col("object").cast(pl.String), pl.lit(_TYPED[kind]),
        )  # fmt: skip
        text = "\n".join(triples.select(line=lines)["line"].to_list())
        self._store.bulk_load(text.encode(), format=ox.RdfFormat.N_TRIPLES)

    def _infer(self, rule: str) -> None:
        found: Any = self._store.query(queries("rules")[rule].text)
        self._store.bulk_extend([ox.Quad(t.subject, t.predicate, t.object) for t in found])

    def _rows(self, query: str) -> pl.DataFrame:
        """Read the rows as text; nothing and an empty text are alike."""
        found: Any = self._store.query(query)
        names = [variable.value for variable in found.variables]
        told = found.serialize(format=ox.QueryResultsFormat.CSV)
        return pl.read_csv(BytesIO(told), schema=dict.fromkeys(names, pl.String))
