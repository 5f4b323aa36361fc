"""Describe requests and responses to OpenAPI from the schemas of kb, so that no contract is written twice."""

from typing import Any, ClassVar, Literal

import msgspec
from flask_openapi3 import RawModel
from pydantic import BaseModel, ConfigDict, Field, field_validator

from kb.answer import schema as kb_schema
from kb.case.model import Case, read_day
from kb.errors import CaseError

_REF = "#/components/schemas/{name}"


class Described(BaseModel):
    """Take the JSON Schema of a kb structure."""

    root: ClassVar[Any]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give the structure's schema with its parts as components."""
        _, parts = msgspec.json.schema_components((cls.root,), ref_template=_REF)
        for owner in ("Recommendation", "Statute"):
            if owner in parts and "tree" in parts[owner]["properties"]:
                tree = parts[owner]["properties"]["tree"]["anyOf"]
                tree[tree.index({"type": "null"})] = {"type": "object", "maxProperties": 0}
        own = parts.pop(cls.root.__name__)
        return {**own, "title": cls.root.__name__, "$defs": parts}


class AnswerBody(Described):
    """The answer to a case or letter."""

    root = kb_schema.Answer


class LookupBody(Described):
    """What the guidelines say of a service."""

    root = kb_schema.Lookup


class CaseBody(Described):
    """A case."""

    root = Case


class Problem(BaseModel):
    """An error, after RFC 9457."""

    type: str = Field(description="identifies the kind of error")
    title: str
    status: int
    detail: str = Field(description="one sentence that names the input and the way out")


class Health(BaseModel):
    """How the service is."""

    status: str
    knowledge: str = Field(description="hash of the knowledge in use")
    recommendations: int


class LookupQuery(BaseModel):
    """What to look up."""

    model_config = ConfigDict(extra="forbid")

    service: str = Field(min_length=1, max_length=200, description="words, a concept's name, a CPT or HCPCS code")
    condition: str | None = Field(None, max_length=200, description="words, a name or an ICD code")
    on: str | None = Field(
        None, json_schema_extra={"format": "date"}, description="day of force, as 2013-10-18; today by default"
    )

    @field_validator("on")
    @classmethod
    def _is_day(cls, text: str | None) -> str | None:
        try:
            return text if text is None else read_day(text).isoformat()
        except CaseError as error:
            raise ValueError(str(error)) from None


class SparqlQuery(BaseModel):
    """A query in the address."""

    query: str = Field(min_length=1, description="SPARQL 1.1 query")


class NamePath(BaseModel):
    """The name of a stored question."""

    name: str


class IriPath(BaseModel):
    """An IRI of ours, without its base."""

    iri: str = Field(description="what follows https://w3id.org/mtus-kb/, as concept/massage_therapy")


class SearchQuery(BaseModel):
    """What to search for."""

    q: str = Field("", max_length=200, description="words, codes or the number of a published decision")


class FoundPage(BaseModel):
    """A concept, topic, guideline or decision that was found."""

    label: str
    iri: str
    kind: str


class FoundPages(BaseModel):
    """What a search found, best first."""

    words: str
    all: int = Field(description="how many were found; `found` holds the best of them")
    found: list[FoundPage]


class Question(BaseModel):
    """A stored question; each parameter has its default.

    `over` is decisions where it needs a store of decisions; `chart` says which chart suits its rows.
    """

    name: str
    summary: str
    description: str
    over: Literal["knowledge", "decisions"]
    chart: str
    parameters: dict[str, str]


class QuestionList(BaseModel):
    """The stored questions."""

    queries: list[Question]


class LetterOrCase(RawModel):
    """A case as JSON, YAML or Turtle, or a letter as text or PDF."""

    mimetypes = ["application/json", "application/yaml", "text/turtle", "text/plain", "application/pdf"]  # noqa: RUF012


class SparqlBody(RawModel):
    """A query as form or as it is."""

    mimetypes = ["application/x-www-form-urlencoded", "application/sparql-query"]  # noqa: RUF012
