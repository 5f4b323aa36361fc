"""Answer the hook `order-sign` of CDS Hooks 2.0: draft orders and a prefetched record in, one card for each order out.

No FHIR server is ever called: what is not prefetched is not known.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kb.answer.shown import arrange
from kb.case.model import Case
from kb.determination import determine
from kb.errors import FhirError, PrefetchError
from kb.facts.request_line import set_dependence
from kb.fhir.card import CardWriter
from kb.fhir.names import Names
from kb.fhir.orders import KINDS, Order, OrderReader, as_line
from kb.fhir.record import CARE, Record, RecordReader
from kb.fhir.resources import entries, goes_on, kind_of, read_resource
from kb.fhir.service import HOOK, NEEDED, PREFETCH
from kb.knowledge.base import Knowledge

Json = dict[str, Any]

_MOST_ORDERS, _MOST_RESOURCES = 100, 2000
_SAID = 5


@dataclass
class Fetched:
    """Hold what was prefetched: the record, and which keys were not answered in full."""

    record: Record = field(default_factory=Record)
    gaps: list[str] = field(default_factory=list)


def order_cards(
    data: Any, knowledge: Knowledge, base: str, today: dt.date, given: Callable[[Json], Any] = lambda answer: None
) -> Json:
    """Decide the draft orders of a call; the answer holds the cards, and `given` is told each determination before.

    An order is decided by the edition in force on the day on which it was written, else today. Raises FhirError
    for a call or an order that does not conform, PrefetchError when what is needed was not prefetched.
    """
    context = _context(data)
    orders = list(_orders(context, knowledge))
    if not orders:
        return {"cards": []}
    fetched = _fetch(data.get("prefetch"), context["patientId"], {order.key for order in orders}, knowledge)
    writer = CardWriter(knowledge, base, data["hookInstance"])
    found = {}
    for day, group in itertools.groupby(
        sorted(orders, key=lambda o: (o.day or today, o.place)), lambda o: o.day or today
    ):
        answer, cards = _decide(list(group), day, fetched, knowledge, writer)
        given(answer)
        found.update(cards)
    return {"cards": [found[order.place] for order in orders]}


def _context(data: Any) -> Json:
    if not isinstance(data, dict):
        raise FhirError("the call is no JSON object; see `/cds-services`")
    for key in ("hook", "hookInstance"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise FhirError(f"`{key}` is missing or no text; CDS Hooks requires it")
    if data["hook"] != HOOK:
        raise FhirError(f"the hook `{data['hook'][:40]}` is not served here; it is `{HOOK}`")
    context = data.get("context")
    if not isinstance(context, dict):
        raise FhirError("`context` is missing; CDS Hooks requires it")
    for key in ("userId", "patientId"):
        if not isinstance(context.get(key), str) or not context[key]:
            raise FhirError(f"`context.{key}` is missing or no text; the hook `{HOOK}` requires it")
    found: Json = context
    return found


def _orders(context: Json, knowledge: Knowledge) -> Iterator[Order]:
    reader, where = OrderReader(Names.of(knowledge)), "context.draftOrders"
    listed = list(entries(context.get("draftOrders"), where))
    if len(listed) > _MOST_ORDERS:
        raise FhirError(f"`{where}` holds {len(listed)} orders; send at most {_MOST_ORDERS} at once")
    for place, (raw, at) in enumerate(listed):
        model = read_resource(raw, at)
        if model is not None and kind_of(model) in KINDS:
            yield reader.read(model, raw, place, context["patientId"])


def _fetch(prefetch: Any, patient: str, drafts: set[str], knowledge: Knowledge) -> Fetched:
    """Read the record; a key that is not answered, a page of more and a resource that does not conform leave a gap."""
    given = {key: value for key, value in prefetch.items() if not _failed(value)} if isinstance(prefetch, dict) else {}
    lacking = [key for key in NEEDED if key not in given]
    if lacking:
        raise PrefetchError(
            f"the prefetch of {', '.join(f'`{key}`' for key in lacking)} is needed; no FHIR server is called"
        )
    fetched, reader = Fetched(), RecordReader(Names.of(knowledge))
    fetched.gaps += [f"`{key}` was not prefetched" for key in PREFETCH if key not in given and key != "patient"]
    fetched.gaps += [f"`{key}` was not prefetched in full" for key, value in given.items() if goes_on(value)]
    for raw, where in _resources(given):
        _take(raw, where, patient, drafts, fetched, reader)
    fetched.record.join()
    return fetched


def _failed(value: Any) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "OperationOutcome"


def _resources(given: Json) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    for key in PREFETCH:
        value = given.get(key)
        if isinstance(value, dict) and value.get("resourceType") != "Bundle":
            found.append((value, f"prefetch.{key}"))
        elif value is not None:
            found.extend(entries(value, f"prefetch.{key}"))
    if len(found) > _MOST_RESOURCES:
        raise FhirError(f"`prefetch` holds {len(found)} resources; send at most {_MOST_RESOURCES}")
    return found


def _take(raw: Any, where: str, patient: str, drafts: set[str], fetched: Fetched, reader: RecordReader) -> None:
    try:
        model = read_resource(raw, where)
    except FhirError as error:
        fetched.gaps.append(str(error))
        return
    if model is None or f"{kind_of(model)}/{model.id}" in drafts:
        return
    if _patient_of(model) not in (None, patient):
        raise FhirError(f"`{where}` is of another patient than `context.patientId`")
    reader.add(model, fetched.record)


def _patient_of(model: Any) -> str | None:
    if kind_of(model) == "Patient":
        return str(model.id) if model.id else None
    subject = getattr(model, "subject", None)
    return str(subject.reference).rpartition("/")[2] if subject and subject.reference else None


def _decide(
    orders: list[Order], day: dt.date, fetched: Fetched, knowledge: Knowledge, writer: CardWriter
) -> tuple[Json, dict[int, Json]]:
    """Decide the orders of one day together, so that a limit counts them all; give the answer and its cards."""
    case = _case(orders, day, fetched)
    set_dependence(case.requests, [request.text or "" for request in case.requests], Names.of(knowledge).vocabulary)
    answer = determine(case, knowledge)
    sheet = arrange(answer, knowledge)
    lines = {
        request["line"]: (request, shown) for request, shown in zip(answer["requests"], sheet.requests, strict=True)
    }
    remarks = list(_remarks(fetched))
    cards = {
        order.place: writer.card(order, *lines[line], [_dated(order, day), *remarks])
        for line, order in enumerate(orders, 1)
    }
    return answer, cards


def _case(orders: list[Order], day: dt.date, fetched: Fetched) -> Case:
    record = fetched.record
    reasons = [reason for order in orders for reason in order.diagnoses]
    diagnoses = [
        *record.diagnoses,
        *(r for place, r in enumerate(reasons) if r not in [*record.diagnoses, *reasons[:place]]),
    ]
    return Case(
        requested=day,
        injured=_injured(record, day),
        age=_age(record.born, day),
        sex=record.sex,
        record_complete=not fetched.gaps and not any(record.unread.get(kind) for kind in CARE),
        diagnoses_complete=False if fetched.gaps or record.unread.get("Condition") else None,
        diagnoses=diagnoses,
        findings=record.findings,
        treatments=record.treatments,
        medications=record.medications,
        documents=record.documents,
        requests=[as_line(order, line) for line, order in enumerate(orders, 1)],
    )


def _injured(record: Record, day: dt.date) -> dt.date | None:
    """Take the day of the injury where the record tells one alone, and one before the order."""
    told = next(iter(record.injured)) if len(record.injured) == 1 else None
    return told if told and told <= day else None


def _age(born: dt.date | None, day: dt.date) -> int | None:
    if born is None or born > day:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if years <= 130 else None


def _dated(order: Order, day: dt.date) -> str:
    said = "`authoredOn` of the order" if order.day else "today, since the order names no day"
    return f"the edition is chosen by the day {day} ({said})"


def _remarks(fetched: Fetched) -> Iterator[str]:
    """Say what of the record is not known, and what follows."""
    for kind, said in sorted(fetched.record.unread.items()):
        more = f" and {len(said) - _SAID} more" if len(said) > _SAID else ""
        yield f"not understood of {kind}: {'; '.join(said[:_SAID])}{more}"
    yield from fetched.gaps[:_SAID]
    if fetched.gaps or any(fetched.record.unread.get(kind) for kind in CARE):
        yield "so silence of the record is not taken for a no"
    if len(fetched.record.injured) != 1:
        told = "several days of injury are told" if fetched.record.injured else "the day of the injury is not told"
        yield f"{told}, so the phase of care is not known"
