"""Write the report of `mtus check` as one page that needs nothing else."""

from collections import Counter
from typing import Any

from kb.browse.render import environment, inlined
from kb.check.defect import LEVELS
from kb.check.report import Report

Json = dict[str, Any]


def report_page(report: Report) -> str:
    """Write a report: the same that it gives as JSON."""
    found: Json = report.as_json()
    levels = Counter(defect["level"] for defect in found["defects"])
    text = (
        environment()
        .get_template("report.html")
        .render(
            report=found, levels=[(level, levels[level]) for level in LEVELS], failed=report.failed, style=inlined()
        )
    )
    return text.encode("utf-8", "replace").decode()
