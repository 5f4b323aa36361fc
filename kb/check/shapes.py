"""Validate a folder against the shapes of core/shapes.ttl, and say for each result what to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyshacl
import rdflib
from rdflib.collection import Collection
from rdflib.term import Node

from kb.check.defect import Defect
from kb.check.reading import Reading
from kb.settings import data_folder
from kb.terms import SCHEMA, short

_SHAPES = Path("core") / "shapes.ttl"
_SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
_PREFIXES = {SCHEMA: "kb:", "http://purl.org/dc/terms/": "dct:", "http://www.w3.org/2001/XMLSchema#": "xsd:"}


def shape_defects(reading: Reading) -> Iterator[Defect]:
    """Validate core and guidelines; concepts have no shapes."""
    own = reading.folder / _SHAPES
    shapes = rdflib.Graph().parse(own if own in reading.files else data_folder("ontology") / _SHAPES)
    data = rdflib.Graph()
    for file in reading.files:
        if "concepts" not in file.relative_to(reading.folder).parts and file != own:
            data.parse(file)
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes)
    for result in results.subjects(rdflib.RDF.type, _SH.ValidationResult):
        focus = results.value(result, _SH.focusNode)
        if isinstance(focus, rdflib.URIRef):
            yield _defect(results, result, str(focus), shapes, reading)


def _defect(results: rdflib.Graph, result: Node, subject: str, shapes: rdflib.Graph, reading: Reading) -> Defect:
    message, value = results.value(result, _SH.resultMessage), results.value(result, _SH.value)
    found = f"; it has {_said(value)}" if value is not None and str(value) != subject else ""
    path = results.value(result, _SH.resultPath)
    line = reading.line(subject, str(path) if isinstance(path, rdflib.URIRef) else None)
    solution = _solution(results, result, shapes)
    near = reading.nearest(str(value)) if isinstance(value, rdflib.URIRef) else ""
    return Defect(
        "error", "shape", short(subject), f"{message}{found}.", near or solution, reading.place.get(subject), line
    )


def _said(value: Node) -> str:
    return "a nameless node" if isinstance(value, rdflib.BNode) else f"`{short(str(value))}`"


def _solution(results: rdflib.Graph, result: Node, shapes: rdflib.Graph) -> str:
    """Say what to do: what the shape says itself, else what its constraint asks for."""
    shape = results.value(result, _SH.sourceShape)
    told = shapes.value(shape, _SH.description) if shape is not None else None
    if told is not None:
        return str(told)
    component = str(results.value(result, _SH.sourceConstraintComponent)).rsplit("#", 1)[-1]
    path = results.value(result, _SH.resultPath)
    term = _spelled(path) if isinstance(path, rdflib.URIRef) else "the property"
    remedy = _REMEDIES.get(component.removesuffix("ConstraintComponent"))
    return remedy(term, shapes, shape) if remedy else f"Correct {term} as the sentence says."


def _spelled(term: Node | None) -> str:
    text = str(term)
    for namespace, prefix in _PREFIXES.items():
        if text.startswith(namespace):
            return prefix + text[len(namespace) :]
    return f"`{text}`"


def _choice(term: str, shapes: rdflib.Graph, shape: Node | None) -> str:
    head = shapes.value(shape, _SH["in"]) if shape is not None else None
    words = [_spelled(word) if isinstance(word, rdflib.URIRef) else str(word) for word in Collection(shapes, head)]  # type: ignore[arg-type]
    return f"Give {term} one of {', '.join(words)}."


def _of_type(term: str, shapes: rdflib.Graph, shape: Node | None) -> str:
    datatype = _spelled(shapes.value(shape, _SH.datatype)) if shape is not None else ""
    example = {"xsd:date": '"2016-07-29"^^xsd:date', "xsd:integer": "2"}.get(datatype, f'"…"^^{datatype}')
    return f"Write {term} as {example}."


_Remedy = Callable[[str, rdflib.Graph, Node | None], str]
_REMEDIES: dict[str, _Remedy] = {
    "MinCount": lambda term, *_: f"Add {term}.",
    "MaxCount": lambda term, *_: f"Keep one value of {term}.",
    "In": _choice,
    "Datatype": _of_type,
    "Class": lambda term, *_: f"Correct the name under {term}, or describe what it names.",
    "NodeKind": lambda term, *_: f"Write a name under {term}, as c:massage_therapy or <#visit_limit>, no text.",
    "MinInclusive": lambda term, *_: f"Give {term} a number that is not below the least one allowed.",
    "Pattern": lambda term, *_: f"Write {term} in the form of the example.",
}
