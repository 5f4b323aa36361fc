"""Read a draft order into a request line: what, how much of it, where, how long, and what of it was not understood."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kb.case.fact import Diagnosis
from kb.case.model import Request
from kb.fhir.dosage import amount, dose, in_days, often
from kb.fhir.drugs import contained, drug_of, mixture, read_drug
from kb.fhir.names import Names
from kb.fhir.record import RecordReader
from kb.fhir.resources import day, kind_of, words

KINDS = ("ServiceRequest", "MedicationRequest")
_DAYS_A_WEEK = 7


@dataclass
class Order:
    """Hold an order as it came and as it was read; `notes` say what of it was not understood.

    `amended` is the path of the one element in which its quantity stands, None where there is no such element.
    """

    resource: dict[str, Any]
    request: Request
    place: int = 0
    day: dt.date | None = None
    diagnoses: list[Diagnosis] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    amended: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """Name the order as the client does."""
        return f"{self.resource['resourceType']}/{self.resource.get('id', '')}"


class OrderReader:
    """Read orders with the names of one knowledge."""

    def __init__(self, names: Names) -> None:
        """Take the names."""
        self._names = names
        self._record = RecordReader(names)

    def read(self, model: Any, raw: dict[str, Any], place: int, patient: str) -> Order:
        """Read an order for a patient; one that cannot be decided has an error in its request."""
        read = self._service if kind_of(model) == "ServiceRequest" else self._medication
        order = read(model, raw)
        order.place = place
        order.day = day(model.authoredOn)
        if model.authoredOn is not None and order.day is None:
            order.notes.append("`authoredOn` names no whole day")
        self._reasons(model, order)
        subject = str(model.subject.reference or "")
        if subject and subject.rpartition("/")[2] != patient:
            order.request.error = "the order is for another patient than `context.patientId`"
        elif model.doNotPerform:
            order.request.error = "the order asks that something not be done"
        return order

    def _reasons(self, model: Any, order: Order) -> None:
        for reason in model.reasonCode or ():
            found = self._record.diagnoses(reason)
            order.diagnoses += found
            if not found:
                order.notes.append(f"reason `{words(reason)}` is not understood")

    # --- services ---------------------------------------------------------------------------------------------

    def _service(self, model: Any, raw: dict[str, Any]) -> Order:
        at, places, side = self._names.places(model.bodySite)
        order = Order(raw, self._names.service(model.code, at))
        if model.bodySite and not places:
            order.notes.append(f"body site `{at or 'without words'}` is not understood")
        order.notes += [f"`orderDetail` is not read: `{words(detail)}`" for detail in model.orderDetail or ()]
        if places and not order.request.site:
            order.request.site, order.request.side = places, side or order.request.side  # type: ignore[assignment]
        if order.request.service:
            self._ordered(model, order)
        return order

    def _ordered(self, model: Any, order: Order) -> None:
        """Take the number from where the order states it; where two places differ none is taken."""
        timing, request = often(model.occurrenceTiming), order.request
        stated = self._stated(model, order)
        total = timing.total
        if stated and total and stated[0] != total:
            order.notes.append(f"`quantityQuantity` says {stated[0]:g}, `occurrenceTiming` {total:g}; neither is taken")
            self._set(order, None, None)
        elif model.occurrenceTiming and not stated and not total:
            order.notes.append("how often `occurrenceTiming` asks for it is not understood")
        elif stated or total:
            self._set(order, *(stated or (total, self._usual(request))))
        if total:
            order.amended = None  # the timing would have to change too
        if timing.days:
            request.duration_weeks = timing.days / _DAYS_A_WEEK
            for part in request.parts:
                part.duration_weeks = request.duration_weeks

    def _stated(self, model: Any, order: Order) -> tuple[float, str | None] | None:
        quantity = model.quantityQuantity or (model.quantityRange and model.quantityRange.high)
        if model.quantityRatio or (quantity is not None and quantity.value is None):
            order.notes.append("the quantity is not understood")
            self._set(order, None, None)
            return None
        if quantity is None:
            return None
        found = amount(quantity, self._names.quantities, self._usual(order.request))
        if found is None:
            order.notes.append(
                f"the quantity `{quantity.value} {quantity.unit or quantity.code or ''}` is not understood"
            )
            self._set(order, None, None)
        elif model.quantityQuantity:
            order.amended = ("quantityQuantity", "value")
        return found

    def _usual(self, request: Request) -> str | None:
        return self._names.vocabulary.unit_of(request.service or "")

    def _set(self, order: Order, value: float | None, unit: str | None) -> None:
        for item in (order.request, *order.request.parts):
            item.quantity, item.unit = value, unit if value is not None else None

    # --- drugs ------------------------------------------------------------------------------------------------

    def _medication(self, model: Any, raw: dict[str, Any]) -> Order:
        order = Order(raw, self._drug(model))
        request = order.request
        if not request.service:
            return order
        how = dose(model.dosageInstruction, request.strength_mg)
        if model.dosageInstruction and (how.per_day is None or how.strength_mg is None):
            order.notes.append("from the dosage no daily dose in milligrams is understood")
        request.strength_mg = how.strength_mg
        self._supply(model, order, how.per_day)
        for part in request.parts:
            part.duration_weeks = request.duration_weeks
            part.strength_mg = request.strength_mg
        return order

    def _drug(self, model: Any) -> Request:
        """Read the drug; the ingredients of a contained medication make a mixture in its form."""
        held = contained(model)
        named = [words(i.itemCodeableConcept) for i in (held.ingredient if held else None) or ()]
        if len(named) > 1:
            return mixture(named, words(held.form), self._names)
        if model.medicationReference and held is None:
            return Request(error="the medication is only referred to; name it in `medicationCodeableConcept`")
        return read_drug(drug_of(model), self._names)

    def _supply(self, model: Any, order: Order, a_day: float | None) -> None:
        """Count what is dispensed with every refill, and how long it lasts."""
        dispense, request = model.dispenseRequest, order.request
        times = 1 + int((dispense and dispense.numberOfRepeatsAllowed) or 0)
        quantity = dispense.quantity if dispense else None
        found = amount(quantity, self._names.quantities, self._usual(request)) if quantity else None
        if quantity is not None and found is None:
            order.notes.append(
                f"the quantity `{quantity.value} {quantity.unit or quantity.code or ''}` is not understood"
            )
        if dispense and dispense.initialFill:
            order.notes.append("`initialFill` is not read")
        self._set(order, found[0] * times if found else None, found[1] if found else None)
        days = in_days(dispense.expectedSupplyDuration) if dispense else None
        if days:
            request.duration_weeks = days * times / _DAYS_A_WEEK
        elif found and a_day and self._is_whole(found[1]):
            request.duration_weeks = found[0] * times / a_day / _DAYS_A_WEEK
        if found and times == 1 and request.duration_weeks is None:  # else the dose would have to change too
            order.amended = ("dispenseRequest", "quantity", "value")

    def _is_whole(self, unit: str | None) -> bool:
        """Tell whether a drug in this unit is taken one by one, so that the dose tells how long it lasts."""
        return unit is not None and self._names.quantities.is_per(unit, "takenWhole")


def as_line(order: Order, number: int) -> Request:
    """Give an order as a numbered line of a case."""
    said = order.request.text or order.key
    return msgspec.structs.replace(order.request, line=number, text=said[:200])
