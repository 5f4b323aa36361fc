"""The page on which people write SPARQL: with the editor that was built, and with a plain field."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from kb.browse import editor
from kb.knowledge.queries import queries

ROOT = Path(__file__).parents[1]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
COUNT = "SELECT ?kind (COUNT(?x) AS ?n) { ?x a ?kind } GROUP BY ?kind ORDER BY DESC(?n)"


@pytest.fixture(params=[True, False], ids=["built", "not built"])
def built(request, monkeypatch):
    monkeypatch.setattr("kb.browse.editor.editor_built", lambda: request.param)
    monkeypatch.setattr("api.sparql.editor_built", lambda: request.param)
    return request.param


def page(client, status=200, **asked):
    answer = client.get("/sparql", query_string=asked, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text[:300]
    return answer


def test_people_get_the_page_and_programs_do_not(client, built):
    text = page(client).text
    assert ('id="yasgui"' in text) is built
    assert '<label for="query">' in text
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "text/turtle"}, {"Accept": "text/turtle, text/html;q=0.5"}):
        assert client.get("/sparql", headers=headers).mimetype == "text/turtle"
    assert client.get("/sparql?format=ntriples", headers=BROWSER).mimetype == "application/n-triples"
    assert client.get("/sparql", query_string={"query": COUNT, "format": "csv"}, headers=BROWSER).mimetype == "text/csv"


def test_nothing_but_our_own_may_act_in_it(client, built):
    for plain in ({}, {"view": "plain"}):
        policy = page(client, **plain).headers["Content-Security-Policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["script-src"] == rules["connect-src"] == "'self'"
        assert (rules["style-src"] == "'self'") is (bool(plain) or not built)


def test_a_plain_field_shows_rows_chart_link_and_downloads(client, built):
    text = page(client, query=COUNT, view="plain").text
    rows = client.post("/sparql", data={"query": COUNT}).json["results"]["bindings"]
    assert f"{len(rows)} rows" in text
    assert text.count("<tr>") == len(rows) + 1
    assert text.count('<rect class="cause"') == 40
    assert "<textarea" in text
    assert COUNT in unescape(text)
    share = unescape(re.search(r'href="([^"]*)" id="share"', text)[1])
    assert f"{len(rows)} rows" in client.get(f"/sparql{share}&view=plain", headers=BROWSER).text
    for kind in ("csv", "json", "tsv", "xml"):
        found = client.get(f"/sparql{share}&format={kind}", headers=BROWSER)
        assert kind in found.mimetype.replace("tab-separated", "tsv")


def test_yes_and_no_and_triples_are_shown(client):
    assert 'id="boolean"><b>no</b>' in page(client, query="ASK { <urn:a> <urn:b> ?c }", view="plain").text
    text = page(client, query="CONSTRUCT { <urn:a> <urn:b> '<i>' } WHERE {}", view="plain").text
    assert "&lt;urn:a&gt; &lt;urn:b&gt; &#34;&lt;i&gt;&#34;" in text
    assert "format=rdfxml" in text


def test_what_is_wrong_with_a_query_is_told_beside_it(client):
    text = page(client, 422, query="SELECT <script> {", view="plain").text
    assert 'role="alert"' in text
    assert "not a SPARQL query" in text
    assert "<script> {" not in text


@pytest.mark.parametrize("name", queries("examples"))
def test_every_example_finds_something(client, name):
    text = page(client).text
    links = [unescape(link) for link in re.findall(r'<li><a href="(\?query=[^"]*)"', text)]
    assert len(links) == len(queries("examples"))
    found = client.get(f"/sparql{links[list(queries('examples')).index(name)]}&view=plain", headers=BROWSER).text
    assert re.search(r'id="count">[1-9]|id="triples"', found)
    assert 'role="alert"' not in found


@pytest.mark.parametrize(
    ("rows", "drawn"),
    [
        ([("a", 2), ("b", 1)], 2),
        ([("a", -2), ("b", 1)], 0),
        ([("a", 2), ("b", None)], 0),
        ([("a", "x")], 0),
    ],
)
def test_a_chart_is_drawn_where_numbers_stand_by_names(client, rows, drawn):
    values = " ".join(f'("{a}" {"UNDEF" if n is None else json.dumps(n)})' for a, n in rows)
    text = page(client, query=f"SELECT ?a ?n {{ VALUES (?a ?n) {{ {values} }} }}", view="plain").text
    assert text.count('<rect class="cause"') == drawn


def test_the_editor_is_brought_in_by_the_build_from_a_lock_file():
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert {f"node_modules/{name}" for name in wanted} <= set(packages)
    assert all(found["integrity"] for found in packages.values())
    made = {Path(name).name for name in editor.BUILT}
    assert all(name in (ROOT / "Makefile").read_text(encoding="utf-8") for name in made)
