"""Write invented letters: `python -m tests.bench.letters FOLDER COUNT [SEED]`.

Services, conditions and guidelines are those of the ontology by their labels; everything else is invented here.
The same seed writes the same letters.
"""

import datetime as dt
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from kb import Knowledge, load_knowledge
from kb.terms import CONCEPT, DCT, SCHEMA

HEADER = """Case Number:   {number}
Date Assigned: {assigned}      Date of Injury: {injured}
Decision Date: {decided}      UR Denial Date: {denied}
Priority:      Standard        Application     {received}
                               Received:

HOW THE IMR FINAL DETERMINATION WAS MADE

An expert without ties to the employer or the insurer read the file from its first page to its last.

The Expert Reviewer has the following credentials:
State(s) of Licensure: California
Certification(s)/Specialty: {specialty}

CLINICAL CASE SUMMARY

What follows is the expert's account of the case, drawn from the papers in the file:

The worker is a {age} year old {sex} who was hurt at work on {injured}. {told}

IMR ISSUES, DECISIONS AND RATIONALES

Here is each item in dispute with its decision:
"""
BLOCK = """
{request}: {outcome}

Claims Administrator guideline: {ur}

MAXIMUS guideline: {imr}

Decision rationale: The file was read with care. {reason}
"""
TOLD = (
    "The doctor names {condition}.",
    "There is {condition}, which has not eased.",
    "{n} visits of {service} were given and helped a little.",
    "{n} visits of {service} brought no change.",
    "Treatment so far was {service}.",
    "The back is tender and bending falls short.",
    "A home exercise program goes on.",
    "Films were normal.",
    "The worker takes naproxen 500 mg twice a day.",
)
SPECIALTIES = ("Family Practice", "Orthopedic Surgery", "Physical Medicine and Rehabilitation", "Anesthesiology")
REASONS = ("What was asked for goes beyond what the text allows.", "The papers show what the text asks for.")
UNITS = ("{service}, {n} sessions", "{n} visits of {service}", "{service}", "{service} x {n}")


class Inventor:
    """Invent letters from the labels of an ontology."""

    def __init__(self, knowledge: Knowledge, seed: int) -> None:
        """Collect the words."""
        self._random = random.Random(seed)
        read = knowledge.ontology
        asked = {iri for r in knowledge.recommendations.values() for iri in r.services}
        self._services = sorted(read.label(iri) for iri in asked)
        self._conditions = [read.label(CONCEPT + name) for name in knowledge.below("diagnosis")]
        self._guidelines = sorted(
            f"{read.text(iri, DCT + 'title')} {read.text(iri, SCHEMA + 'edition')}".removeprefix("MTUS ")
            for iri in read.instances("Guideline")
        )

    def letters(self, count: int) -> Iterator[tuple[str, str]]:
        """Give the number and the text of so many letters."""
        for place in range(1, count + 1):
            number = f"CM99-{place:07d}"
            yield number, self._letter(number)

    def _letter(self, number: str) -> str:
        pick = self._random
        denied = dt.date(2016, 8, 1) + dt.timedelta(days=pick.randrange(400))
        days = {"denied": 0, "received": 14, "assigned": 18, "decided": pick.randrange(30, 75)}
        header = {name: f"{denied + dt.timedelta(days=n):%m/%d/%Y}" for name, n in days.items()}
        header["injured"] = f"{denied - dt.timedelta(days=pick.randrange(20, 2000)):%m/%d/%Y}"
        told = " ".join(self._filled(sentence) for sentence in pick.sample(TOLD, pick.randrange(3, len(TOLD))))
        text = HEADER.format(
            number=number, specialty=pick.choice(SPECIALTIES), age=pick.randrange(20, 70),
            sex=pick.choice(("male", "female")), told=told, **header,
        )  # fmt: skip
        return text + "".join(self._block() for _ in range(pick.choice((1, 1, 2, 2, 3, 4))))

    def _block(self) -> str:
        outcome = self._random.choices(("Upheld", "Overturned"), (9, 1))[0]
        return BLOCK.format(
            request=self._filled(self._random.choice(UNITS)), outcome=outcome,
            ur=self._citation(), imr=self._citation(), reason=REASONS[outcome == "Overturned"],
        )  # fmt: skip

    def _citation(self) -> str:
        if self._random.random() < 0.2:
            return "The Claims Administrator did not cite any medical evidence for its decision."
        return f"Decision based on MTUS {self._random.choice(self._guidelines)}."

    def _filled(self, sentence: str) -> str:
        pick = self._random
        return sentence.format(
            n=pick.randrange(2, 13), service=pick.choice(self._services), condition=pick.choice(self._conditions)
        )


def write_letters(folder: Path, count: int, seed: int = 1, knowledge: Knowledge | None = None) -> None:
    """Write letters, each into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in Inventor(knowledge or load_knowledge(), seed).letters(count):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_letters(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
