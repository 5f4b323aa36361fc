"""Describe the stored questions."""

from collections import defaultdict
from typing import Any, Literal

from pydantic import BaseModel, Field

from kb.ask.parameters import Parameter as Asked
from kb.ask.parameters import parameters
from kb.ask.stored import questions

_SCHEMAS: dict[str, dict[str, Any]] = {
    "concept": {"type": "string", "pattern": "^[a-z0-9_]+$"},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "text": {"type": "string"},
}


class NamePath(BaseModel):
    """The name of a stored question."""

    name: str = Field(json_schema_extra={"enum": [found.name for found in questions()]})


class FormatQuery(BaseModel):
    """The format and the page of rows; every other word of the address is a parameter of the question."""

    model_config = {"extra": "allow"}

    page: int | None = Field(
        None, ge=1, le=1_000_000, description="all rows where neither this nor `per_page` is given"
    )
    per_page: int | None = Field(None, ge=1, le=1_000, description="how many on a page; 60 where only `page` is given")
    format: Literal["json", "csv"] | None = Field(None, description="for links; otherwise Accept says it")


def own_parameters() -> list[dict[str, Any]]:
    """Describe the parameters of the questions to OpenAPI, each with the questions that have it and its default there.

    The default is no `default` of the schema: a client that fills it in would send it to questions without it.
    """
    having: dict[str, dict[str, Asked]] = defaultdict(dict)
    for question in questions():
        for asked in parameters(question):
            having[asked.name][question.name] = asked
    return [_described(name, by_question) for name, by_question in sorted(having.items())]


def _described(name: str, having: dict[str, Asked]) -> dict[str, Any]:
    said = "; ".join(f"of `{q}`: {asked.description}, `{asked.default}` by default" for q, asked in having.items())
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": f"{said}; refused by other questions",
        "schema": _SCHEMAS[next(iter(having.values())).type],
        "x-default-by-question": {question: asked.default for question, asked in having.items()},
    }


class Parameter(BaseModel):
    """A parameter of a stored question."""

    type: Literal["concept", "date", "integer", "text"]
    default: str
    description: str


class Question(BaseModel):
    """A stored question.

    `over` is decisions where it needs a store of decisions; `chart` says which chart suits its rows.
    """

    name: str
    subject: str
    summary: str
    description: str
    over: Literal["knowledge", "decisions"]
    chart: str
    parameters: dict[str, Parameter]


class QuestionList(BaseModel):
    """The stored questions."""

    queries: list[Question]
