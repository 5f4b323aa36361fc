"""The same answers from a real SPARQL server as from the embedded store."""

import os

import pyoxigraph as ox
import pytest
from kinds import kind_cases, tiny_knowledge
from servers import SERVERS

from api.app import create_app
from api.settings import Settings
from kb import determine, determine_many, load_knowledge
from kb.check.topic_cases import case_files, read_case_file
from kb.errors import StoreError
from kb.settings import data_folder
from kb.store.remote import RemoteStore


@pytest.fixture(scope="module", params=SERVERS)
def endpoint(request):
    program, start = SERVERS[request.param]
    if program is None:
        if "CI" in os.environ:
            pytest.fail(f"{request.param} is not installed")
        pytest.skip(f"{request.param} is not installed; see the tests in CONTRIBUTING.md")
    with start() as url:
        yield url


@pytest.fixture(scope="module")
def remote(endpoint):
    return load_knowledge(store=RemoteStore(endpoint))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny_remote(tmp_path_factory, endpoint):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"), store=RemoteStore(endpoint))


def test_every_kind_of_criterion_stands_as_in_the_embedded_store(tiny, tiny_remote):
    cases = [case.full(tiny) for case in kind_cases()]
    found = list(determine_many(cases, tiny_remote))
    assert found == list(determine_many(cases, tiny))
    assert len(found) == len(cases) > 100
    for number in range(0, len(cases), 10):
        assert determine(cases[number], tiny_remote) == found[number]


def test_same_answers_as_embedded(remote, knowledge):
    files = case_files(data_folder("ontology"))[:40]  # `make agree` compares the cases of all
    cases = [read_case_file(file)[-1].case for file in files]
    found = list(determine_many(cases, remote))
    assert found == list(determine_many(cases, knowledge))
    assert [determine(case, remote) for case in cases[::10]] == found[::10] != []


def test_the_service_decides_on_an_endpoint(remote, client):
    case = {"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}
    told = create_app(Settings(), remote).test_client().post("/determinations", json=case)
    assert told.status_code == 200
    assert told.get_json() == client.post("/determinations", json=case).get_json()


def test_knowledge_is_loaded_once_and_cases_leave_nothing(endpoint, remote):
    store = RemoteStore(endpoint)
    before = store.select((data_folder("queries") / "store" / "size.rq").read_text())
    knowledge = load_knowledge(store=RemoteStore(endpoint))
    determine({"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}, knowledge)
    assert store.select((data_folder("queries") / "store" / "size.rq").read_text()) == before


def test_a_graph_that_another_client_fills_is_added_to(endpoint):
    node, term = ox.NamedNode("urn:example:node"), ox.NamedNode("urn:example:term")
    told = [(node, term, ox.Literal(number)) for number in range(5)]
    first, second = RemoteStore(endpoint), RemoteStore(endpoint)
    first.load(told, {})
    first.drop(first._knowledge)
    first._insert(first._knowledge, [*told[:2], (node, term, ox.Literal("of another"))])
    second.load(told, {})
    found = {row["o"].value for row in first.select("SELECT ?o { ?s ?p ?o }")}
    assert found == {"0", "1", "2", "3", "4", "of another"}
    first.drop(first._knowledge)


def test_unreachable_endpoint_is_one_sentence():
    with pytest.raises(StoreError, match="does not answer"):
        load_knowledge(store=RemoteStore("http://127.0.0.1:9/query"))
