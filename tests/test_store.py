"""Keep knowledge and cases in the embedded store: topics on demand, renewal beside the work."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox
import pytest
from kinds import kind_cases, tiny_knowledge

import kb.store.embedded
from kb import QueryError, determine
from kb.ask.formats import ROWS
from kb.store.embedded import EmbeddedStore
from kb.store.results import serialise

EVERYTHING = "SELECT ?o { ?s ?p ?o }"


def node(name):
    return ox.NamedNode(f"urn:{name}")


def said(name, value):
    return [(node(name), node("says"), ox.Literal(value))]


def seen(store, case):
    return sorted(row["o"].value for row in store.select(EVERYTHING, node(case)))


@pytest.fixture
def store():
    store = EmbeddedStore()
    store.load(said("common", "common"), {"t1": said("t1", "first"), "t2": said("t2", "second")})
    return store


def test_a_topic_is_seen_once_it_is_needed(store):
    store.add(node("case"), said("x", "case"))
    assert seen(store, "case") == ["case", "common"]
    store.need(node("case"), ["t1"])
    store.need(node("case"), ["t1"])
    assert seen(store, "case") == ["case", "common", "first"]


def test_a_topic_needed_by_one_case_stays_for_the_next(store):
    store.add(node("one"), said("x", "one"))
    store.need(node("one"), ["t2"])
    store.drop(node("one"))
    store.add(node("two"), said("x", "two"))
    assert seen(store, "two") == ["common", "second", "two"]


def test_a_case_begun_before_a_renewal_ends_where_it_began(store, monkeypatch):
    monkeypatch.setattr(kb.store.embedded, "_RENEW_AFTER", 1)
    store.add(node("old"), said("x", "old"))
    store.add(node("new"), said("x", "new"))  # begins the renewal
    for thread in [t for t in threading.enumerate() if t.daemon and t is not threading.current_thread()]:
        thread.join(5)
    store.add(node("newest"), said("x", "newest"))
    for case in ("old", "newest"):
        store.need(node(case), ["t1"])
        assert seen(store, case) == sorted(["common", "first", case])


def test_what_other_cases_need_and_renewals_change_no_answer(tmp_path, monkeypatch):
    alone, shared = tiny_knowledge(tmp_path / "alone"), tiny_knowledge(tmp_path / "shared")
    cases = [case.full(alone) for case in kind_cases()][::4]
    expected = [json.dumps(determine(case, alone)) for case in cases]
    monkeypatch.setattr(kb.store.embedded, "_RENEW_AFTER", 500)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda case: json.dumps(determine(case, shared)), cases[::-1] * 3))
    assert found == expected[::-1] * 3


# --- what a query finds, written once -----------------------------------------------------------------------------

TERMS = """VALUES (?a ?b) { (1 UNDEF) (UNDEF UNDEF) (01 "x\\t\\n\\r\\"y\\\\ é"@en)
    (<urn:é> 1e0) (true "2013-10-18"^^xsd:date)
    ("\\u0001\\u000C" "<b>&amp;</b>, ,") }"""
FINDINGS = [
    f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT * {{ {TERMS} }}",
    "SELECT * {}",
    "SELECT ?x {}",
    "SELECT ?x { FILTER(false) }",
    "SELECT (COUNT(*) AS ?n) (1/3 AS ?d) { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o }",
    "CONSTRUCT { ?s <urn:q> ?o } { ?s ?p ?o }",
    "DESCRIBE <urn:s1>",
    "ASK { ?s ?p ?o }",
]


class Counting:
    """Be a store that counts the queries which it runs."""

    def __init__(self):
        self.runs, self.store = 0, ox.Store()
        for number in range(5):
            node = ox.NamedNode(f"urn:s{number}")
            self.store.add(ox.Quad(node, ox.NamedNode("urn:p"), ox.Literal(number), ox.DefaultGraph()))

    def query(self, *words, **more):
        self.runs += 1
        return self.store.query(*words, **more)


@pytest.mark.parametrize("query", FINDINGS)
def test_what_is_found_is_written_as_the_store_writes_it_by_running_once(query):
    store, triples = Counting(), query.startswith(("CONSTRUCT", "DESCRIBE"))
    formats = (
        (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES)
        if triples
        else map(ox.QueryResultsFormat.from_media_type, ROWS.values())
    )
    for kind in formats:
        asked = store.runs
        found = serialise(store, query, kind.media_type, 10)
        assert store.runs == asked + 1
        assert found.encode() == store.store.query(query).serialize(format=kind)


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"])
def test_too_many_are_refused_and_just_enough_are_not(query):
    store, kind = Counting(), "text/turtle" if query.startswith("CONSTRUCT") else "text/csv"
    assert serialise(store, query, kind, 5)
    with pytest.raises(QueryError, match="more than 4 rows; narrow it or add a LIMIT"):
        serialise(store, query, kind, 4)
    assert store.runs == 2
