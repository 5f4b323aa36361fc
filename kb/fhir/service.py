"""Describe our service of CDS Hooks; nothing of FHIR is loaded for it."""

from typing import Any

ID = "mtus-order-sign"
HOOK = "order-sign"
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "procedures": "Procedure?patient={{context.patientId}}",
    "medications": "MedicationStatement?patient={{context.patientId}}",
    "prescriptions": "MedicationRequest?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}",
    "documents": "DocumentReference?patient={{context.patientId}}",
}
NEEDED = ("conditions", "procedures")


def services() -> dict[str, Any]:
    """Answer the discovery."""
    described = {
        "hook": HOOK,
        "title": "California treatment guidelines (MTUS)",
        "description": "Tells of each draft service or medication whether California's workers' compensation treatment "
        "guidelines support it, what the record lacks, and where the guideline says so.",
        "id": ID,
        "prefetch": PREFETCH,
        "usageRequirements": f"Prefetches {' and '.join(NEEDED)} at least; no FHIR server is called.",
    }
    return {"services": [described]}
