"""Find the concept that a person's words mean: named so, clearly meant, or neither, and then what may be meant."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kb.errors import UnknownConceptError
from kb.facts.typos import is_near
from kb.knowledge.base import Knowledge
from kb.knowledge.vocabulary import fold, telling
from kb.terms import CONCEPT

Matched = Literal["label", "code", "approximate"]

_LONG_ENOUGH = 6  # letters of a word from which one wrong leaves no doubt: "waist" may be no slip for "wrist"
_TO_TURN = 4  # letters from which two changed ones do
_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Meant:
    """Hold the concept that words mean, others that they fit, and how they were matched.

    `approximate` says that the concept has no such name, label or code, but is clearly meant.
    """

    name: str
    others: list[str]
    matched: Matched


def service_meant(words: str, knowledge: Knowledge) -> Meant:
    """Find the service that words, a name or a code mean.

    Raises UnknownConceptError that offers what may be meant, when no service clearly is.
    """
    if found := _named(words, knowledge, "treatment"):
        return found
    if conditions := knowledge.vocabulary.named(words, "diagnosis"):
        raise UnknownConceptError(
            f"`{words}` is a condition, `{conditions[0]}`, and no service; name a service, and this as its condition"
        )
    near, asked = _near(words, knowledge), _asked(words, knowledge)
    found = _clear(near, knowledge, "treatment") or _clear(asked, knowledge, "treatment")
    if found:
        return found
    raise UnknownConceptError(_no_service(words, [*near, *asked], knowledge))


def condition_meant(words: str, knowledge: Knowledge) -> Meant:
    """Find the condition that words, a name or a code mean.

    Raises UnknownConceptError that offers what may be meant, when no condition clearly is.
    """
    if exact := _named(words, knowledge, "diagnosis"):
        return exact
    near = _near(words, knowledge)
    if found := _clear(near, knowledge, "diagnosis"):
        return found
    offered = _offer(words, near, knowledge, "diagnosis") or "try other words, a concept's name or an ICD code"
    raise UnknownConceptError(f"no condition fits `{words}`; {offered}")


def concept_meant(words: str, knowledge: Knowledge) -> Meant:
    """Find the service, else the condition, else the finding that words or a name mean.

    Raises UnknownConceptError that offers what may be meant, when nothing clearly is.
    """
    roots = ("treatment", "diagnosis", "finding")
    if exact := _named(words, knowledge, *roots):
        return exact
    near, asked = _near(words, knowledge), _asked(words, knowledge)
    found = _clear(near, knowledge, *roots) or _clear(asked, knowledge, *roots)
    if found:
        return found
    offered = _offer(words, [*near, *asked], knowledge, *roots) or "try other words or a concept's name"
    raise UnknownConceptError(f"nothing fits `{words}`; {offered}")


def _no_service(words: str, near: list[str], knowledge: Knowledge) -> str:
    """Say what may be meant: a service, else a condition; first the one that is only a slip of the pen away."""
    services = _offer(words, near, knowledge, "treatment")
    conditions = _offer(words, near, knowledge, "diagnosis")
    slipped = _below(near, knowledge, ("diagnosis",)) and not _below(near, knowledge, ("treatment",))
    if conditions and (slipped or not services):
        return f"no service fits `{words}`; {conditions} Name a service, and this as its condition"
    otherwise = "try other words, a concept's name or a CPT or HCPCS code"
    return f"no service is called `{words}`; {services}" if services else f"nothing fits `{words}`; {otherwise}"


def _named(words: str, knowledge: Knowledge, *roots: str) -> Meant | None:
    """Take what is named so: what has the very name before what has it as a synonym, the first branch first."""
    vocabulary = knowledge.vocabulary
    found = [name for root in roots for name in vocabulary.named(words, root)]
    if not found:
        return None
    first = words if words in found else found[0]
    labelled = first in vocabulary.labels.get(fold(words), ())
    return Meant(first, [name for name in found if name != first], "label" if labelled else "code")


def _near(words: str, knowledge: Knowledge) -> list[str]:
    """List concepts of any branch with a label that is these words but for a slip of the pen or their order."""
    labels, said, told = knowledge.vocabulary.labels, fold(words), telling(words)
    strange = {word for word in said.split() if len(word) >= _TO_TURN and word not in knowledge.vocabulary.words}
    near = (label for label in labels if _is_turned(told, label) or (strange and _is_slip(said, label, strange)))
    return list(dict.fromkeys(name for label in near for name in labels[label]))


def _is_slip(said: str, label: str, strange: set[str]) -> bool:
    """Tell whether words are a label but for one letter wrong, missing, too many or moved, in a word that no label has.

    It is no digit and not the first letter of all.

    >>> _is_slip("low back pian", "low back pain", {"pian"}), _is_slip("waist brace", "wrist brace", {"waist"})
    (True, False)
    >>> _is_slip("asdf", "acdf", {"asdf"}), _is_slip("level4 fusion", "level5 fusion", {"level4"})
    (False, False)
    """
    return (
        said[0] == label[:1]
        and is_near(said, label)
        and strange >= (wrong := set(said.split()) - set(label.split()))
        and (sorted(said) == sorted(label) or all(len(word) >= _LONG_ENOUGH for word in wrong))
        and [c for c in said if c.isdigit()] == [c for c in label if c.isdigit()]
    )


def _is_turned(told: frozenset[str], label: str) -> bool:
    """Tell whether words are those of a label in another order, or with other small words between them."""
    return bool(told) and all(word in label for word in told) and told == telling(label)


def _clear(near: list[str], knowledge: Knowledge, *roots: str) -> Meant | None:
    """Take what may be meant where it is one concept alone, and of the branches asked after."""
    return Meant(near[0], [], "approximate") if len(near) == 1 and _below(near, knowledge, roots) else None


def _asked(words: str, knowledge: Knowledge) -> list[str]:
    """List the services that words ask for where they are read as a request line is ("therapy for the shoulder")."""
    from kb.facts.reading import readers

    line = readers(knowledge).requests.line(words)
    return [item.service for item in (line.parts or [line]) if item.service and not line.error]


def _offer(words: str, near: list[str], knowledge: Knowledge, *roots: str) -> str:
    """Ask whether one of the likest concepts of some branches is meant; nothing where none is like the words."""
    like = (name for root in roots for name in knowledge.vocabulary.like(words, root))
    found = list(dict.fromkeys([*_below(near, knowledge, roots), *like]))[:_OFFERED]
    said = [f"`{name}` ({knowledge.ontology.label(CONCEPT + name)})" for name in found]
    return f"did you mean {' or '.join(said)}?" if said else ""


def _below(names: Iterable[str], knowledge: Knowledge, roots: tuple[str, ...]) -> list[str]:
    return [n for n in names if any(knowledge.is_below(CONCEPT + n, CONCEPT + root) for root in roots)]
