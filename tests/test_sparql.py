"""The SPARQL Protocol: which query, of which graphs, written how; and what the service says of itself."""

import csv
import io
import json
import os
import threading
import time
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from api import Settings, create_app
from kb import FormatError, QueryError, QueryTimeout
from kb.ask.formats import FORMATS, ROWS, TRIPLES, Wanted
from kb.ask.guard import check_query
from kb.ask.sandbox import Sandbox
from kb.ask.worker import Worker
from kb.store.results import Graphs

SD, VOID = "http://www.w3.org/ns/sparql-service-description#", "http://rdfs.org/ns/void#"
KNOWLEDGE = "https://w3id.org/mtus-kb/graph/knowledge"
SELECT, CONSTRUCT = "SELECT ?o { <urn:s> ?p ?o } LIMIT 1", "CONSTRUCT { <urn:s> <urn:p> 1 } WHERE {}"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


def ask(client, query, accept=None, **more):
    headers = {"Accept": accept} if accept else {}
    return client.get("/sparql", query_string={"query": query, **more}, headers=headers)


def detail(answer, status):
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.data[:200]
    return json.loads(answer.data)["detail"]


# --- formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        (SELECT, None, "application/sparql-results+json"),
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "application/xml", "application/xml"),
        (SELECT, "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "text/turtle, application/sparql-results+xml;q=0.1", "application/sparql-results+xml"),
        (SELECT, "text/turtle, */*;q=0.1", "application/sparql-results+json"),
        (CONSTRUCT, None, "text/turtle"),
        (CONSTRUCT, "text/csv, application/n-triples;q=0.2", "application/n-triples"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/json", "application/json"),
        (CONSTRUCT, "application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("DESCRIBE <urn:s>", "text/*", "text/turtle"),
        ("ASK {}", "text/csv", "text/csv"),
    ],
)
def test_what_is_found_and_what_is_accepted_choose_the_format(client, query, accept, kind):
    answer = ask(client, query, accept)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.content_type == (f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Knowledge-Version"]


@pytest.mark.parametrize("accept", TRIPLES.values())
def test_triples_are_the_same_in_every_format(client, accept):
    answer = ask(client, 'CONSTRUCT { <urn:s> <urn:p> "é"@fr } WHERE {}', accept)
    found = ox.parse(answer.data, format=ox.RdfFormat.from_media_type(accept))
    assert [(t.subject.value, t.object.value, t.object.language) for t in found] == [("urn:s", "é", "fr")]


def test_rows_in_every_format(client):
    query = 'SELECT ?a ?b { VALUES (?a ?b) { (<urn:x> "1,é") (UNDEF 2) } }'
    for kind in (ROWS["json"], ROWS["xml"], ROWS["tsv"]):
        found = ox.parse_query_results(ask(client, query, kind).data, ox.QueryResultsFormat.from_media_type(kind))
        assert [(row["a"] and row["a"].value, row["b"].value) for row in found] == [("urn:x", "1,é"), (None, "2")]
    rows = csv.reader(io.StringIO(ask(client, query, "text/csv").text))
    assert list(rows) == [["a", "b"], ["urn:x", "1,é"], ["", "2"]]


@pytest.mark.parametrize(
    ("query", "accept", "said"),
    [
        (CONSTRUCT, "text/csv", "CONSTRUCT finds triples; accept one of text/turtle"),
        (SELECT, "text/turtle", "SELECT finds rows; accept one of application/sparql-results+json"),
        (SELECT, "image/png", "`image/png` cannot be given here"),
        (SELECT, "text/csv;q=0", "cannot be given here"),
    ],
)
def test_what_cannot_be_written_as_accepted_is_refused(client, query, accept, said):
    assert said in detail(ask(client, query, accept), 406)


def test_a_link_may_name_the_format(client):
    assert ask(client, SELECT, "text/turtle", format="csv").mimetype == "text/csv"
    assert ask(client, CONSTRUCT, format="csv").mimetype == "text/turtle", "what cannot hold triples gives way"
    assert "`format`: input should be 'json'" in detail(ask(client, SELECT, format="pdf"), 422)


# --- the request ----------------------------------------------------------------------------------------------


def test_three_ways_to_ask_are_one(client):
    ways = [
        client.get("/sparql", query_string={"query": COUNT}),
        client.post("/sparql", data={"query": COUNT}),
        client.post("/sparql", data=COUNT.encode(), content_type=f"{DIRECT}; charset=utf-8"),
    ]
    assert len({way.data for way in ways}) == 1
    assert int(ways[0].json["results"]["bindings"][0]["n"]["value"]) > 1000


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "said"),
    [
        ("get", "?query=ASK{}&query=ASK{}", {}, 400, "the request has 2 queries; send one"),
        ("post", "?query=ASK{}", {"data": b"ASK{}", "content_type": DIRECT}, 400, "the request has 2 queries"),
        ("post", "", {"data": {"other": "1"}}, 400, "the request has no `query`; send one"),
        ("get", "?query=", {}, 422, "the parameter `query` is empty"),
        ("get", "?query=ASK%7B%7D%23%FF", {}, 400, "the query is not UTF-8"),
        ("post", "", {"data": b"query=ASK%7B%7D%23%FF", "content_type": FORM}, 400, "the query is not UTF-8"),
        ("post", "", {"data": b"ASK{}#\xff", "content_type": DIRECT}, 400, "the query is not UTF-8"),
        ("post", "", {"data": b"ASK{}", "content_type": f"{DIRECT}; charset=latin-1"}, 400, "is sent in UTF-8"),
        ("post", "", {"data": b"ASK{}"}, 415, "the content has no type; send one of application/x-www-form"),
        ("post", "", {"data": b"ASK{}", "content_type": "text/plain"}, 415, "`text/plain` is not read"),
        ("get", "?update=CLEAR%20ALL", {}, 400, "updates are refused; guidelines are changed in their files"),
        ("post", "", {"data": {"update": "CLEAR ALL"}}, 400, "updates are refused"),
        ("post", "", {"data": {"update": "CLEAR ALL", "query": "ASK {}"}}, 400, "updates are refused"),
        ("post", "", {"data": b"CLEAR ALL", "content_type": "application/sparql-update"}, 400, "updates are refused"),
        ("get", "?query=CLEAR%20ALL", {}, 400, "not a SPARQL query (updates are refused)"),
    ],
)
def test_a_wrong_request_is_told_in_one_sentence(client, method, path, given, status, said):
    assert said in detail(getattr(client, method)(f"/sparql{path}", **given), status)


def test_head_and_options(client):
    head = client.head("/sparql", query_string={"query": "ASK {}"})
    assert (head.status_code, head.mimetype, head.data) == (200, "application/sparql-results+json", b"")
    assert set(client.options("/sparql").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert client.put("/sparql?query=ASK{}").status_code == 405


def test_a_function_that_there_is_not_is_an_error_of_the_query(client):
    assert "<urn:f> is not supported" in detail(ask(client, "SELECT (<urn:f>(1) AS ?x) {}"), 400)


# --- the dataset ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("graph", ["file:///etc/passwd", "http://127.0.0.1/", f"{KNOWLEDGE}x", "relative", ""])
def test_graphs_that_are_not_ours_are_refused(client, place, graph):
    said = f"FROM `{graph}` is refused: no graph here is called so"
    assert said in detail(ask(client, "ASK {}", **{place: graph}), 400)
    assert said in detail(client.post(f"/sparql?{place}={quote(graph)}", data={"query": "ASK {}"}), 400)
    assert said in detail(client.post("/sparql", data={"query": "ASK {}", place: graph}), 400)


def test_from_in_the_query_is_held_to_the_same(client):
    for clause in ("FROM <file:///etc/passwd>", "FROM NAMED <urn:x>", "PREFIX f: <file:///> FROM f:x"):
        prefix, _, clause = clause.rpartition(" FROM")
        text = f"{prefix} SELECT * FROM{clause.removeprefix('FROM')} {{ ?s ?p ?o }}"
        assert "is refused: no graph here is called so" in detail(ask(client, text), 400)
    allowed = "PREFIX g: <https://w3id.org/mtus-kb/graph/> SELECT ?s FROM g:knowledge { ?s ?p ?o } LIMIT 1"
    assert len(ask(client, allowed).json["results"]["bindings"]) == 1


@pytest.mark.parametrize(
    ("graphs", "found"),
    [
        (None, (3, 3)),
        (Graphs((KNOWLEDGE,), ()), (1, 0)),
        (Graphs((KNOWLEDGE, "urn:g"), ("urn:h",)), (2, 1)),
        (Graphs((), ("urn:h", "urn:g")), (0, 2)),
    ],
)
def test_the_graphs_named_are_those_asked(tmp_path, graphs, found):
    from kb.store.disk import DiskWriter

    with DiskWriter(tmp_path / "s") as writer:
        for name in (KNOWLEDGE, "urn:g", "urn:h"):
            writer.replace(ox.NamedNode(name), f"<urn:s> <urn:p> <{name}> .".encode())
        writer.publish()
    with Sandbox(decisions=tmp_path / "s") as sandbox:
        for pattern, count in zip(("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"), found, strict=True):
            rows = sandbox.run(f"SELECT ?o FROM <urn:g> {{ {pattern} }}" if graphs else f"SELECT ?o {{ {pattern} }}",
                               "csv", graphs).body.split()  # fmt: skip
            assert len(rows) - 1 == count, pattern


def test_kept_decisions_are_asked_with_the_guidelines(kept, knowledge):
    client = create_app(Settings(decisions=kept), knowledge).test_client()
    query = """PREFIX kb: <https://w3id.org/mtus-kb/schema#>
        SELECT ?verdict { ?d kb:about ?r ; kb:verdict ?verdict ; kb:reached|kb:mayReach ?a . ?a kb:stance ?stance }"""
    assert ask(client, query).json["results"]["bindings"]
    graph = "https://w3id.org/mtus-kb/graph/decision/CM14-0990001"
    assert ask(client, "ASK { ?d a <https://w3id.org/mtus-kb/schema#Decision> }", **{"default-graph-uri": graph}).json[
        "boolean"
    ]
    found = described(client)
    assert {(graph, f"{SD}NamedGraph"), (KNOWLEDGE, f"{SD}NamedGraph")} <= {(s, o) for s, _, o in found}


# --- the description ------------------------------------------------------------------------------------------


def described(client, accept="text/turtle"):
    answer = client.get("/sparql", headers={"Accept": accept})
    assert answer.mimetype == accept
    parsed = ox.parse(answer.data, format=ox.RdfFormat.from_media_type(accept))
    return {(t.subject.value, t.predicate.value, t.object.value) for t in parsed}


def test_without_a_query_the_service_describes_itself(client, knowledge):
    found = described(client)
    here = "http://localhost/sparql"
    assert (f"{here}#service", f"{SD}endpoint", here) in found
    assert (f"{here}#dataset", "http://www.w3.org/2002/07/owl#versionInfo", knowledge.version) in found
    assert (f"{here}#dataset", f"{SD}namedGraph", KNOWLEDGE) in found
    asked = ask(client, COUNT).json["results"]["bindings"][0]["n"]["value"]
    assert (KNOWLEDGE, f"{VOID}triples", asked) in found
    assert (f"{here}#dataset", f"{VOID}triples", asked) in found
    recommendation = f"{here}#class-Recommendation"
    entities = next(o for s, p, o in found if s == recommendation and p == f"{VOID}entities")
    query = "SELECT (COUNT(DISTINCT ?r) AS ?n) { ?r a <https://w3id.org/mtus-kb/schema#Recommendation> }"
    assert entities == ask(client, query).json["results"]["bindings"][0]["n"]["value"]


@pytest.mark.parametrize("accept", TRIPLES.values())
def test_the_description_is_the_same_in_every_format_and_every_time(client, accept):
    assert described(client, accept) == described(client)
    assert client.get("/sparql").data == client.get("/sparql").data


def test_the_description_names_every_format(client):
    named = {o.rpartition("/")[2] for _, p, o in described(client) if p == f"{SD}resultFormat"}
    assert len(named) == len(FORMATS)


def test_the_well_known_address_leads_to_it(client):
    answer = client.get("/.well-known/void", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (answer.request.path, answer.mimetype) == ("/sparql", "text/turtle")


# --- several workers ------------------------------------------------------------------------------------------

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def test_a_slow_query_does_not_hold_up_others():
    with Sandbox(seconds=60, workers=2) as sandbox:
        slow = threading.Thread(target=_stopped, args=(sandbox,))
        slow.start()
        time.sleep(0.2)  # until it has taken its worker
        sandbox.run("ASK {}")
        assert slow.is_alive(), "the slow one had ended before the quick one was asked"
        sandbox.close()
        slow.join()


def _stopped(sandbox):
    with pytest.raises(QueryError, match=r"was stopped|did not start"):
        sandbox.run(ENDLESS)


def test_who_waits_too_long_for_a_worker_is_told():
    with Sandbox(seconds=0.5, workers=1) as sandbox:
        worker = sandbox._idle.get()
        with pytest.raises(QueryTimeout, match="other queries are running; try again"):
            sandbox.run("ASK {}")
        sandbox._idle.put(worker)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * {", ": it cannot be read on from line 1, column 11, where it ends"),
        ("SELECT ?v COUNT(?d) { ?v ?p ?d }", "from line 1, column 16, at `(?d) { ?v ?p ?d }`"),
        ("SELECT * {\n?s ?p ?o ?a ?b }", "from line 2, column 17, where it ends"),
        (
            "SELECT * { ?s kb:limit ?o }",
            ": the prefix `kb:` is not declared; add PREFIX kb: <https://w3id.org/mtus-kb/schema#>",
        ),
        ("SELECT * { ?s my:own ?o }", ": the prefix `my:` is not declared"),
        ("PREFIX a: <urn:a> # all\nDELETE WHERE { ?s ?p ?o }", " (updates are refused)"),
    ],
)
def test_it_is_told_where_a_query_cannot_be_read(query, said):
    with pytest.raises(QueryError) as error:
        check_query(query)
    assert str(error.value).startswith("not a SPARQL query")
    assert str(error.value).endswith(said)


def test_a_format_is_asked_for_by_its_name():
    assert Wanted.called("csv") == Wanted("text/csv", "text/turtle")
    with pytest.raises(QueryError, match="unknown format `pdf`; there are json, xml"):
        Wanted.called("pdf")
    with Sandbox() as sandbox, pytest.raises(FormatError, match="ASK finds rows"):
        sandbox.run("ASK {}", Wanted(None, "text/turtle"))


def test_a_worker_that_ends_before_it_begins_is_told_and_holds_nobody(monkeypatch):
    monkeypatch.setattr("kb.ask.worker._work", os._exit)  # called with more than a status, it ends the process
    worker = Worker(None, None, lambda: b"<urn:a> <urn:b> <urn:c> .\n" * 300_000, 5)
    with pytest.raises(QueryError, match="did not start"):
        worker.start()
    assert worker.process_id is None
