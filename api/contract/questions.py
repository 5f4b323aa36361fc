"""Describe the stored questions."""

from typing import Literal

from pydantic import BaseModel


class NamePath(BaseModel):
    """The name of a stored question."""

    name: str


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
