"""Say what a case is, and read one from a plain mapping."""

import datetime as dt
import math
import typing
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from kb.case.fact import (
    Amount,
    Correction,
    Diagnosis,
    Document,
    Finding,
    HeaderCorrection,
    Medication,
    Quote,
    Removed,
    Side,
    Treatment,
    Word,
)
from kb.case.wording import not_finite, worded
from kb.errors import CaseError

MAX_LINES, MAX_WORK = 500, 25_000  # request lines with their parts; times facts
_MOST_FACTS, _MOST_PARTS = 5000, 100
_Facts, _Few = Meta(max_length=_MOST_FACTS), Meta(max_length=_MOST_PARTS)


Course = Literal["initial", "additional"]


class Item(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Describe what is asked for: a request line or one part of it."""

    text: str | None = None
    service: Word | None = None
    quantity: Amount | None = None
    unit: Word | None = None
    site: Annotated[list[Word], _Few] | Word = []
    side: Side | None = None
    strength_mg: Amount | None = None
    ingredients: Annotated[list[Word], _Few] = []
    setting: Word | None = None
    duration_weeks: Amount | None = None
    levels: Annotated[list[Word], _Few] = []
    form: Word | None = None
    course: Course | None = None


class Request(Item, kw_only=True):
    """Describe one line of the request for authorization."""

    line: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    asked: Amount | None = None
    authorised: Amount | None = None
    retrospective: bool = False
    date_of_service: dt.date | None = None
    depends_on: int | Word | None = None
    parts: Annotated[list[Item], _Few] = []
    error: str | None = None
    corrected: Correction | None = None


class Case(Struct, kw_only=True, forbid_unknown_fields=True):
    """Describe a dispute: header, facts and request lines."""

    number: str | None = None
    injured: dt.date | None = None
    ur_decided: dt.date | None = None
    requested: dt.date | None = None
    decided: dt.date | None = None
    assigned: dt.date | None = None
    received: dt.date | None = None
    priority: str | None = None
    specialty: Annotated[list[str], _Few] = []
    age: Annotated[int, Meta(ge=0, le=130)] | None = None
    sex: Literal["male", "female"] | None = None
    phase: Word | None = None
    record_complete: bool = True
    diagnoses_complete: bool | None = None
    diagnoses: Annotated[list[Diagnosis], _Facts] = []
    findings: Annotated[list[Finding], _Facts] = []
    treatments: Annotated[list[Treatment], _Facts] = []
    medications: Annotated[list[Medication], _Facts] = []
    documents: Annotated[list[Document], _Facts] = []
    requests: Annotated[list[Request], Meta(max_length=MAX_LINES)] = []
    removed: Annotated[list[Removed], _Facts] = []
    corrected: Annotated[list[HeaderCorrection], _Facts] = []


_NAMED_BY = {
    "diagnoses": "concept",
    "findings": "concept",
    "documents": "concept",
    "medications": "concept",
    "treatments": "service",
    "requests": "service",
}
_STRUCTS: dict[str, tuple[type[Struct], ...]] = {
    "": (Case,),
    "diagnoses": (Diagnosis,),
    "findings": (Finding,),
    "documents": (Document,),
    "medications": (Medication,),
    "treatments": (Treatment,),
    "requests": (Request,),
    "parts": (Item,),
    "quote": (Quote,),
    "corrected": (Correction,),
    "corrected[]": (HeaderCorrection,),
    "removed[]": typing.get_args(Removed),
}
_NO_HEADER = (*_NAMED_BY, "removed", "corrected")
_HEADER = tuple(info.name for info in msgspec.structs.fields(Case) if info.name not in _NO_HEADER)


def read_case(data: Any) -> Case:
    """Read a case from a mapping of plain values, as JSON or YAML gives them.

    Raises CaseError when a key is unknown, a value has the wrong kind, or no request is made.

    >>> read_case({"requests": ["massage_therapy"]}).requests[0].service
    'massage_therapy'
    >>> read_case({"requests": [{"servce": "massage_therapy"}]})
    Traceback (most recent call last):
        ...
    kb.errors.CaseError: unknown key `servce` at requests[0]; did you mean `service`?
    """
    if not isinstance(data, dict):
        raise CaseError(f"a case is a mapping of keys to values, not {_kind(data)}; see `mtus schema case`")
    spelled = _spell_out(data)
    try:
        case = msgspec.convert(spelled, Case)
    except msgspec.ValidationError as error:
        raise CaseError(_endless(spelled) or worded(str(error), spelled, _STRUCTS)) from None
    except UnicodeEncodeError as error:
        raise CaseError(f"{error.object!a} holds half of a character where one of a few words is expected") from None
    found = (fact.value for fact in (*case.findings, *case.removed) if isinstance(fact, Finding))
    if any(value is not None and not math.isfinite(value) for value in found):
        raise CaseError(_endless(spelled))  # every other number has bounds, which no such number is within
    if not case.requests:
        raise CaseError("the case has no requests; name at least one service under `requests`")
    for place, care in enumerate(case.treatments):
        if care.start and care.to and care.to < care.start:
            raise CaseError(f"treatments[{place}] ends on `{care.to}`, before it begins on `{care.start}`")
    for place, correction in enumerate(case.corrected):
        if correction.key not in _HEADER:
            raise CaseError(f"`{correction.key}` at `corrected[{place}].key` must be one of {', '.join(_HEADER)}")
    return case


def check_size(case: Case) -> None:
    """Bound what a case costs, which grows with its lines and parts times its facts.

    Raises CaseError.
    """
    lines = sum(max(1, len(request.parts)) for request in case.requests)
    facts = len(case.diagnoses) + len(case.findings) + len(case.treatments) + len(case.medications)
    facts += len(case.documents)
    if lines > MAX_LINES:
        raise CaseError(f"the case asks for {lines:,} things; at most {MAX_LINES:,} are decided at once")
    if lines * facts > MAX_WORK:
        most = f"at most {MAX_WORK:,} as their product"
        raise CaseError(
            f"{lines:,} things asked for on {facts:,} facts are too many at once ({most}); send fewer lines"
        )


def check_days(case: Case) -> None:
    """Check that the injury comes before the day on which a treatment for it was asked for or reviewed.

    Raises CaseError.
    """
    for name, day in (("requested", case.requested), ("ur_decided", case.ur_decided)):
        if case.injured and day and case.injured > day:
            raise CaseError(f"`injured` on `{case.injured}` is after `{name}` on `{day}`; mend one of the two days")


def _endless(spelled: dict[str, Any]) -> str | None:
    found = not_finite(spelled)
    return found and f"{found} is no finite number; leave it out where it is not known"


def _spell_out(data: dict[Any, Any]) -> dict[str, Any]:
    spelled = {str(key): value for key, value in data.items()}
    for key, name in _NAMED_BY.items():
        items = spelled.get(key)
        if isinstance(items, list):
            spelled[key] = [{name: item} if isinstance(item, str) else item for item in items]
        elif items is None:
            spelled.pop(key, None)
    if isinstance(spelled.get("corrected"), list):
        spelled["corrected"] = [_with_day_in_words(item) for item in spelled["corrected"]]
    return spelled


def _with_day_in_words(item: Any) -> Any:
    """YAML makes a day of what a key was; here it is the text that stood there."""
    day = isinstance(item, dict) and item.get("was")
    return {**item, "was": day.isoformat()} if isinstance(day, dt.date) else item


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), f"a {type(value).__name__}")
