"""Lay the engine's answer beside the reference's, and beside another engine's: what must be the same, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import polars as pl
from reference import Reference, decide
from reference.asks import numbered

from kb.batch.rows import Tables

Answer = dict[str, Any]
PLAIN = ("verdict", "amount", "imr")
SETS = ("because", "applied")
PLACE = ["row", "line", "part", "recommendation", "criterion"]


def disagreements(
    cases: Iterable[Answer], answers: Iterable[Answer], reference: Reference
) -> Iterator[tuple[int, int, list[str]]]:
    """Decide cases by the reference: the number of each from 1, each line, and where the engine's answer differs."""
    for number, (case, answer) in enumerate(zip(cases, answers, strict=True), 1):
        found = {r["line"]: r for r in answer.get("requests", ())}
        for line in decide(numbered(case), reference):
            mine = found.get(line["line"], {"error": answer.get("error")})
            yield number, line["line"], list(differences(mine, line))


def apart(one: Tables, other: Tables) -> Iterator[tuple[int, int, str]]:
    """Tell what differs between two tables of the same cases: case, line and what."""
    for (case, line, part, _, criterion), told in _unlike(one.criteria, other.criteria, PLACE):
        yield case, line, f"part {part} leaf {criterion}: {told}"
    for (case, line), told in _unlike(one.rows, other.rows, PLACE[:2]):
        yield case, line, told
    for mine, theirs in zip_longest(one.errors, other.errors):
        if mine != theirs or mine["code"] == "error":  # a failure of the program is none of its answers
            place = mine or theirs
            yield place["row"], place["line"] or 0, f"error: {mine} / {theirs}"


def _unlike(one: pl.DataFrame, other: pl.DataFrame, key: list[str]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Tell rows, by their key, in which a column differs, or that only one has."""
    if one.equals(other):
        return
    mine, theirs = ({tuple(row.pop(n) for n in key): row for row in f.iter_rows(named=True)} for f in (one, other))
    for place in sorted(mine.keys() | theirs.keys()):
        found, against = mine.get(place, {}), theirs.get(place, {})
        names = [name for name in found | against if found.get(name) != against.get(name)]
        if names:
            yield place, ", ".join(f"{name} {found.get(name)} / {against.get(name)}" for name in names)


def statuses(tree: Answer | None) -> Iterator[tuple[str, str]]:
    """Criterion id and status of every leaf of an answer's tree."""
    if not tree:
        return
    if tree.get("op") == "criterion":
        yield tree["id"], tree["status"]
    for child in tree.get("children") or []:
        yield from statuses(child)


def engine_parts(request: Answer) -> list[Answer]:
    parts = [p["determination"] for p in request.get("parts") or []]
    return parts or [request["determination"]]


def reference_parts(answer: Answer) -> list[Answer]:
    return answer["parts"] or [answer]


def differences(request: Answer, answer: Answer) -> Iterator[str]:
    """Tell every difference between one request of the engine and one line of the reference."""
    if (request["error"] is None) != (answer["error"] is None):
        yield f"error: engine {request['error']}, reference {answer['error']}"
    if request["error"] or answer["error"]:
        return
    yield from _plain(request["determination"], answer, "line")
    engine, reference = request["determination"]["readings"], answer["readings"]
    if engine != reference:
        yield f"readings: engine {engine}, reference {reference}"
    ours, theirs = engine_parts(request), reference_parts(answer)
    if len(theirs) > 1 and request.get("depends_on"):
        return  # the engine lays the primary on the line, the reference on each part
    if len(ours) != len(theirs):
        yield f"parts: engine {len(ours)}, reference {len(theirs)}"
        return
    for i, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        yield from _plain(mine, other, f"part {i}")
        yield from _rules(mine, other, f"part {i}")


def _plain(engine: Answer, reference: Answer, where: str) -> Iterator[str]:
    for key in PLAIN:
        if key in reference and engine.get(key) != reference[key]:
            yield f"{where} {key}: engine {engine.get(key)}, reference {reference[key]}"
    for key in SETS:
        mine, other = set(engine[key]), set(reference[key])
        if mine != other:
            yield f"{where} {key}: engine only {sorted(mine - other)}, reference only {sorted(other - mine)}"
    mine_ = {m["id"]: m["decisive"] for m in engine["missing"]}
    other_ = {m["id"]: m["decisive"] for m in reference["missing"]}
    if mine_ != other_:
        only = [sorted(one.items() - other.items()) for one, other in ((mine_, other_), (other_, mine_))]
        yield f"{where} missing: engine only {only[0]}, reference only {only[1]}"
    if set(engine["assumptions"]) != set(reference["assumptions"]):
        yield f"{where} assumptions: engine {engine['assumptions']}, reference {reference['assumptions']}"
    barring = [c["id"] for c in engine["contraindications"] if c["status"] == "met"]  # those unknown are told as well
    for key, told in (("remarks", [r["id"] for r in engine["remarks"]]), ("contraindications", barring)):
        if sorted(told) != reference[key]:
            yield f"{where} {key}: engine {sorted(told)}, reference {reference[key]}"


def _rules(engine: Answer, reference: Answer, where: str) -> Iterator[str]:
    ours = {r["id"]: r for r in engine["recommendations"]}
    theirs = {r["id"]: r for r in reference["recommendations"]}
    if set(ours) != set(theirs):
        yield f"{where} recommendations: engine {sorted(ours)}, reference {sorted(theirs)}"
    for id_ in sorted(set(ours) & set(theirs)):
        # criteria of what certainly does not apply need not be tested
        tested = ours[id_]["applies"] != "not_met"
        for key in ("stance", "applies", "live", *(["value"] if tested else [])):
            if ours[id_][key] != theirs[id_][key]:
                yield f"{where} {id_} {key}: engine {ours[id_][key]}, reference {theirs[id_][key]}"
        if tested:
            for leaf, status in statuses(ours[id_].get("tree")):
                if leaf in reference["leaves"] and status != reference["leaves"][leaf]:
                    yield f"{where} leaf {leaf}: engine {status}, reference {reference['leaves'][leaf]}"


def as_reference(request: Answer) -> Answer:
    """Give one request of the engine in the shape of a line of the reference."""
    determination = request["determination"] or {"verdict": None, "imr": None, "amount": None}
    found = {**determination, "line": request["line"], "error": request["error"]}
    for key in ("remarks", "contraindications"):
        found[key] = [r if isinstance(r, str) else r["id"] for r in determination.get(key, [])]
    rules = determination.get("recommendations", [])
    found["leaves"] = {i: s for r in rules for i, s in statuses(r.get("tree"))}
    return found
