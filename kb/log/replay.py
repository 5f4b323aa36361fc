"""Decide what was logged again, with the knowledge of today."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.batch.engine import decide_cases
from kb.knowledge.base import Knowledge
from kb.log.decisions import records

Json = dict[str, Any]
_COMPARED = ("verdict", "imr", "amount")


@dataclass(frozen=True, slots=True)
class Change:
    """Tell of a line how it was decided then and how it would be decided now; `error` where it cannot be any more."""

    id: str
    time: str
    line: int
    service: str | None
    was: Json
    now: Json | None
    error: str | None = None


@dataclass(slots=True)
class Replayed:
    """Count the lines that were decided again, and the records that could not be: their content is erased."""

    lines: int = 0
    erased: int = 0


def replay(
    path: Path, knowledge: Knowledge, count: Replayed, seen: Callable[[int], None] = lambda done: None
) -> Iterator[Change]:
    """Give the lines of a log whose verdict, outcome, amount or decisive criteria are others today, in order.

    Raises LogError when the log is damaged.
    """
    logged, cases = itertools.tee(_whole(path, count))
    answers = decide_cases((record["content"]["case"] for record in cases), knowledge)
    for done, (record, answer) in enumerate(zip(logged, answers, strict=True), 1):
        yield from _changes(record, answer, count)
        seen(done)


def _whole(path: Path, count: Replayed) -> Iterator[Json]:
    for record in records(path):
        if record["content"] is None:
            count.erased += 1
        else:
            yield record


def _changes(record: Json, answer: Json, count: Replayed) -> Iterator[Change]:
    now = {request["line"]: request for request in answer.get("requests", ())}
    for request in record["content"]["requests"]:
        if request["determination"] is None:
            continue
        count.lines += 1
        was, found = said(request["determination"]), said(now.get(request["line"]))
        if was is not None and was != found:
            error = answer["error"]["message"] if "error" in answer else None
            yield Change(record["id"], record["time"], request["line"], request["service"], was, found, error)


def said(found: Json | None) -> Json | None:
    """Give what is compared of a line: how it was decided and because of which criteria; None where it was not.

    >>> said({"verdict": "supported", "imr": "overturned", "amount": 6, "because": ["b", "a"]})
    {'verdict': 'supported', 'imr': 'overturned', 'amount': 6, 'because': ['a', 'b']}
    """
    if found is None or found["verdict"] is None:
        return None
    return {**{key: found[key] for key in _COMPARED}, "because": sorted(found["because"])}
