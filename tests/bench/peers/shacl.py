"""Decide cases with pySHACL: the shapes of rules/shapes.ttl, the worst severity is the verdict."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyshacl
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, Namespace

Json = dict[str, Any]
SHAPES = Path(__file__).parent / "rules" / "shapes.ttl"
C = Namespace("https://w3id.org/mtus-kb/concept/")
P = Namespace("urn:peers:")
KIND = {
    "massage_therapy": P.MassageRequest,
    "mri_lumbar": P.MriRequest,
    "ct_lumbar": P.MriRequest,
    "topical_compound": P.CompoundRequest,
}
_WORST_FIRST = (
    (SH.Violation, "not_supported"),
    (SH.Warning, "undocumented"),
    (SH.Info, "supported_in_part"),
)


def start(above: dict[str, list[str]]) -> Callable[[Json], tuple[str, None]]:
    """Read the shapes and the hierarchy once."""
    shapes = Graph().parse(SHAPES)
    wider = [(C[name], RDFS.subClassOf, C[up]) for name, ups in above.items() for up in ups if up != name]

    def decide(plain: Json) -> tuple[str, None]:
        graph = as_graph(plain)
        for triple in wider:
            graph.add(triple)
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inplace=True)
        found = {report.value(result, SH.resultSeverity) for result in report.objects(None, SH.result)}
        return next((verdict for severity, verdict in _WORST_FIRST if severity in found), "supported"), None

    return decide


def as_graph(plain: Json) -> Graph:
    """Write a case as triples."""
    graph, case = Graph(), P.case
    graph.add((case, RDF.type, KIND[plain["service"]]))
    graph.add((case, P.complete, Literal(plain["complete"])))
    for name in ("quantity", "since_injury"):
        if plain[name] is not None:
            graph.add((case, P[name], Literal(plain[name])))
    for name, things in ("present", "present"), ("absent", "absent"), ("ingredient", "ingredients"):
        for thing in plain[things]:
            graph.add((case, P[name], C[thing]))
    for given in plain["care"]:
        node = BNode()
        graph.add((case, P.care, node))
        graph.add((node, P.kind, C[given["kind"]]))
        for name in ("status", "outcome", "quantity"):
            if given[name] is not None:
                graph.add((node, P[name], Literal(given[name])))
    return graph
