"""Gather the pages of concepts: words, codes, place in the hierarchy, and what speaks of them."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from kb.answer.words import STANCES
from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.view import Page, Ref
from kb.browse.wording import Wording
from kb.draw.hierarchy import Hierarchy
from kb.knowledge.guideline import Recommendation
from kb.terms import BASE, CONCEPT, SKOS, short

_INDEX = [Ref("Concepts", "concepts")]


@dataclass(slots=True)
class Limb:
    """Hold one concept in a listed hierarchy; `here` marks the one whose page it is."""

    ref: Ref
    here: bool = False
    below: int = 0
    limbs: list["Limb"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Saying:
    """Hold what one recommendation says, in one line."""

    ref: Ref
    stance: str
    said: str
    force: str
    verification: str
    asks: list[Ref] = field(default_factory=list)


Groups = list[tuple[Ref, list[Saying]]]


class ConceptPages:
    """Gather the pages of concepts."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._register = register
        self._wording = wording
        self._knowledge = register.knowledge
        self._hierarchy = Hierarchy(register.parents, register.children, wording.words)

    def page(self, iri: str) -> Page:
        """Gather the page of one concept."""
        read, wording = self._knowledge.ontology, self._wording
        own = self._register.about.get(iri, [])
        wider = [r for r in self._above(iri) if r not in own]
        data = {
            "name": iri[len(CONCEPT) :],
            "definition": read.text(iri, SKOS + "definition"),
            "synonyms": wording.texts(iri, SKOS + "altLabel"),
            "branch": wording.branch(iri),
            "written": wording.texts(iri, SKOS + "hiddenLabel"),
            "codes": self._codes(iri),
            "rows": [*wording.rows(iri), *self._contains(iri)],
            "notes": [*wording.notes(iri), *wording.changes(iri)],
            "drawing": self._hierarchy.draw(iri, f"{path_of(iri)}#listed"),
            "listed": self._listed(iri),
            "own": self._grouped(own),
            "wider": self._grouped(wider),
            "asked": self._asking(iri),
            "file": read.place.get(iri),
        }
        return Page(path_of(iri), "concept.html", wording.words(iri), _INDEX, data)

    def index(self) -> Page:
        """Gather the page that lists the whole hierarchy."""
        roots = [iri for iri, parents in self._register.parents.items() if not parents]
        trees = [self._limb(root) for root in roots if self._register.children.get(root)]
        loose = [self._wording.ref(root) for root in roots if not self._register.children.get(root)]
        return Page("concepts", "concepts.html", "Concepts", [], {"trees": trees, "loose": loose})

    def alphabet(self) -> Page:
        """Gather the page that lists every label and synonym by its first letter."""
        letters: dict[str, list[tuple[str, Ref]]] = defaultdict(list)
        for name in sorted(self._knowledge.concepts):
            iri = CONCEPT + name
            labels = (SKOS + "prefLabel", SKOS + "altLabel")
            for word in dict.fromkeys(word for label in labels for word in self._wording.texts(iri, label)):
                first = word[:1].upper() if word[:1].isalpha() else "0–9"
                letters[first].append((word, self._wording.ref(iri)))
        found = [(letter, sorted(words, key=lambda item: item[0].lower())) for letter, words in sorted(letters.items())]
        return Page("a-z", "alphabet.html", "Concepts from A to Z", _INDEX, {"letters": found})

    def _listed(self, iri: str) -> list[Limb]:
        """List the concept below each of its parents, among its siblings; its children once, in the first."""
        own = Limb(self._wording.ref(iri), True, limbs=[self._short(child) for child in self._children(iri)])
        listed = []
        for number, parent in enumerate(self._register.parents.get(iri, ())):
            here = own if number == 0 else Limb(own.ref, True, len(own.limbs))
            limbs = [here if child == iri else self._short(child) for child in self._children(parent)]
            listed.append(self._hung(parent, limbs))
        return listed or [own]

    def _hung(self, iri: str, limbs: list[Limb]) -> Limb:
        """Hang limbs below a concept, and that below those above it, along its first parents."""
        limb = Limb(self._wording.ref(iri), limbs=limbs)
        above = self._register.parents.get(iri)
        return self._hung(above[0], [limb]) if above else limb

    def _children(self, iri: str) -> list[str]:
        return self._register.children.get(iri, [])

    def _short(self, iri: str) -> Limb:
        return Limb(self._wording.ref(iri), below=len(self._children(iri)))

    def _limb(self, iri: str) -> Limb:
        return Limb(self._wording.ref(iri), limbs=[self._limb(child) for child in self._children(iri)])

    def _codes(self, iri: str) -> list[tuple[str, list[str]]]:
        """List the codes of a concept by their system."""
        found: dict[str, list[str]] = defaultdict(list)
        for code in self._knowledge.ontology.objects(iri, SKOS + "notation"):
            found[short(code.datatype.value)].append(code.value)
        return sorted(found.items())

    def _contains(self, iri: str) -> list[tuple[str, list[Ref]]]:
        found = sorted(self._knowledge.ontology.contains(iri))
        return [("contains", self._wording.refs(found))] if found else []

    def _above(self, iri: str) -> list[Recommendation]:
        """List the recommendations on something wider, which hold for this concept too."""
        wider = sorted(a for a in self._knowledge.above(iri) if a != iri)
        return list({r.iri: r for a in wider for r in self._register.about.get(a, ())}.values())

    def _grouped(self, found: list[Recommendation], asks: dict[str, list[Ref]] | None = None) -> Groups:
        """Group recommendations by edition, those of the MTUS first, the earlier before the later."""
        order = sorted(found, key=lambda r: (r.rung, r.valid_from or dt.date.min, r.source.guideline, r.id))
        groups: dict[str, list[Saying]] = defaultdict(list)
        for r in order:
            groups[r.source.guideline].append(self._saying(r, (asks or {}).get(r.iri)))
        return [(self._wording.ref(BASE + guideline), sayings) for guideline, sayings in groups.items()]

    def _saying(self, r: Recommendation, asks: list[Ref] | None = None) -> Saying:
        ref = Ref(self._wording.recommendation(r), r.iri)
        return Saying(
            ref, r.stance or "statute", STANCES[r.stance], self._wording.force(r), r.source.verification, asks or []
        )

    def _asking(self, iri: str) -> Groups:
        """Group the criteria that name the concept by edition and recommendation."""
        asks: dict[str, list[Ref]] = defaultdict(list)
        for criterion in self._register.asked.get(iri, ()):
            for r in self._register.homes[criterion.id]:
                asks[r.iri].append(self._wording.ref(BASE + criterion.id))
        return self._grouped([self._knowledge.recommendations[name] for name in asks], asks)
