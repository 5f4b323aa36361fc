"""Name the formats in which an answer to SPARQL is written: those for rows or a yes and no, those for triples."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.errors import QueryError

ROWS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
TRIPLES = {
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
FORMATS = {**ROWS, **TRIPLES}
ALSO = {"application/json": ("json", "jsonld"), "application/xml": ("xml", "rdfxml"), "text/xml": ("xml", "rdfxml")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold the media types in which rows and triples are wanted; None where they cannot be taken."""

    rows: str | None
    triples: str | None

    @classmethod
    def called(cls, name: str) -> "Wanted":
        """Take a format by its name; what it cannot hold is written as JSON or Turtle.

        Raises QueryError for a name that none has.
        """
        if name not in FORMATS:
            raise QueryError(f"unknown format `{name}`; there are {', '.join(FORMATS)}")
        return cls(ROWS.get(name, ROWS["json"]), TRIPLES.get(name, TRIPLES["turtle"]))

    @classmethod
    def only(cls, name: str) -> "Wanted":
        """Take a format by its name, and nothing that it cannot hold.

        Raises QueryError for a name that none has.

        >>> Wanted.only("turtle")
        Wanted(rows=None, triples='text/turtle')
        """
        cls.called(name)
        return cls(ROWS.get(name), TRIPLES.get(name))

    @classmethod
    def first(cls, media_types: Iterable[str]) -> "Wanted":
        """Choose the first media type for rows, and the first for triples.

        >>> Wanted.first(["text/csv", "application/json"])
        Wanted(rows='text/csv', triples='application/json')
        """
        rows = [name for name in media_types if name in ALSO or name in ROWS.values()]
        triples = [name for name in media_types if name in ALSO or name in TRIPLES.values()]
        return cls(next(iter(rows), None), next(iter(triples), None))


def plain(media_type: str, triples: bool) -> str:
    """Give the media type that says no more than what is written, for one that stands for several.

    >>> plain("application/json", triples=True), plain("text/csv", triples=False)
    ('application/ld+json', 'text/csv')
    """
    return FORMATS[ALSO[media_type][triples]] if media_type in ALSO else media_type
