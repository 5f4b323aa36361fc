"""Write the report of `mtus check` as one page that needs nothing else."""

from collections import Counter
from typing import Any

from markupsafe import Markup

from kb.browse.render import ASSETS, environment
from kb.check.defect import LEVELS
from kb.check.report import Report

Json = dict[str, Any]


def report_page(report: Report) -> str:
    """Write a report: the same that it gives as JSON."""
    found: Json = report.as_json()
    levels = Counter(defect["level"] for defect in found["defects"])
    style = Markup((ASSETS / "browse.css").read_text(encoding="utf-8"))  # ours, and no text of a curator
    text = (
        environment()
        .get_template("report.html")
        .render(report=found, levels=[(level, levels[level]) for level in LEVELS], failed=report.failed, style=style)
    )
    return text.encode("utf-8", "replace").decode()
