"""Read FHIR R4 resources with their models; what does not conform is told in one sentence.

The models are those of R4B, in which the resources read here are the same as in R4.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.procedure import Procedure
from fhir.resources.R4B.servicerequest import ServiceRequest
from pydantic import ValidationError

from kb.errors import FhirError

_READ = (
    Condition,
    DocumentReference,
    Medication,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)
_MODELS: dict[str, Any] = {model.__name__: model for model in _READ}
_LONGEST = 300  # characters of words that are read
_MISSING = ("missing", "model_field_validation.missing")


def kind_of(resource: Any) -> str:
    """Name the type of a resource."""
    return type(resource).__name__


def read_resource(data: Any, where: str) -> Any:
    """Read one resource; None for a type from which nothing is read.

    Raises FhirError, which names the element that does not conform.

    >>> read_resource({"resourceType": "Patient", "age": 63}, "prefetch.patient")
    Traceback (most recent call last):
        ...
    kb.errors.FhirError: `prefetch.patient.age` is no element that FHIR R4 has there
    """
    kind = data.get("resourceType") if isinstance(data, dict) else None
    if not isinstance(kind, str):
        raise FhirError(f"`{where}` is no FHIR resource; give it a `resourceType`")
    if kind not in _MODELS:
        return None
    try:
        return _MODELS[kind].model_validate(_without_nulls(data))
    except ValidationError as error:
        raise FhirError(_worded(error, where)) from None
    except RecursionError:
        raise FhirError(f"`{where}` nests too deeply") from None
    except (LookupError, TypeError):  # what the models raise at a contained resource that is none
        raise FhirError(f"`{where}` holds a resource of a type that FHIR R4 does not have") from None


def _without_nulls(value: Any) -> Any:
    """Leave out members that are null, which FHIR forbids and the models take for what they require."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _worded(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]]
    at = f"`{where}{''.join(steps)}`"
    if first["type"] in _MISSING:
        return f"{at} is missing; FHIR R4 requires it"
    if first["type"] == "extra_forbidden":
        return f"{at} is no element that FHIR R4 has there"
    said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{at} is no value of FHIR R4 for it ({said})"


def entries(bundle: Any, where: str) -> Iterator[tuple[Any, str]]:
    """Yield the resources of a bundle as they are, each with where it stands.

    The bundle itself is read leniently: the specification's own example of draft orders has no `type`.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise FhirError(f"`{where}` is no FHIR Bundle")
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise FhirError(f"`{where}.entry` is no list")
    for place, entry in enumerate(listed):
        if not isinstance(entry, dict) or "resource" not in entry:
            raise FhirError(f"`{where}.entry[{place}]` has no `resource`")
        yield entry["resource"], f"{where}.entry[{place}].resource"


def goes_on(bundle: Any) -> bool:
    """Tell whether a bundle is only a page of what was found."""
    links = bundle.get("link") if isinstance(bundle, dict) else None
    return any(isinstance(link, dict) and link.get("relation") == "next" for link in links or ())


def day(value: Any) -> dt.date | None:
    """Cut a day or a moment to its day, as it was written; of a month or a year no day is known."""
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None


def number(value: Any) -> float | None:
    """Take a number that may stand in a case: a positive one."""
    return float(value) if value is not None and 0 < value <= 1_000_000_000 else None


def words(codeable: Any) -> str:
    """Say a coded thing in the words it brings: its text, else the first display."""
    if codeable is None:
        return ""
    shown = (coding.display for coding in codeable.coding or () if coding.display)
    return str(codeable.text or next(shown, ""))[:_LONGEST]
