"""Choose what service a phrase names: the most specific name, then the one for the body region named beside it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property

from kb.case.fact import Outcome
from kb.facts.composition import Composition
from kb.facts.lexicon import Lexicon, Mention
from kb.facts.typos import Typos
from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, SCHEMA, short

_SMALL = frozenset(("of", "the", "for", "in", "at", "to", "and", "a", "left", "right", "bilateral"))
_OUTCOMES: tuple[Outcome, ...] = ("not_tolerated", "worse", "unchanged", "improved")


class Vocabulary:
    """Tell concepts of the branches apart and move among them; built once per knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take a loaded knowledge."""
        self.knowledge = knowledge
        self.lexicon = Lexicon(knowledge)

    @cached_property
    def regions(self) -> Lexicon:
        """Hold the names of body regions alone, to find them inside longer names."""
        return Lexicon(self.knowledge, frozenset(self.knowledge.below("body_region")))

    @cached_property
    def treatments(self) -> Lexicon:
        """Hold the names of treatments alone, to find them inside names of something else."""
        return Lexicon(self.knowledge, frozenset(self.knowledge.below("treatment")))

    @cached_property
    def typos(self) -> Typos:
        """Hold the words in which slips are mended: those of treatments and body regions."""
        meant = {word for lexicon in (self.treatments, self.regions) for keys in lexicon.forms for word in keys}
        return Typos((word for keys in self.lexicon.forms for word in keys), meant)

    def is_paired(self, site: str) -> bool:
        """Tell whether there is a body region on either side."""
        return self.inherited(site, "paired") == "true"

    def is_heading(self, name: str) -> bool:
        """Tell whether a service is so wide that it only heads the one named after it ("Labs: …")."""
        return self.knowledge.ontology.text(CONCEPT + name, SCHEMA + "heading") == "true"

    def gives_drugs(self, name: str) -> bool:
        """Tell whether a service is the giving of a drug, so that a drug named before it is not asked for itself."""
        return self.inherited(name, "gives") is not None

    def is_a(self, name: str, wide: str) -> bool:
        """Tell whether a concept is another or below it."""
        return self.knowledge.is_below(CONCEPT + name, CONCEPT + wide)

    @cached_property
    def region_words(self) -> frozenset[str]:
        """List the words that body regions are named with, and the small words of such names."""
        return frozenset(word for keys in self.regions.forms for word in keys) | _SMALL

    def one_of(self, names: Iterable[str], root: str) -> str | None:
        """Return the concept of a branch among names, if there is one alone."""
        found = [name for name in names if self.is_a(name, root) and name != root]
        return found[0] if len(found) == 1 else None

    def named(self, mention: Mention, root: str) -> str | None:
        """Return the concept of a branch that a mention names, if it is one alone."""
        return self.one_of(mention.names, root)

    def region(self, names: Iterable[str]) -> str | None:
        """Return the body region among names."""
        return self.one_of(names, "body_region")

    def is_general(self, name: str) -> bool:
        """Tell whether a treatment is a whole branch ("treatment", "drug"), which names nothing in particular."""
        return name == "treatment" or CONCEPT + "treatment" in self._parents(name)

    def complaint(self, name: str) -> str | None:
        """Name the bare complaint that a diagnosis places at a region ("pain" of "shoulder pain")."""
        above = (short(iri) for iri in self.knowledge.above(CONCEPT + name))
        return next((n for n in sorted(above) if self.needs_site(n)), None)

    def complaint_in(self, name: str, words: str) -> str | None:
        """Name the bare complaint of a diagnosis when words say it ("shoulder pain", but not "shoulder strain")."""
        complaint, said = self.complaint(name), self.lexicon.keys(words)
        return complaint if complaint and any(keys <= said for keys in self.lexicon.names_of(complaint)) else None

    def said_at(self, name: str, words: str, site: str) -> str:
        """Name the narrower concept that words and a region say together ("strain" and neck: "neck strain")."""
        own = self.regions_of(name)
        if own and not any(self.is_a(site, region) for region in own):
            return name
        complaint = self.complaint(name)
        if complaint and (name == complaint or name == self.at(complaint, sorted(own))):
            return self.at(complaint, [site])
        names = (self.lexicon.keys(words), *self.lexicon.names_of(name))
        fitting = [
            narrow
            for narrow in self.below(name)
            if self._own_regions(narrow)
            and self._fits(narrow, [site])
            and any(keys - self.region_words <= said for keys in self.lexicon.names_of(narrow) for said in names)
        ]
        narrowest = [n for n in fitting if not any(self._narrower(m, n) for m in fitting if m != n)]
        return narrowest[0] if len(narrowest) == 1 else name

    def is_course(self, name: str) -> bool:
        """Tell whether a service is one whose result is told: care, not a test or a single visit."""
        single = self.count_of(name) is not None and self.unit_of(name) == "visit"
        return not single and not self.is_a(name, "diagnostic_test")

    def needs_value(self, name: str) -> bool:
        """Tell whether a finding is a measurement, which says nothing without its number."""
        return self.inherited(name, "needsValue") == "true"

    def needs_site(self, name: str) -> bool:
        """Tell whether a complaint says nothing without a body region."""
        return self.knowledge.ontology.text(CONCEPT + name, SCHEMA + "needsSite") == "true"

    def outcome(self, name: str, denied: bool) -> Outcome:
        """Put an outcome in the words of a case; of a failure no more is said than that nothing was gained."""
        found = next((word for word in _OUTCOMES if self.is_a(name, word)), None)
        if denied:
            return "unchanged" if found == "improved" else "unknown"
        return found or ("unchanged" if self.is_a(name, "failed") else "unknown")

    def with_parts(self, name: str) -> tuple[str, ...]:
        """List a service and those it combines."""
        return name, *map(short, self.knowledge.ontology.iris(CONCEPT + name, "combines"))

    def related(self, one: str, other: str) -> bool:
        """Tell whether one of two concepts is the other or above it."""
        return self.is_a(one, other) or self.is_a(other, one)

    def akin(self, one: str, other: str) -> bool:
        """Tell whether two services are related, stand directly below one, or are counted together by a limit."""
        if self.related(one, other) or self._parents(one) & self._parents(other):
            return True
        return any(
            any(self.is_a(one, n) for n in names) and any(self.is_a(other, n) for n in names) for names in self._counted
        )

    @cached_property
    def _counted(self) -> frozenset[frozenset[str]]:
        slots = (node.slots.get("counts", ()) for node in self.knowledge.criteria.values())
        return frozenset(frozenset(short(term.value) for term in terms) for terms in slots if len(terms) > 1)

    def _parents(self, name: str) -> frozenset[str]:
        above = self.knowledge.above(CONCEPT + name) - {CONCEPT + name}
        return frozenset(a for a in above if not any(a != b and self.knowledge.is_below(b, a) for b in above))

    def regions_of(self, name: str) -> frozenset[str]:
        """List the body regions of a concept by local name."""
        return frozenset(short(iri) for iri in self.knowledge.regions_of(CONCEPT + name))

    def below(self, name: str) -> tuple[str, ...]:
        """List the concepts strictly below one, nearest first."""
        return self._below.get(name, ())

    @cached_property
    def _below(self) -> dict[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self.knowledge.concepts, key=lambda n: (self.depth(n), n)):
            for iri in self.knowledge.above(CONCEPT + name) - {CONCEPT + name}:
                found[short(iri)].append(name)
        return {name: tuple(names) for name, names in found.items()}

    def inherited(self, name: str, term: str) -> str | None:
        """Read what a term of the schema says of a concept, else of the nearest concept above it."""
        above = self.knowledge.above(CONCEPT + name)
        for iri in sorted(above, key=lambda i: (-len(self.knowledge.above(i)), i)):
            found = self.knowledge.ontology.text(iri, SCHEMA + term)
            if found is not None:
                return found
        return None

    def unit_of(self, name: str) -> str | None:
        """Name the unit a service is counted in when nobody says."""
        found = self.inherited(name, "countedIn")
        return short(found) if found else None

    def count_of(self, name: str) -> float | None:
        """Tell how many a request for a service means when it names no number."""
        found = self.inherited(name, "countWhenSilent")
        return float(Decimal(found)) if found else None

    def accompanied(self, name: str) -> str | None:
        """Name the service beside which a service is asked for, if it is one that stands beside others."""
        found = self.inherited(name, "accompanies")
        return short(found) if found else None

    @cached_property
    def composition(self) -> Composition:
        """Hold what products contain."""
        return Composition(self.knowledge.ontology)

    @cached_property
    def compounds(self) -> dict[str, str]:
        """Map forms of drugs to the class of their products that hold several drugs."""
        read = self.knowledge.ontology
        found = {
            short(iri): read.iris(iri, "compound") for iri in map(CONCEPT.__add__, sorted(self.knowledge.concepts))
        }
        return {form: short(classes[0]) for form, classes in found.items() if classes}

    @cached_property
    def combinations(self) -> dict[frozenset[str], str]:
        """Map sets of services to the one service that combines them."""
        read = self.knowledge.ontology
        found = {name: read.iris(CONCEPT + name, "combines") for name in sorted(self.knowledge.concepts)}
        return {frozenset(map(short, parts)): name for name, parts in found.items() if parts}

    def at(self, name: str, sites: Iterable[str]) -> str:
        """Narrow a concept to the one below it for the body regions named, where there is exactly one nearest.

        Of several that fit, those of the narrowest region count, of these the one nearest to the concept.
        """
        wanted = list(dict.fromkeys(sites))
        if not wanted or self._covers(name, wanted):
            return name
        same = self.regions_of(name)
        fitting = [
            n for n in self.below(name) if self._own_regions(n) not in (frozenset(), same) and self._fits(n, wanted)
        ]
        narrow = [n for n in fitting if not any(self._narrower(m, n) for m in fitting if m != n)]
        depth = min((self.depth(n) for n in narrow), default=0)
        nearest = [n for n in narrow if self.depth(n) == depth]
        return nearest[0] if len(nearest) == 1 else name

    def beside(self, name: str, site: str) -> str:
        """Name the counterpart of a service of one region for another region, or the service itself."""
        if not self._own_regions(name) or any(self.related(site, region) for region in self.regions_of(name)):
            return self.at(name, [site])
        above = [short(i) for i in self.knowledge.above(CONCEPT + name) if not self.knowledge.regions_of(i)]
        nearest = max(above, key=lambda n: (self.depth(n), n), default=name)
        found = self.at(nearest, [site])
        return name if found == nearest else found

    def _covers(self, name: str, wanted: list[str]) -> bool:
        own = self.regions_of(name)
        return bool(own) and all(w in own for w in wanted)

    def _own_regions(self, name: str) -> frozenset[str]:
        return frozenset(short(iri) for iri in self.knowledge.ontology.iris(CONCEPT + name, "region"))

    def _fits(self, name: str, wanted: list[str]) -> bool:
        """Tell whether every wanted region lies at a concept's own, and each of its own is wanted if it combines."""
        own = self._own_regions(name)
        parts = self.knowledge.ontology.iris(CONCEPT + name, "combines")
        joined = frozenset(region for part in parts for region in self.regions_of(short(part)))
        if len(joined) > 1:
            return joined == frozenset(wanted)
        return all(any(self.is_a(w, r) for r in own) for w in wanted)

    def _narrower(self, one: str, other: str) -> bool:
        mine, theirs = self._own_regions(one), self._own_regions(other)
        return mine != theirs and all(any(self.is_a(m, t) for t in theirs) for m in mine)

    def depth(self, name: str) -> int:
        """Count the concepts above one."""
        return len(self.knowledge.above(CONCEPT + name))


def most_specific(vocabulary: Vocabulary, names: Iterable[str]) -> list[str]:
    """Leave out each name that stands above another, and repetitions."""
    found = list(dict.fromkeys(names))
    return [n for n in found if not any(m != n and vocabulary.is_a(m, n) for m in found)]
