"""Make the cases that every peer decides: those beside the three topics, and variations of them by a seed."""

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kb import Knowledge
from kb.terms import CONCEPT

Json = dict[str, Any]
HERE = Path(__file__).parent
GUIDELINES = HERE.parents[2] / "ontology" / "guidelines"
LISTS = ("diagnoses", "findings", "documents", "treatments", "medications")
_SEED = 20131018


def cases(knowledge: Knowledge, count: int) -> list[Json]:
    """Give so many cases: `case` as this product takes it, `plain` as a peer does, `expect` where a curator said."""
    topics = yaml.load((HERE / "topics.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    written = {name: _written(topic) for name, topic in topics.items()}
    found = [entry | {"topic": name} for name, (own, _) in written.items() for entry in own]
    rng = random.Random(_SEED)
    names = sorted(topics)
    while len(found) < count:
        name = names[len(found) % len(names)]
        own, pool = written[name]
        case = _varied(rng, rng.choice(own)["case"], pool, topics[name])
        if _consistent(case, knowledge):
            found.append({"topic": name, "case": case})
    return [entry | {"plain": plain(entry["case"])} for entry in found[:count]]


def _written(topic: Json) -> tuple[list[Json], Json]:
    """Read the cases of a topic: those that ask for its services, and what is said in any of them."""
    own: list[Json] = []
    pool: Json = {name: [] for name in (*LISTS, "since")}
    for file in topic["files"]:
        for entry in yaml.load((GUIDELINES / f"{file}.cases.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader):
            case = entry["case"]
            if [r["service"] for r in case["requests"]] in ([s] for s in topic["services"]):
                own.append({"case": case, "expect": entry["expect"].get("verdict")})
            for name in LISTS:
                pool[name].extend(fact for fact in case.get(name, ()) if fact not in pool[name])
            pool["since"].append(_since(case))
    return own, pool


def _varied(rng: random.Random, case: Json, pool: Json, topic: Json) -> Json:
    """Change a case in one to four ways that the cases of its topic show."""
    made: Json = json.loads(json.dumps(case, default=str))
    for _ in range(rng.randint(1, 4)):
        name = rng.choice([name for name in LISTS if pool[name]])
        facts = made.setdefault(name, [])
        if facts and rng.random() < 0.4:
            facts.pop(rng.randrange(len(facts)))
        elif (fact := rng.choice(pool[name])) not in facts:
            facts.append(fact)
    request = made["requests"][0]
    request["service"] = rng.choice(topic["services"])
    request["quantity"] = rng.randint(1, 9)
    if "ingredients" in topic:
        request["ingredients"] = rng.sample(topic["ingredients"], rng.randint(1, 2))
    if (days := rng.choice(pool["since"])) is not None:
        made["injured"] = str(dt.date.fromisoformat(str(made["ur_decided"])) - dt.timedelta(days=days))
    if rng.random() < 0.15:
        made["record_complete"] = False
    return made


def _consistent(case: Json, knowledge: Knowledge) -> bool:
    """Tell whether nothing is present or given that the case denies: of that each tool would make its own."""
    said = plain(case)
    denied = {CONCEPT + name for name in said["absent"]}
    stated = [*said["present"], *(care["kind"] for care in said["care"])]
    return not any(denied & (knowledge.above(CONCEPT + name) | {CONCEPT + name}) for name in stated)


def plain(case: Json) -> Json:
    """Lay a case out flat; what is left out of the product's form takes the value that it has there."""
    request = case["requests"][0]
    facts = [_fact(fact) for name in ("diagnoses", "findings", "documents") for fact in case.get(name, ())]
    return {
        "service": request["service"],
        "quantity": request.get("quantity"),
        "ingredients": request.get("ingredients", []),
        "since_injury": _since(case),
        "complete": case.get("record_complete", True),
        "present": sorted({fact["concept"] for fact in facts if fact.get("status") != "absent"}),
        "absent": sorted({fact["concept"] for fact in facts if fact.get("status") == "absent"}),
        "care": list(_care(case)),
    }


def _fact(fact: str | Json) -> Json:
    return {"concept": fact} if isinstance(fact, str) else fact


def _since(case: Json) -> int | None:
    if not case.get("injured"):
        return None
    return (dt.date.fromisoformat(str(case["ur_decided"])) - dt.date.fromisoformat(str(case["injured"]))).days


def _care(case: Json) -> Iterator[Json]:
    for name, status in (("treatments", "past"), ("medications", "current")):
        for given in case.get(name, ()):
            yield {
                "kind": given.get("service") or given["concept"],
                "status": given.get("status", status),
                "outcome": given.get("outcome"),
                "quantity": given.get("quantity"),
            }


def hierarchy(knowledge: Knowledge, some: list[Json]) -> dict[str, list[str]]:
    """List what stands above each concept that the cases or the topics name, itself included."""
    names = {name for entry in some for name in _named(entry["plain"])} | set(_asked())
    above = {name: knowledge.above(CONCEPT + name) | {CONCEPT + name} for name in names}
    return {name: sorted(iri.removeprefix(CONCEPT) for iri in found) for name, found in sorted(above.items())}


def _named(said: Json) -> list[str]:
    return [
        said["service"],
        *said["ingredients"],
        *said["present"],
        *said["absent"],
        *(c["kind"] for c in said["care"]),
    ]


def _asked() -> Iterator[str]:
    """List the concepts that the topics name, from their own files."""
    import rdflib

    topics = yaml.load((HERE / "topics.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    for file in (file for topic in topics.values() for file in topic["files"]):
        for _, _, thing in rdflib.Graph().parse(GUIDELINES / f"{file}.ttl"):
            if str(thing).startswith(CONCEPT):
                yield str(thing).removeprefix(CONCEPT)
