"""Describe the pages of the knowledge."""

from pydantic import BaseModel, Field

from api.contract.shared import PageQuery


class IriPath(BaseModel):
    """An IRI of ours, without its base."""

    iri: str = Field(description="what follows https://w3id.org/mtus-kb/, as concept/massage_therapy")


class SearchQuery(PageQuery):
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
    all: int = Field(description="how many were found; `found` holds a page of them")
    found: list[FoundPage]
