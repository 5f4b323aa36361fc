"""Gather the pages of guidelines: the index with its map of dates, an edition, a guideline with its editions."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.view import Page, Ref
from kb.browse.wording import RUNGS, Wording, force
from kb.knowledge.strict import day, whole
from kb.terms import DCT, SCHEMA, SKOS

VERIFICATIONS = ("confirmed", "attested", "recalled")
_WIDTH, _LEFT, _ROW, _TOP = 960, 350, 24, 30  # units of the drawing


@dataclass(frozen=True, slots=True)
class Edition:
    """Hold one edition of a guideline in short."""

    ref: Ref
    title: str
    edition: str
    rung: int
    start: dt.date | None
    end: dt.date | None
    force: str
    topics: int
    advice: int
    known: dict[str, int]

    @property
    def criteria(self) -> int:
        """Count the criteria."""
        return sum(self.known.values())

    def listed(self) -> dict[str, Any]:
        """Give it as programs read it: see `kb.answer.guidance.Edition`."""
        iri = str(self.ref.target)
        return {
            "id": path_of(iri),
            "iri": iri,
            "title": self.title,
            "edition": self.edition,
            "rung": self.rung,
            "valid_from": self.start.isoformat() if self.start else None,
            "valid_until": self.end.isoformat() if self.end else None,
            "topics": self.topics,
            "recommendations": self.advice,
            "criteria": self.known,
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """Place an edition on the map of dates, in units of the drawing."""

    edition: Edition
    x: int
    y: int
    width: int
    open: bool


class GuidelinePages:
    """Gather the pages of guidelines."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording; count criteria by edition."""
        self._register = register
        self._wording = wording
        self._read = register.knowledge.ontology
        self._counts: dict[str, Counter[str]] = {}
        for criterion in register.knowledge.criteria.values():
            if criterion.source:
                counts = self._counts.setdefault(criterion.source.guideline, Counter())
                counts[criterion.source.verification] += 1

    def editions(self) -> list[Edition]:
        """List all editions by rung, title and date."""
        found = [self.edition(iri) for iri in self._register.guidelines]
        return sorted(found, key=lambda e: (e.rung, e.title, e.start or dt.date.min))

    def edition(self, iri: str) -> Edition:
        """Sum up one edition."""
        read = self._read
        topics = self._register.topics.get(iri, [])
        start, end = day(read, iri, SCHEMA + "validFrom"), day(read, iri, SCHEMA + "validUntil")
        counts = self._counts.get(path_of(iri), Counter())
        return Edition(
            ref=self._wording.ref(iri),
            title=read.text(iri, DCT + "title") or path_of(iri),
            edition=read.text(iri, SCHEMA + "edition") or "",
            rung=whole(read, iri, "rung") or 0,
            start=start,
            end=end,
            force=force(start, end),
            topics=len(topics),
            advice=sum(len(self._register.advice.get(topic, ())) for topic in topics),
            known={how: counts[how] for how in VERIFICATIONS},
        )

    def index(self) -> Page:
        """Gather the page that lists all guidelines."""
        editions = self.editions()
        rungs = [(RUNGS.get(rung, f"rung {rung}"), [e for e in editions if e.rung == rung])
                 for rung in sorted({e.rung for e in editions})]  # fmt: skip
        return Page("guidelines", "guidelines.html", "Guidelines", [], {"rungs": rungs, "map": _drawing(editions)})

    def page(self, iri: str) -> Page:
        """Gather the page of one edition."""
        read, wording = self._read, self._wording
        series = read.text(iri, DCT + "isVersionOf")
        others = [self.edition(other) for other in self._register.editions.get(series or "", ()) if other != iri]
        topics = [
            (wording.ref(topic), read.text(topic, SCHEMA + "section"), read.text(topic, SCHEMA + "pages"),
             len(self._register.advice.get(topic, ())))
            for topic in sorted(self._register.topics.get(iri, ()), key=wording.words)
        ]  # fmt: skip
        edition = self.edition(iri)
        data = {
            "edition": edition,
            "rung": RUNGS.get(edition.rung, ""),
            "definition": read.text(iri, SKOS + "definition"),
            "notes": [*wording.notes(iri), *wording.changes(iri)],
            "topics": topics,
            "others": others,
        }
        return Page(path_of(iri), "guideline.html", wording.words(iri), [Ref("Guidelines", "guidelines")], data)

    def series(self, iri: str) -> Page:
        """Gather the page of a guideline that names its editions."""
        editions = [self.edition(edition) for edition in self._register.editions[iri]]
        title = f"{editions[0].title}: editions"
        return Page(path_of(iri), "series.html", title, [Ref("Guidelines", "guidelines")], {"editions": editions})


def _drawing(editions: list[Edition]) -> dict[str, object]:
    """Place the editions on a map of dates; an edition without an end runs to the edge."""
    dated = [e for e in editions if e.start]
    first = min((e.start.year for e in dated if e.start), default=2000)
    last = max((d.year for e in dated for d in (e.start, e.end) if d), default=first) + 2
    scale = (_WIDTH - _LEFT - 10) / (last - first)

    def across(on: dt.date) -> int:
        return round(_LEFT + (on.year - first + on.timetuple().tm_yday / 366) * scale)

    bars = []
    for number, edition in enumerate(dated):
        x = across(edition.start or dt.date(first, 1, 1))
        end = across(edition.end) if edition.end else _WIDTH
        bars.append(Bar(edition, x, _TOP + number * _ROW, max(end - x, 4), edition.end is None))
    years = [(year, round(_LEFT + (year - first) * scale)) for year in range(first, last, 2)]
    height = _TOP + len(bars) * _ROW + 8
    return {"bars": bars, "years": years, "width": _WIDTH, "height": height, "row": _ROW, "top": _TOP}
