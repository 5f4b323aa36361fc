"""Put a case in canonical order: facts sorted and numbered, lines numbered, every word a concept.

The order in which facts are given never matters: the same facts get the same identifiers.
"""

import re

import msgspec

from kb.case.fact import Diagnosis, Fact, Finding, Treatment, kind_of
from kb.case.levels import spine_of
from kb.case.model import Case, Item, check_days, check_size
from kb.case.standing import all_facts
from kb.errors import CaseError, UnknownConceptError
from kb.knowledge.base import Knowledge
from kb.terms import FORM, PHASE

_LISTS = ("diagnoses", "findings", "treatments", "medications", "documents")


def prepare(case: Case, knowledge: Knowledge) -> Case:
    """Return the case in canonical order.

    Raises UnknownConceptError for a fact that is no concept, CaseError when the case is too large, two lines have
    one number or the injury comes after the request.
    """
    check_days(case)
    check_size(case)
    lists = {name: sorted(getattr(case, name), key=_key) for name in _LISTS}
    complete = case.diagnoses_complete
    if complete is None:
        complete = any(diagnosis.status == "present" for diagnosis in case.diagnoses)
    requests = [msgspec.structs.replace(request) for request in case.requests]
    prepared = msgspec.structs.replace(case, **lists, diagnoses_complete=complete, requests=requests)
    for name in _LISTS:
        setattr(prepared, name, [msgspec.structs.replace(fact) for fact in lists[name]])
    for number, fact in enumerate(all_facts(prepared), 1):
        fact.id = f"f{number}"
    _number_lines(prepared)
    _check_words(prepared, knowledge)
    return prepared


def _key(fact: Fact) -> bytes:
    plain = msgspec.structs.replace(fact, id=None, quote=None, confidence=None, corrected=None)
    try:
        return msgspec.json.encode(plain) + msgspec.json.encode(fact)
    except UnicodeEncodeError:  # half a surrogate pair in a text
        return ascii((plain, fact)).encode()


def _number_lines(case: Case) -> None:
    taken = [request.line for request in case.requests if request.line is not None]
    double = sorted({line for line in taken if taken.count(line) > 1})
    if double:
        raise CaseError(f"two requests have line `{double[0]}`; number each line once")
    free = (n for n in range(1, len(case.requests) + len(taken) + 1) if n not in taken)
    for request in case.requests:
        if request.line is None:
            request.line = next(free)
    case.requests.sort(key=lambda request: request.line or 0)


def _check_words(case: Case, knowledge: Knowledge) -> None:
    for fact in (*all_facts(case), *case.removed):
        name = fact.service if isinstance(fact, Treatment) else fact.concept  # type: ignore[attr-defined]
        kind = kind_of(fact)
        knowledge.require(name, "service" if kind == "treatment" else kind)
        if isinstance(fact, Diagnosis) and fact.site:
            knowledge.require(fact.site, "site")
        unit = fact.unit if isinstance(fact, Finding | Treatment) else None
        if unit:
            knowledge.require_unit(unit)
    for request in case.requests:
        for item in (request, *request.parts):
            if item.unit:
                knowledge.require_unit(item.unit)
            _check_one_of(item.form, "form", knowledge.names(FORM))
            _check_levels(item, knowledge)
    _check_one_of(case.phase, "phase", knowledge.names(PHASE))


def _check_one_of(word: str | None, what: str, known: list[str]) -> None:
    if word and word not in known:
        raise UnknownConceptError(f"unknown {what} `{word}`; it is one of {', '.join(known)}")


def _check_levels(item: Item, knowledge: Knowledge) -> None:
    for level in item.levels:
        if not re.fullmatch(spine_of(knowledge).pattern, level):
            raise CaseError(f"`{level}` under `levels` is no level of the spine; write L4-L5, or L5 for one vertebra")
