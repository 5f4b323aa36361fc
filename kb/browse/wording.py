"""Say the things of a knowledge in words, each with the page that it leads to."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from kb.browse.register import Register
from kb.browse.view import Group, Known, Ref, Rows
from kb.explain.sentence import sentence
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Source
from kb.terms import BASE, CONCEPT, DCT, DECISION, OWL, PHASE, PROV, RDF, RDFS, SCHEMA, SKOS

RUNGS = {
    0: "a statute, above every guideline",
    1: "the MTUS, asked first",
    2: "ACOEM or ODG, asked where the MTUS is silent",
    3: "other guidelines, asked last",
}
_NUMBER = SCHEMA + "encodes"
_TOLD_APART = frozenset(
    (
        RDF + "type", SKOS + "prefLabel", SKOS + "altLabel", SKOS + "hiddenLabel", SKOS + "definition",
        SKOS + "notation", SKOS + "editorialNote", SKOS + "changeNote", RDFS + "subClassOf", OWL + "equivalentClass",
        DCT + "title", DCT + "isPartOf", DCT + "isVersionOf", DCT + "description", DCT + "source",
        PROV + "wasDerivedFrom", SCHEMA + "verification", SCHEMA + "confidence", _NUMBER,
    )
)  # fmt: skip


class Wording:
    """Say IRIs, dates of force and sources."""

    def __init__(self, register: Register) -> None:
        """Take the register of a knowledge."""
        self._register = register
        self._knowledge = register.knowledge
        self._read = register.knowledge.ontology

    def ref(self, iri: str) -> Ref:
        """Say an IRI, and lead to its page."""
        return Ref(self.words(iri), iri)

    def refs(self, iris: Iterable[str]) -> list[Ref]:
        """Say several IRIs."""
        return [self.ref(iri) for iri in iris]

    def force(self, r: Recommendation) -> str:
        """Say from when until when a recommendation is in force, and whether it speaks on after that."""
        editions = self._knowledge.editions
        carried = (r.iri, len(editions.days)) in editions.carried
        days = force(r.valid_from, r.valid_until, r.invalidated)
        return f"{days}; after that it speaks on, as the latest edition" if carried else days

    def words(self, iri: str) -> str:
        """Say an IRI: its label or title, the sentence of a criterion, the number of a decision."""
        if iri in self._knowledge.recommendations:
            return self.recommendation(self._knowledge.recommendations[iri])
        if iri.removeprefix(BASE) in self._knowledge.criteria:
            return sentence(self._knowledge.criteria[iri.removeprefix(BASE)], self._knowledge)
        if iri.startswith(DECISION):
            return iri[len(DECISION) :]
        if not iri.startswith(BASE):
            return iri.removeprefix("https://").removeprefix("http://").rstrip("/")
        title = self._read.text(iri, DCT + "title")
        edition = self._read.text(iri, SCHEMA + "edition")
        return f"{title}, {edition}" if title and edition else title or self._read.label(iri)

    def recommendation(self, r: Recommendation) -> str:
        """Name a recommendation by its topic and, unless it is the only one, by its own name."""
        topic, _, own = r.iri.partition("#")
        title = self._read.text(topic, DCT + "title") or self._read.label(topic)
        alone = own == "recommendation" or len(self._register.advice[topic]) == 1
        return title if alone else f"{title}: {own.replace('_', ' ')}"

    def cited(self, r: Recommendation, beside: Recommendation) -> Ref:
        """Name a recommendation, with its edition where that is another one."""
        said = self.recommendation(r)
        alike = r.source.guideline == beside.source.guideline
        return Ref(said if alike else f"{said} ({r.source.title}, {r.source.edition})", r.iri)

    def dimensions(self, r: Recommendation) -> Rows:
        """List of what and for whom a recommendation speaks."""
        rows = [
            ("service", self.refs(r.services)),
            ("condition", self.refs(r.conditions)),
            ("body region", self.refs(r.regions)),
            ("phase of care", self.refs(PHASE + phase for phase in r.phases)),
        ]
        return [(name, refs) for name, refs in rows if refs]

    def known(self, iri: str, source: Source, cited: bool = True) -> Known:
        """Say how a statement is known; with `cited`, under which section and on which page."""
        pages = source.pages or ""
        word = "" if not pages[:1].isdigit() else "page " if pages.isdigit() else "pages "
        where = ", ".join(part for part in (source.section or "", f"{word}{pages}".strip()) if part) if cited else ""
        return Known(
            source.verification,
            source.confidence,
            where,
            self.refs(DECISION + number for number in source.decisions),
            self.refs(source.confirmed_by),
            self.texts(iri, _NUMBER),
        )

    def known_of(self, iri: str) -> Known | None:
        """Say how something that is no criterion is known, if it says so."""
        how = next(iter(self._read.iris(iri, "verification")), None)
        if how is None:
            return None
        return Known(
            how.removeprefix(SCHEMA),
            self._read.text(iri, SCHEMA + "confidence"),
            "",
            self.refs(o.value for o in self._read.objects(iri, PROV + "wasDerivedFrom")),
            self.refs(o.value for o in self._read.objects(iri, DCT + "source")),
            self.texts(iri, _NUMBER),
        )

    def texts(self, iri: str, predicate: str) -> list[str]:
        """List the texts of a predicate."""
        return [o.value for o in self._read.objects(iri, predicate) if isinstance(o, ox.Literal)]

    def notes(self, iri: str) -> list[str]:
        """List the curator's remarks on something."""
        return self.texts(iri, SKOS + "editorialNote")

    def changes(self, iri: str) -> list[str]:
        """List what a curator changed in something, and why."""
        return self.texts(iri, SKOS + "changeNote")

    def rows(self, iri: str, besides: frozenset[str] = frozenset()) -> Rows:
        """List what else is stated of something, by the words of the schema; nameless values are left out.

        `besides` are predicates that the page says elsewhere.
        """
        found: Rows = []
        for predicate, values in sorted(self._read.index.get(iri, {}).items()):
            if predicate in _TOLD_APART or predicate in besides:
                continue
            named = [value for value in values if not isinstance(value, ox.BlankNode)]
            refs = [self.ref(v.value) if isinstance(v, ox.NamedNode) else Ref(v.value) for v in sorted(named, key=str)]
            if refs:
                found.append((_spaced(self._read.label(predicate)), refs))
        return found

    def grouped(self, iris: Iterable[str]) -> list[Group]:
        """Group statements by topic; a note is said by its text, and that it is one."""
        groups: dict[str, list[Ref]] = defaultdict(list)
        for iri in iris:
            groups[iri.partition("#")[0]].append(Ref(self._note(iri) or self.words(iri), iri))
        return [
            Group(self.ref(topic), self.words(self._read.text(topic, DCT + "isPartOf") or topic), refs)
            for topic, refs in sorted(groups.items())
        ]

    def _note(self, iri: str) -> str | None:
        text, how = self._read.text(iri, SKOS + "definition"), self._read.iris(iri, "verification")
        return f"{text} (note, {self._read.label(how[0])})" if text and how else text

    def branch(self, iri: str) -> str:
        """Say of which branch of the concepts one is."""
        roots = [a for a in self._knowledge.above(iri) if a.startswith(CONCEPT) and not self._register.parents.get(a)]
        return self._read.label(min(roots)) if roots else "concept"


def force(start: dt.date | None, end: dt.date | None, struck: dt.date | None = None) -> str:
    """Say from when until when something is in force, inclusive; `struck` is the day it was invalidated.

    >>> force(None, dt.date(2013, 1, 2)), force(dt.date(2009, 7, 18), dt.date(2016, 7, 28), dt.date(2015, 10, 28))
    ('until 2013-01-02', 'from 2009-07-18, struck down 2015-10-28')
    """
    until = f"until {end}" if end else ""
    if struck and (end is None or struck <= end):
        until = f"struck down {struck}"
    return ", ".join(part for part in (f"from {start}" if start else "", until) if part) or "always"


def _spaced(name: str) -> str:
    """Write a name of another vocabulary as words.

    >>> _spaced("isReplacedBy"), _spaced("body region")
    ('is replaced by', 'body region')
    """
    return re.sub(r"(?<=[a-z])([A-Z])", lambda capital: f" {capital[1].lower()}", name)
