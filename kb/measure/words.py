"""Say what was measured in words: the one vocabulary of terminal and page."""

from kb.measure.statistics import Agreement, Interval, Share

MEASURES = {
    "requests_read": "labelled requests that were read",
    "service_right": "service read as labelled",
    "quantity_right": "quantity read as labelled",
    "unit_right": "unit read as labelled",
    "outcome_right": "outcome read as labelled",
    "decided": "requests decided",
    "coverage": "requests for which a recommendation applies or may",
    "cited": "decided by a guideline that the reviewer cites",
    "undocumented": "abstained: undocumented",
    "no_guideline": "abstained: no guideline",
    "recall_on_overturned": "overturned that were found supported",
    "false_overturns": "upheld that were found supported",
    "upheld_on_the_merits": "upheld that were found not supported, or in part",
    "reasons_matched": "reasons of reviewers that a criterion speaks of",
    "reasons_agree": "of these, criterion and reviewer agree",
}
AGREEMENTS = {
    "on_the_merits": "on the merits: abstentions left out",
    "imr_column": "as the IMR column has it: an abstention stands as upheld",
}
SAID = {"met": "reviewer: met", "not_met": "reviewer: not met", "undocumented": "reviewer: not documented"}
OURS = {"met": "met", "not_met": "not met", "unknown": "unknown"}
NOTE = (
    "Intervals are 95 %: Wilson's for shares, a bootstrap of workers for balanced accuracy and kappa. Requests of one"
    " worker are not independent: beside each share stand the share with every worker counted once, and the number of"
    " independent requests that would tell as much."
)


def percent(value: float | None) -> str:
    """Write a share as people do.

    >>> percent(0.9564), percent(None)
    ('95.6 %', 'none')
    """
    return "none" if value is None else f"{100 * value:.1f} %"


def whole_share(measured: Share) -> str:
    """Write a share with what it is of and its interval."""
    return f"{measured.hits} of {measured.n}" if measured.n else "none"


def interval(low: float | None, high: float | None) -> str:
    """Write an interval of shares.

    >>> interval(0.2, 0.41), interval(None, None)
    ('20.0 to 41.0 %', '')
    """
    return "" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f} %"


def between(value: float | None, low: float | None, high: float | None) -> str:
    """Write a share with its interval, in percent.

    >>> between(0.9564, 0.926, 0.975)
    '95.6 (92.6–97.5)'
    """
    if value is None or low is None or high is None:
        return "none"
    return f"{100 * value:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def figure(value: float | None, between: Interval | None) -> str:
    """Write a figure of agreement with its interval.

    >>> figure(0.5239, (0.48, 0.6)), figure(None, None)
    ('0.52 (0.48 to 0.60)', 'none')
    """
    if value is None:
        return "none"
    return f"{value:.2f}" + (f" ({between[0]:.2f} to {between[1]:.2f})" if between else "")


def agreed(found: Agreement) -> tuple[str, str]:
    """Write balanced accuracy and kappa."""
    return (
        figure(found.balanced_accuracy, found.balanced_accuracy_interval),
        figure(found.kappa, found.kappa_interval),
    )


def spaced(name: str) -> str:
    """Write an identifier as words."""
    return name.replace("_", " ")
