"""Know the parameters of a stored question: each is of the type of its default."""

import re
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kb.case.day import read_day
from kb.errors import CaseError, ParameterError
from kb.knowledge.queries import Query
from kb.terms import CONCEPT, XSD

Term = NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Parameter:
    """Hold a parameter: `type` is concept, date, integer or text."""

    name: str
    type: str
    default: str
    description: str


def parameters(query: Query) -> list[Parameter]:
    """List the parameters of a question as they stand in it.

    >>> from kb.knowledge.queries import queries
    >>> parameters(queries("ask")["editions"])
    [Parameter(name='on', type='date', default='2013-10-18', description='the day')]
    """
    said = _said(query)
    return [Parameter(name, _type(term), _plain(term), said.get(name, "")) for name, term in query.parameters.items()]


def about(query: Query) -> str:
    """Give what a header says of a question, without its parameters."""
    said = _split(query)[0].strip(" ;")
    return f"{said}." if said and not said.endswith(".") else said


def read_term(name: str, value: str, query: Query) -> Term:
    """Read the value of a parameter.

    Raises ParameterError for a parameter that there is not, and for a value of another type.
    """
    default = query.parameters.get(name)
    if default is None:
        known = ", ".join(f"`{key}`" for key in query.parameters) or "none"
        raise ParameterError(f"query `{query.name}` has no parameter `{name}`; it has {known}")
    return _READERS[_type(default)](name, value, _plain(default))


def _concept(name: str, value: str, default: str) -> Term:
    if not re.fullmatch(r"[a-z0-9_]+", value):
        raise ParameterError(f"`{value}` is no concept; parameter `{name}` is a concept's name, as `{default}`")
    return NamedNode(CONCEPT + value)


def _date(name: str, value: str, default: str) -> Term:
    try:
        read_day(value)
    except CaseError as error:
        raise ParameterError(f"parameter `{name}`: {error}") from None
    return Literal(value, datatype=NamedNode(XSD + "date"))


def _integer(name: str, value: str, default: str) -> Term:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
        raise ParameterError(f"`{value}` is no whole number; parameter `{name}` is one, as {default}")
    return Literal(int(value))


def _words(name: str, value: str, default: str) -> Term:
    return Literal(value)


_READERS = {"concept": _concept, "date": _date, "integer": _integer, "text": _words}


def _type(term: str) -> str:
    if term.startswith("c:"):
        return "concept"
    if term.endswith("xsd:date"):
        return "date"
    return "integer" if term.isdecimal() else "text"


def _plain(term: str) -> str:
    return term.removeprefix("c:").split("^^")[0].strip('"')


def _said(query: Query) -> dict[str, str]:
    pairs = (part.partition(": ") for part in _split(query)[1:])
    return {name: words.strip(" ;.") for name, _, words in pairs}


def _split(query: Query) -> list[str]:
    """Part a description where it comes to a parameter: `of all; on: the day; least: how many`."""
    names = "|".join(map(re.escape, query.parameters))
    text = query.header.get("description", "")
    return re.split(rf"(?:^|(?<=; ))(?=(?:{names}): )", text) if names else [text]
