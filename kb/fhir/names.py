"""Find the concepts that FHIR codes and their words name, the words as request lines and letters are read."""

from collections.abc import Iterable
from typing import Any

import msgspec

from kb.case.model import Request
from kb.facts.places import side_in, sites_in
from kb.facts.quantity import Quantities
from kb.facts.reading import readers
from kb.facts.summary import Facts
from kb.fhir.resources import words
from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT

_SYSTEMS = frozenset(
    (
        "http://www.ama-assn.org/go/cpt",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-9-cm",
        "http://www.whocc.no/atc",
    )
)  # those of which the concepts carry codes


class Names:
    """Know the codes of one knowledge, and its readers of words."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take a loaded knowledge."""
        made = readers(knowledge)
        self._knowledge = knowledge
        self.vocabulary, self._requests, self._facts = made.vocabulary, made.requests, made.facts
        self.quantities = Quantities(knowledge)

    @classmethod
    def of(cls, knowledge: Knowledge) -> "Names":
        """Return the names of a knowledge, built once for each."""
        return knowledge.memory.once("fhir", "", lambda: cls(knowledge))

    def coded(self, codeable: Any, root: str) -> list[str]:
        """List the concepts of a branch that the codes of known systems name."""
        codes = [c.code for c in (codeable.coding if codeable else None) or () if c.code and str(c.system) in _SYSTEMS]
        found = (name for code in codes for name in self._knowledge.vocabulary.coded(str(code)))
        return list(dict.fromkeys(name for name in found if self.vocabulary.is_a(name, root)))

    def service(self, codeable: Any, place: str = "") -> Request:
        """Read the service or drug that a code and its words name; `error` says why none is.

        Where code and words name different things, none is taken.
        """
        said = words(codeable)
        line = self._requests.line(", ".join(part for part in (said, place) if part))
        coded = self.coded(codeable, "treatment")
        if not coded and not said:
            line.error = "no service is known by its codes, and it has no words; give it a `text`"
            return line
        read = [item.service for item in (line, *line.parts) if item.service]
        if not coded or any(self.vocabulary.is_a(name, code) for name in read for code in coded):
            return line
        narrower = [code for code in coded if any(self.vocabulary.is_a(code, name) for name in read)]
        if read and not narrower and codeable.text:
            line.error = f"the code names {' or '.join(coded)}, the words `{said}` name {read[0]}; make them agree"
            return line
        return self._by_code(line, narrower or coded)

    def _by_code(self, line: Request, coded: list[str]) -> Request:
        sites = [line.site] if isinstance(line.site, str) else line.site
        name = self.widest(self._at(coded, sites))
        if name is None:
            line.error = f"the code may name {' or '.join(coded)}; say in `text` which"
            return line
        service = self.vocabulary.at(name, sites)
        number = line.quantity or self.vocabulary.count_of(service)
        unit = (line.unit or self.vocabulary.unit_of(service)) if number else None
        return msgspec.structs.replace(line, service=service, quantity=number, unit=unit, parts=[], error=None)

    def _at(self, coded: list[str], sites: Iterable[str]) -> list[str]:
        """Keep the concepts that are of the body regions named, if some are."""
        near = [
            c for c in coded for r in self.vocabulary.regions_of(c) if any(self.vocabulary.related(s, r) for s in sites)
        ]
        return list(dict.fromkeys(near)) or coded

    def widest(self, names: list[str]) -> str | None:
        """Name the concept above all the others; what is wider than meant is told to be so, never granted for it."""
        found = [name for name in names if all(self.vocabulary.is_a(other, name) for other in names)]
        return found[0] if found else None

    def one(self, codeable: Any, root: str) -> str | None:
        """Name the one concept that codes name, the widest where they name several in a row."""
        return self.widest(self.coded(codeable, root))

    def line(self, text: str) -> Request:
        """Read words as a request line."""
        return self._requests.line(text)

    def is_named_after(self, whole: str, part: str | None) -> bool:
        """Tell whether the label of a concept begins with that of another."""
        label = self._knowledge.ontology.label
        return part is not None and label(CONCEPT + whole).lower().startswith(label(CONCEPT + part).lower())

    def told(self, text: str) -> Facts:
        """Read the facts that words tell, as those of a letter are."""
        said = f"{text.rstrip('. ')}."
        return self._facts.read(said, 0, len(said), [])

    def places(self, sites: Any) -> tuple[str, list[str], str | None]:
        """Read the body regions and the side of coded sites; with them, the words they were read from."""
        listed = sites if isinstance(sites, list) else [sites] if sites else []
        said = ", ".join(filter(None, map(words, listed)))
        return said, sites_in(self.vocabulary, said), side_in(said)
