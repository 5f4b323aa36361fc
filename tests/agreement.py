"""Lay the engine's answer beside the reference's: what must be the same, line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generate import World
from reference import decide

from kb import determine, load_knowledge

Answer = dict[str, Any]
PLAIN = ("verdict", "amount", "imr")
SETS = ("because", "applied")


def disagreements(world: World) -> Iterator[tuple[int, int, list[str]]]:
    """Decide all cases of a world on both sides: the number of each case, each line, and what differs there."""
    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_knowledge(world.write(Path(folder)))
    reference = world.reference
    for number, case in enumerate(world.cases):
        found = {r["line"]: r for r in determine(case, knowledge)["requests"]}
        for answer in decide(case, reference):
            yield number, answer["line"], list(differences(found[answer["line"]], answer))


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
        yield f"{where} missing: engine {mine_}, reference {other_}"
    if set(engine["assumptions"]) != set(reference["assumptions"]):
        yield f"{where} assumptions: engine {engine['assumptions']}, reference {reference['assumptions']}"


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
