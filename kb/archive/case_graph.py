"""Write a case as triples in the terms that cases in Turtle are read in; reading them gives the case again."""

import re
from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode

from kb.knowledge.ontology import Triple
from kb.terms import FORM, PHASE, PROV, RDFS, TYPE, XSD, concept, kb, unit

Json = dict[str, Any]

_CONCEPTS = frozenset(("concept", "service", "site", "ingredients", "setting", "outcome", "depends_on"))
_DAYS = frozenset(
    ("injured", "ur_decided", "requested", "decided", "assigned", "received", "date", "from", "to", "date_of_service")
)
_FACTS = ("diagnoses", "findings", "treatments", "medications", "documents")
_OF_CASE = ("removed", "corrected")
_LABEL, _COMMENT = NamedNode(RDFS + "label"), NamedNode(RDFS + "comment")
_AGENT, _WHEN = NamedNode(PROV + "wasAttributedTo"), NamedNode(PROV + "generatedAtTime")
_INVALIDATED, _ENDED = NamedNode(PROV + "wasInvalidatedBy"), NamedNode(PROV + "invalidatedAtTime")
_ACTIVITY, _WHO = NamedNode(PROV + "Activity"), NamedNode(PROV + "wasAssociatedWith")
_OF_REMOVAL = ("by", "when", "reason")


def case_triples(case: Json, name: str) -> Iterator[Triple]:
    """Write a case that has been read; `name` is the IRI of the decision, below which everything is named."""
    yield NamedNode(f"{name}#case"), TYPE, kb("Case")
    yield from _mapping(case, name, "case")


def line_name(name: str, line: int | None, part: int | None = None) -> str:
    """Name a request line, or a part of it, of a decision.

    >>> line_name("urn:d", 2), line_name("urn:d", 2, 1)
    ('urn:d#line2', 'urn:d#line2.1')
    """
    return f"{name}#line{line}" if part is None else f"{name}#line{line}.{part}"


def _mapping(value: Json, name: str, own: str) -> Iterator[Triple]:
    subject = NamedNode(f"{name}#{own}")
    if "when" in value:
        yield from _removal(subject, value)
        value = {key: content for key, content in value.items() if key not in _OF_REMOVAL}
    elif "by" in value:
        yield from _correction(subject, value)
        value = {key: content for key, content in value.items() if key not in ("by", "on")}
    for key, content in value.items():
        items = content if isinstance(content, list) else [content]
        for number, item in enumerate(items, 1):
            if key == "corrected" and isinstance(content, dict):
                yield from _correction(subject, item)
            elif isinstance(item, dict):
                child = _child(key, item, own, number)
                yield subject, kb(_camel(key)), NamedNode(f"{name}#{child}")
                yield from _mapping(item, name, child)
            elif item is not None:
                yield subject, kb(_camel(key)), _term(key, item)


def _child(key: str, item: Json, own: str, number: int) -> str:
    """Name what stands below a node: facts by their identifier, lines and parts by their number."""
    if key == "requests":
        return f"line{item.get('line') or number}"
    if key in _FACTS:
        return str(item.get("id") or f"{key}{number}")
    if key in _OF_CASE:
        return f"{key}{number}"
    return f"{own}.{number}" if key == "parts" else f"{own}.{key}"


def _correction(subject: NamedNode, correction: Json) -> Iterator[Triple]:
    agent = NamedNode(f"{subject.value}.by")
    yield subject, _AGENT, agent
    yield agent, _LABEL, Literal(correction["by"])
    yield subject, _WHEN, Literal(correction["on"], datatype=NamedNode(XSD + "date"))


def _removal(subject: NamedNode, removed: Json) -> Iterator[Triple]:
    activity, agent = NamedNode(f"{subject.value}.removal"), NamedNode(f"{subject.value}.removal.by")
    yield subject, _INVALIDATED, activity
    yield subject, _ENDED, Literal(removed["when"], datatype=NamedNode(XSD + "date"))
    yield activity, TYPE, _ACTIVITY
    yield activity, _WHO, agent
    yield agent, _LABEL, Literal(removed["by"])
    if removed.get("reason"):
        yield activity, _COMMENT, Literal(removed["reason"])


def _term(key: str, value: Any) -> NamedNode | Literal:
    if isinstance(value, str) and re.fullmatch(r"\w+", value, re.ASCII):
        if key in _CONCEPTS:
            return concept(value)
        if key == "unit":
            return unit(value)
        if key == "phase":
            return NamedNode(PHASE + value)
        if key == "form":
            return NamedNode(FORM + value)
    if key in _DAYS:
        return Literal(value, datatype=NamedNode(XSD + "date"))
    return number(value) if isinstance(value, float) else Literal(value)


def number(value: float) -> Literal:
    """Write a number that may have a fraction as a decimal, a whole one as an integer.

    >>> number(7.5).value, number(6.0).value, number(1e-7).value
    ('7.5', '6', '0.0000001')
    """
    if float(value).is_integer():
        return Literal(int(value))
    return Literal(f"{value:.12f}".rstrip("0"), datatype=NamedNode(XSD + "decimal"))


def _camel(key: str) -> str:
    return re.sub(r"_(.)", lambda found: found[1].upper(), key)
