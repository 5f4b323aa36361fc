"""Random trees of criteria of every kind, as Turtle."""

from __future__ import annotations

import random
from typing import ClassVar

SERVICES = 6
WORLD = "https://w3id.org/mtus-kb/world/"


class Names:
    """Local names of the concepts of a world: prefix and number."""

    sizes: ClassVar[dict[str, int]] = {"s": SERVICES, "d": 6, "f": 6, "r": 5, "o": 3, "i": 3, "t": 3, "e": 3, "n": 2}
    services: ClassVar[list[str]] = [f"s{i}" for i in range(SERVICES)] + ["mix"]


class Trees:
    """Writes nodes one by one; each method gives the IRI of what it wrote."""

    def __init__(self, rng: random.Random, names: Names) -> None:
        self.rng, self.names = rng, names
        self.text: list[str] = []
        self.count = 0

    def write(self, cls: str, slots: list[str]) -> str:
        self.count += 1
        iri = f"<{WORLD}n{self.count}>"
        self.text.append(" ; ".join([f"{iri} a kb:{cls}", *slots]) + " .")
        return iri

    # ------------------------------------------------------------ nodes

    def node(self, depth: int) -> str:
        if depth <= 1 or self.rng.random() < 0.5:
            return self.leaf()
        op = self.rng.choice(["allOf", "allOf", "anyOf", "atLeast"])
        children = [self.node(depth - 1) for _ in range(self.rng.choice([1, 2, 2, 3]))]
        slots = [f"kb:{'allOf' if op == 'allOf' else 'anyOf'} {' , '.join(children)}"]
        if op == "atLeast":
            slots.append(f"kb:atLeast {self.rng.randint(1, len(children))}")
        roll = self.rng.random()
        if roll < 0.15:
            slots.append(f"kb:unless {self.leaf()}")
        elif roll < 0.3:
            # never a limit: it would get easier as the quantity grows
            slots.append(f"kb:exceptWhen {self.rng.choice([self.finding, self.other])()}")
        slots += self.reading(depth)
        return self.write("Node", slots)

    def reading(self, depth: int) -> list[str]:
        """Sometimes another reading, now and then one that takes the text as mere advice."""
        if self.rng.random() >= 0.1:
            return []
        advice = self.rng.random() < 0.3
        other = self.write("RequiredFinding", [*self.some("f"), "kb:strength kb:advisory"]) if advice else None
        return [f"kb:reading {other or self.node(depth - 1)}"]

    def strength(self, advisory: float = 0.08) -> list[str]:
        return ["kb:strength kb:advisory"] if self.rng.random() < advisory else []

    def leaf(self) -> str:
        roll = self.rng.random()
        if roll < 0.35:
            return self.limit()
        return self.finding() if roll < 0.65 else self.other()

    # ------------------------------------------------------------ limits

    def limit(self) -> str:
        return self.time_or_dose() if self.rng.random() < 0.12 else self.counting()

    def counting(self, oddity: float = 1) -> str:
        """A limit that counts; `oddity` scales down unless and advisory strength."""
        rng = self.rng
        cls = rng.choice(["VisitLimit", "VisitLimit", "CountLimit", "TrialThenContinue"])
        slots = [
            *self.size(rng.randint(2, 9), oddity),
            f"kb:scope kb:{rng.choice(['per_request', 'per_course', 'total'])}",
        ]
        if rng.random() < 0.2:
            other = self.write(cls, [*self.size(rng.randint(2, 9)), "kb:scope kb:per_request"])
            slots.append(f"kb:reading {other}")
        if rng.random() < 0.25 * oddity:
            return self.write(cls, [*slots, "kb:strength kb:usual", f"kb:unless {self.finding()}"])
        return self.write(cls, slots + self.strength(0.08 * oddity))

    def size(self, limit: int, oddity: float = 1) -> list[str]:
        counted = self.rng.sample(self.names.services, self.rng.choice([1, 2]))
        if self.rng.random() < 1 - oddity / 2:
            counted = ["s0"]
        unit = self.rng.choices(["visit", "injection"], [15, 1])[0]
        return [f"kb:limit {limit}", f"kb:unit unit:{unit}", *(f"kb:counts c:{s}" for s in counted)]

    def time_or_dose(self) -> str:
        return self.time() if self.rng.random() < 0.5 else self.dose()

    def time(self) -> str:
        bound = self.open_bounds([f"kb:limit {self.rng.choice([4, 12])}"])
        return self.write("DurationLimit", [*bound, "kb:unit unit:week", self.drug()])

    def dose(self) -> str:
        unit = self.rng.choice(["mg_per_day", "mme_per_day", "mme_per_day"])
        return self.write("DoseCeiling", [f"kb:limit {self.rng.choice([10, 30])}", f"kb:unit unit:{unit}", self.drug()])

    def drug(self) -> str:
        return f"kb:counts c:{self.rng.choice([*self.names.services, 'i0', 's0', 's0'])}"

    def open_bounds(self, slots: list[str]) -> list[str]:
        """Say of some bounds that they are not met at their own value."""
        bounds = [b for b in ("minimum", "limit") if any(slot.startswith(f"kb:{b} ") for slot in slots)]
        return slots + [f"kb:exclusive kb:{b}" for b in bounds if self.rng.random() < 0.4]

    # ------------------------------------------------------------ findings

    def some(self, prefix: str, slot: str = "concept", most: int = 2) -> list[str]:
        n = self.names.sizes[prefix]
        chosen = self.rng.sample(range(n), self.rng.choice([1, 1, most]))
        return [f"kb:{slot} c:{prefix}{i}" for i in chosen]

    def finding(self) -> str:
        cls, prefix = self.rng.choice(
            [
                ("RequiredFinding", "f"),
                ("RequiredFinding", "f"),
                ("RequiredFinding", "n"),
                ("RequiredDiagnosis", "d"),
                ("DocumentationRequired", "o"),
                ("DiscontinueTrigger", "f"),
                ("Contraindication", "f"),
            ]
        )
        return self.write(cls, self.some(prefix) + self.strength())

    def contraindication(self) -> str:
        return self.write("Contraindication", self.some("f") + self.strength(0.3))

    # ------------------------------------------------------------ the other kinds

    def other(self) -> str:
        rng = self.rng
        cls = rng.choice(list(OTHERS))
        treatment = f"kb:treatment c:{rng.choice(['t0', 't1', 't2', *self.names.services])}"
        slots = [slot.format(n=rng.choice([1, 2, 6])) for slot in OTHERS[cls]]
        if cls in ("PrerequisiteEvaluation", "MonitoringRequired"):
            slots += self.some(rng.choice("ft"))
        elif cls == "TechniqueOrSetting":
            slots += self.some("e")
        elif cls == "ComponentRule":
            slots += self.some("i")
        elif cls == "TimeWindow":
            slots.append(f"kb:since {rng.choice(['kb:injury', 'c:t0', 'c:f0', 'c:f1'])}")
            slots += self.open_bounds(rng.choice([["kb:minimum 4"], ["kb:limit 30"], ["kb:minimum 2", "kb:limit 50"]]))
        elif cls != "PatientAttribute":
            slots.append(treatment)
        if cls == "FailedPriorTreatment" and rng.random() < 0.4:
            slots += ["kb:minimum 4", "kb:unit unit:week"]
        if cls in ("FailedPriorTreatment", "RepeatResponseThreshold", "PatientAttribute"):
            slots = self.open_bounds(slots)
        return self.write(cls, slots + self.strength(0.04))


OTHERS: dict[str, list[str]] = {
    "TimeWindow": ["kb:unit unit:week"],
    "PrerequisiteEvaluation": [],
    "MonitoringRequired": ["kb:limit {n}", "kb:unit unit:month"],
    "FailedPriorTreatment": [],
    "AdjunctRequired": [],
    "ContinuationOutcome": ["kb:outcome c:functional_improvement"],
    "RepeatResponseThreshold": ["kb:minimum 50", "kb:minimumWeeks 6"],
    "MinimumInterval": ["kb:minimum {n}", "kb:unit unit:month"],
    "TechniqueOrSetting": [],
    "PatientAttribute": ["kb:concept c:age", "kb:minimum 18", "kb:unit unit:year_of_age"],
    "ComponentRule": [],
    "NoConcurrent": [],
}
