"""Compute shares and agreement with their intervals, minding that requests of one worker are not independent."""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]
Interval = tuple[float, float]

_Z = 1.959963984540054  # two-sided 95 % of the normal distribution
_RESAMPLES = 2000
_SEED = 20131018


@dataclass(frozen=True, slots=True)
class Share:
    """Hold a share with its 95 % interval: by request, and with each worker counted once.

    `effective_n` is how many independent requests would tell as much.
    """

    hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None
    workers: int
    by_worker: float | None
    by_worker_low: float | None
    by_worker_high: float | None
    effective_n: float | None

    def as_json(self) -> Json:
        """Write it for programs."""
        return asdict(self)


def share(hits: Iterable[tuple[str, bool]]) -> Share:
    """Compute a share of requests from pairs of worker and hit.

    >>> found = share([("a", True), ("a", True), ("b", False), ("c", False)])
    >>> found.share, found.by_worker, found.workers, found.effective_n
    (0.5, 0.3333, 3, 1.8)
    """
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for worker, hit in hits:
        groups[worker].append(hit)
    n, m = sum(map(len, groups.values())), len(groups)
    if n == 0:
        return Share(0, 0, None, None, None, 0, None, None, None, None)
    found = sum(map(sum, groups.values()))
    mean = sum(sum(group) / len(group) for group in groups.values()) / m
    low, high = wilson(found, n)
    once_low, once_high = wilson(mean * m, m)
    effective = _effective(list(groups.values()), found / n)
    return Share(found, n, round(found / n, 4), low, high, m, round(mean, 4), once_low, once_high, effective)


def wilson(hits: float, n: int) -> Interval:
    """Compute the 95 % interval of a share after Wilson.

    >>> wilson(0, 10), wilson(5, 10), wilson(10, 10)
    ((0.0, 0.2775), (0.2366, 0.7634), (0.7225, 1.0))
    """
    p, z2 = hits / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)


def _effective(groups: list[list[bool]], p: float) -> float:
    """Divide n by the design effect of the groups, never above n; where all are alike only the groups count."""
    n, m = sum(map(len, groups)), len(groups)
    if p in (0, 1) or m < 2:
        return float(m)
    between = m / (m - 1) * sum((sum(group) - p * len(group)) ** 2 for group in groups)
    return round(min(n, n * n * p * (1 - p) / between), 1) if between else float(n)


Pair = tuple[bool, bool]  # proposed to overturn, published as overturned


@dataclass(frozen=True, slots=True)
class Agreement:
    """Hold how far proposals agree with outcomes, each figure with its 95 % interval where it has one."""

    n: int
    balanced_accuracy: float | None
    balanced_accuracy_interval: Interval | None
    kappa: float | None
    kappa_interval: Interval | None

    def as_json(self) -> Json:
        """Write it for programs."""
        return asdict(self)


def agreement(pairs: Sequence[tuple[str, Pair]]) -> Agreement:
    """Compute agreement from pairs of worker and (proposed, published); intervals by a bootstrap of workers."""
    tables: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for worker, (proposed, published) in pairs:
        tables[worker][2 * proposed + published] += 1
    groups = [tuple(tables[worker]) for worker in sorted(tables)]
    whole = _add(groups)
    return Agreement(
        len(pairs),
        _rounded(balanced_accuracy(whole)),
        _bootstrap(groups, balanced_accuracy),
        _rounded(kappa(whole)),
        _bootstrap(groups, kappa),
    )


Table = tuple[int, ...]  # counts of neither, published only, proposed only, both


def balanced_accuracy(table: Table) -> float | None:
    """Compute the mean of the shares of overturned and of upheld requests that were proposed as such.

    >>> balanced_accuracy((9, 1, 1, 1)), balanced_accuracy((9, 0, 1, 0))
    (0.7, None)
    """
    neither, published, proposed, both = table
    if not (published + both) or not (neither + proposed):
        return None
    return (both / (published + both) + neither / (neither + proposed)) / 2


def kappa(table: Table) -> float | None:
    """Compute Cohen's kappa.

    >>> kappa((1, 0, 0, 1)), kappa((0, 1, 1, 0)), kappa((2, 0, 0, 0))
    (1.0, -1.0, None)
    """
    neither, published, proposed, both = table
    n = sum(table)
    if not n:
        return None
    one, other = (proposed + both) / n, (published + both) / n
    chance = one * other + (1 - one) * (1 - other)
    return None if chance == 1 else ((neither + both) / n - chance) / (1 - chance)


def _bootstrap(groups: list[Table], figure: Callable[[Table], float | None]) -> Interval | None:
    """Draw as many workers as there are again and again; a draw in which the figure has no value is left out."""
    if len(groups) < 2:
        return None
    rng = random.Random(_SEED)
    drawn = (figure(_add(rng.choices(groups, k=len(groups)))) for _ in range(_RESAMPLES))
    found = sorted(value for value in drawn if value is not None)
    if len(found) < _RESAMPLES // 2:
        return None
    low, high = found[int(0.025 * len(found))], found[math.ceil(0.975 * len(found)) - 1]
    return round(low, 4) + 0.0, round(high, 4) + 0.0  # never a negative zero


def _add(tables: Iterable[Table]) -> Table:
    return tuple(map(sum, zip(*tables, strict=True))) or (0, 0, 0, 0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4) + 0.0
