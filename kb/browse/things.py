"""Gather the pages of everything else that has an IRI: terms, units, phases, decisions, files."""

import re
from typing import Any

from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.topic import statement
from kb.browse.view import Page, Ref, Statement
from kb.browse.wording import Wording
from kb.errors import KbError
from kb.terms import BASE, DCT, DECISION, OWL, RDF, SKOS

PROBLEM = "problem/"
_FILE = OWL + "Ontology"


class ThingPages:
    """Gather the pages of things without a page of a kind of their own."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._register = register
        self._wording = wording
        self._read = register.knowledge.ontology

    def page(self, path: str, iri: str) -> Page:
        """Gather the page of one thing, with the terms below it that have a fragment."""
        terms = [self._statement(name) for name in self._register.subjects.get(path, ()) if name != iri]
        kinds = {o.value for o in self._read.objects(iri, RDF + "type")}
        uses = self._wording.grouped(self._users(iri))
        held = self._held(iri) if _FILE in kinds else []
        title = self._wording.words(iri)
        data = {
            "thing": statement(iri, self._wording, self._register),
            "description": self._read.text(iri, DCT + "description"),
            "synonyms": self._wording.texts(iri, SKOS + "altLabel"),
            "terms": terms,
            "uses": uses,
            "held": held,
            "iri": iri,
        }
        return Page(path, "thing.html", title[:1].upper() + title[1:], [], data)

    def decision(self, iri: str) -> Page:
        """Gather the page of a published decision: what it attests, by topic."""
        groups = self._wording.grouped(self._register.attested[iri])
        return Page(path_of(iri), "decision.html", f"Decision {iri[len(DECISION) :]}", [], {"groups": groups})

    def problem(self, error: type[KbError]) -> Page:
        """Gather the page of a kind of error, to which the problem documents of the service point."""
        words = re.sub("^Tell ", "The message tells ", " ".join((error.__doc__ or "").split()))
        thing = Statement(PROBLEM + error.code, "", "problem", words, None, [], [])
        empty: dict[str, list[Any]] = {"synonyms": [], "terms": [], "uses": [], "held": []}
        data = {"thing": thing, "description": None, "iri": BASE + PROBLEM + error.code, **empty}
        return Page(PROBLEM + error.code, "thing.html", error.code.replace("-", " ").capitalize(), [], data)

    def _statement(self, iri: str) -> tuple[str, object]:
        return self._wording.words(iri), statement(iri, self._wording, self._register)

    def _users(self, iri: str) -> list[str]:
        """List the recommendations and criteria that name a thing."""
        named = [criterion.id for criterion in self._register.asked.get(iri, ())]
        return [*self._register.in_phase.get(iri, ()), *(BASE + name for name in named)]

    def _held(self, iri: str) -> list[Ref]:
        """List the concepts and units that the same file describes."""
        place = self._read.place.get(iri)
        return [self._wording.ref(name) for name, at in sorted(self._read.place.items())
                if at == place and name != iri and "#" not in name]  # fmt: skip
