"""Tell which recommendations speak on a day: the editions in force, and those carried forward."""

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from kb.knowledge.guideline import Recommendation

_DAY = dt.timedelta(days=1)


class Editions:
    """Cut time into epochs: spans of days in which the same recommendations speak.

    `days` are the first days of the epochs after the first, ascending; `carried` holds the recommendations, by
    IRI and number of the epoch, that speak after their own edition has ended; `of` lists the epochs of each, one
    after the other: what ends an edition ends it for good.
    """

    def __init__(self, recommendations: Iterable[Recommendation]) -> None:
        """Find the epochs, and what speaks in each."""
        known = list(recommendations)
        self.days = _days(known)
        self.carried: set[tuple[str, int]] = set()
        self._speaking: defaultdict[int, list[Recommendation]] = defaultdict(list)
        self._starts: defaultdict[tuple[str, tuple[str, ...]], set[dt.date]] = defaultdict(set)
        for r in known:
            self._starts[r.series, r.services].add(r.valid_from or dt.date.min)
        self.of = {r.iri: self._epochs_of(r) for r in known}

    def epoch(self, day: dt.date) -> int:
        """Number the epoch that a day lies in."""
        return bisect.bisect_right(self.days, day)

    def speaking(self, day: dt.date) -> list[Recommendation]:
        """List the recommendations and statutes that speak on a day."""
        return self._speaking[self.epoch(day)]

    def _epochs_of(self, recommendation: Recommendation) -> list[int]:
        found = []
        for number in range(len(self.days) + 1):
            day = self.days[number - 1] if number else self.days[0] - _DAY if self.days else dt.date.min
            if self._speaks(recommendation, day):
                found.append(number)
                self._speaking[number].append(recommendation)
                if recommendation.valid_until and day > recommendation.valid_until:
                    self.carried.add((recommendation.iri, number))
        return found

    def _speaks(self, recommendation: Recommendation, day: dt.date) -> bool:
        start, end = recommendation.valid_from or dt.date.min, recommendation.valid_until or dt.date.max
        if start > day or (recommendation.invalidated and recommendation.invalidated <= day):
            return False
        if recommendation.rung <= 1:
            return day <= end
        # 8 CCR 9792.21.1 sends on to the most current edition of a source outside the MTUS.
        return not any(start < later <= day for later in self._starts[recommendation.series, recommendation.services])


def _days(recommendations: Iterable[Recommendation]) -> list[dt.date]:
    days: set[dt.date] = set()
    for r in recommendations:
        days.update(day for day in (r.valid_from, r.invalidated) if day)
        if r.valid_until and r.valid_until < dt.date.max:
            days.add(r.valid_until + _DAY)
    return sorted(days)
