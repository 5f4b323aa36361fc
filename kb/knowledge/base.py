"""Load the knowledge base: the ontology in a store that answers SPARQL, and the recommendations in it."""

import difflib
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kb.errors import UnknownConceptError
from kb.knowledge.derived import derive, sort_by_topic, topics_of
from kb.knowledge.editions import Editions
from kb.knowledge.guideline import GuidelineReader
from kb.knowledge.memory import Memory
from kb.knowledge.ontology import Ontology, Triple, read_ontology
from kb.knowledge.tree import Node
from kb.knowledge.version import version_of
from kb.reason.rules import Classifier
from kb.settings import data_folder
from kb.store.embedded import EmbeddedStore, Store
from kb.terms import (
    CONCEPT,
    INFERRED,
    SCHEMA,
    SKOS,
    UNIT,
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
# The branches in which a word of a case is looked for when it is none.
_BRANCHES = {
    "service": ("treatment",),
    "medication": ("treatment",),
    "ingredient": ("treatment",),
    "diagnosis": ("diagnosis",),
    "finding": ("finding", "diagnosis"),
    "document": ("document",),
    "site": ("body_region",),
}


class Knowledge:
    """Hold a loaded knowledge base, to be shared by threads: after loading only what it remembers grows.

    `topics_of` names the documents that say each recommendation, the portions that the store takes in.
    """

    def __init__(self, ontology: Ontology, store: Store, folder: Path) -> None:
        """Read the recommendations; the store is filled when a request is first tested."""
        self.ontology = ontology
        self._store = store
        self._filled = False
        self._filling = threading.Lock()
        self.folder = folder
        self.recommendations = {r.iri: r for r in GuidelineReader(ontology).recommendations()}
        self.criteria: dict[str, Node] = {c.id: c for r in self.recommendations.values() for c in r.criteria()}
        self.silence = _of_kinds(ontology, "whenSilent")
        self.sentences = _of_kinds(ontology, "sentence")
        self.concepts = frozenset(ontology.concept_names())
        self.editions = Editions(self.recommendations.values())
        self.topics_of = {r.iri: topics_of(r) for r in self.recommendations.values()}
        self.memory = Memory()
        self._names: dict[str, list[str]] = {}
        self.said: dict[str, str] = {}
        self._excluded: dict[tuple[tuple[str, ...], ...], tuple[str, ...]] = {}
        self._regions: dict[tuple[str, ...], frozenset[str]] = {}
        self._fitting: set[tuple[str, str]] = set()
        self._narrower: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._stated: dict[tuple[str, str], tuple[str, ...]] = {}

    @property
    def store(self) -> Store:
        """Hold what requests are tested by."""
        if not self._filled:
            self.fill()
        return self._store

    def fill(self) -> None:
        """Load the store, once.

        Raises StoreError for a remote one that does not answer.
        """
        with self._filling:
            if not self._filled:
                self._store.load(*sort_by_topic(self.triples(), self.recommendations.values()))
                self._filled = True

    def triples(self) -> list[Triple]:
        """List all that is known: the ontology, and what loading derives from it."""
        derived = derive(self.ontology, self.recommendations.values(), self.editions)
        return [*self.ontology.triples, *derived]

    def serialised(self) -> bytes:
        """Write all that is known as N-Triples."""
        return ox.serialize((ox.Triple(*triple) for triple in self.triples()), format=ox.RdfFormat.N_TRIPLES) or b""

    @cached_property
    def library(self) -> EmbeddedStore:
        """Hold all that is known for questions of people; `store` has only what bears on requests."""
        library = EmbeddedStore()
        library.load(self.triples())
        return library

    @cached_property
    def version(self) -> str:
        """Name the content of the knowledge by a hash."""
        return version_of(self.ontology.triples)

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """Index the words of the concepts, at first use."""
        from kb.knowledge.vocabulary import Vocabulary

        return Vocabulary(self)

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
        if self.fits(name, what):
            self._fitting.add((name, what))
            return iri
        fits = sorted(n for n in self.concepts if not self._is_of(n, branches))
        wrong = f"`{name}` is no {what}" if name in self.concepts else f"unknown {what} `{name}`"
        found = [n for root in _BRANCHES.get(what, ()) for n in self.vocabulary.find(name, root) if n in fits]
        near = difflib.get_close_matches(name, fits, 3, 0.7) or found[:3]
        hint = (
            "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
            if near
            else "see ontology/concepts, or /concepts of the service"
        )
        raise UnknownConceptError(f"{wrong}; {hint}")

    def fits(self, name: str, what: str) -> bool:
        """Tell whether a word is a concept that a case may have in some place."""
        return name in self.concepts and not self._is_of(name, _WRONG_BRANCHES.get(what, ()))

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

    def components(self, classes: tuple[str, ...], ingredients: tuple[str, ...]) -> frozenset[str]:
        """List the ingredients that a request names, and those its classes always have that none of these is."""
        always = frozenset[str]().union(*(self.ontology.contains(name) for name in classes))
        return frozenset(ingredients).union(
            name for name in always if not any(self.is_below(named, name) for named in ingredients)
        )

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


def _of_kinds(ontology: Ontology, term: str) -> dict[str, str]:
    """Map the name of each kind of criterion to what a term of the schema says of it."""
    said = {iri: ontology.text(iri, SCHEMA + term) for iri in ontology.stating(SCHEMA + term)}
    kinds = ((ontology.text(iri, SKOS + "notation"), text) for iri, text in said.items())
    return {name: text for name, text in kinds if name and text}


def load_knowledge(path: str | Path | None = None, store: Store | None = None) -> Knowledge:
    """Load an ontology folder, the product's own by default, into a store, an embedded one by default.

    Raises KnowledgeError when a file is malformed or a tree of criteria is broken, and StoreError when a store that is
    given does not answer.
    """
    folder = Path(path) if path else data_folder("ontology")
    with _uncollected():
        knowledge = Knowledge(read_ontology(folder), store or EmbeddedStore(), folder)
        if store:
            knowledge.fill()
        return knowledge


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: all that is loaded stays, and it would walk it again and again.

    Frozen and thawed at the end, all of it is of the oldest generation, without a walk through the younger ones.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if collecting:
            gc.enable()
