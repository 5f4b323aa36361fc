"""Read how much a phrase asks for or reports: number, unit and weeks.

Only English number words and the notation of orders stand here ("2-3 x 6", "#60", "three times a week for
four weeks"); the words for units are the labels of the ontology's units.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.case.levels import spine_of
from kb.knowledge.base import Knowledge
from kb.terms import SCHEMA, SKOS, UNIT, short

_ONES = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_ONES, 1)}
_NUMBER_WORDS |= {"single": "1", "once": "1 times", "twice": "2 times", "thirty": "30", "sixty": "60", "ninety": "90"}
_DASHES = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "×": "x", "’": "'"})
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b")

_N = r"\d+(?:\.\d+)?"
_RANGE = rf"(?:{_N}\s*(?:-|to|or)\s*)?(?<![\d.])({_N})"
_TIMES = r"(?:x|times?)"

_STRENGTH = re.compile(r"(\d[\d.,]*)(?:\s*[-/]\s*\d[\d.]*)?\s*mc?g\b(?:\s*(?:/|per)\s*(?:\d*\s*ml|h(?:ou)?r|h)\b)?")
_COMBINED = re.compile(
    r"(?<![\w#/.-])(\d{1,3}(?:\.\d+)?)(?:\s?/\s?\d{2,3}|\s?-\s?\d{3})(?:\.\d+)?(?![\w/-]|\.\d)"
)  # 10/325
_NO_COUNT = re.compile(
    rf"(?:{_N}[-/])?{_N}\s*(?:%|percent)"
    r"|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}"  # a date
    rf"|\b(?:in|within|after|every)\s+(?:the\s+next\s+)?{_N}(?:\s*(?:-|to)\s*{_N})?\s*(?:days?|weeks?|wks?|months?)\b"
    rf"|{_N}\s*in\s*{_N}|{_N}[\s-]*(?:tesla|panel|view|lead|point|phase|wheel)[a-z]*\b|{_N}\s*min(?:ute)?s?\b|{_N}\s*(?:ml|cc)\s+of\b"
    r"|\btake\b[^#]*|\b\d+\s+(?:tab|tablet|cap|capsule|pill)s?\s+(?:by|orally|po|at|per|every|daily|\d\s*times)[^#]*"
)
_LONGEST = 1000  # characters of a phrase; a longer one is no order
_COUNT = re.compile(r"(?<![\w.])(\d+)\s*(?:count|ct)\b")
_HASH = r"(?:#|\bqty\b:?|\bquantity\b:?)\s*"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Hold a number of a unit (None: of whatever the service is counted in) and how many weeks it lasts."""

    number: float | None = None
    unit: str | None = None
    weeks: float | None = None


class Quantities:
    """Read quantities in the units of the ontology."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Collect the words for units and the lengths of those of time."""
        self._ontology = knowledge.ontology
        self._units = {
            word: self._counted_as(name) for name in knowledge.names(UNIT) for word in _unit_words(knowledge, name)
        }
        self._spine = spine_of(knowledge)
        self._days = {
            name: float(days)
            for name in knowledge.names(UNIT)
            if (days := knowledge.ontology.text(UNIT + name, SCHEMA + "days"))
        }
        words = "|".join(re.escape(word) for word in sorted(self._units, key=lambda w: (-len(w), w)))
        times = "|".join(word for word in self._units if self._units[word] in self._days)
        things = "|".join(re.escape(word) for word in self._units if self._units[word] not in self._days)
        self._hash = re.compile(rf"(?:\b({things})\s*)?{_HASH}({_N})(?:\s*({words})\b(?!\s*:?\s*\d))?(?!\w)")
        self._counted = re.compile(rf"(?<![\w.#]){_RANGE}[)\s-]*(?:[a-z'/-]+\s+){{0,4}}?({words})\b")
        self._unit_first = re.compile(
            rf"\b({words})[,:]?\s*(?:{_TIMES}\s*)?{_RANGE}(?![\w.%]|\s*-\s*\d|\s*(?:{words})\b)"
        )
        self._amount = re.compile(rf"(?<![\w.]){_RANGE}\s*({words})\b")
        self._lasting = re.compile(rf"(?<![\w.])({_N})\s*(?:(?:-|to|or)\s*{_N}\s*)?({times})\b")
        self._times_over = re.compile(rf"\b{_TIMES}\s*{_RANGE}\b(?!\s*(?:a|an|per|each|every|{words})\b)")
        self._rate = re.compile(
            rf"(?:{_RANGE}\s*({words})\s*(?:a|per|/)\s*day\s*,?\s*(?:{_TIMES}\s*|for\s+)?)?"
            rf"(?:{_RANGE}\s*[)]?\s*(?:{_TIMES}|({words}))?\s*(?:a|an|per|/|each|every)?\s*({times})(?:ly)?|\b(daily)\b)"
            rf"(?:\s+(?!for\b)[a-z]+){{0,2}}?\s*,?\s*(?:for|{_TIMES}|over)?\s*(?:the\s+next\s+)?{_RANGE}\s*({times})\b"
            rf"(?!\s*(?:a|an|per|/|each|every)\s*(?:{times})\b)"
        )
        self._weekly = re.compile(rf"(?<![\w.#/]){_RANGE}\s*{_TIMES}\s*{_RANGE}\s*({times})\b")
        self._during = re.compile(
            rf"\b(?:over|during|for\s+a\s+period\s+of)\s+(?:the\s+next\s+)?{_RANGE}\s*({times})\b"
        )

    def read(self, text: str) -> Quantity:
        """Read the quantity of one service that a phrase states.

        An upper bound counts for a range; what is not stated is None.
        """
        words = numerals(text[:_LONGEST])
        levels = self._spine.count(words)
        words = _COUNT.sub(r"#\1 ", _COMBINED.sub(" ", without_strength(self._spine.without(words))))
        words = _NO_COUNT.sub(" ", words)
        rate = self._read_rate(words) or self._read_weekly(words)
        rest = f"{words[: rate[0]]} ; {words[rate[1] :]}" if rate else words
        found = self._ordered(rest) or self._explicit(rest)
        weeks = rate[2].weeks if rate else self._read_during(rest)
        if found and not (rate and found.unit in self._days):
            return Quantity(found.number, found.unit, weeks)
        if rate:
            return rate[2]
        return self._bare(rest, levels) or Quantity()

    def is_per(self, unit: str, what: str) -> bool:
        """Tell whether an unnumbered request means one of a unit per site or per side."""
        return self._ontology.text(UNIT + unit, SCHEMA + what) == "true"

    def weeks(self, text: str) -> float | None:
        """Read how long a phrase says a thing lasts ("8 weeks", "2 to 3 months": the shorter), in weeks."""
        found = self._lasting.search(numerals(text[:_LONGEST]))
        if found is None:
            return None
        return round(float(found[1]) * self._days[self._units[found[2]]] / self._days["week"], 2)

    @property
    def times(self) -> frozenset[str]:
        """Name the units of time."""
        return frozenset(self._days)

    def is_unit(self, word: str) -> bool:
        """Tell whether a small word names a unit."""
        return word in self._units

    def _read_rate(self, words: str) -> tuple[int, int, Quantity] | None:
        """Multiply how often by how long ("12 hours per day, 5 times a week for 4 weeks" are 240 hours)."""
        found = self._rate.search(words)
        if found is None:
            return None
        each, unit, often, thing, every, daily, long, span = found.groups()
        if thing and self._units[thing] not in self._days:
            unit = unit or thing
        days = self._days[self._units[span]] * float(long)
        number = float(often or 1) * days / self._days["day" if daily else self._units[every]]
        number = math.floor(number * float(each or 1) + 1e-9)
        weeks = days / self._days["week"]
        return found.start(), found.end(), Quantity(number, self._units[unit] if unit else None, round(weeks, 2))

    def _read_weekly(self, words: str) -> tuple[int, int, Quantity] | None:
        """Read "2 x 6 weeks", twice a week for six weeks; with another length of time it has no such meaning."""
        found = self._weekly.search(words)
        if found is None or self._units[found[3]] != "week":
            return None
        weeks = float(found[2])
        return found.start(), found.end(), Quantity(float(found[1]) * weeks, None, weeks)

    def _read_during(self, words: str) -> float | None:
        found = self._during.search(words)
        return round(float(found[1]) * self._days[self._units[found[2]]] / self._days["week"], 2) if found else None

    def _counted_as(self, name: str) -> str:
        counted = self._ontology.iris(UNIT + name, "countsAs")
        return short(counted[0]) if counted else name

    def _ordered(self, words: str) -> Quantity | None:
        """Read "#60", "#60 grams", "121 gm #1", "two refills of … #90"."""
        found = self._hash.search(words)
        if found is None:
            return None
        number, unit = float(found[2]), self._units.get(found[3] or found[1] or "")
        before = self._amount.search(words[: found.start()])
        if unit is None and before and self.is_per(self._units[before[2]], "packed"):
            leads = not words[: before.start()].strip()
            times = 1 if leads else number
            return Quantity(float(before[1]) * times, self._units[before[2]])
        return Quantity(number, unit)

    def _explicit(self, words: str) -> Quantity | None:
        """Read "12 visits", "6 additional … treatments", "sessions, 12"; a count before a length of time."""
        found = [(m.start(), float(m[1]), self._units[m[2]]) for m in self._counted.finditer(words)]
        found += [(m.start(), float(m[2]), self._units[m[1]]) for m in self._unit_first.finditer(words)]
        if not found:
            return None
        _, number, unit = min(found, key=lambda f: (f[2] in self._days, f[0]))
        return Quantity(number, unit)

    def _bare(self, words: str, levels: int) -> Quantity | None:
        """Read a number without a unit: "2 x 6", "times 12", "series of 3", levels, "…, 2", "2 leg wraps"."""
        if found := re.search(rf"{_RANGE}\s*(?:{_TIMES}|\*)\s*{_RANGE}(?![\w.])", words):
            return Quantity(float(found[1]) * float(found[2]))
        if found := self._times_over.search(words):
            return Quantity(float(found[1]))
        if found := re.search(rf"\bseries\s+of\s+{_RANGE}\b", words):
            return Quantity(float(found[1]))
        if levels:
            return Quantity(levels, "level")
        if found := re.search(rf",\s*{_RANGE}\s*$|^\s*{_RANGE}\s+[a-z]", words):
            return Quantity(float(found[1] or found[2]))
        return None


def numerals(text: str) -> str:
    """Write a text small and its number words as figures; of "twelve (12)" one remains.

    >>> numerals("Twelve (12) visits, twice a week")
    '12 visits, 2 times a week'
    """
    plain = " ".join(text.lower().translate(_DASHES).split())
    words = _NUMBER_WORD.sub(lambda found: _NUMBER_WORDS[found[0]], plain)
    return re.sub(r"\b(\d+)\s*\(\s*\1\s*\)", r"\1", words)


def without_strength(words: str) -> str:
    """Blank the strengths of drugs in a text of small letters."""
    return _STRENGTH.sub(" ", words)


def strength(text: str, *, drug: bool = False) -> float | None:
    """Read the strength of a drug in milligrams, of a combination the first; in one of a `drug` "mg" may be missing.

    >>> strength("Norco 10/325mg #35"), strength("Ultram 50 mg"), strength("twice a day")
    (10.0, 50.0, None)
    """
    found = _STRENGTH.search(text.lower())
    combined = _COMBINED.search(text.lower()) if drug and found is None else None
    if combined:
        return float(combined[1])
    if found is None or found[0].endswith("ml"):
        return None
    number = float(found[1].rstrip(".,").replace(",", ""))
    return number / 1000 if "mcg" in found[0] else number


def _unit_words(knowledge: Knowledge, name: str) -> Iterator[str]:
    read = knowledge.ontology
    labels = [o.value for p in ("prefLabel", "altLabel", "hiddenLabel") for o in read.objects(UNIT + name, SKOS + p)]
    for label in (name, *labels):
        yield label.lower()
        yield label.lower() + "s"
