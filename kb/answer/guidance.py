"""Describe what is answered of guidelines, without a case: lookup, requirements, crosswalk."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


Matched = Annotated[
    Literal["label", "code", "approximate"],
    Meta(description="`approximate`: the words are no label and no code of the concept, but it is clearly meant"),
]


class Citation(Struct, forbid_unknown_fields=True):
    """Where a guideline says so, and how that is known."""

    guideline: str
    edition: str
    section: str | None
    pages: str | None
    verification: Literal["confirmed", "attested", "recalled"]


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


class Force(Struct, forbid_unknown_fields=True, kw_only=True):
    """From when until when a recommendation is in force, inclusive, and whether it is on the day asked after.

    What speaks and is not in force is of the latest edition of a source outside the MTUS, carried forward.
    """

    recommendation: str
    valid_from: Date | None
    valid_until: Date | None
    in_force: bool


class Guidance(Struct, forbid_unknown_fields=True):
    """A recommendation that speaks: one in force or, where `in_force` is false, carried forward."""

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
    valid_from: Date | None
    valid_until: Date | None
    in_force: bool


class Lookup(Struct, forbid_unknown_fields=True):
    """What the guidelines that speak on a day say of a service."""

    words: str
    matched: Matched
    on: Date
    condition: str | None
    condition_matched: Matched | None
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
    nothing. `exclusive` names the bounds that are not met at their own value. `care_status` lists the statuses of a
    treatment or medication that it looks at; others are as if they were not there.
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
    care_status: list[Literal["past", "current", "planned"]]
    sentence: str
    confidence: Literal["high", "medium", "low"] | None
    citation: Citation


class NeededFact(Struct, forbid_unknown_fields=True):
    """A fact that can matter, as a case holds it: any one of `concepts` in the list `part`, with these keys.

    `part` is `case` for a key of the header and `requests` for one of the request line. `concept_key` is the key under
    which an entry of the list has its concept.
    """

    part: Literal["case", "requests", "diagnoses", "findings", "treatments", "medications", "documents"]
    keys: list[str]
    concepts: list[Named]
    concept_key: Literal["concept", "service"] | None
    unit: str | None
    asked_by: list[Asking]


class Requirements(Struct, forbid_unknown_fields=True):
    """The facts that can matter for a request of a service on a day."""

    words: str
    matched: Matched
    on: Date
    condition: str | None
    condition_matched: Matched | None
    concept: Concept
    candidates: list[str]
    narrower: list[str]
    recommendations: list[str]
    force: list[Force]
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
    valid_from: Date | None
    valid_until: Date | None
    in_force: bool


class Crosswalk(Struct, forbid_unknown_fields=True):
    """The concepts that codes name, all codes of these, and the recommendations that speak of them on a day."""

    on: Date
    icd: str | None
    cpt: str | None
    concept: str | None
    matched: Matched | None
    services: list[Concept]
    conditions: list[Concept]
    recommendations: list[Speaking]


class Concepts(Struct, forbid_unknown_fields=True):
    """Concepts by name; `all` tells how many there are, of which these are a page."""

    all: int
    concepts: list[Concept]


class Edition(Struct, forbid_unknown_fields=True):
    """An edition of a guideline, on a rung of the search sequence.

    `criteria` counts its criteria by how they are known.
    """

    id: str
    iri: str
    title: str
    edition: str
    rung: int
    valid_from: Date | None
    valid_until: Date | None
    topics: int
    recommendations: int
    criteria: dict[Literal["confirmed", "attested", "recalled"], int]


class Editions(Struct, forbid_unknown_fields=True):
    """Editions by rung, title and date; `all` tells how many there are, of which these are a page."""

    all: int
    guidelines: list[Edition]
