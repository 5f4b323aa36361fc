"""Read a case written in Turtle into the plain mapping that JSON and YAML give.

The case is the one subject of type kb:Case; each key is a property of the schema's namespace in
lowerCamelCase (kb:urDecided for ur_decided); concepts and units are IRIs; lists repeat the property. Who corrected
a fact, and when, is said in PROV-O: prov:wasAttributedTo an agent with an rdfs:label, prov:generatedAtTime a day. A
removed fact has prov:invalidatedAtTime a day and prov:wasInvalidatedBy an activity, which prov:wasAssociatedWith an
agent and has the reason as its rdfs:comment.
"""

import re
from collections import defaultdict
from typing import Any

import pyoxigraph as ox

from kb.errors import CaseError
from kb.terms import PROV, RDF, RDFS, SCHEMA, XSD, short

_LISTS = (
    "diagnoses", "findings", "treatments", "medications", "documents", "requests", "removed", "corrected", "specialty",
)  # fmt: skip
_DEEPEST = 3  # case, line, part, and what may be said of it
_LISTS_OF_A_LINE = ("ingredients", "levels", "parts")

_CORRECTED = {PROV + "wasAttributedTo": "by", PROV + "generatedAtTime": "on"}
_INVALIDATED, _ENDED = PROV + "wasInvalidatedBy", PROV + "invalidatedAtTime"
_WHO, _WHY = PROV + "wasAssociatedWith", RDFS + "comment"

Index = dict[Any, dict[str, list[Any]]]


def read_turtle(text: str) -> dict[str, Any]:
    """Read the case of a Turtle document.

    Raises CaseError when the Turtle is malformed (its line is named) or holds no case, or several.

    >>> read_turtle('''@prefix kb: <https://w3id.org/mtus-kb/schema#> .
    ... @prefix c: <https://w3id.org/mtus-kb/concept/> .
    ... <#case> a kb:Case ; kb:requests [ kb:service c:massage_therapy ; kb:quantity 6 ] .''')
    {'requests': [{'quantity': 6, 'service': 'massage_therapy'}]}
    """
    index: Index = defaultdict(lambda: defaultdict(list))
    cases = []
    try:
        for triple in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE, base_iri="urn:case:"):
            if triple.predicate.value == RDF + "type" and getattr(triple.object, "value", "") == SCHEMA + "Case":
                cases.append(triple.subject)
            index[triple.subject][triple.predicate.value].append(triple.object)
    except SyntaxError as error:
        raise CaseError(f"malformed Turtle in line {error.lineno}: {error.msg}") from None
    if len(cases) != 1:
        raise CaseError(f"the Turtle holds {len(cases)} subjects of type kb:Case; it must hold one")
    return _mapping(cases[0], index, _LISTS, ())


def _mapping(subject: Any, index: Index, lists: tuple[str, ...], seen: tuple[Any, ...]) -> dict[str, Any]:
    if subject in seen:
        raise CaseError("a node of the case stands below itself; a case is a tree")
    if len(seen) > _DEEPEST:
        raise CaseError("the nodes of the case stand too deep below each other; a line has parts and they have none")
    found: dict[str, Any] = {}
    for predicate, objects in sorted(index[subject].items()):
        if predicate == RDF + "type":
            continue
        if predicate in _CORRECTED:
            found.setdefault("corrected", {})[_CORRECTED[predicate]] = _told(objects[0], index)
            continue
        if predicate == _INVALIDATED:
            found |= _removal(objects[0], index)
            continue
        if predicate == _ENDED:
            found["when"] = _told(objects[0], index)
            continue
        key = _snake(predicate.removeprefix(SCHEMA))
        values = [_value(term, index, (*seen, subject)) for term in objects]
        if key == "corrected" and not seen:
            values = [_flat(value) for value in values]
        found[key] = values if key in lists or len(values) > 1 else values[0]
    return found


def _removal(activity: Any, index: Index) -> dict[str, Any]:
    """Say by whom, and why, a fact was removed; an agent may stand there in place of what it did."""
    said = index.get(activity, {})
    agents, reasons = said.get(_WHO, [activity]), said.get(_WHY, [])
    return {"by": _told(agents[0], index)} | ({"reason": reasons[0].value} if reasons else {})


def _flat(value: Any) -> Any:
    """Put who and when beside the key of the header that was corrected."""
    if not isinstance(value, dict):
        return value
    record = value.pop("corrected", {})
    return {**value, **record}


def _value(term: Any, index: Index, seen: tuple[Any, ...]) -> Any:
    if isinstance(term, ox.Literal):
        return _literal(term)
    if term in index:
        return _mapping(term, index, _LISTS_OF_A_LINE, seen)
    return short(term.value)


def _told(term: Any, index: Index) -> str:
    """Name an agent by its label, or by itself; cut a moment to its day."""
    if isinstance(term, ox.Literal):
        return term.value.partition("T")[0] if term.datatype.value == XSD + "dateTime" else term.value
    labels = index[term][RDFS + "label"] if term in index else []
    return labels[0].value if labels else short(term.value)


def _literal(term: ox.Literal) -> Any:
    kind = term.datatype.value.removeprefix(XSD)
    if kind == "integer":
        return int(term.value)
    if kind in ("decimal", "double", "float"):
        return float(term.value)
    return term.value == "true" if kind == "boolean" else term.value


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda m: f"_{m[1].lower()}", name)
