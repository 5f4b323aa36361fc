"""Describe cases and all that is answered as JSON Schemas."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from kb.case.model import Case, Correction, Quote

Json = dict[str, Any]
Status = Literal["met", "not_met", "unknown"]
Verdict = Literal["supported", "supported_in_part", "undocumented", "not_supported", "no_guideline"]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


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


class Citation(Struct, forbid_unknown_fields=True):
    """Where a guideline says so, and how that is known."""

    guideline: str
    edition: str
    section: str | None
    pages: str | None
    verification: Literal["confirmed", "attested", "recalled"]


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


class Criterion(Struct, forbid_unknown_fields=True):
    """A node of a recommendation's tree, in words."""

    id: str
    op: str
    n: int | None
    kind: str | None
    strength: str | None
    sentence: str | None
    verification: str | None
    confidence: Literal["high", "medium", "low"] | None
    decisions: list[str]
    children: list["Criterion"]


class Concept(Struct, forbid_unknown_fields=True):
    """A service, drug or device as the ontology knows it."""

    id: str
    iri: str
    label: str
    definition: str | None
    synonyms: list[str]
    codes: dict[str, list[str]]
    broader: list[str]
    narrower: list[str]


class Guidance(Struct, forbid_unknown_fields=True):
    """A recommendation in force."""

    id: str
    stance: str | None
    rung: int
    services: list[str]
    conditions: list[str]
    regions: list[str]
    phases: list[str]
    criteria: Criterion | None
    unless: Criterion | None
    contraindications: list[Criterion]
    confidence: Literal["high", "medium", "low"] | None
    citation: Citation


class Lookup(Struct, forbid_unknown_fields=True):
    """What the guidelines in force on a day say of a service."""

    words: str
    on: Date
    condition: str | None
    concept: Concept
    candidates: list[str]
    narrower: list[str]
    recommendations: list[Guidance] = field(default_factory=list)


class Named(Struct, forbid_unknown_fields=True):
    """A concept and its label."""

    id: str
    label: str


class Asking(Struct, forbid_unknown_fields=True):
    """What asks for a fact, with the bounds it sets.

    `criterion` is the id that determinations use; for a dimension `<recommendation>.diagnosis`, `.region` or
    `.phase`. With `reading` it is asked for only where the text is read in another way. An `advisory` one decides
    nothing. `exclusive` names the bounds that are not met at their own value.
    """

    criterion: str
    recommendations: list[str]
    kind: str
    role: Literal["applicability", "requirement", "defeater", "contraindication"]
    strength: str | None
    reading: bool
    minimum: float | None
    limit: float | None
    minimum_weeks: float | None
    exclusive: list[str]
    scope: str | None
    outcomes: list[str]
    sentence: str
    confidence: Literal["high", "medium", "low"] | None
    citation: Citation


class NeededFact(Struct, forbid_unknown_fields=True):
    """A fact that can matter, as a case holds it: any one of `concepts` in the list `part`, with these keys.

    `part` is `case` for a key of the header and `requests` for one of the request line.
    """

    part: Literal["case", "requests", "diagnoses", "findings", "treatments", "medications", "documents"]
    keys: list[str]
    concepts: list[Named]
    unit: str | None
    asked_by: list[Asking]


class Requirements(Struct, forbid_unknown_fields=True):
    """The facts that can matter for a request of a service on a day."""

    words: str
    on: Date
    condition: str | None
    concept: Concept
    candidates: list[str]
    narrower: list[str]
    recommendations: list[str]
    facts: list[NeededFact]


class Speaking(Struct, forbid_unknown_fields=True):
    """A recommendation that speaks of a service or condition; `through` are its own words for them, equal or wider."""

    id: str
    topic: str
    title: str
    stance: str | None
    rung: int
    through: list[str]
    citation: Citation


class Crosswalk(Struct, forbid_unknown_fields=True):
    """The concepts that codes name, all codes of these, and the recommendations that speak of them on a day."""

    on: Date
    icd: str | None
    cpt: str | None
    concept: str | None
    services: list[Concept]
    conditions: list[Concept]
    recommendations: list[Speaking]


_ROOTS = {"case": Case, "answer": Answer, "lookup": Lookup, "requirements": Requirements, "crosswalk": Crosswalk}
_SHORT = ("diagnoses", "findings", "treatments", "medications", "documents", "requests")
SCHEMAS = tuple(_ROOTS)


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
