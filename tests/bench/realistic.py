"""Make cases that look real: `python -m tests.bench.realistic REQUESTS SEED OUT.parquet`.

How often what is asked, found, given and taken stands in `realistic.json`: counts alone, taken from read letters by
`python -m tests.bench.realistic --count LETTERS`. A share of services and facts is drawn from the whole ontology, so
that what the letters do not show occurs too. The same seed makes the same cases.
"""

import datetime as dt
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl

from kb import Knowledge, load_knowledge
from kb.archive.files import find_files
from kb.batch.frame import row_of
from kb.batch.schema import CASES
from kb.errors import KbError
from kb.review import read_facts

Json = dict[str, Any]
COUNTS = Path(__file__).with_name("realistic.json")
LISTS = ("diagnoses", "findings", "treatments", "medications", "documents")
_DAYS = ("date", "from", "to", "date_of_service")
_LEFT = (*_DAYS, "text", "side", "line", "error", "depends_on", "asked", "authorised", "retrospective", "parts")
_ELSEWHERE = 0.15  # the share that is drawn from the ontology
_AT_ONCE = 20_000


class Drawn:
    """Draw from counts."""

    def __init__(self, counts: list[list[Any]]) -> None:
        self.things = [thing for thing, _ in counts]
        self._up_to = list(accumulate(n for _, n in counts))

    def draw(self, rng: random.Random) -> Any:
        return rng.choices(self.things, cum_weights=self._up_to)[0]


class Realistic:
    """Draw cases."""

    def __init__(self, knowledge: Knowledge, seed: int) -> None:
        told = json.loads(COUNTS.read_text(encoding="utf-8"))
        self._rng = random.Random(seed)
        self._of = {name: Drawn(counts) for name, counts in told.items()}
        self._services = sorted(
            {iri.rsplit("/", 1)[-1] for r in knowledge.recommendations.values() for iri in r.services}
        )
        fits = knowledge.fits
        self._rare = {
            "diagnoses": [n for n in knowledge.below("diagnosis") if fits(n, "diagnosis")],
            "findings": [n for n in knowledge.below("finding") if fits(n, "finding")],
        }

    def cases(self) -> Iterator[Json]:
        """Give cases without end."""
        number = 0
        while True:
            number += 1
            yield self._case(number)

    def _case(self, number: int) -> Json:
        rng, of = self._rng, self._of
        month = of["month"].draw(rng)
        denied = dt.date.fromisoformat(f"{month}-01") + dt.timedelta(days=rng.randrange(28))
        since = of["weeks_since_injury"].draw(rng)
        case: Json = {"number": f"CM00-{number:07d}", "ur_decided": denied}
        case |= {name: of[name].draw(rng) for name in ("age", "sex")}
        if since is not None:
            case["injured"] = denied - dt.timedelta(days=since * 7 + rng.randrange(7))
        for name in LISTS:
            case[name] = self._facts(name, denied)
        case["requests"] = [self._request() for _ in range(of["requests_in_case"].draw(rng))]
        return case

    def _facts(self, name: str, denied: dt.date) -> list[Json]:
        rng = self._rng
        found = {}
        for _ in range(self._of[f"{name}_in_case"].draw(rng)):
            fact = dict(self._of[name].draw(rng))
            if name in self._rare and rng.random() < _ELSEWHERE:
                fact = {"concept": rng.choice(self._rare[name]), "status": fact.get("status", "present")}
            weeks = fact.pop("weeks_before", None)
            if weeks is not None:
                key = "from" if name in ("treatments", "medications") else "date"
                fact[key] = denied - dt.timedelta(days=weeks * 7 + rng.randrange(7))
            found[json.dumps(fact, default=str)] = fact
        return list(found.values())

    def _request(self) -> Json:
        rng = self._rng
        request = dict(self._of["requests"].draw(rng))
        if rng.random() < _ELSEWHERE:
            request = {key: value for key, value in request.items() if key in ("quantity", "unit")}
            request["service"] = rng.choice(self._services)
        return request


def write(requests: int, seed: int, out: Path) -> int:
    """Write so many requests, or a few more; give the number of cases."""
    made, total, rows, frames = 0, 0, [], []
    for case in Realistic(load_knowledge(), seed).cases():
        rows.append(row_of(case))
        made += len(case["requests"])
        if made >= requests or len(rows) == _AT_ONCE:
            frames.append(pl.DataFrame(rows, CASES))
            total, rows = total + len(rows), []
        if made >= requests:
            break
    pl.concat(frames).write_parquet(out, row_group_size=10_000)
    return total


def count(letters: Path) -> dict[str, list[list[Any]]]:
    """Count what stands in letters; nothing of their text is kept."""
    knowledge = load_knowledge()
    counts: dict[str, Counter[str]] = {}

    def add(name: str, thing: Any) -> None:
        counts.setdefault(name, Counter())[json.dumps(thing, sort_keys=True, default=str)] += 1

    for file in find_files([str(letters)]):
        if file.suffix in (".txt", ".pdf"):
            try:
                case = row_of(read_facts(file, file.name, knowledge)[0])
            except KbError as error:
                print(f"{file.name}: {error}", file=sys.stderr)
                continue
            _count(case, add)
    return {name: [[json.loads(key), n] for key, n in sorted(found.items())] for name, found in sorted(counts.items())}


def _count(case: Json, add: Any) -> None:
    day = case["ur_decided"] or case["requested"]
    if not day:
        return
    add("month", f"{day:%Y-%m}")
    add("weeks_since_injury", (day - case["injured"]).days // 7 if case["injured"] else None)
    add("age", case["age"])
    add("sex", case["sex"])
    for name in LISTS:
        add(f"{name}_in_case", len(case[name]))
        for fact in case[name]:
            add(name, _kept(fact, day))
    asked = [request for request in case["requests"] if request["service"]]
    if asked:
        add("requests_in_case", len(asked))
    for request in asked:
        add("requests", _kept(request, day))


def _kept(said: Json, day: dt.date) -> Json:
    kept = {key: value for key, value in said.items() if value not in (None, []) and key not in _LEFT}
    start = said.get("date") or said.get("from")
    if start and start <= day:
        kept["weeks_before"] = (day - start).days // 7
    return kept


if __name__ == "__main__":
    if sys.argv[1] == "--count":
        lines = (f"{json.dumps(name)}: {json.dumps(found)}" for name, found in count(Path(sys.argv[2])).items())
        COUNTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    else:
        print(write(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])), "cases")
