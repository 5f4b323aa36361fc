"""The contract is kept: whatever is sent, no answer is a failure of the service, and each is as the document says."""

import contextlib

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api import Settings, create_app
from api.served import serve_warm, serving
from kb import load_knowledge

EXAMPLES = {"quick": 8, "long": 300}
# That a word is a text does not say that it names a service, nor any text that it is a query: such is refused.
BESIDE_THE_SCHEMA = [positive_data_acceptance]
# Nothing that can be sent to these breaks their schema: any text is lines, each answered, and any text is a graph.
ANY_TEXT = {"POST /determinations/batch", "GET /sparql", "POST /sparql"}

ANY_PATH = "/{iri}"  # takes what is left: a path that is another operation's is answered by that


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def contract():
    app = create_app(Settings(query_seconds=1, max_body=1_000_000), load_knowledge())
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
    assert seen == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def _try(operation, mode, examples, seen):
    excluded = [*BESIDE_THE_SCHEMA, *([negative_data_rejection] if operation.label in ANY_TEXT else [])]
    others = set(operation.schema.raw_schema["paths"])

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def kept(case):
        assume(operation.path != ANY_PATH or case.formatted_path not in others)
        seen.add(operation.label)
        case.call_and_validate(excluded_checks=excluded)

    kept()
