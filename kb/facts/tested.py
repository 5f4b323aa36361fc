"""Read what an examination tested ("strength was 4/5", "sensation was decreased") into the finding it makes.

What is tested, its scale and the findings it makes are slots of the ontology (`ontology/core/examination.ttl`);
only the words for less, full and told are English.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.facts.cues import EXAMINED, FULL, FULL_BEFORE, LESS, LESS_BEFORE, LINK_BROKEN
from kb.facts.prose import Named
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.terms import CONCEPT, SCHEMA, short

_GRADE = r"(\d(?:\.\d)?)\s*([+-]?)\s*(?:(?:/|out\s+of|over)\s*(\d)\b)?"
_GRADES = re.compile(rf"(?<![\w/.#-]){_GRADE}(?![\d/]|\.\d)")
_BEFORE = re.compile(rf"(?<![\w/.#-]){_GRADE}\s+(?:[a-z]+\s+){{0,4}}$", re.I)
_FAR, _NEAR = 100, 60


@dataclass(frozen=True, slots=True)
class Scale:
    """Hold which findings a tested function makes, and its grades."""

    less: str
    full: str
    best: float | None
    highest: float | None


class Examination:
    """Hold what the ontology says of tested functions, built once per knowledge."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the names."""
        self._vocabulary = vocabulary
        self._read = vocabulary.knowledge.ontology
        self._scales = {n: s for n in sorted(vocabulary.knowledge.concepts) if (s := self._scale(n))}

    def is_tested(self, concept: str) -> bool:
        """Tell whether a concept is a tested function, which says nothing by itself."""
        return concept in self._scales

    def result(self, reading: Reading, named: Named, concept: str) -> tuple[Named, str] | None:
        """Return the finding that a tested function makes in a sentence, with the words that tell it."""
        scale = self._scales[concept]
        after = self._window(reading, named)
        found = self._graded(reading, named, after, scale) or self._worded(reading, named, after, scale)
        return (found[0], self.narrowed(reading, found[0], found[1])) if found else None

    def narrowed(self, reading: Reading, named: Named, concept: str) -> str:
        """Return the narrower finding that a word said after a finding makes it."""
        words = set(re.findall(r"[a-z]+", reading.sentence.between(named.start, named.end + _NEAR).lower()))
        told = [n for n in self._vocabulary.below(concept) if words & self._words(n, "toldBy")]
        return told[0] if len(told) == 1 else concept

    def examined(self, reading: Reading, named: Named, concept: str) -> str | None:
        """Return the finding of examination that a complaint is when it was examined, or is denied."""
        found = self._read.iris(CONCEPT + concept, "whenExamined")
        graded = any(_on_scale(m, s) for m in _GRADES.finditer(reading.rest(named)) for s in self._scales.values())
        seen = named.denied or graded or EXAMINED.search(reading.sentence.text)
        return short(found[0]) if found and seen else None

    def is_told(self, concept: str) -> bool:
        """Tell whether a concept is a complaint that an examination makes a finding."""
        return bool(self._read.iris(CONCEPT + concept, "whenExamined"))

    def has_place(self, concept: str) -> bool:
        """Tell whether a finding is always somewhere on the body."""
        return self._vocabulary.inherited(concept, "hasPlace") == "true"

    def shown_at(self, concept: str, site: str | None, place: str) -> tuple[str, str | None]:
        """Return what a finding is and where it shows: told of a level, in the region to which that level radiates.

        `place` holds the words of the place: a level has a number ("L5").
        """
        along = self._vocabulary.knowledge.stated(CONCEPT + site, "radiatesTo") if site else ()
        if len(along) != 1 or self._vocabulary.inherited(concept, "showsAlong") != "true":
            return concept, site
        of_level = [n for n in self._vocabulary.below(concept) if self._words(n, "ofLevel")]
        named = any(letter.isdigit() for letter in place)
        return of_level[0] if named and len(of_level) == 1 else concept, short(along[0])

    # --- scales -----------------------------------------------------------------------------------------------

    def _scale(self, name: str) -> Scale | None:
        less, full = (self._read.iris(CONCEPT + name, term) for term in ("whenLess", "whenFull"))
        if not less or not full:
            return None
        return Scale(short(less[0]), short(full[0]), self._number(name, "fullGrade"), self._number(name, "gradedTo"))

    def _number(self, name: str, term: str) -> float | None:
        said = self._read.text(CONCEPT + name, SCHEMA + term)
        return float(said) if said else None

    def _words(self, name: str, term: str) -> set[str]:
        return {o.value for o in self._read.objects(CONCEPT + name, SCHEMA + term)}

    # --- what is said -----------------------------------------------------------------------------------------

    def _window(self, reading: Reading, named: Named) -> str:
        """Return the words after a tested function, up to the next one."""
        end = min(named.end + _FAR, reading.sentence.end)
        others = (n for n in reading.sentence.named if n.start >= named.end and n.start < end)
        tested = next((n.start for n in others if any(map(self.is_tested, n.names))), end)
        return re.split(r"[;]|\.(?!\d)", reading.sentence.between(named.end, tested))[0]

    def _graded(self, reading: Reading, named: Named, after: str, scale: Scale) -> tuple[Named, str] | None:
        if scale.best is None:
            return None
        ahead = reading.sentence.between(named.start - _NEAR, named.start)
        before = _BEFORE.search(ahead)
        told = [m for m in _GRADES.finditer(ahead) if before and _on_scale(m, scale)]
        told += [m for m in _GRADES.finditer(after) if _on_scale(m, scale)] if not told else []
        if not told or any(float(m[1]) > scale.best for m in told):
            return None
        less = [m for m in told if float(m[1]) < scale.best or m[2] == "-"]
        if less and FULL.search(after) and scale.best != scale.highest:
            return None
        shown = (less or told)[0]
        if shown.string is ahead:
            return replace(named, start=named.start - len(ahead) + shown.start()), scale.less if less else scale.full
        end = named.end + len(after[: shown.end()].rstrip())
        return replace(named, end=end), scale.less if less else scale.full

    def _worded(self, reading: Reading, named: Named, after: str, scale: Scale) -> tuple[Named, str] | None:
        ahead = reading.sentence.between(named.start - _NEAR, named.start)
        for cue, finding in ((LESS_BEFORE, scale.less), (FULL_BEFORE, scale.full)):
            if before := cue.search(ahead):
                return replace(named, start=named.start - len(ahead) + before.start()), finding
        told = sorted(self._cues(after[:_NEAR], scale))
        if not told:
            return None
        start, end, finding = told[0]
        if LINK_BROKEN.search(after[:start]):
            return None
        return replace(named, end=named.end + end, denied=False), finding

    def _cues(self, after: str, scale: Scale) -> Iterator[tuple[int, int, str]]:
        for cue, finding in ((LESS, scale.less), (FULL, scale.full)):
            yield from ((m.start(), m.end(), finding) for m in cue.finditer(after))


def _on_scale(grade: re.Match[str], scale: Scale) -> bool:
    """Tell whether a number is a grade: written with its sign or with the highest grade."""
    if grade[3]:
        return float(grade[3]) == scale.highest
    return bool(grade[2]) and (scale.highest is None or float(grade[1]) <= scale.highest)
