"""Load the knowledge base: the ontology in a store that answers SPARQL, and the recommendations in it."""

import bisect
import datetime as dt
import difflib
import gc
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kb.errors import UnknownConceptError
from kb.knowledge.guideline import GuidelineReader, Recommendation
from kb.knowledge.ontology import Ontology, Triple, read_ontology
from kb.knowledge.tree import Node
from kb.reason.rules import Classifier
from kb.settings import data_folder
from kb.store.embedded import EmbeddedStore, Store
from kb.terms import (
    BASE,
    CONCEPT,
    EPOCH,
    INFERRED,
    KNOWLEDGE_GRAPH,
    NOTHING,
    RDF,
    SCHEMA,
    SKOS,
    SUBSUMED_BY,
    UNIT,
    kb,
    short,
)

if TYPE_CHECKING:
    from kb.knowledge.vocabulary import Vocabulary

# The branches of the ontology from which a word of a case cannot be.
_WRONG_BRANCHES = {
    "service": ("diagnosis", "finding", "body_region", "document", "outcome"),
    "medication": ("diagnosis", "finding", "body_region", "document", "outcome"),
    "ingredient": ("diagnosis", "finding", "body_region", "document", "outcome"),
    "diagnosis": ("treatment", "body_region", "document", "outcome"),
    "finding": ("body_region", "drug"),
    "document": ("diagnosis", "body_region", "drug"),
    "site": ("treatment", "diagnosis", "finding", "document", "outcome"),
}
_TESTED = frozenset((RDF + "type", SKOS + "notation"))
_TOLD = frozenset(
    SCHEMA + term
    for term in ("confidence", "encodes", "optionalSlot", "pages", "section", "sentence", "slot", "verification")
)
_DAY = dt.timedelta(days=1)
_ASKED_FOR = ("outcome", "concept", "treatment")  # slots of which any value will do; the first that a kind has


class Knowledge:
    """Hold a loaded knowledge base, to be shared by threads: after loading only what it remembers grows.

    `epochs` are the days from which another set of recommendations speaks, ascending.
    """

    def __init__(self, ontology: Ontology, store: Store, folder: Path) -> None:
        """Read the recommendations and fill the store."""
        self.ontology = ontology
        self.store = store
        self.folder = folder
        self.recommendations = {r.iri: r for r in GuidelineReader(ontology).recommendations()}
        self.criteria: dict[str, Node] = {c.id: c for r in self.recommendations.values() for c in r.criteria()}
        self.silence = _of_kinds(ontology, "whenSilent")
        self.sentences = _of_kinds(ontology, "sentence")
        self.concepts = frozenset(ontology.concept_names())
        self.epochs = _epochs(self.recommendations.values())
        self._editions: defaultdict[tuple[str, tuple[str, ...]], set[dt.date]] = defaultdict(set)
        for r in self.recommendations.values():
            self._editions[r.series, r.services].add(r.valid_from or dt.date.min)
        self.carried: set[tuple[str, int]] = set()
        self._speaking_in: dict[int, list[Recommendation]] = {}
        self._names: dict[str, list[str]] = {}
        self.said: dict[str, str] = {}
        self._excluded: dict[tuple[tuple[str, ...], ...], tuple[str, ...]] = {}
        self._regions: dict[tuple[str, ...], frozenset[str]] = {}
        self._fitting: set[tuple[str, str]] = set()
        self._narrower: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._stated: dict[tuple[str, str], tuple[str, ...]] = {}
        store.add(KNOWLEDGE_GRAPH, [triple for triple in self.triples() if _tests(triple)])

    def triples(self) -> list[Triple]:
        """List all that is known: the ontology, and what loading derives from it."""
        return [*self.ontology.triples, *self._derived()]

    @cached_property
    def library(self) -> EmbeddedStore:
        """Hold all that is known for questions of people; `store` has only what requests are tested by."""
        library = EmbeddedStore()
        library.add(KNOWLEDGE_GRAPH, self.triples())
        return library

    @cached_property
    def version(self) -> str:
        """Name the content of the knowledge by a hash that does not depend on the order of triples."""
        lines = sorted(f"{s} {p} {o}" for s, p, o in self.ontology.triples if not _has_blank(s, o))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """Index the words of the concepts, at first use."""
        from kb.knowledge.vocabulary import Vocabulary

        return Vocabulary(self)

    def epoch(self, date: dt.date) -> int:
        """Number the span of days, between two changes of the editions in force, that a day lies in."""
        return bisect.bisect_right(self.epochs, date)

    def speaking(self, date: dt.date) -> list[Recommendation]:
        """List the recommendations and statutes that speak on a day."""
        return self._speaking_in.get(self.epoch(date), [])

    def above(self, iri: str) -> frozenset[str]:
        """List a class and everything above it."""
        return self.ontology.above.get(iri) or frozenset((iri,))

    def is_below(self, narrow: str, wide: str) -> bool:
        """Tell whether a class is the other or below it."""
        return narrow == wide or wide in self.above(narrow)

    def all_below(self, narrow: tuple[str, ...], wide: tuple[str, ...]) -> bool:
        """Tell whether every class of one set is below some class of the other."""
        key = (narrow, wide)
        if key not in self._narrower:
            self._narrower[key] = all(any(self.is_below(n, w) for w in wide) for n in narrow)
        return self._narrower[key]

    def regions_of(self, *concepts: str) -> frozenset[str]:
        """List the body regions that classes name by themselves or inherit, but for those wider than another."""
        if concepts not in self._regions:
            terms = {term for concept in concepts for term in self.above(concept)}
            found = {region for term in terms for region in self.ontology.iris(term, "region")}
            wider = {r for r in found for s in found if r in self.above(s) and s not in self.above(r)}
            self._regions[concepts] = frozenset(found - wider)
        return self._regions[concepts]

    def stated(self, concept: str, term: str) -> tuple[str, ...]:
        """List what a class or a class above it states by a property."""
        key = (concept, term)
        if key not in self._stated:
            found = {value for name in self.above(concept) for value in self.ontology.iris(name, term)}
            self._stated[key] = tuple(sorted(found))
        return self._stated[key]

    def combined(self, service: str | None) -> tuple[str, ...]:
        """List the services of which one, by its name, is made up (a nerve study of two tests)."""
        return tuple(short(iri) for iri in self.ontology.iris(CONCEPT + service, "combines")) if service else ()

    def require(self, name: str, what: str) -> str:
        """Resolve a concept's local name to its IRI; `what` is the kind of word the case has it for.

        Raises UnknownConceptError that offers the nearest names of the kind.
        """
        iri = CONCEPT + name
        if (name, what) in self._fitting:
            return iri
        branches = _WRONG_BRANCHES.get(what, ())
        if name in self.concepts and not self._is_of(name, branches):
            self._fitting.add((name, what))
            return iri
        fits = sorted(n for n in self.concepts if not self._is_of(n, branches))
        wrong = f"`{name}` is no {what}" if name in self.concepts else f"unknown {what} `{name}`"
        found = self.vocabulary.find(name) if what in ("service", "medication") else []
        near = difflib.get_close_matches(name, fits, 3, 0.7) or found[:3]
        hint = "did you mean " + " or ".join(f"`{n}`" for n in near) + "?" if near else "search with `mtus lookup`"
        raise UnknownConceptError(f"{wrong}; {hint}")

    def _is_of(self, name: str, branches: tuple[str, ...]) -> bool:
        return any(self.is_below(CONCEPT + name, CONCEPT + branch) for branch in branches)

    def require_unit(self, name: str) -> None:
        """Check that a word is a unit.

        Raises UnknownConceptError that offers the nearest names.
        """
        units = self.names(UNIT)
        if name not in units:
            near = difflib.get_close_matches(name, units, 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"units are {', '.join(units)}"
            raise UnknownConceptError(f"unknown unit `{name}`; {hint}")

    def names(self, namespace: str) -> list[str]:
        """List the local names that the ontology describes in a namespace."""
        if namespace not in self._names:
            found = (iri for iri in self.ontology.index if iri.startswith(namespace))
            self._names[namespace] = sorted(iri[len(namespace) :] for iri in found)
        return self._names[namespace]

    def below(self, root: str) -> list[str]:
        """List the local names of the concepts at or below one."""
        return sorted(n for n in self.concepts if self.is_below(CONCEPT + n, CONCEPT + root))

    def classify(self, service: str, ingredients: tuple[str, ...]) -> tuple[str, ...]:
        """List the classes of a service: the one named, and the most specific ones its ingredients make it.

        A named product has the ingredients that its axioms give it as well. Without ingredients
        inferred.ttl has said everything.
        """
        if not ingredients and INFERRED in self.ontology.index:
            return (service,)
        return tuple(sorted({service, *self._classifier.classes(service, "hasIngredient", ingredients)}))

    def excluded(
        self, classes: tuple[str, ...], ingredients: tuple[str, ...], sites: tuple[str, ...]
    ) -> tuple[str, ...]:
        """List the services that a request is too wide for and yet, by what it says, cannot be.

        It can be a product when each ingredient of that is narrower than one that it names, and a service of a
        body region when one of the sites it names lies at, above or below that region.
        """
        if not ingredients and not sites:
            return ()
        key = (classes, ingredients, sites)
        if key not in self._excluded:
            narrower = (c for c in self.ontology.above if self.above(c).intersection(classes) and c not in classes)
            self._excluded[key] = tuple(c for c in narrower if not self._could_be(c, ingredients, sites))
        return self._excluded[key]

    def _could_be(self, service: str, ingredients: tuple[str, ...], sites: tuple[str, ...]) -> bool:
        needed = self.ontology.contains(service) if ingredients else ()
        regions = self.regions_of(service) if sites else frozenset()
        near = any(self.is_below(r, s) or self.is_below(s, r) for r in regions for s in sites)
        return (near or not regions) and all(any(n != i and self.is_below(n, i) for i in ingredients) for n in needed)

    def outcomes_shown(self, findings: set[str]) -> dict[str, tuple[str, ...]]:
        """Map findings to the outcomes that they, together, are evidence of."""
        return self._classifier.shown(findings)

    @cached_property
    def _classifier(self) -> Classifier:
        return Classifier(self.ontology)

    def _derived(self) -> Iterable[Triple]:
        nodes = {iri: ox.NamedNode(iri) for above in self.ontology.above.values() for iri in above}
        for concept, above in self.ontology.above.items():
            for wide in above:
                yield nodes[concept], SUBSUMED_BY, nodes[wide]
            yield NOTHING, SUBSUMED_BY, nodes[concept]
        yield kb("injury"), SUBSUMED_BY, kb("injury")
        for recommendation in self.recommendations.values():
            yield from self._speaking(recommendation)
            if recommendation.conditions:
                yield (
                    ox.NamedNode(recommendation.iri),
                    kb("alternatives"),
                    ox.Literal(len(recommendation.conditions)),
                )
        for criterion in self.criteria.values():
            wanted = next((found for slot in _ASKED_FOR if (found := criterion.slots.get(slot))), ())
            if wanted:
                node = ox.NamedNode(BASE + criterion.id)
                yield node, kb("alternatives"), ox.Literal(len(wanted))
                for concept in wanted:
                    yield node, kb("wants"), concept

    def _speaking(self, recommendation: Recommendation) -> Iterable[Triple]:
        node = ox.NamedNode(recommendation.iri)
        for number in range(len(self.epochs) + 1):
            day = self.epochs[number - 1] if number else self.epochs[0] - _DAY if self.epochs else dt.date.min
            if self._speaks(recommendation, day):
                yield node, kb("speaksIn"), ox.NamedNode(f"{EPOCH}{number}")
                self._speaking_in.setdefault(number, []).append(recommendation)
                if recommendation.valid_until and day > recommendation.valid_until:
                    self.carried.add((recommendation.iri, number))

    def _speaks(self, recommendation: Recommendation, day: dt.date) -> bool:
        start, end = recommendation.valid_from or dt.date.min, recommendation.valid_until or dt.date.max
        if start > day or (recommendation.invalidated and recommendation.invalidated <= day):
            return False
        if recommendation.rung <= 1:
            return day <= end
        # 8 CCR 9792.21.1 sends on to the most current edition of a source outside the MTUS.
        return not any(start < later <= day for later in self._editions[recommendation.series, recommendation.services])


def _of_kinds(ontology: Ontology, term: str) -> dict[str, str]:
    """Map the name of each kind of criterion to what a term of the schema says of it."""
    kinds = ((ontology.text(iri, SKOS + "notation"), ontology.text(iri, SCHEMA + term)) for iri in ontology.index)
    return {name: text for name, text in kinds if name and text}


def _tests(triple: Triple) -> bool:
    """Tell whether a triple can bear on a request: labels, citations and axioms do not."""
    predicate = triple[1].value
    return predicate in _TESTED or (predicate.startswith(SCHEMA) and predicate not in _TOLD)


def _has_blank(*terms: object) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in terms)


def _epochs(recommendations: Iterable[Recommendation]) -> list[dt.date]:
    days: set[dt.date] = set()
    for r in recommendations:
        days.update(day for day in (r.valid_from, r.invalidated) if day)
        if r.valid_until and r.valid_until < dt.date.max:
            days.add(r.valid_until + _DAY)
    return sorted(days)


def load_knowledge(path: str | Path | None = None, store: Store | None = None) -> Knowledge:
    """Load an ontology folder, the product's own by default, into a store, an embedded one by default.

    Raises KnowledgeError when a file is malformed or a tree of criteria is broken.
    """
    folder = Path(path) if path else data_folder("ontology")
    with _uncollected():
        return Knowledge(read_ontology(folder), store or EmbeddedStore(), folder)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: all that is loaded stays, and it would walk it again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
