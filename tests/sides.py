"""Who decides: each side gives the same tables of many cases, verdict by verdict and criterion by criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from engines import RdflibStore
from reference import Reference

from kb import KbError, Knowledge, determine, load_knowledge
from kb.batch.engine import Engine
from kb.batch.rows import Clerk, Tables
from kb.determination import Decided, decide_many
from kb.store.remote import RemoteStore

Case = dict[str, Any]
Answer = dict[str, Any]
REMOTE = ("oxigraph", "virtuoso")
FRAMES = {"maplib": 0, "frames": 1_000_000}  # by how many new questions maplib is asked: always, never
SIDES = ("reference", *FRAMES, "alone", "rdflib", *REMOTE)  # each is compared with the embedded store, many at once
QUICK = ("reference", "maplib")


class Home:
    """One knowledge base, loaded for each side when that is first asked."""

    def __init__(self, folder: Path, reference: Callable[[], Reference], endpoints: dict[str, str]) -> None:
        self._folder = folder
        self._reference = reference
        self._endpoints = endpoints
        self._clerks: dict[str, Callable[[list[Case]], Tables]] = {}

    @cached_property
    def knowledge(self) -> Knowledge:
        return load_knowledge(self._folder)

    @cached_property
    def reference(self) -> Reference:
        return self._reference()

    def embedded(self, cases: list[Case]) -> tuple[Tables, list[Answer]]:
        """Decide cases in the embedded store, many at once, as tables and as the whole answers."""
        answers: list[Answer] = []

        def noted(cases: Any, knowledge: Knowledge, _: Any) -> Iterator[Decided]:
            for decided in decide_many(cases, knowledge):
                answers.append(decided.answer)
                yield decided

        with patch("kb.batch.rows.decide_many", noted):
            return self.tables("embedded", cases), answers

    def alone(self, case: Case) -> Answer:
        """Decide one case alone, in the embedded store."""
        try:
            return determine(case, self.knowledge)
        except KbError as error:
            return {"error": {"code": error.code, "message": str(error)}}

    def tables(self, side: str, cases: list[Case]) -> Tables:
        """Decide cases on one side; rows are numbered from 1."""
        if side not in self._clerks:
            self._clerks[side] = self._clerk(side)
        return self._clerks[side](cases)

    def _clerk(self, side: str) -> Callable[[list[Case]], Tables]:
        if side in FRAMES:
            with patch("kb.batch.frames.models._MANY", FRAMES[side]):
                engine = Engine(self.knowledge, criteria=True, frames=True)
            return lambda cases: engine.decided(enumerate(cases, 1))
        clerk = Clerk(self._stored(side), criteria=True)
        return lambda cases: clerk.tables(enumerate(cases, 1))

    def _stored(self, side: str) -> Knowledge:
        """Give the knowledge in the store of a side."""
        if side == "embedded":
            return self.knowledge
        store = RemoteStore(self._endpoints[side]) if side in REMOTE else RdflibStore()
        return load_knowledge(self._folder, store)
