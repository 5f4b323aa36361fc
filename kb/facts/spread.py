"""Read pain that runs from one region into another ("pain radiates down the leg") as the finding it is."""

import re
from collections.abc import Iterator

from kb.case.fact import Finding, Quote
from kb.facts.cues import DENIAL
from kb.facts.places import side_in
from kb.facts.prose import Named
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.terms import CONCEPT, short

_FAR, _NEAR = 45, 25
_LIKELY = 0.7
_JOINED = re.compile(
    r"[\s,/]*(?:(?:and|or|to|into|down|then|through|the|his|her|left|right|bilateral|both|level|of|outer|inner)[\s,/]*)*",
    re.I,
)
_OTHER = re.compile(r"\b(?:and|with|but|or)\b|[;:]", re.I)


class Spread:
    """Hold which finding pain is that runs into a region; built once per knowledge."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the names."""
        self._vocabulary = vocabulary
        read = vocabulary.knowledge.ontology
        self._found = {
            short(region): name
            for name in sorted(vocabulary.knowledge.concepts)
            for region in read.iris(CONCEPT + name, "spreadTo")
        }

    def findings(self, reading: Reading) -> Iterator[Finding]:
        """Read the findings of a sentence, present or denied."""
        for start, end in reading.told("spread"):
            origin = self._pain(reading, start)
            target, site = self._target(reading, end) or (None, "")
            denied = DENIAL.search(reading.sentence.between(start - _NEAR, start))
            if origin is None or target is None or not (denied or self._reaches(reading, origin, site, start)):
                continue
            yield Finding(
                concept=self._found[site],
                status="absent" if denied else "present",
                site=site,
                side=side_in(reading.sentence.between(end, target.end)),  # type: ignore[arg-type]
                quote=Quote(start, target.end),
                confidence=_LIKELY,
            )

    def _target(self, reading: Reading, end: int) -> tuple[Named, str] | None:
        """Find the first region after a word of spreading to which a finding belongs, along those told with it."""
        last = end
        for named in reading.sentence.named:
            site = self._vocabulary.region(named.names) if end <= named.start <= last + _FAR else None
            if site is None:
                continue
            gap = reading.sentence.between(last, named.start)
            if not _JOINED.fullmatch(gap) if last > end else _OTHER.search(gap):
                return None
            if site in self._found:
                return named, site
            last = named.end
        return None

    def _pain(self, reading: Reading, before: int) -> Named | None:
        """Find the last complaint before a word of spreading."""
        named = [n for n in reading.sentence.named if n.end <= before]
        return next((n for n in reversed(named) if self._complaint(n)), None)

    def _complaint(self, named: Named) -> str | None:
        name = self._vocabulary.one_of(named.names, "diagnosis")
        return name if name and self._vocabulary.complaint(name) else None

    def _reaches(self, reading: Reading, origin: Named, site: str, start: int) -> bool:
        """Tell whether pain of a region runs into another, as far as the region is told."""
        own = self._vocabulary.regions_of(self._complaint(origin) or "")
        regions = {place.site for place in reading.places(origin)} or own
        stated = self._vocabulary.knowledge.stated
        ways = [short(way) for region in regions for way in stated(CONCEPT + region, "radiatesTo")]
        if not regions:  # "the pain radiates …": whose pain was told before, unless the sentence names another place
            return not any(self._vocabulary.region(n.names) for n in reading.sentence.named if n.end <= start)
        return any(self._vocabulary.is_a(site, way) for way in ways)
