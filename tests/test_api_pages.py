"""The pages over HTTP: HTML for people, RDF for programs, a way on from every wrong address."""

import json
import re

import pyoxigraph as ox
import pytest

from kb.terms import BASE, CONCEPT, SKOS

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MASSAGE = "mtus-chronic-pain-2009/massage_therapy"


@pytest.mark.parametrize("path", ["", "guidelines", "concepts", "a-z", "to-verify", "search", "schema", MASSAGE])
@pytest.mark.parametrize("headers", [BROWSER, {}, {"Accept": "*/*"}])
def test_people_get_html(client, path, headers):
    answer = client.get(f"/{path}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Knowledge-Version"]
    assert "Accept" in answer.headers["Vary"]


def test_every_iri_is_found(client, knowledge):
    paths = sorted({iri.removeprefix(BASE).partition("#")[0] for iri in knowledge.ontology.index if BASE in iri})
    for path in paths[::25]:
        assert client.get(f"/{path}", headers=BROWSER).status_code == 200, path
        assert client.get(f"/{path}", headers={"Accept": "text/turtle"}).status_code == 200, path


@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json"])
@pytest.mark.parametrize("path", ["concept/massage_therapy", MASSAGE, "mtus-chronic-pain-2009", "unit/visit", "schema"])
def test_programs_get_what_the_files_state(client, knowledge, path, media_type):
    answer = client.get(f"/{path}", headers={"Accept": media_type})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    found = {
        (t.subject, t.predicate, t.object)
        for t in ox.parse(answer.data, format=ox.RdfFormat.from_media_type(media_type))
    }
    stated = {
        triple
        for triple in knowledge.ontology.triples
        if isinstance(triple[0], ox.NamedNode) and triple[0].value.partition("#")[0] == BASE + path
    }
    plain = {t for t in found if not any(isinstance(term, ox.BlankNode) for term in t)}
    assert {t for t in stated if not isinstance(t[2], ox.BlankNode)} == {
        t for t in plain if isinstance(t[0], ox.NamedNode)
    }


def test_nameless_parts_of_a_definition_come_along(client, knowledge):
    defined = next(s for s, p, o in knowledge.ontology.triples if p.value.endswith("equivalentClass"))
    answer = client.get(f"/{defined.value.removeprefix(BASE)}", headers={"Accept": "text/turtle"})
    nameless = [t for t in ox.parse(answer.data, format=ox.RdfFormat.TURTLE) if isinstance(t.subject, ox.BlankNode)]
    assert nameless


def test_a_decision_answers_with_what_points_to_it(client):
    answer = client.get("/decision/CM13-0050377", headers={"Accept": "text/turtle"})
    subjects = {t.subject.value for t in ox.parse(answer.data, format=ox.RdfFormat.TURTLE)}
    assert f"{BASE}{MASSAGE}#visit_limit" in subjects


def test_the_client_chooses(client):
    path = "/concept/massage_therapy"
    for accept, media_type in (
        ("text/turtle;q=0.9, text/html;q=0.1", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("text/html;q=0.5, application/ld+json", "application/ld+json"),
    ):
        assert client.get(path, headers={"Accept": accept}).mimetype == media_type
    for address in (path, "/guidelines", "/"):
        refused = client.get(address, headers={"Accept": "image/png"})
        assert (refused.status_code, refused.mimetype) == (406, "application/problem+json")


def test_a_wrong_address_names_the_nearest(client):
    page = client.get("/concept/masage_therapy", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert 'href="../concept/massage_therapy"' in page.text
    for headers in ({}, {"Accept": "text/turtle"}, {"Accept": "application/json"}):
        problem = client.get("/concept/masage_therapy", headers=headers)
        assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
        assert "did you mean `concept/massage_therapy`" in json.loads(problem.data)["detail"]
    hostile = client.get("/concept/%3Cscript%3Ealert(1)%3C/script%3E", headers=BROWSER)
    assert hostile.status_code == 404
    assert "<script>alert" not in hostile.text


def test_a_route_that_speaks_another_method_says_so(client):
    refused = client.get("/determinations")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")


def test_search_for_people_and_programs(client):
    page = client.get("/search?q=massage", headers=BROWSER).text
    assert 'href="concept/massage_therapy"' in page
    found = client.get("/search?q=massage", headers={"Accept": "application/json"}).json
    assert CONCEPT + "massage_therapy" in [entry["iri"] for entry in found["found"]]
    assert found["all"] == len(found["found"])
    assert "Did you mean" in client.get("/search?q=masage+therapy", headers=BROWSER).text
    quoted = client.get("/search", query_string={"q": '"><script>x'}, headers=BROWSER).text
    assert "<script>x" not in quoted
    assert client.get(f"/search?q={'x' * 201}").status_code == 422


def test_pages_run_under_a_strict_policy(client):
    answer = client.get(f"/{MASSAGE}", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for asset in re.findall(r'(?:href|src)="(?:\.\./)+(assets/[^"]+)"', answer.text):
        assert client.get(f"/{asset}").status_code == 200, asset
    assert client.get("/assets/../app.py").status_code == 404


def test_the_first_page_searches_and_takes_a_letter(client):
    page = client.get("/", headers=BROWSER).text
    assert 'role="search"' in page
    assert 'action="review"' in page
    wrong = client.post("/review", data={"letter": "no letter <script>"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert "no letter &lt;script&gt;" in wrong.text


def test_a_page_says_the_same_as_its_label(client, knowledge):
    for name in sorted(knowledge.concepts)[::100]:
        label = knowledge.ontology.text(CONCEPT + name, SKOS + "prefLabel")
        assert f"<h1>{label} " in client.get(f"/concept/{name}", headers=BROWSER).text
