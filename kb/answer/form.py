"""Let people correct what was read in a form: its rows with their fields, and the case that comes back.

What can be filled in is what the case's own description says; nothing here names a key of it but those left out.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import inspect

from kb.answer.words import HEADER as SAID
from kb.answer.words import plain
from kb.case.fact import Diagnosis, Document, Finding, Medication, Treatment
from kb.case.model import Case, Request, read_case
from kb.case.numbers import whole
from kb.errors import CaseError, UnknownConceptError
from kb.knowledge.base import Knowledge
from kb.knowledge.vocabulary import fold
from kb.terms import CONCEPT, FORM, PHASE, UNIT

Json = dict[str, Any]

HEADER = "case"
REMOVED = "remove"
_REASON = "reason"
_NEW = "new"
_SEVERAL = ";"
_STRUCTS: dict[str, type[msgspec.Struct]] = {
    "diagnoses": Diagnosis, "findings": Finding, "treatments": Treatment, "medications": Medication,
    "documents": Document, "requests": Request,
}  # fmt: skip
_LISTS = tuple(_STRUCTS)[:-1]
_KINDS = {"diagnoses": "diagnosis", "findings": "finding", "treatments": "treatment", "medications": "medication",
          "documents": "document", "requests": "request"}  # fmt: skip
_KINDS_OF_FACTS = tuple(_KINDS.values())[:-1]
_LEFT_OUT = ("id", "quote", "confidence", "corrected", "text", "line", "asked", "parts", "ingredients", "depends_on",
             "error", "retrospective", "setting", "number", "priority", "specialty", "assigned", "received",
             "decided", "removed", *_STRUCTS)  # fmt: skip
_ROOTS = {
    "diagnosis": ("diagnosis", "finding"),
    "finding": ("finding", "diagnosis", "treatment", "document"),
    "document": ("document", "finding", "treatment", "outcome"),
    "site": ("body_region",),
    "depends_on": ("treatment",),
}
_SERVICES = ("treatment",)
_CHOICES = {"phase": PHASE, "form": FORM}
_YES = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Field:
    """Hold one field: `kind` is concept, unit, choice, number, day or text, words parted by semicolons."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the fields of one fact or request line, or of the case's header; `name` is what its fields are below."""

    name: str
    kind: str
    place: tuple[str, int] | None
    fields: list[Field] = field(default_factory=list)
    removed: bool = False
    reason: str = ""


def rows(case: Case, knowledge: Knowledge) -> list[Row]:
    """Make the rows of a case that was prepared: the header, then the facts, then the request lines."""
    found = [Row(HEADER, HEADER, None, _fields(Case, _plain(case), knowledge))]
    for key, struct in _STRUCTS.items():
        for place, item in enumerate(_plain(case).get(key, ())):
            name = f"r{item['line']}" if key == "requests" else item["id"]
            found.append(Row(name, _KINDS[key], (key, place), _fields(struct, item, knowledge)))
    return found


def blank(knowledge: Knowledge) -> list[Row]:
    """Make an empty row of each kind, to add a fact with."""
    return [Row(f"{_NEW}-{_KINDS[key]}", _KINDS[key], (key, -1), _fields(_STRUCTS[key], {}, knowledge))
            for key in _LISTS]  # fmt: skip


def filled(found: list[Row], sent: Mapping[str, str]) -> list[Row]:
    """Show in rows what a person sent, so that nothing typed is lost where something of it is wrong."""
    return [
        replace(row, removed=_at(row, REMOVED) in sent, reason=sent.get(_at(row, _REASON), ""),
                fields=[replace(f, value=sent.get(_at(row, f.name), f.value)) for f in row.fields])
        for row in found
    ]  # fmt: skip


def corrected(case: Case, sent: Mapping[str, str], by: str, on: dt.date, knowledge: Knowledge) -> Case:
    """Give the case as a person corrected it, each change and each removal with who made it and when.

    Raises CaseError where a change has nobody's name or a value of the wrong kind, UnknownConceptError for words
    that name no concept.
    """
    record, data = {"by": by.strip()[:200], "on": on.isoformat()}, _plain(case)
    gone = []
    for row in rows(case, knowledge):
        item = data if row.place is None else data[row.place[0]][row.place[1]]
        if _at(row, REMOVED) in sent and row.kind in _KINDS_OF_FACTS and row.place:
            gone.append((row.place[0], item))
            _remove(data, item, row, sent, record)
        elif row.place is None:
            _change_header(data, row, sent, record, knowledge)
        elif _change(item, row, sent, knowledge):
            item["corrected"] = record
    for key, item in gone:
        data[key] = [other for other in data[key] if other is not item]
    _add(data, sent, record, knowledge)
    if not record["by"] and data != _plain(case):
        raise CaseError("say who corrects; write your name above `Decide again`")
    return read_case(data)


def _remove(data: Json, item: Json, row: Row, sent: Mapping[str, str], record: Json) -> None:
    """Keep what is taken out of the facts, with who took it out, when and why."""
    reason = sent.get(_at(row, _REASON), "").strip()
    kept = {"kind": row.kind, **item, "by": record["by"], "when": record["on"], **({_REASON: reason} if reason else {})}
    kept.pop("id", None)
    data.setdefault("removed", []).append(kept)


def _change_header(data: Json, row: Row, sent: Mapping[str, str], record: Json, knowledge: Knowledge) -> None:
    """Put into the header what was sent otherwise than shown, and record what it was."""
    was = dict(data)
    if _change(data, row, sent, knowledge):
        keys = [f.name for f in row.fields if data.get(f.name) != was.get(f.name)]
        told = [{"key": key, "was": was[key], **record} if key in was else {"key": key, **record} for key in keys]
        data["corrected"] = [*data.get("corrected", ()), *told]


def _add(data: Json, sent: Mapping[str, str], record: Json, knowledge: Knowledge) -> None:
    """Add what stands in the empty rows."""
    for row in blank(knowledge):
        item: Json = {}
        named = next(f for f in row.fields if f.kind == "concept" and f.needed)
        if sent.get(_at(row, named.name), "").strip() and _change(item, row, sent, knowledge) and row.place:
            data.setdefault(row.place[0], []).append({**item, "corrected": record})


def _change(item: Json, row: Row, sent: Mapping[str, str], knowledge: Knowledge) -> bool:
    """Put into an item what was sent otherwise than shown; tell whether anything was."""
    changed = [f for f in row.fields if sent.get(_at(row, f.name), f.value).strip() != f.value]
    for f in changed:
        value = _value(sent[_at(row, f.name)].strip(), f, row.kind, knowledge)
        item.pop(f.name, None)
        if value is not None:
            item[f.name] = value
    names = {f.name for f in changed}
    if row.kind == "request" and names & {"quantity", "authorised"}:
        item.pop("asked", None)  # it follows from the two
        _share(item)
    if row.kind == "request" and "service" in names:
        item.pop("parts", None)
        item.pop("ingredients", None)
    return bool(changed)


def _share(item: Json) -> None:
    """Parts of a line share its quantity."""
    for part in item.get("parts", ()):
        part.pop("quantity", None)
        if "quantity" in item:
            part["quantity"] = item["quantity"]


def _value(text: str, f: Field, kind: str, knowledge: Knowledge) -> Any:
    """Read what was written in a field; what it cannot be is left to the reading of the case."""
    if not text:
        return None
    if f.kind == "concept":
        what = "site" if f.name == "site" else kind
        found = [_concept(words.strip(), what, knowledge) for words in text.split(_SEVERAL) if words.strip()]
        return found if f.name == "site" and kind == "request" else found[0]
    if f.kind == "text":
        return [word.strip() for word in text.split(_SEVERAL) if word.strip()]
    if f.kind == "unit":
        return _unit(text, knowledge)
    if f.kind == "choice" and set(f.choices) >= set(_YES):
        return _YES.get(text)
    if f.kind == "number":
        return _number(text)
    return text


def _number(text: str) -> Any:
    try:
        return whole(float(text))
    except ValueError:
        return text


def _concept(words: str, what: str, knowledge: Knowledge) -> str:
    """Find the concept that words name.

    Raises UnknownConceptError that offers the nearest.
    """
    roots = _ROOTS.get(what, _SERVICES)
    found = list(dict.fromkeys(n for root in roots for n in knowledge.vocabulary.find(words, root)))
    named = {fold(word): n for n in reversed(found) for word in _words(n, knowledge)}
    if fold(words) in named:
        return named[fold(words)]
    near = [f"`{knowledge.ontology.label(CONCEPT + name)}`" for name in found[:3]]
    hint = f"did you mean {' or '.join(near)}?" if near else "look for it in the index from A to Z"
    raise UnknownConceptError(f"unknown {what} `{words}`; {hint}")


def _words(name: str, knowledge: Knowledge) -> list[str]:
    told = knowledge.vocabulary.describe(name)
    codes = [code for of_system in told["codes"].values() for code in of_system]
    return [name, told["label"], *told["synonyms"], *codes]


def _unit(words: str, knowledge: Knowledge) -> str:
    labels = {knowledge.ontology.label(UNIT + name): name for name in knowledge.names(UNIT)}
    return labels.get(words, words)


def _fields(struct: type[msgspec.Struct], item: Json, knowledge: Knowledge) -> list[Field]:
    described: Any = inspect.type_info(struct)
    return [_field(f, item, knowledge) for f in described.fields if f.encode_name not in _LEFT_OUT]


def _field(f: Any, item: Json, knowledge: Knowledge) -> Field:
    types = list(f.type.types) if isinstance(f.type, inspect.UnionType) else [f.type]
    kind, choices = _kind(types, f.encode_name, knowledge)
    default = None if f.default in (msgspec.NODEFAULT, msgspec.UNSET) else f.default
    value = item.get(f.encode_name, default)
    label = SAID.get(f.encode_name, f.encode_name.replace("_", " "))
    return Field(f.encode_name, label, kind, _text(value, kind, knowledge), choices, f.required)


def _kind(types: list[Any], name: str, knowledge: Knowledge) -> tuple[str, tuple[str, ...]]:
    optional = ("",) if any(isinstance(t, inspect.NoneType) for t in types) else ()
    for t in types:
        if isinstance(t, inspect.LiteralType):
            return "choice", (*optional, *t.values)
        if isinstance(t, inspect.BoolType):
            return "choice", (*optional, *_YES)
        if isinstance(t, inspect.DateType):
            return "day", ()
        if isinstance(t, inspect.FloatType | inspect.IntType):
            return "number", ()
    if name == "unit":
        return "unit", ("", *(knowledge.ontology.label(UNIT + unit) for unit in knowledge.names(UNIT)))
    if name in _CHOICES:
        return "choice", ("", *knowledge.names(_CHOICES[name]))
    if name == "levels":
        return "text", ()
    return "concept", ()


def _text(value: Any, kind: str, knowledge: Knowledge) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "concept":
        names = [value] if isinstance(value, str) else value
        return f"{_SEVERAL} ".join(knowledge.ontology.label(CONCEPT + name) for name in names)
    if kind == "text":
        return f"{_SEVERAL} ".join(value)
    if kind == "unit":
        return knowledge.ontology.label(UNIT + value)
    return plain(value).replace(",", "") if kind == "number" else str(value)


def _at(row: Row, name: str) -> str:
    return f"{row.name}.{name}"


def _plain(case: Case) -> Json:
    found: Json = whole(msgspec.to_builtins(case))
    return {key: value for key, value in found.items() if value is not None}
