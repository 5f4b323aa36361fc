"""The laws of section 3 ("Laws that always hold, and are tested"), each as a check of one case."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

from generate import World, graph_of
from generate_cases import DATES
from rdflib import Graph
from reference import Reference, decide, load
from reference.facts import entries, read_treatments
from reference.graph import CONCEPT
from reference.verdict import ORDER

Case = dict[str, Any]
Answer = dict[str, Any]
NOTHING = ("no_guideline", "not_supported")
OPEN = ("undocumented", "no_guideline")
FACTS = 8  # added one at a time to each case
LISTS = ("diagnoses", "findings", "documents", "treatments", "medications")


def canonical(answers: list[Answer]) -> str:
    return json.dumps(answers, sort_keys=True)


def without_facts(answers: list[Answer]) -> list[Answer]:
    """Ids of facts are places in a list, so that a shuffle moves them."""
    answers = deepcopy(answers)
    for answer in answers:
        answer.pop("facts", None)
        for part in answer.get("parts") or []:
            part.pop("facts")
    return answers


def clean(answers: list[Answer]) -> bool:
    return all(a["error"] is None for a in answers)


# ---------------------------------------------------------------- order


def order_of_triples(world: World, case: Case, rng: random.Random) -> None:
    """ "same knowledge and case give byte-identical determinations whatever the order of triples"."""
    graph = graph_of(world.turtle)
    triples = sorted(graph, key=lambda triple: tuple(map(str, triple)))
    rng.shuffle(triples)
    other = Graph()
    for triple in triples:
        other.add(triple)
    assert canonical(decide(case, load(graph))) == canonical(decide(case, load(other)))


def shuffling(ref: Reference, case: Case, rng: random.Random) -> None:
    """ "shuffling changes nothing"."""
    other = deepcopy(case)
    for key in (*LISTS, "requests"):
        rng.shuffle(other[key])
    assert canonical(without_facts(decide(case, ref))) == canonical(without_facts(decide(other, ref)))


# ---------------------------------------------------------------- monotonicity


def spoken_of(ref: Reference, case: Case) -> set[Any]:
    """Concepts of which the case says something, in observations, care and outcomes."""
    onto = ref.ontology
    said = {onto.concept(e.get("service") or e["concept"]) for k in LISTS for _, e in entries(case, k)}
    shown = {s for t in read_treatments(onto, case) for s in t.shown}
    return said | shown | {o for s in said | shown for o in onto.opposites(s)}


def new_fact(ref: Reference, case: Case, rng: random.Random) -> tuple[str, Case] | None:
    said, onto = spoken_of(ref, case), ref.ontology
    prefixes = {"diagnoses": "d", "findings": "dftn", "documents": "o"}
    key = rng.choice(list(prefixes))
    words = [f"{p}{i}" for p in prefixes[key] for i in range(6)]
    words = [w for w in words if CONCEPT[w] in onto.up]
    # a present fact speaks of the opposites of its concept too
    free = [
        w for w in words if not any(onto.related(c, s) for s in said for c in (CONCEPT[w], *onto.opposites(CONCEPT[w])))
    ]
    if not free:
        return None
    fact: Case = {"concept": rng.choice(free), "status": rng.choice(["present", "absent"])}
    if key != "documents" and rng.random() < 0.4:
        fact["site"] = f"r{rng.randrange(5)}"
    if rng.random() < 0.4:
        fact["date"] = rng.choice(DATES)
    return key, fact


def monotonicity(ref: Reference, case: Case, rng: random.Random) -> None:
    """With an open record, a fact on a concept not spoken of changes no verdict but the open ones."""
    case = {**deepcopy(case), "record_complete": False, "diagnoses_complete": False}
    answers = decide(case, ref)
    closed = [a for a in answers if a["error"] is None and a["verdict"] not in OPEN]
    for added in filter(None, (new_fact(ref, case, rng) for _ in range(FACTS if closed else 0))):
        other = deepcopy(case)
        other[added[0]].append(added[1])
        found = {a["line"]: a for a in decide(other, ref)}
        for before in closed:
            after = found[before["line"]]
            assert (after["verdict"], after["amount"]) == (before["verdict"], before["amount"]), added


# ---------------------------------------------------------------- amounts


def not_better(new: Answer, old: Answer) -> bool:
    return ORDER.index(new["verdict"]) >= ORDER.index(old["verdict"]) and (new["amount"] or 0) <= (old["amount"] or 0)


def divisible(case: Case, least: int) -> list[Case]:
    return [e for e in case["requests"] if (e.get("quantity") or 0) >= least]


def asking_for_less(ref: Reference, case: Case, rng: random.Random) -> None:
    """ "asking for less never hurts", neither the line nor another."""
    lines = divisible(case, 2)
    if not lines:
        return
    chosen = rng.choice(lines)["line"]
    other = deepcopy(case)
    entry = next(e for e in other["requests"] if e["line"] == chosen)
    entry["quantity"] = rng.randrange(1, entry["quantity"])
    before, after = decide(case, ref), decide(other, ref)
    if not clean(before):
        return
    for old, new in zip(before, after, strict=True):
        bounded = dict(old)
        if old["line"] == chosen and old["amount"] is not None:
            bounded["amount"] = min(old["amount"], entry["quantity"])
        assert not_better(bounded, new), (chosen, entry["quantity"])


def split(case: Case, chosen: int, first: int, rng: random.Random) -> Case:
    """The line as two lines, one after the other; what UR authorised stays with either."""
    other = deepcopy(case)
    for e in other["requests"]:
        for key in ("line", "depends_on"):
            if isinstance(e.get(key), int) and e[key] > chosen:
                e[key] += 1
    entry = next(e for e in other["requests"] if e["line"] == chosen)
    second = {**deepcopy(entry), "line": chosen + 1, "quantity": entry["quantity"] - first}
    entry["quantity"] = first
    rng.choice([entry, second]).pop("authorised", None)
    other["requests"].append(second)
    return other


def splitting(ref: Reference, case: Case, rng: random.Random) -> None:
    """ "splitting one request into two never helps", neither the pair nor another line."""
    primaries = {e.get("depends_on") for e in case["requests"]}
    lines = [e for e in divisible(case, 2) if e["line"] not in primaries]
    if not lines:
        return
    entry = rng.choice(lines)
    chosen, first = entry["line"], rng.randrange(1, entry["quantity"])
    before = decide(case, ref)
    other = split(case, chosen, first, rng)
    after = {a["line"]: a for a in decide(other, ref)}
    if not clean(before):
        return
    for old in before:
        line = old["line"]
        if line == chosen:
            pair = [after[line], after[line + 1]]
            weakest = max((a["verdict"] for a in pair), key=ORDER.index)
            # a cap of the statute may turn "no guideline" into "not supported"; nothing is gained between these two
            assert not_better({"verdict": weakest, "amount": 0}, old) or old["verdict"] in NOTHING, (chosen, first)
            assert old["verdict"] not in NOTHING or weakest in NOTHING, (chosen, first)
            assert sum(a["amount"] or 0 for a in pair) <= (old["amount"] or 0), (chosen, first)
        else:
            new = after[line + (line > chosen)]
            assert not_better(new, old), (chosen, first, line)


# ---------------------------------------------------------------- explanation


def explanation(ref: Reference, case: Case, rng: random.Random) -> None:
    """ "the facts of the explanation alone give the same verdict"."""
    answers = decide(case, ref)
    if not clean(answers):
        return
    told = {fact for a in answers for fact in a["facts"]}
    held = case.get("diagnoses_complete")
    present = any((e.get("status") or "present") == "present" for _, e in entries(case, "diagnoses"))
    reduced = {**deepcopy(case), "diagnoses_complete": present if held is None else held}
    for key in LISTS:
        reduced[key] = [e for i, e in enumerate(case[key]) if f"{key}/{i}" in told]
    for before, after in zip(answers, decide(reduced, ref), strict=True):
        assert (after["verdict"], after["amount"]) == (before["verdict"], before["amount"]), told


LAWS = {f.__name__: f for f in (shuffling, monotonicity, asking_for_less, splitting, explanation)}
__all__ = ["LAWS", "order_of_triples"]
