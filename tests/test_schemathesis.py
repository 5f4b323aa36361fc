"""The contract is kept: whatever is sent, no answer is a failure of the service, and each is as the document says."""

import contextlib
import datetime as dt

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api import Settings, create_app
from api.served import serve_warm, serving
from kb.ask.stored import described as questions
from kb.settings import data_folder
from kb.terms import CONCEPT

EXAMPLES = {"quick": 4, "long": 300}
# What fits the schema is accepted, but for these, which say more than a schema can: there it is refused in a sentence.
MORE_THAN_A_SCHEMA = {
    "GET /lookup": "a text need not name a service or a condition",
    "GET /requirements": "a text need not name a service or a condition",
    "GET /crosswalk": "a text need not be a code or name a concept, and one of three is needed",
    "GET /sparql": "a text need not be a query",
    "POST /sparql": "a text need not be a query",
    "GET /queries/{name}": "each question has its own parameters alone, and a text need not be a concept",
    "POST /determinations": "a text need not be a letter, and what a case names need not be a concept",
    "POST /cds-services/{name}": "FHIR resources are checked where they are read",
    "POST /cds-services/{name}/feedback": "what was accepted needs its suggestions",
}
# Nothing that can be sent to these breaks their schema: any text is lines, each answered, and any text is a graph.
ANY_TEXT = {"POST /determinations/batch", "GET /sparql", "POST /sparql"}

ANY_PATH = "/{iri}"  # takes what is left: a path that is another operation's is answered by that


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def contract(knowledge):
    app = create_app(Settings(query_seconds=1, max_body=1_000_000), knowledge)
    serve_warm(app, serving(app))
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


def test_every_operation_keeps_its_contract(contract, request):
    profile = request.config.getoption("--hypothesis-profile") or "quick"
    seen = set()
    for found in contract.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            with contextlib.suppress(Unsatisfiable):  # nothing of it can be wrong
                _try(operation, mode, EXAMPLES.get(profile, EXAMPLES["quick"]), seen)
    paths = contract.raw_schema["paths"]
    assert set(MORE_THAN_A_SCHEMA) < seen
    assert seen == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def _try(operation, mode, examples, seen):
    excluded = [negative_data_rejection] if operation.label in ANY_TEXT else []
    excluded += [positive_data_acceptance] if operation.label in MORE_THAN_A_SCHEMA else []
    others = set(operation.schema.raw_schema["paths"])

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def kept(case):
        assume(operation.path != ANY_PATH or case.formatted_path not in others)
        seen.add(operation.label)
        case.call_and_validate(excluded_checks=excluded)

    kept()


@pytest.mark.parametrize("path", ["/lookup", "/requirements"])
def test_a_word_that_names_a_service_is_accepted(contract, knowledge, path):
    services, conditions = _below(knowledge, "treatment"), _below(knowledge, "diagnosis")

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(services), st.none() | st.sampled_from(conditions), st.dates(dt.date(2004, 1, 1)))
    def accepted(service, condition, day):
        _accepted(contract, path, service=service, condition=condition, on=day)

    accepted()


def test_a_code_or_word_that_names_a_concept_is_accepted(contract, knowledge):
    codes = {"icd": [], "cpt": []}
    for name in knowledge.concepts:
        for system, found in knowledge.vocabulary.describe(name)["codes"].items():
            if system != "ATC":
                codes["icd" if system.startswith("ICD") else "cpt"] += found
    named = {**codes, "concept": _below(knowledge, "treatment")}
    assert all(len(values) > 50 for values in named.values())

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from([(key, value) for key, values in named.items() for value in values]))
    def accepted(chosen):
        _accepted(contract, "/crosswalk", **dict([chosen]))

    accepted()


def test_a_parameter_that_fits_is_accepted_by_the_questions_that_are_said_to_have_it(contract, knowledge, kept):
    described = contract.raw_schema["paths"]["/queries/{name}"]["get"]["parameters"]
    asked = [(p["name"], q, p["schema"]) for p in described for q in p.get("x-default-by-question", ())]
    assert {(key, q) for key, q, _ in asked} == {(key, q["name"]) for q in questions() for key in q["parameters"]}
    client = create_app(Settings(decisions=kept), knowledge).test_client()
    concepts = st.sampled_from(sorted(knowledge.concepts))

    def fitting(schema):
        if schema["type"] == "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        return st.dates() if schema.get("format") == "date" else concepts

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(asked), st.data())
    def accepted(chosen, data):
        key, question, schema = chosen
        answer = client.get(f"/queries/{question}", query_string={key: str(data.draw(fitting(schema)))})
        assert answer.status_code == 200, answer.text

    accepted()


@pytest.mark.parametrize("file", sorted(data_folder("queries").glob("examples/*.rq")), ids=lambda file: file.stem)
def test_a_text_that_is_a_query_is_accepted(contract, file):
    _accepted(contract, "/sparql", query=file.read_text(encoding="utf-8"))


def _below(knowledge, root):
    return sorted(name for name in knowledge.concepts if knowledge.is_below(CONCEPT + name, CONCEPT + root))


def _accepted(contract, path, **words):
    answer = contract.app.test_client().get(path, query_string={k: str(v) for k, v in words.items() if v is not None})
    assert answer.status_code == 200, answer.text
