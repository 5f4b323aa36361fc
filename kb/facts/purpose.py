"""Read what a service is wanted for ("a consultation with a surgeon to evaluate the hip") as the finding it makes."""

from collections.abc import Iterator

from kb.case.fact import Finding
from kb.facts.cues import PURPOSE_AFTER
from kb.facts.observations import quote
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.terms import CONCEPT, short

_LIKELY = 0.6


def purposes(reading: Reading, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Read the services of a sentence that the doctor wants for a purpose; a slot of the ontology names the finding."""
    for named in reading.sentence.named:
        service = vocabulary.one_of(named.names, "treatment")
        found = vocabulary.knowledge.stated(CONCEPT + service, "whenFor") if service else ()
        wanted = found and not named.denied and reading.is_after("planned", named)
        if wanted and PURPOSE_AFTER.match(reading.rest(named)):
            yield Finding(concept=short(found[0]), status="present", quote=quote(named), confidence=_LIKELY)
