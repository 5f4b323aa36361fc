"""Describe how SPARQL is asked."""

from typing import Literal

from flask_openapi3 import RawModel
from pydantic import BaseModel, Field

Format = Literal["json", "xml", "csv", "tsv", "turtle", "ntriples", "jsonld", "rdfxml"]


class SparqlQuery(BaseModel):
    """A query in the address, and the graphs that it asks; without a query the service describes itself."""

    query: str | None = Field(None, min_length=1, description="SPARQL 1.1 query")
    default_graph: list[str] = Field([], alias="default-graph-uri", description="graphs asked as one")
    named_graph: list[str] = Field([], alias="named-graph-uri", description="graphs that the query may name")
    format: Format | None = Field(None, description="a format by its name, for links; otherwise Accept says it")
    view: Literal["plain"] | None = Field(None, description="of the page: a plain field instead of the editor")


class SparqlTarget(BaseModel):
    """The graphs that a query in the body asks."""

    default_graph: list[str] = Field([], alias="default-graph-uri", description="graphs asked as one")
    named_graph: list[str] = Field([], alias="named-graph-uri", description="graphs that the query may name")
    format: Format | None = Field(None, description="a format by its name; otherwise Accept says it")


class SparqlBody(RawModel):
    """A query as form or as it is."""

    mimetypes = ["application/x-www-form-urlencoded", "application/sparql-query"]  # noqa: RUF012
