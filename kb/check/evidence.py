"""Tell how far the criteria that decided requests are known from decisions or pages, and how far only remembered."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kb.knowledge.base import Knowledge

_SEEN = ("attested", "confirmed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold how many criteria decided, and how many of these are attested or confirmed: each once, and each time."""

    criteria: int
    known: int
    times: int
    times_known: int

    def __str__(self) -> str:
        """Say it in one line.

        >>> print(Evidence(4, 3, 10, 9))
        criteria that decided: 4, of these attested or confirmed 3 (75 %); 10 times, of these 9 (90 %)
        >>> print(Evidence(0, 0, 0, 0))
        criteria that decided: none
        """
        if not self.times:
            return "criteria that decided: none"
        share, each = round(100 * self.known / self.criteria), round(100 * self.times_known / self.times)
        once = f"criteria that decided: {self.criteria}, of these attested or confirmed {self.known} ({share} %)"
        return f"{once}; {self.times} times, of these {self.times_known} ({each} %)"

    def figures(self) -> dict[str, Any]:
        """Give plain values for a table of figures; shares are None where nothing decided.

        >>> Evidence(4, 3, 10, 9).figures()["share_of_criteria_known"]
        0.75
        >>> Evidence(0, 0, 0, 0).figures()["share_of_times_known"] is None
        True
        """
        return {
            "criteria_that_decided": self.criteria,
            "criteria_known": self.known,
            "share_of_criteria_known": round(self.known / self.criteria, 4) if self.criteria else None,
            "times_decided": self.times,
            "times_known": self.times_known,
            "share_of_times_known": round(self.times_known / self.times, 4) if self.times else None,
        }


def evidence(reasons: Iterable[Iterable[str]], knowledge: Knowledge) -> Evidence:
    """Count the criteria named in the `because` of determinations; what is no criterion (`line:1`) is left out."""
    times: Counter[str] = Counter()
    for because in reasons:
        times.update(name for name in because if name in knowledge.criteria)
    seen = [name for name in times if _is_seen(name, knowledge)]
    return Evidence(len(times), len(seen), times.total(), sum(times[name] for name in seen))


def _is_seen(name: str, knowledge: Knowledge) -> bool:
    source = knowledge.criteria[name].source
    return source is not None and source.verification in _SEEN
