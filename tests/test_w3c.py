"""The W3C SPARQL 1.1 suite, sent to the service's own endpoint: what fails is listed, each with its reason."""

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
import w3c
from werkzeug.datastructures import MultiDict

from api import Settings, create_app
from kb.store.disk import DiskWriter

HERE = Path(__file__).parent
LISTED = {row["iri"]: row["reason"] for row in csv.DictReader((HERE / "data" / "w3c.csv").open(encoding="utf-8"))}
UPDATES = ("UpdateEvaluationTest", "PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11")
FORMS = {"boolean": ("json", "xml"), "tabular": ("json", "xml", "csv", "separated"), "RDF": ("turtle", "rdf", "trip")}
SUITE = w3c.Suite()

pytestmark = pytest.mark.skipif(not w3c.SUITE.is_dir(), reason="no folder `shared/w3c` beside the checkout")


@pytest.fixture(scope="module")
def client(knowledge, tmp_path_factory):
    folder = tmp_path_factory.mktemp("w3c") / "dataset"
    with DiskWriter(folder) as writer:
        for name, triples in SUITE.graphs.items():
            writer.store.add_graph(ox.NamedNode(name))
            writer.store.bulk_load(triples, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(name))
        writer.publish()
    app = create_app(Settings(decisions=folder), knowledge)
    return app.test_client()


def evaluated(client, test):
    """Tell what is wrong with the answer to a test of evaluation."""
    kind = w3c.media_type(test)
    answer = client.post(
        "/sparql", data=MultiDict([*w3c.dataset(test), ("query", test.query)]), headers={"Accept": kind}
    )
    if answer.status_code != 200:
        return answer.json["detail"]
    return w3c.differs(test, answer.data, kind) if answer.mimetype == kind else f"written as {answer.mimetype}"


def accepted(client, test):
    """Tell why a query that must be read is not."""
    answer = client.post("/sparql", data={"query": test.query, "default-graph-uri": w3c.EMPTY})
    return None if answer.status_code == 200 else answer.json["detail"]


def refused(client, test):
    """Tell that a query that must be refused is not."""
    return None if accepted(client, test) else "accepted"


def exchanged(client, test):
    """Tell what is wrong with the answers to a protocol test."""
    for sent in w3c.exchanges(test):
        kind = dict(sent.headers).get("content-type")
        answer = client.open(sent.path, method=sent.method, data=sent.body, content_type=kind)
        if str(answer.status_code)[0] not in sent.status:
            return f"status {answer.status_code}"
        if sent.form and not any(word in answer.mimetype for word in FORMS[sent.form]):
            return f"written as {answer.mimetype}"
        if sent.boolean is not None and answer.json["boolean"] is not sent.boolean:
            return "the contrary"
    return None


def described(client, test):
    """Tell what is wrong with the description of the service."""
    answer = client.get("/sparql")
    term = {name: ox.NamedNode(f"http://www.w3.org/ns/sparql-service-description#{name}") for name in
            ("Service", "endpoint", "defaultDataset")}  # fmt: skip
    found = ox.Dataset(ox.parse(answer.data, format=ox.RdfFormat.from_media_type(answer.mimetype)))
    services = [q.subject for q in found if q.object == term["Service"]]
    for service in services:
        places = [q.object.value for q in found.quads_for_subject(service) if q.predicate == term["endpoint"]]
        if places == ["http://localhost/sparql"]:
            return None
    return "no service at the address asked"


RUN = {
    "QueryEvaluationTest": evaluated,
    "CSVResultFormatTest": evaluated,
    "PositiveSyntaxTest11": accepted,
    "NegativeSyntaxTest11": refused,
    "ProtocolTest": exchanged,
    "ServiceDescriptionTest": described,
}


def of_queries(test):
    """Tell a test of queries from one of updates."""
    return "update" not in test.iri.rpartition("#")[2] and "/delete-insert/" not in test.iri


def test_what_fails_is_what_is_listed(client):
    tests = [test for test in SUITE.of(*RUN) if of_queries(test)]
    assert len(tests) == 441
    failed = {test.iri: why for test in tests if (why := RUN[test.kind](client, test))}
    assert {iri: why for iri, why in failed.items() if iri not in LISTED} == {}, "these fail and are not listed"
    assert sorted(set(LISTED) - set(failed)) == [], "these are listed and do not fail"


def test_every_test_that_is_listed_exists_and_has_its_reason():
    known = {test.iri for test in SUITE.tests}
    assert {iri for iri in LISTED if iri not in known} == set()
    assert all(len(reason.split()) > 4 for reason in LISTED.values())


def test_every_update_is_refused(client):
    tests = SUITE.of(*UPDATES)
    assert len(tests) == 149
    for test in tests:
        action = test.one(w3c.MF.action, w3c.UT.request) or test.one(w3c.MF.action)
        text = w3c.read(action)
        direct = client.post("/sparql", data=text.encode(), content_type="application/sparql-update")
        for answer in (client.post("/sparql", data={"update": text}), direct):
            assert answer.status_code == 400, test.iri
            assert "updates are refused" in answer.json["detail"]


def test_the_update_half_of_the_protocol_is_refused(client):
    tests = [test for test in SUITE.of("ProtocolTest") if not of_queries(test)]
    assert len(tests) == 14
    for test in tests:
        sent = w3c.exchanges(test)[0]
        kind = dict(sent.headers).get("content-type")
        answer = client.open(sent.path, method=sent.method, data=sent.body, content_type=kind)
        assert 400 <= answer.status_code < 500, test.iri
