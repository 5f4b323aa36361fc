"""Tell in what sense a thing named in a sentence is meant, and where on the body."""

import re
from dataclasses import dataclass
from functools import cached_property

from kb.case.fact import Side
from kb.facts.cues import (
    CONTINUED,
    CURRENT_AFTER,
    DISPUTE,
    OF_PATIENT,
    PLAN_GOES_ON,
    PLANNED_AFTER,
    SENSES,
    TIME_ONLY,
    Sense,
)
from kb.facts.places import side_in, sites_in
from kb.facts.prose import Named, Sentence
from kb.facts.services import Vocabulary, most_specific

_TO_SITE = re.compile(
    r"(?:\s*\([^)]*\))?[\s,]*(?:(?:was|is|were|are|noted|present|to\s+palpation|on\s+palpation|localized|located|that\s+is)\s+)*"
    r"(?:in|of|over|at|along|throughout|about|to|on|across|within|around)\s+(?:[a-z'-]+,?\s+){0,7}",
    re.I,
)
_CHAIN = re.compile(r"[\s,/&-]*(?:(?:and|or|the|his|her|left|right|bilateral|both|as\s+well\s+as)[\s/]+)*", re.I)
_BEFORE = re.compile(r"\s*(?:(?!and\b|or\b)[a-z'-]+\s+){0,2}", re.I)
_ALIKE = re.compile(r"\s*(?:,\s*(?:and|or)?|/|and|or|as\s+well\s+as)\s*(?:[a-z]+\s+)?", re.I)
_NEAR = 60
_AHEAD, _BEHIND = 90, 12
_BOTH = re.compile(r"\b(?:left\s*(?:and|&|/)\s*right|right\s*(?:and|&|/)\s*left)\s+$", re.I)
_LIVES = re.compile(r"\b(?:liv(?:es|ed|ing)\s+with|help\s+(?:of|from))\b[^.;]*$", re.I)
# What is given as the reason for a supposition is told as it is ("could not work, as he is unable to stand").
_REASON = re.compile(r"\b(?:because|since|as)\s+(?:the\s+)?(?:he|she|they|injured|patient|worker|applicant)\b", re.I)
_HEADS = re.compile(r"\b(?:reveal|show|demonstrat|not|document|includ|found|positive|had|has|with)\w*", re.I)


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a body region with the side of it that is named."""

    site: str
    side: Side | None
    start: int


class Reading:
    """Read one sentence: the sense and the place of what it names."""

    def __init__(self, sentence: Sentence, vocabulary: Vocabulary) -> None:
        """Take a sentence."""
        self.sentence = sentence
        self._vocabulary = vocabulary

    @cached_property
    def of_dispute(self) -> bool:
        """Tell whether the sentence is about the request and its review, not about the patient."""
        return DISPUTE.search(self.sentence.text) is not None

    @cached_property
    def _cues(self) -> list[tuple[int, int, Sense]]:
        text, start = self.sentence.text, self.sentence.start
        found = [(start + m.start(), start + m.end(), sense) for sense, cue in SENSES for m in cue.finditer(text)]
        cues = sorted(found, key=lambda cue: (cue[0], -cue[1]))
        return [c for n, c in enumerate(cues) if not any(c[1] <= before[1] for before in cues[:n])]

    def sense(self, named: Named) -> Sense | None:
        """Return the sense given by the last word before a thing that tells one."""
        if self._is_of_family(named):
            return "family"
        said = [(end, sense) for _, end, sense in self._cues if end <= named.start and sense != "family"]
        if said and said[-1][1] == "supposed" and _REASON.search(self.sentence.between(said[-1][0], named.start)):
            return None
        return said[-1][1] if said else None

    def _is_of_family(self, named: Named) -> bool:
        """Tell whether a thing is told of the family: it was named before, and the patient not again since."""
        text, start = self.sentence, self.sentence.start
        family = [(a, b) for a, b, sense in self._cues if sense == "family" and b <= named.start]
        if not family:
            return False
        ahead = text.between(max(start, family[-1][0] - _NEAR // 2), family[-1][0])
        since = text.between(family[-1][1], named.start)
        return not OF_PATIENT.search(since) and not _LIVES.search(ahead)

    def sense_of_care(self, named: Named) -> Sense | None:
        """Return the sense a treatment is meant in: what tells only of drugs is passed over."""
        if self._is_of_family(named):
            return "family"
        cues = [c for c in self._cues if c[1] <= named.start and c[2] not in ("taken", "spread", "family")]
        said = [sense for _, _, sense in cues]
        if "planned" in said[:-1] and self._stays_planned(cues[-1], named):
            said.append("planned")
        after = self.sentence.between(named.end, self.sentence.end)
        if CURRENT_AFTER.match(after):
            return "current"
        if (not said or said[-1] != "past") and PLANNED_AFTER.match(after):
            return "planned"
        if said and said[-1] == "prescribed":
            return "current" if "current" in said else "planned"
        return said[-1] if said else None

    def _stays_planned(self, last: tuple[int, int, Sense], named: Named) -> bool:
        """Tell whether a plan goes on past a word of going on or of time ("continue therapy, a trial of …")."""
        if last[2] == "current":
            between = self.sentence.between(last[1], named.start)
            return CONTINUED.match(self.sentence.between(last[0], last[1])) is not None and "," in between
        return last[2] == "past" and TIME_ONLY.fullmatch(self.sentence.between(last[0], last[1])) is not None

    def is_continued(self, named: Named) -> bool:
        """Tell whether a plan is to go on with a thing."""
        return CONTINUED.search(self.sentence.between(self.sentence.start, named.start)) is not None

    def is_after(self, sense: Sense, named: Named) -> bool:
        """Tell whether a word of a sense stands anywhere before a thing."""
        return any(s == sense and end <= named.start for _, end, s in self._cues)

    def told(self, sense: Sense) -> list[tuple[int, int]]:
        """List where the words of a sense stand."""
        return [(start, end) for start, end, s in self._cues if s == sense]

    def is_heading_of_plan(self, named: Named) -> bool:
        """Tell whether words only introduce what is planned ("the treatment plan included …")."""
        of_plan = any(
            start <= named.start < end or named.start <= start < named.end for start, end in self.told("planned")
        )
        return of_plan and PLAN_GOES_ON.match(self.sentence.between(named.end, self.sentence.end)) is not None

    @property
    def is_about_course(self) -> bool:
        """Tell whether a result told without naming a treatment may be told of the one named just before."""
        roots = ("diagnosis", "body_region", "drug")
        return not any(self._vocabulary.one_of(n.names, root) for n in self.sentence.named for root in roots)

    # --- places -----------------------------------------------------------------------------------------------

    @cached_property
    def _regions(self) -> list[tuple[Named, str]]:
        found = [(n, self._vocabulary.region(n.names)) for n in self.sentence.named]
        return [(n, region) for n, region in found if region and self.sense(n) != "spread"]

    def places(self, named: Named) -> list[Place]:
        """List where a thing is: the regions joined to it, else the one the sentence is about."""
        near = self._joined(named) or self._heading(named)
        sites = most_specific(self._vocabulary, [site for _, site in near])
        kept = {site: n for n, site in near if site in sites}
        return [Place(site, self._side(n), n.start) for site, n in kept.items()]

    def only_place(self, named: Named) -> list[Place]:
        """Return the place of a sentence that names no more than one, where it stands near: before, or right after."""
        sites = most_specific(self._vocabulary, [site for _, site in (*self._regions, *self._studies)])
        near = [n for n, site in self._regions if site in sites and -_AHEAD <= n.start - named.end <= _BEHIND]
        if len(sites) != 1 or not near or self.told("spread"):
            return []
        return [Place(sites[0], self._side(near[0]), near[0].start)]

    def within(self, named: Named) -> list[Place]:
        """List the first region that the words of a thing hold."""
        inner = [(n, site) for n, site in self._regions if named.start <= n.start and n.end <= named.end]
        return [Place(site, self._side(n), n.start) for n, site in inner[:1]]

    def chained(self, named: Named) -> list[Place]:
        """List the regions told with one in a name ("neck, back and shoulder pain")."""
        return [Place(site, self._side(n), n.start) for n, site in self._backward(named, _CHAIN)]

    def _joined(self, named: Named) -> list[tuple[Named, str]]:
        return self._after(named) or self._before(named) or self._with_next(named)

    def _with_next(self, named: Named) -> list[tuple[Named, str]]:
        """Find the regions of the next thing that shares them ("spasm and tenderness over the neck")."""
        for n in self.sentence.named:
            if n.start >= named.end:
                shares = _ALIKE.fullmatch(self.sentence.between(named.end, n.start))
                return self._after(n) or self._with_next(n) if shares else []
        return []

    def _after(self, named: Named) -> list[tuple[Named, str]]:
        found: list[tuple[Named, str]] = []
        end = named.end
        for n, site in self._regions:
            if n.start < named.end:
                continue
            gap = self.sentence.between(end, n.start)
            if not (_CHAIN if found else _TO_SITE).fullmatch(gap):
                break
            found.append((n, site))
            end = n.end
        return found

    def _before(self, named: Named) -> list[tuple[Named, str]]:
        return self._backward(named, _BEFORE)

    def _backward(self, named: Named, first: re.Pattern[str]) -> list[tuple[Named, str]]:
        found: list[tuple[Named, str]] = []
        start = self._side_start(named)
        for n, site in reversed(self._regions):
            if n.end > named.start:
                continue
            gap = self.sentence.between(n.end, start if found or first is _CHAIN else named.start)
            if not (_CHAIN if found else first).fullmatch(gap):
                break
            found.insert(0, (n, site))
            start = self._side_start(n)
        return found

    def _side_start(self, named: Named) -> int:
        """Return where a region begins with its side ("right shoulder")."""
        before = re.search(r"\b(?:left|right|bilateral|both)\s+$", self.sentence.between(0, named.start), re.I)
        return named.start - len(before[0]) if before else named.start

    def _heading(self, named: Named) -> list[tuple[Named, str]]:
        """Find the region of "examination of the knee revealed …"."""
        first = min([*self._regions, *self._studies], key=lambda told: told[0].start, default=None)
        if first is None or first[0].end > named.start:
            return []
        between = self.sentence.between(first[0].end, named.start)
        ahead = self.sentence.between(self.sentence.start, first[0].start)
        return [first] if _HEADS.search(between) and len(ahead) < 60 else []

    @cached_property
    def _studies(self) -> list[tuple[Named, str]]:
        """List the tests whose name holds one region."""
        tests = [n for n in self.sentence.named if self._is_test(n)]
        found = [(n, sites_in(self._vocabulary, self.words(n))) for n in tests]
        return [(n, sites[0]) for n, sites in found if len(sites) == 1]

    def _is_test(self, named: Named) -> bool:
        name = self._vocabulary.one_of(named.names, "treatment")
        return name is not None and self._vocabulary.is_a(name, "diagnostic_test")

    def sites_of_care(self, named: Named) -> list[str]:
        """List where care is told to be: of a test, else the one region that its result names."""
        places = [place.site for place in self.places(named)]
        if places or not self._is_test(named):
            return places
        after = most_specific(self._vocabulary, [site for n, site in self._regions if n.start >= named.end])
        return after if len(after) == 1 else []

    def rest(self, named: Named) -> str:
        """Return the words after a thing, to the end of its sentence."""
        return self.sentence.between(named.end, self.sentence.end)

    def words(self, named: Named) -> str:
        """Return the words that name a thing."""
        return self.sentence.between(named.start, named.end)

    def side(self, named: Named, place: Place | None, site: str | None) -> Side | None:
        """Return the side told of a thing's place, or told before a name that holds its place."""
        if place:
            return place.side if place.site == site else None
        return self._side(named) if site else None

    def _side(self, region: Named) -> Side | None:
        ahead = self.sentence.between(region.start - 20, region.start)
        if _BOTH.search(ahead):
            return "bilateral"
        return side_in(ahead[-12:] + self.words(region))  # type: ignore[return-value]
