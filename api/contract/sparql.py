"""Describe how SPARQL is asked."""

from flask_openapi3 import RawModel
from pydantic import BaseModel, Field


class SparqlQuery(BaseModel):
    """A query in the address."""

    query: str = Field(min_length=1, description="SPARQL 1.1 query")


class SparqlBody(RawModel):
    """A query as form or as it is."""

    mimetypes = ["application/x-www-form-urlencoded", "application/sparql-query"]  # noqa: RUF012
