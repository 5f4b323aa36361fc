"""Gather the page of the decisions that are kept: charts of the stored questions about them, and their list."""

from typing import Any
from urllib.parse import quote

from kb.ask.stored import Answering, ask, described
from kb.browse.view import Page, Ref
from kb.draw.chart import chart
from kb.knowledge.base import Knowledge
from kb.terms import DECISION

PATH = "decisions"
_LIST = "decisions"
_CHARTS = (
    "overturn-rate-by-service",
    "guidelines-cited",
    "verdicts-by-outcome",
    "days-from-ur-to-decision",
    "most-often-missing",
)
_MOST = 200  # decisions of the list; the search and the file have all


def decisions_page(knowledge: Knowledge, decisions: Answering | None, words: str) -> Page:
    """Gather it; without a folder of decisions it says how to give one."""
    data: dict[str, Any] = {"kept": decisions is not None, "wanted": words, "charts": [], "found": [], "all": 0}
    if decisions is not None:
        rows = ask(_LIST, {}, knowledge, decisions).numbers()
        fitting = [row for row in rows if words.lower() in f"{row['number']} {row['file']}".lower()]
        data["charts"] = [_chart(name, knowledge, decisions) for name in _CHARTS]
        data["found"] = [
            {**row, "ref": Ref(row["number"], DECISION + quote(row["number"], safe=""))} for row in fitting[:_MOST]
        ]
        data["all"] = len(fitting)
    return Page(PATH, "decisions.html", "Decisions", [], data)


def _ref(number: str) -> Ref:
    return Ref(number, DECISION + quote(number, safe=""))


def _chart(name: str, knowledge: Knowledge, decisions: Answering) -> dict[str, Any]:
    question = next(found for found in described() if found["name"] == name)
    rows = ask(name, {}, knowledge, decisions).numbers()
    return {"name": name, "summary": question["summary"], "chart": chart(question["chart"], rows[:15])}
