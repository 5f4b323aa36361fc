"""Read a letter into a case: header, facts and request lines; what was published of the outcome stays apart.

Nothing of the outcome words, the citations or the rationale is looked at for the case.
"""

from dataclasses import dataclass
from typing import Any

from kb.case.model import Case
from kb.facts.quantity import Quantities
from kb.facts.request_line import RequestReader, set_dependence
from kb.facts.services import Vocabulary
from kb.facts.summary import FactReader
from kb.knowledge.base import Knowledge
from kb.letter.reader import Letter
from kb.letter.spans import veiled

Json = dict[str, Any]


@dataclass(frozen=True)
class Readers:
    """Hold the readers of one knowledge."""

    vocabulary: Vocabulary
    requests: RequestReader
    facts: FactReader


def readers(knowledge: Knowledge) -> Readers:
    """Return the readers of a knowledge, built once for each."""
    return knowledge.memory.once("readers", "", lambda: _readers(knowledge))


def _readers(knowledge: Knowledge) -> Readers:
    vocabulary, quantities = Vocabulary(knowledge), Quantities(knowledge)
    return Readers(vocabulary, RequestReader(vocabulary, quantities), FactReader(vocabulary, quantities))


def read_case_from_letter(letter: Letter, text: str, knowledge: Knowledge) -> Case:
    """Read the case a letter tells; `text` is what the letter was read from and what quotes point into."""
    reader = readers(knowledge)
    requests = [reader.requests.read(block) for block in letter.requests]
    set_dependence(requests, [block.text for block in letter.requests], reader.vocabulary)
    asked = {name for r in requests for item in (r, *r.parts) for name in (item.service, *item.ingredients) if name}
    told = veiled(text, letter.withheld)
    facts = reader.facts.read(told, letter.summary_span.start, letter.summary_span.end, sorted(asked))
    return Case(
        number=letter.number,
        injured=letter.injured,
        ur_decided=letter.ur_decided,
        decided=letter.decided,
        assigned=letter.assigned,
        received=letter.received,
        priority=letter.priority,
        specialty=letter.specialty,
        age=letter.age,
        sex=letter.sex,
        diagnoses=facts.diagnoses,
        findings=facts.findings,
        treatments=facts.treatments,
        medications=facts.medications,
        documents=facts.documents,
        requests=requests,
    )


def published(letter: Letter) -> dict[int, Json]:
    """Return what was published of each line, for comparison only."""
    return {
        block.line: {
            "outcome": block.outcome,
            "ur_citation": block.ur_citation,
            "imr_citation": block.imr_citation,
        }
        for block in letter.requests
    }
