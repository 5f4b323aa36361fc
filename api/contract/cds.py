"""Describe calls and cards of CDS Hooks 2.0; FHIR resources in them are checked where they are read."""

from typing import Any, Literal

from flask_openapi3 import RawModel
from pydantic import BaseModel, Field

from kb.fhir.service import ID


class ServicePath(BaseModel):
    """The id of a service."""

    name: str = Field(json_schema_extra={"enum": [ID]})  # said, and refused by the route: another is not found


class CdsService(BaseModel):
    """A service, as the discovery describes it."""

    hook: str
    title: str
    description: str
    id: str
    prefetch: dict[str, str]
    usageRequirements: str


class CdsServices(BaseModel):
    """The services."""

    services: list[CdsService]


class OrderContext(BaseModel):
    """The context of the hook `order-sign`."""

    userId: str
    patientId: str
    encounterId: str | None = None
    draftOrders: dict[str, Any] = Field(description="a FHIR R4 Bundle of ServiceRequest and MedicationRequest")


class CdsCall(BaseModel):
    """A call of the service; `fhirServer` and `fhirAuthorization` are not used."""

    hook: Literal["order-sign"]
    hookInstance: str = Field(min_length=1, description="a UUID that names this call")
    fhirServer: str | None = None
    fhirAuthorization: dict[str, Any] | None = None
    context: OrderContext
    prefetch: dict[str, Any] | None = Field(None, description="the keys that the discovery lists")


class Coding(BaseModel):
    """A code of a system."""

    system: str
    code: str
    display: str | None = None


class Source(BaseModel):
    """The guideline that a card rests on."""

    label: str
    url: str
    topic: Coding | None = None


class Action(BaseModel):
    """A change of an order."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: dict[str, Any]


class Suggestion(BaseModel):
    """A change that the criteria allow."""

    label: str
    uuid: str
    actions: list[Action]


class Link(BaseModel):
    """The page of a recommendation."""

    label: str
    url: str
    type: Literal["absolute"]


class Card(BaseModel):
    """The determination of one order; what has no value is left out."""

    uuid: str
    summary: str = Field(max_length=139)
    detail: str = Field(description="Markdown")
    indicator: Literal["info", "warning", "critical"]
    source: Source
    suggestions: list[Suggestion] | None = None
    selectionBehavior: Literal["at-most-one"] | None = None
    links: list[Link] | None = None


class Cards(BaseModel):
    """The cards, one for each order."""

    cards: list[Card]


class Accepted(BaseModel):
    """A suggestion that was accepted."""

    id: str = Field(min_length=1, max_length=2000)


class Override(BaseModel):
    """Why a card was dismissed."""

    reason: dict[str, Any] | None = None
    userComment: str | None = None


class Feedback(BaseModel):
    """What became of a card."""

    card: str = Field(min_length=1, max_length=2000)
    outcome: Literal["accepted", "overridden"]
    acceptedSuggestions: list[Accepted] | None = None
    overrideReason: Override | None = None
    outcomeTimestamp: str = Field(min_length=1, max_length=2000)


class FeedbackBody(BaseModel):
    """What became of cards."""

    feedback: list[Feedback]


class CdsJson(RawModel):
    """JSON as CDS Hooks says."""

    mimetypes = ["application/json"]  # noqa: RUF012
