"""Describe the stored questions."""

from typing import Literal

from pydantic import BaseModel, Field

from kb.ask.stored import questions


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
