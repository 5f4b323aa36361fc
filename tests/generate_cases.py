"""Random cases for a random world."""

from __future__ import annotations

import random
from typing import Any

from generate_trees import SERVICES, Names

DAYS = ["2012-12-31", "2013-01-01", "2013-06-15", "2013-06-15", "2013-06-15"]
DATES = ["2012-03-01", "2013-01-10", "2013-05-20", "2013-07-01"]


def maybe(rng: random.Random, p: float, key: str, value: Any) -> dict[str, Any]:
    return {key: value} if rng.random() < p else {}


def observation(rng: random.Random, prefix: str, n: int) -> dict[str, Any]:
    return {
        "concept": f"{prefix}{rng.randrange(n)}",
        "status": "present" if rng.random() < 0.65 else "absent",
        **maybe(rng, 0.25, "site", f"r{rng.randrange(5)}"),
        **maybe(rng, 0.25, "date", rng.choice(DATES)),
    }


def document(rng: random.Random) -> dict[str, Any]:
    return {key: value for key, value in observation(rng, "o", 3).items() if key != "site"}


def treatment(rng: random.Random, names: Names) -> dict[str, Any]:
    return {
        "service": rng.choice([*names.services, "t0", "t1", "t2"]),
        "status": rng.choices(["past", "current", "planned"], [5, 4, 1])[0],
        **maybe(rng, 0.85, "quantity", rng.randint(1, 3)),
        **maybe(rng, 0.7, "unit", rng.choices(["visit", "injection"], [7, 1])[0]),
        **maybe(rng, 0.5, "from", rng.choice(DATES[:3])),
        **maybe(rng, 0.7, "outcome", rng.choice(["improved", "unchanged", "worse", "not_tolerated", "unknown"])),
        **maybe(rng, 0.4, "functional_improvement", rng.random() < 0.6),
        **maybe(rng, 0.4, "relief_percent", rng.choice([30, 50, 70])),
        **maybe(rng, 0.4, "relief_weeks", rng.choice([2, 6, 8])),
    }


def medication(rng: random.Random) -> dict[str, Any]:
    return {
        "concept": rng.choice([f"s{rng.randrange(SERVICES)}", f"i{rng.randrange(3)}"]),
        **maybe(rng, 0.8, "status", rng.choice(["current", "current", "past"])),
        **maybe(rng, 0.8, "strength_mg", rng.choice([5, 10, 20])),
        **maybe(rng, 0.8, "per_day", rng.choice([1, 2])),
        **maybe(rng, 0.6, "from", rng.choice(DATES[:3])),
        **maybe(rng, 0.5, "outcome", rng.choice(["improved", "unchanged"])),
    }


def request(rng: random.Random, names: Names, line: int, lines: int) -> dict[str, Any]:
    found = {
        "line": line,
        "service": rng.choice(names.services),
        **maybe(rng, 0.9, "quantity", rng.randint(1, 14)),
        **maybe(rng, 0.8, "unit", rng.choices(["visit", "injection"], [15, 1])[0]),
        **maybe(rng, 0.15, "authorised", rng.randint(1, 4)),
        **maybe(rng, 0.3, "site", rng.sample([f"r{i}" for i in range(5)], rng.choice([1] * 5 + [2]))),
        **maybe(rng, 0.12, "ingredients", [f"i{i}" for i in rng.sample(range(3), rng.choice([1, 2]))]),
        **maybe(rng, 0.5, "strength_mg", rng.choice([10, 20])),
        **maybe(rng, 0.5, "duration_weeks", rng.choice([1, 2, 6])),
        **maybe(rng, 0.3, "setting", rng.choice(["e0", "e1", "e2"])),
    }
    found |= maybe(rng, 0.12, "course", "additional") | maybe(rng, 0.1, "course", "initial")
    if lines > 1 and rng.random() < 0.15:
        found["depends_on"] = rng.choice([n for n in range(1, lines + 1) if n != line])
    elif rng.random() < 0.05:
        found["depends_on"] = rng.choice(names.services)
    if rng.random() < 0.06:
        found["parts"] = [{"service": s} for s in rng.sample(names.services, 2)]
    return found


def random_case(rng: random.Random, names: Names) -> dict[str, Any]:
    """A case; most of them plain: a complete record and visits asked in a known number."""
    found = any_case(rng, names)
    if rng.random() < 0.7:
        found.pop("record_complete", None)
        found["requested"] = "2013-06-15"
        found["treatments"] = [t for t in found["treatments"] if t["service"][0] == "t" or "quantity" in t]
        for line in found["requests"]:
            line.update(quantity=rng.randint(4, 12), unit="visit")
            for key in ("depends_on", "ingredients", "parts"):
                line.pop(key, None)
    return found


def dosed_case(rng: random.Random, names: Names) -> dict[str, Any]:
    """A case whose lines say how much a day they ask for, and how much was taken before."""
    found = random_case(rng, names)
    for drug in (*found["medications"], *found["requests"]):
        drug["strength_mg"] = rng.choice([2, 5, 10, 20])
    for drug in found["medications"]:
        drug.update(per_day=rng.choice([1, 2]), status="current")
    for line in found["requests"]:
        line["duration_weeks"] = rng.choice([1, 1, 2])
        if rng.random() < 0.1:
            line.pop(rng.choice(["duration_weeks", "strength_mg", "quantity"]), None)
        if rng.random() < 0.05:
            line[rng.choice(["strength_mg", "quantity"])] = 0
    return found


def any_case(rng: random.Random, names: Names) -> dict[str, Any]:
    lines = rng.choices([1, 2, 3], [5, 3, 2])[0]
    found: dict[str, Any] = {
        rng.choice(["requested", "requested", "ur_decided"]): rng.choice(DAYS),
        **maybe(rng, 0.85, "injured", rng.choice(["2003-05-01", "2012-06-01", "2013-04-20", "2013-06-01"])),
        **maybe(rng, 0.1, "phase", rng.choice(["acute", "chronic", "postsurgical"])),
        **maybe(rng, 0.6, "age", rng.choice([17, 40, 65])),
        **maybe(rng, 0.25, "record_complete", False),
        **maybe(rng, 0.4, "diagnoses_complete", rng.random() < 0.5),
        "diagnoses": [observation(rng, "d", 6) for _ in range(rng.randint(0, 4))],
        "findings": [
            observation(rng, *rng.choice([("f", 6)] * 4 + [("n", 2), ("t", 3)])) for _ in range(rng.randint(0, 5))
        ],
        "documents": [document(rng) for _ in range(rng.randint(0, 2))],
        "treatments": [treatment(rng, names) for _ in range(rng.choice([0, 1, 1, 2, 3]))],
        "medications": [medication(rng) for _ in range(rng.choice([0, 0, 1, 2]))],
        "requests": [request(rng, names, n, lines) for n in range(1, lines + 1)],
    }
    day = found.get("requested") or found["ur_decided"]
    if found.get("injured", "") > day:  # an injury after the request is refused
        found["injured"] = day
    return found
