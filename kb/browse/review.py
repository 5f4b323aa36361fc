"""Review a letter on pages that keep nothing: what was read and decided travels in the form, to be corrected."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pyoxigraph as ox

from kb.answer.case_file import case_file
from kb.answer.form import HEADER, Row, blank, corrected, filled, rows
from kb.answer.shown import arrange, legend
from kb.answer.words import MARKS, Words
from kb.archive.ingest import program
from kb.archive.record import Recorder, Run, Source
from kb.browse.answers import page
from kb.browse.marked import SIGNS, marked
from kb.browse.view import Page
from kb.case.model import Case, read_case
from kb.case.plain import form_of
from kb.case.prepare import prepare
from kb.errors import CaseError, KbError
from kb.knowledge.base import Knowledge
from kb.review import read_facts, review_again
from kb.terms import PREFIXES

Json = dict[str, Any]

PATH = "review"
WRITTEN = {
    "html": ("text/html", "a page to print or keep"),
    "json": ("application/json", "JSON"),
    "ttl": ("text/turtle", "Turtle"),
    "yaml": ("application/yaml", "the case, to correct in an editor"),
}
_TEMPLATE = "review.html"


class ReviewPages:
    """Show letters and cases with their determinations."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take the knowledge that decides."""
        self._knowledge = knowledge
        self._words = Words(knowledge)

    def empty(self, letter: str = "", error: str | None = None) -> Page:
        """Gather the page that takes a letter or case."""
        return Page(PATH, _TEMPLATE, "Review a letter", [], {"sheet": None, "letter": letter, "error": error})

    def read(self, data: bytes, name: str) -> Page:
        """Gather the page of a letter or case as it was read.

        Raises KbError when it cannot be understood.
        """
        if not name:
            name = f"letter{form_of(data.decode(errors='replace')) or '.txt'}"
        case, text = read_facts(data, name, self._knowledge)
        return self._page(case, text)

    def corrected(self, sent: Mapping[str, str], on: dt.date) -> Page:
        """Gather the page of a case as a person corrected it; where a correction is wrong, it is shown with the error.

        Raises CaseError when what the form carries is no longer what was put into it.
        """
        case, text = self._carried(sent)
        by = sent.get("by", "")
        try:
            changed = corrected(case, sent, by, on, self._knowledge)
            return self._page(changed, text, by=by, before=case)
        except KbError as error:
            return self._page(case, text, by=by, sent=sent, error=str(error))

    def written(self, sent: Mapping[str, str], form: str, now: dt.datetime) -> tuple[str, Json | None]:
        """Write what the form carries as a file, html, json, ttl or yaml, and give the answer that stands in it.

        The case alone (yaml) holds none. Raises CaseError when what the form carries is no longer what was put into it.
        """
        case, text = self._carried(sent)
        if form == "yaml":
            return case_file(case, text), None
        answer = review_again(case, text, self._knowledge)
        if form == "json":
            return json.dumps([answer], ensure_ascii=False, indent=2), answer
        return self._turtle(answer, now) if form == "ttl" else page([answer], self._knowledge), answer

    def _turtle(self, answer: Json, now: dt.datetime) -> str:
        told = answer["text"] or json.dumps(answer["case"], sort_keys=True)
        source = Source(
            "letter" if answer["text"] else "case", hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
        )
        run = Run(self._knowledge.version, program(), now)
        triples = dict.fromkeys(ox.Triple(*t) for t in Recorder(self._knowledge).triples(answer, source, run))
        data: Any = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
        return str(data.decode())

    def _page(
        self, case: Case, text: str | None, by: str = "", sent: Mapping[str, str] | None = None,
        error: str | None = None, before: Case | None = None,
    ) -> Page:  # fmt: skip
        prepared = _prepared(case, self._knowledge)
        answer = review_again(prepared, text, self._knowledge)
        sheet = arrange(answer, self._knowledge)
        told = {fact.id: fact for fact in sheet.facts}
        found, new = rows(prepared, self._knowledge), blank(self._knowledge)
        data = {
            "answer": answer,
            "sheet": sheet,
            "told": told,
            "top": _shown(found, sent, HEADER)[0],
            "facts": [row for row in _shown(found, sent) if row.name in told],
            "lines": _shown(found, sent, "request"),
            "new": filled(new, sent) if sent else new,
            "state": _state(prepared, text),
            "marked": marked(answer, self._words) if text else None,
            "marks": MARKS, "signs": SIGNS, "explained": legend, "written": WRITTEN,
            "by": by, "error": error, "turned": self._turned(answer, before, text),
        }  # fmt: skip
        return Page(PATH, _TEMPLATE, f"Review of {sheet.title}", [], data)

    def _turned(self, answer: Json, before: Case | None, text: str | None) -> list[tuple[str, str, str]]:
        """Say which lines have another verdict than before the correction."""
        if before is None:
            return []
        old = {r["line"]: _verdict(r) for r in review_again(before, text, self._knowledge)["requests"]}
        new = [(r["line"], old.get(r["line"], ""), _verdict(r)) for r in answer["requests"]]
        return [(str(line), was.replace("_", " "), now.replace("_", " ")) for line, was, now in new]

    def _carried(self, sent: Mapping[str, str]) -> tuple[Case, str | None]:
        try:
            state = json.loads(sent.get("state", ""))
            case, text = state["case"], state["text"]
        except (ValueError, KeyError, TypeError):
            raise CaseError("the form carries no case; hand the letter in again") from None
        if text is not None and not isinstance(text, str):
            raise CaseError("the form carries no text of a letter; hand the letter in again")
        return _prepared(read_case(case), self._knowledge), text


def _prepared(case: Case, knowledge: Knowledge) -> Case:
    """Prepare a case, but leave open whether its diagnoses are complete, where it does not say."""
    prepared = prepare(case, knowledge)
    prepared.diagnoses_complete = case.diagnoses_complete
    return prepared


def _shown(found: list[Row], sent: Mapping[str, str] | None, kind: str | None = None) -> list[Row]:
    own = [row for row in found if kind is None or row.kind == kind]
    return filled(own, sent) if sent else own


def _state(case: Case, text: str | None) -> str:
    """Write a case and its letter on one line of ASCII, which no browser changes: quotes count on every character."""
    return json.dumps({"case": msgspec.to_builtins(case), "text": text})


def _verdict(request: Json) -> str:
    found = request["determination"]
    return str(found["verdict"]) if found else "not decided"
