"""Describe cases and all that is answered as JSON Schemas."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from kb.answer.guidance import Citation, Crosswalk, Date, Lookup, Requirements
from kb.case.fact import Correction, Quote
from kb.case.model import Case, Course

Json = dict[str, Any]
Status = Literal["met", "not_met", "unknown"]
Verdict = Literal["supported", "supported_in_part", "undocumented", "not_supported", "no_guideline"]


class Fact(Struct, forbid_unknown_fields=True):
    """A fact that was read or given, with the place in the text where it stands and who corrected it."""

    id: str
    kind: Literal["diagnosis", "finding", "treatment", "medication", "document"]
    concept: str
    status: Literal["present", "absent", "past", "current", "planned"]
    site: str | None
    side: str | None
    quantity: float | None
    unit: str | None
    value: float | None
    date: Date | None
    outcome: str | None
    confidence: float | None
    quote: Quote | None
    corrected: Correction | None


class TreeNode(Struct, forbid_unknown_fields=True):
    """A node of a tree of criteria and how it stands."""

    id: str
    op: Literal["allOf", "anyOf", "atLeast", "unless", "exceptWhen", "criterion"]
    n: int | None
    kind: str | None
    role: Literal["requirement", "defeater"]
    status: Status
    assumed: bool
    conflict: bool
    found: float | None
    required: float | None
    unit: str | None
    facts: list[str]
    sentence: str | None
    verification: Literal["confirmed", "attested", "recalled"] | None
    children: list["TreeNode"]


class Missing(Struct, forbid_unknown_fields=True):
    """Something that is unknown and that a recommendation asks for."""

    id: str
    concept: str | None
    sentence: str
    decisive: bool


class Readings(Struct, forbid_unknown_fields=True):
    """How many readings of the text there are and which change the outcome."""

    total: int
    same: int
    changed_by: list[str]


class Remark(Struct, forbid_unknown_fields=True):
    """Something to know that decides nothing."""

    id: str
    sentence: str


class Contraindication(Struct, forbid_unknown_fields=True):
    """A forbidden circumstance that is present, or not ruled out."""

    id: str
    status: Status
    sentence: str


class Statute(Struct, forbid_unknown_fields=True):
    """A statutory limit and whether it is kept."""

    id: str
    applies: Status
    value: Status
    tree: TreeNode | None


class Recommendation(Struct, forbid_unknown_fields=True):
    """A recommendation that speaks of the service."""

    id: str
    stance: Literal["recommended", "option", "not_recommended", "no_recommendation"]
    applies: Status
    live: Status
    value: Status
    tree: TreeNode | None


class Determination(Struct, forbid_unknown_fields=True):
    """What is proposed for one request, and why."""

    verdict: Verdict
    imr: Literal["upheld", "overturned"] | None
    amount: float | None
    because: list[str]
    applied: list[str]
    missing: list[Missing]
    assumptions: list[str]
    citations: list[Citation]
    readings: Readings
    remarks: list[Remark]
    contraindications: list[Contraindication]
    statutes: list[Statute]
    recommendations: list[Recommendation]


class Published(Struct, forbid_unknown_fields=True):
    """What the published decision says; for comparison only."""

    outcome: Literal["upheld", "overturned"] | None
    ur_citation: str | None
    imr_citation: str | None


class Part(Struct, forbid_unknown_fields=True, kw_only=True):
    """One service, site or ingredient of a request line."""

    text: str | None
    service: str | None
    quantity: float | None
    unit: str | None
    site: list[str]
    side: str | None
    ingredients: list[str]
    levels: list[str]
    form: str | None
    course: Course | None
    determination: Determination | None


class Line(Part, forbid_unknown_fields=True, kw_only=True):
    """One request line with its determination, or the error that kept it from one."""

    line: int
    asked: float | None
    authorised: float | None
    depends_on: int | str | None
    parts: list[Part]
    error: str | None
    corrected: Correction | None
    published: Published | None = None


class Answer(Struct, forbid_unknown_fields=True):
    """The answer to one case or letter."""

    case: Case
    text: str | None
    facts: list[Fact]
    requests: list[Line]


class Unknown(Struct, forbid_unknown_fields=True):
    """A criterion that is unknown, and whether it decides."""

    id: str
    decisive: bool


class LineVerdict(Struct, forbid_unknown_fields=True):
    """What is proposed for one request, or the error that kept it from being decided."""

    line: int
    service: str | None
    verdict: Verdict | None
    imr: Literal["upheld", "overturned"] | None
    amount: float | None
    because: list[str] | None
    missing: list[Unknown] | None
    citations: list[Citation] | None
    error: str | None


class Verdicts(Struct, forbid_unknown_fields=True):
    """How the lines of a case were decided; `case` is its number."""

    case: str | None
    requests: list[LineVerdict]


class Failure(Struct, forbid_unknown_fields=True):
    """What kept a case from being decided."""

    code: str
    message: str


class LineError(Struct, forbid_unknown_fields=True):
    """A case that could not be decided, by the number of its line; of a batch that broke off without one."""

    error: Failure
    line: int | None = None


_ROOTS = {"case": Case, "answer": Answer, "lookup": Lookup, "requirements": Requirements, "crosswalk": Crosswalk}
_SHORT = ("diagnoses", "findings", "treatments", "medications", "documents", "requests")
SCHEMAS = tuple(_ROOTS)


def keys_of(name: str) -> frozenset[str]:
    """List every key that a case or an answer may have, at any depth, by its name.

    >>> "citations" in keys_of("answer"), "citations" in keys_of("case")
    (True, False)
    """
    parts = msgspec.json.schema(_ROOTS[name])["$defs"].values()
    return frozenset(key for part in parts for key in part.get("properties", ()))


def schema(name: str) -> Json:
    """Give the JSON Schema (2020-12) of a case or of an answer, by name.

    >>> schema("case")["$schema"], sorted(schema("case")["$defs"])[:2]
    ('https://json-schema.org/draft/2020-12/schema', ['Case', 'Correction'])
    """
    found = msgspec.json.schema(_ROOTS[name])
    for key, described in found["$defs"].get("Case", {}).get("properties", {}).items():
        if key in _SHORT:
            described["items"] = {"anyOf": [{"type": "string"}, described["items"]]}
    for owner in ("Recommendation", "Statute"):
        if owner in found["$defs"]:
            tree = found["$defs"][owner]["properties"]["tree"]["anyOf"]
            tree[tree.index({"type": "null"})] = {"type": "object", "maxProperties": 0}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, **found}
