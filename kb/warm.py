"""Do once what the first requests would wait for."""

import datetime as dt

from kb.determination import determine
from kb.facts.prose import library
from kb.facts.reading import readers
from kb.knowledge.base import Knowledge
from kb.terms import short

_SENTENCE = "The patient had pain of the low back. Six sessions of therapy gave no relief. Six more are requested."


def bring_in() -> None:
    """Import what is imported at first use, so that processes forked from this one need not."""
    library()


def warm(knowledge: Knowledge) -> None:
    """Read a sentence and decide a case, so that all which is made at first use is there.

    Raises KbError when the knowledge cannot be used so.
    """
    _ = knowledge.version, knowledge.library, knowledge.vocabulary
    readers(knowledge).facts.read(_SENTENCE, 0, len(_SENTENCE), [])
    tried(knowledge)


def tried(knowledge: Knowledge) -> None:
    """Decide a case, to see that it can be done.

    Raises KbError when it cannot.
    """
    services = {short(iri) for recommendation in knowledge.recommendations.values() for iri in recommendation.services}
    if services:
        service, day = min(services), dt.date.today()
        determine({"ur_decided": day.isoformat(), "requests": [service]}, knowledge)
