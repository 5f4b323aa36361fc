"""Decide a draft order that nobody wrote, so that the first call of CDS Hooks need not wait for what reads FHIR."""

import datetime as dt
from typing import Any

from kb.fhir.service import HOOK, NEEDED
from kb.knowledge.base import Knowledge

_PATIENT = "nobody"
_ORDER: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": f"Patient/{_PATIENT}"},
    "code": {"text": "a service"},
}


def bring_in() -> None:
    """Import what reads FHIR, so that processes forked from this one need not."""
    import kb.fhir.hook  # noqa: F401


def warm(knowledge: Knowledge) -> None:
    """Load what reads FHIR, and answer a call."""
    from kb.fhir.hook import order_cards

    bundle = {"resourceType": "Bundle", "type": "collection"}
    context = {"userId": "Practitioner/nobody", "patientId": _PATIENT}
    orders = {"draftOrders": {**bundle, "entry": [{"resource": _ORDER}]}}
    call = {
        "hook": HOOK,
        "hookInstance": "warm",
        "context": {**context, **orders},
        "prefetch": {key: {**bundle, "type": "searchset"} for key in NEEDED},
    }
    order_cards(call, knowledge, "http://localhost/", dt.date.today())
