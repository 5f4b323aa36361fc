"""Read from the ontology what products hold: the ingredients of a class, and the class for an ingredient in a form."""

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from kb.knowledge.ontology import Ontology
from kb.terms import CONCEPT, OWL, RDF, RDFS, SCHEMA


class Composition:
    """Hold which drugs the classes of products are said to contain."""

    def __init__(self, ontology: Ontology) -> None:
        """Read the restrictions on `kb:hasIngredient`."""
        self._blank: dict[Any, dict[str, list[Any]]] = {}
        for s, p, o in ontology.triples:
            if isinstance(s, ox.BlankNode):
                self._blank.setdefault(s, {}).setdefault(p.value, []).append(o)
        self.contents: dict[str, tuple[str, ...]] = {}
        self.products: dict[tuple[str, str], str] = {}
        for iri in sorted(i for i in ontology.index if i.startswith(CONCEPT)):
            self._read(iri[len(CONCEPT) :], ontology)

    def _read(self, name: str, ontology: Ontology) -> None:
        iri = CONCEPT + name
        held = [drug for o in ontology.objects(iri, RDFS + "subClassOf") if (drug := self._ingredient(o))]
        for definition in ontology.objects(iri, OWL + "equivalentClass"):
            parts = list(self._members(definition))
            drugs = [drug for part in parts if (drug := self._ingredient(part))]
            forms = [_local(part) for part in parts if isinstance(part, ox.NamedNode)]
            if len(drugs) == 1 and len(forms) == 1:
                self.products[forms[0], drugs[0]] = name
        if held:
            self.contents[name] = tuple(sorted(held))

    def _ingredient(self, node: Any) -> str | None:
        said = self._blank.get(node, {})
        if not any(o.value == SCHEMA + "hasIngredient" for o in said.get(OWL + "onProperty", ())):
            return None
        return next((_local(o) for o in said.get(OWL + "someValuesFrom", ()) if isinstance(o, ox.NamedNode)), None)

    def _members(self, node: Any) -> Iterator[Any]:
        rest = next(iter(self._blank.get(node, {}).get(OWL + "intersectionOf", ())), None)
        while rest in self._blank:
            yield from self._blank[rest].get(RDF + "first", ())
            rest = next(iter(self._blank[rest].get(RDF + "rest", ())), None)


def _local(node: Any) -> str:
    return str(node.value).removeprefix(CONCEPT)
