"""Write what was measured as one HTML page with charts that needs nothing else."""

from functools import cache

from jinja2 import Template

from kb.answer.words import NOTICE
from kb.browse.render import environment, inlined
from kb.measure import charts
from kb.measure.causes import CAUSES
from kb.measure.report import UNJUDGED, VERDICTS, Report
from kb.measure.words import AGREEMENTS, MEASURES, NOTE, agreed, interval, percent, spaced, whole_share


def page(report: Report) -> str:
    """Write a report as a page; the same report gives the same bytes."""
    return _template().render(
        report=report,
        figures=report.figures(),
        confusion=charts.confusion(report),
        reasons=charts.reasons(report),
        whiskers=charts.whiskers(report),
        services=charts.verdict_bars(report.by_service(), "{n} other services"),
        guidelines=charts.verdict_bars(report.by_guideline(), "{n} other guidelines"),
        causes=charts.cause_bars(report.causes()),
        meanings={**CAUSES, UNJUDGED: "no cause is known yet"},
        verdicts=VERDICTS,
        measures=MEASURES,
        agreements=AGREEMENTS,
        note=NOTE,
        notice=NOTICE,
        style=inlined("served/ask.css", "served/measure.css"),
    )


@cache
def _template() -> Template:
    own = environment("kb.measure")
    own.filters |= {"percent": percent, "spaced": spaced, "agreed": agreed, "whole_share": whole_share}
    own.globals["interval"] = interval
    return own.get_template("measure.html")
