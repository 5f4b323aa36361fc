"""Choose what a request line asks for among the services and drugs it names.

The rules are of structure: what is joined by "and" is asked for together, what follows "with" or "for" is an
aside, several drugs with one form are one compound, two services that a third combines are that one.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from kb.facts.lexicon import Lexicon, Mention
from kb.facts.services import Vocabulary, most_specific

_ASIDE = re.compile(
    r"\b(?:with|followed\s+by|before|after|prior\s+to|to\s+(?:assist|evaluat\w+)|for|following|vs|versus|including|in)\b",
    re.I,
)
_JOINED = re.compile(r"[^a-z]*(?:and|or|plus|[,/+&;])[^a-z]*(?:(?:possible|the|a|an|left|right|bilateral)\s+)*", re.I)
_PURPOSE = re.compile(r"\b(?:for|before|prior\s+to|following)\b", re.I)
_DOSE = re.compile(r"[\s()-]*(?:[\d.,/%]+\s*(?:mg|mcg|ml|cc)?)?[\s()-]*", re.I)
_SHARE = re.compile(r"\d[\d.]*\s*(?:%|percent)", re.I)


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold what is asked for: the services, the ingredients of a mixture of drugs, and what is `unknown` of them."""

    services: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    unknown: str | None = None


class Chooser:
    """Choose with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the names."""
        self._vocabulary = vocabulary

    def mentions(self, words: str) -> list[Mention]:
        """Find the services and drugs that a line names."""
        return [m for mention in self._vocabulary.lexicon.mentions(words) for m in self._services(words, mention)]

    def _services(self, words: str, mention: Mention) -> list[Mention]:
        """Return a mention if it is of a service, else the services named in it, but not in a diagnosis or document."""
        if self._name(mention):
            return [mention]
        if any(self._vocabulary.is_a(name, root) for name in mention.names for root in ("diagnosis", "document")):
            return []
        found = self._vocabulary.treatments.mentions(words[mention.start : mention.end])
        moved = [Mention(m.start + mention.start, m.end + mention.start, m.names) for m in found]
        return [m for m in moved if self._name(m)]

    def choose(self, words: str, whole: str, sites: list[str], unit: str | None) -> Choice:
        """Choose what a line asks for; `whole` is the line with what was cut off before it."""
        mentions = self.mentions(words)
        names = [(m, name) for m in mentions if (name := self._name(m))]
        names = self._without_means(words, names)
        if not names:
            return self._scattered(words, whole, sites)
        mixture = self._mixture(words, [name for _, name in names], unit)
        if mixture:
            return mixture
        asked = [name for m, name in names if m in _asked(words, [m for m, _ in names])]
        placed = [self._vocabulary.at(self._narrowed(name, whole), sites) for name in asked]
        services = self._combined(most_specific(self._vocabulary, placed))
        return Choice(tuple(services), self._contents(services))

    def _without_means(self, words: str, names: list[tuple[Mention, str]]) -> list[tuple[Mention, str]]:
        """Leave out what stands before a service to say how it is done, with what, or of what kind it is."""
        then = dict(pairwise(names))
        return [pair for pair in names if not (pair in then and self._is_means(words, pair, then[pair]))]

    def _is_means(self, words: str, one: tuple[Mention, str], other: tuple[Mention, str]) -> bool:
        vocabulary, between = self._vocabulary, words[one[0].end : other[0].start]
        if vocabulary.is_heading(one[1]):
            return not between.strip(" :-")
        beside = vocabulary.accompanied(one[1])
        if beside and vocabulary.is_a(other[1], beside):
            return not between.strip(" -")
        given = vocabulary.gives_drugs(other[1]) and vocabulary.is_a(one[1], "drug")
        return given and _DOSE.fullmatch(between) is not None

    def _scattered(self, words: str, whole: str, sites: list[str]) -> Choice:
        """Read a service whose name is torn by a word or two ("lumbar instrumented fusion"), if it is one alone."""
        found = most_specific(self._vocabulary, self._vocabulary.treatments.scattered(words))
        found = [name for name in found if not self._vocabulary.is_general(name)]
        if len(found) != 1:
            return Choice()
        return Choice((self._vocabulary.at(self._narrowed(found[0], whole), sites),))

    def _name(self, mention: Mention) -> str | None:
        name = self._vocabulary.named(mention, "treatment")
        return None if name is None or self._vocabulary.is_general(name) else name

    def _narrowed(self, name: str, whole: str) -> str:
        """Take a narrower service when the line holds every word of one of its names ("wheelchair … rental")."""
        lexicon = self._vocabulary.lexicon
        held = lexicon.keys(self._without_purpose(whole))
        fitting = [
            (len(keys), narrow)
            for narrow in self._vocabulary.below(name)
            for keys in lexicon.names_of(narrow)
            if keys <= held and not self._only_region(keys, name, lexicon)
        ]
        best = [n for size, n in fitting if size == max(s for s, _ in fitting)]
        return best[0] if len(set(best)) == 1 else name

    def _without_purpose(self, whole: str) -> str:
        """Cut off what a service is for when that is a service of its own ("… for a home exercise program")."""
        purpose = _PURPOSE.search(whole)
        if purpose and any(mention.start >= purpose.end() for mention in self.mentions(whole)):
            return whole[: purpose.start()]
        return whole

    def _only_region(self, keys: frozenset[str], name: str, lexicon: Lexicon) -> bool:
        """Tell whether a name adds nothing but a body region, which is weighed by its structure instead."""
        known = frozenset().union(*lexicon.names_of(name))
        return keys - known <= self._vocabulary.region_words

    # --- drugs ------------------------------------------------------------------------------------------------

    def _mixture(self, words: str, names: list[str], unit: str | None) -> Choice | None:
        """Read "drug 10%, drug 5% in cream base": several drugs are a compound, one is that drug in the form."""
        vocabulary = self._vocabulary
        forms = {*vocabulary.compounds, *vocabulary.compounds.values()}
        names = self._taken_apart(names)
        drugs = [n for n in dict.fromkeys(names) if vocabulary.is_a(n, "drug") and n not in forms]
        form = self._form(names, unit) if _SHARE.search(words) or len(drugs) > 1 else None
        if form is None or not drugs or any(vocabulary.is_a(drug, form) for drug in drugs):
            return None
        unknown = self._unknown(words)
        if len(drugs) > 1 or unknown:
            return Choice((vocabulary.compounds[form],), tuple(drugs), unknown)
        product = vocabulary.composition.products.get((form, drugs[0]))
        return Choice((self._narrowed(product, words),)) if product else None

    def _unknown(self, words: str) -> str | None:
        """Name the first ingredient with a share ("zorbine 5%") that is no known drug."""
        shares = list(_SHARE.finditer(words))
        starts = [0, *(share.end() for share in shares)]
        for start, share in zip(starts, shares, strict=False):
            said = words[start : share.start()]
            if re.search(r"[a-z]{4}", said, re.I) and not self.mentions(said):
                return " ".join(said.split()).strip(" ,;/+&-(.")
        return None

    def _taken_apart(self, names: list[str]) -> list[str]:
        """Say form and drug apart where one of several drugs is named with the form ("tramadol cream")."""
        products = {name: parts for parts, name in self._vocabulary.composition.products.items()}
        if len(names) < 2 or not products.keys() & set(names):
            return names
        return [part for name in names for part in products.get(name, (name,))]

    def _form(self, names: list[str], unit: str | None) -> str | None:
        """Name the form of a mixture: said, or the one that is counted in the unit of the line."""
        said = [form for form, mixed in self._vocabulary.compounds.items() if form in names or mixed in names]
        counted = [f for f in self._vocabulary.compounds if unit and self._vocabulary.unit_of(f) == unit]
        return next(iter(said or counted), None)

    def _contents(self, services: list[str]) -> tuple[str, ...]:
        """List what a named compound holds."""
        if len(services) != 1:
            return ()
        compound = any(self._vocabulary.is_a(services[0], c) for c in self._vocabulary.compounds.values())
        return self._vocabulary.composition.contents.get(services[0], ()) if compound else ()

    def _combined(self, services: list[str]) -> list[str]:
        """Put the service that combines two in their place."""
        for parts, whole in self._vocabulary.combinations.items():
            if len(services) == len(parts) > 1 and frozenset(services) == parts:
                return [whole]
        return services


def _asked(words: str, mentions: list[Mention]) -> list[Mention]:
    """Keep the first thing named and what is joined to it, up to an aside ("with", "for", "before")."""
    asked = mentions[:1]
    for mention in mentions[1:]:
        between = words[asked[-1].end : mention.start]
        if _ASIDE.search(between):
            break
        if _JOINED.fullmatch(between) or _is_said_again(words, asked[-1], mention):
            asked.append(mention)
    return asked


def _is_said_again(words: str, one: Mention, other: Mention) -> bool:
    """Tell whether a name in brackets follows ("EMG (electromyography)")."""
    return words[one.end : other.start].strip() == "("
