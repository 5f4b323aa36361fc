"""Write what was read in a letter as a YAML case that a person corrects and hands in again."""

import datetime as dt
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from kb.answer.shown import sentence_around
from kb.answer.writer import case_answer, facts_answer
from kb.case.fact import Fact
from kb.case.model import Case
from kb.case.numbers import whole
from kb.case.prepare import prepare
from kb.knowledge.base import Knowledge

Json = dict[str, Any]

_LISTS = ("diagnoses", "findings", "treatments", "medications", "documents")
_HEAD = """\
Correct what was read wrongly and add what is missing. Under what you change or add, record who and when:
  corrected: {by: your name, on: 2026-01-31}
Move a fact that the record does not state to the list `removed`, with what it is (diagnosis, finding, treatment,
medication, document), who and when; a reason may be left out. It counts no more and is kept:
  removed:
    - concept: low_back_strain
      kind: diagnosis
      by: your name
      when: 2026-01-31
      reason: it is the diagnosis of another worker
Of a changed key of the header (age, days, phase, whether the record is complete) record the key and what it was:
  corrected: [{key: age, was: 36, by: your name, on: 2026-01-31}]
Then hand this file to `mtus review`. Above each fact stands the sentence it was read from."""
_WIDTH = 110


def case_file(case: Case, text: str | None) -> str:
    """Write a case as YAML, each fact below the sentence of the text that it was read from.

    >>> from kb.case.model import read_case
    >>> case = read_case({"age": 63, "diagnoses": ["low_back_strain"], "requests": [{"service": "x", "quantity": 6}]})
    >>> print(case_file(case, None).split("\\n\\n")[1].rstrip())
    age: 63
    diagnoses:
      - concept: low_back_strain
    requests:
      - service: x
        quantity: 6
    """
    return "\n".join([*_remark(_HEAD), "", *_lines(case, text), ""])


def read_answer(case: Case, text: str | None, knowledge: Knowledge) -> Json:
    """Write what was read: the case, the text, and the facts, each with its sentence."""
    prepared = prepare(case, knowledge)
    facts = facts_answer(prepared)
    for fact in facts:
        fact["sentence"] = sentence_around(text, fact["quote"]) if text and fact["quote"] else None
    return {"case": case_answer(prepared, prepared.phase), "text": text, "facts": facts}


def _lines(case: Case, text: str | None) -> Iterator[str]:
    for info in msgspec.structs.fields(Case):
        value = getattr(case, info.name)
        if info.name in (*_LISTS, "removed"):
            yield from _facts(info.name, value, text)
        elif info.name == "requests":
            yield "requests:"
            for request in value:
                yield from _item({"line": request.line} | _plain(request) if request.line else _plain(request))
        elif value != info.default and value not in (None, []):
            yield from _yaml({info.name: _plain(value)})


def _facts(name: str, facts: list[Fact], text: str | None) -> Iterator[str]:
    if facts:
        yield f"{name}:"
    said = None
    for fact in sorted(facts, key=_place):
        sentence = sentence_around(text, msgspec.to_builtins(fact.quote)) if text and fact.quote else None
        if sentence and sentence != said:
            yield from (f"  {line}" for line in _remark(f'"{sentence}"'))
        said = sentence
        left_out: Json = {"id": None} | ({} if name == "removed" else {"quote": None, "confidence": None})
        yield from _item(_plain(msgspec.structs.replace(fact, **left_out)))


def _place(fact: Fact) -> int:
    return fact.quote.start if fact.quote else -1


def _plain(value: Any) -> Any:
    return whole(msgspec.to_builtins(value, builtin_types=(dt.date,)))


def _item(item: dict[str, Any]) -> Iterator[str]:
    for number, line in enumerate(_yaml(item)):
        yield f"  {'  ' if number else '- '}{line}"


def _yaml(value: Any) -> list[str]:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH).splitlines()


def _remark(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from (f"# {part}" for part in textwrap.wrap(line, _WIDTH))
