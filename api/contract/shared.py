"""Describe what every route may need: the structures of kb, an error, a body that is read as it is."""

from functools import cache
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, Field

from kb.answer import guidance
from kb.answer import schema as kb_schema
from kb.case.model import Case

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

    root = guidance.Lookup


class RequirementsBody(Described):
    """The facts that can matter for a request of a service."""

    root = guidance.Requirements


class CrosswalkBody(Described):
    """What codes name, and what speaks of it."""

    root = guidance.Crosswalk


class ConceptsBody(Described):
    """Concepts, a page of them."""

    root = guidance.Concepts


class EditionsBody(Described):
    """Editions of guidelines, a page of them."""

    root = guidance.Editions


class CaseBody(Described):
    """A case."""

    root = Case


class Parameters(BaseModel):
    """Parameters of an address; their schema is made once, not with every request that is checked by it."""

    @classmethod
    @cache
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Give the schema."""
        return super().model_json_schema(*args, **kwargs)


class PageQuery(Parameters):
    """Which page of a long list is wanted."""

    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(60, ge=1, le=1_000, description="how many on a page")


class Problem(BaseModel):
    """An error, after RFC 9457."""

    type: str = Field(description="identifies the kind of error")
    title: str
    status: int
    detail: str = Field(description="one sentence that names the input and the way out")
