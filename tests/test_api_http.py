"""What HTTP promises: methods, conditional requests, other origins, pages of errors and of the contract."""

import json
import re
import urllib.parse

import msgspec
import pytest

from api import Settings, create_app
from kb.answer import guidance
from kb.errors import ParameterError

ORIGIN = "https://app.example"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("POST", "/nowhere", 404, None),
        ("OPTIONS", "/nowhere", 404, None),
        ("GET", "/nowhere", 404, None),
        ("GET", "/determinations", 405, {"OPTIONS", "POST"}),
        ("PUT", "/determinations/batch", 405, {"OPTIONS", "POST"}),
        ("DELETE", "/lookup", 405, {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/concept/massage_therapy", 405, {"GET", "HEAD", "OPTIONS"}),
        ("OPTIONS", "/determinations", 204, {"OPTIONS", "POST"}),
        ("OPTIONS", "/sparql", 204, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("HEAD", "/lookup?service=massage", 200, None),
        ("HEAD", "/concept/massage_therapy", 200, None),
    ],
)
def test_methods(client, method, path, status, allow):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    if allow:
        assert {word.strip() for word in answer.headers["Allow"].split(",")} == allow
    if status >= 400:
        assert json.loads(answer.data)["type"] == "about:blank"
    if method == "HEAD":
        assert answer.data == b""
        assert int(answer.headers["Content-Length"]) > 100


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/lookup?service=massage&on=2013-10-18", "application/json"),
        ("/requirements?service=massage&on=2013-10-18", "application/json"),
        ("/crosswalk?icd=M54.5&on=2013-10-18", "application/json"),
        ("/", "text/html"),
        ("/guidelines", "text/html"),
        ("/concept/massage_therapy", "text/html"),
        ("/concept/massage_therapy", "text/turtle"),
        ("/search?q=massage", "application/json"),
        ("/queries", "application/json"),
        ("/queries/editions?on=2013-10-18", "text/csv"),
        ("/openapi.json", "application/json"),
        ("/assets/", "text/css"),
    ],
)
def test_what_has_not_changed_is_not_sent_again(client, path, accept):
    if path == "/assets/":
        path = "/" + re.search(r"assets/[^\"]+\.css", client.get("/").text)[0]
    first = client.get(path, headers={"Accept": accept})
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    assert "Accept" in first.headers["Vary"]
    again = client.get(path, headers={"Accept": accept, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.get(path, headers={"Accept": accept, "If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_what_is_decided_is_not_kept(client):
    answer = client.post("/determinations", json={"ur_decided": "2013-10-18", "requests": ["massage_therapy"]})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_two_forms_of_one_thing_have_two_tags(client):
    tags = {
        client.get("/concept/massage_therapy", headers={"Accept": a}).headers["ETag"]
        for a in ("text/html", "text/turtle")
    }
    assert len(tags) == 2


def test_other_origins_are_refused_unless_named(client, knowledge):
    asking = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for answer in (
        client.options("/determinations", headers=asking),
        client.get("/queries", headers={"Origin": ORIGIN}),
    ):
        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]
    named = create_app(Settings(origins=(ORIGIN,)), knowledge).test_client()
    preflight = named.options("/determinations", headers=asking)
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type"
    read = named.get("/queries", headers={"Origin": ORIGIN})
    assert read.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    stranger = named.options("/determinations", headers={**asking, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


@pytest.mark.parametrize("path", ["/lookup", "/sparql?query=nonsense", "/lookup?service=xyzzy+plugh"])
def test_the_type_of_a_problem_leads_to_its_page(client, path):
    kind = json.loads(client.get(path).data)["type"]
    assert client.get(urllib.parse.urlsplit(kind).path.removeprefix("/mtus-kb"), headers=BROWSER).status_code == 200


def test_a_wrong_parameter_is_named(client):
    for path, said in (
        ("/crosswalk", "give one of `icd`, `cpt` and `concept`"),
        ("/crosswalk?icdd=M54.5", "unknown parameter `icdd`; did you mean `icd`?"),
        ("/requirements?service=massage&day=1", "unknown parameter `day`; there are on, service, condition"),
    ):
        problem = json.loads(client.get(path).data)
        assert problem["type"].endswith(ParameterError.code)
        assert said in problem["detail"]


def test_the_document_is_of_openapi_3_1(client):
    assert client.get("/openapi.json").json["openapi"].startswith("3.1.")


@pytest.mark.parametrize("path", ["/docs/", "/docs/swagger"])
def test_the_page_of_the_contract_fetches_nothing_from_elsewhere(client, path):
    page = client.get(path, headers=BROWSER).text
    fetched = re.findall(r"(?:<(?:script|img|iframe)[^>]*src|<link[^>]*href)=\"\s*([^\"]+)\"", page)
    assert fetched
    for address in fetched:
        assert not urllib.parse.urlsplit(address).netloc, address
        if not address.startswith("data:"):
            assert client.get(urllib.parse.urljoin(path, address)).status_code == 200, address
    if path.endswith("swagger"):
        assert '"validatorUrl": null' in page
        assert client.get("/docs/openapi.json").json == client.get("/openapi.json").json


def _links(answer):
    found = re.findall(r"<([^>]*)>; rel=\"(\w+)\"", ", ".join(answer.headers.getlist("Link")))
    return {name: address for address, name in found}


def test_a_long_list_is_read_page_by_page(client):
    json_only = {"Accept": "application/json"}
    whole = client.get("/search?q=injection&per_page=1000", headers=json_only).json
    assert whole["all"] == len(whole["found"]) > 7
    address, read = "/search?q=injection&per_page=7", []
    while address:
        answer = client.get(address, headers=json_only)
        read += answer.json["found"]
        links = _links(answer)
        assert answer.json["all"] == whole["all"]
        address = links.get("next")
    assert read == whole["found"]
    assert set(links) == {"first", "prev", "last"}
    assert client.get("/search?q=injection&page=999", headers=json_only).json["found"] == []
    assert client.get("/search?q=injection&page=0", headers=json_only).status_code == 422


@pytest.mark.parametrize(("name", "schema"), [("concepts", guidance.Concepts), ("guidelines", guidance.Editions)])
def test_concepts_and_guidelines_are_listed_for_programs(client, knowledge, name, schema):
    kind = {"Accept": "application/json"}
    address, read, pages = f"/{name}?per_page=7", [], 0
    while address and pages < 400:
        answer = client.get(address, headers=kind)
        assert answer.headers["Knowledge-Version"] == knowledge.version
        msgspec.convert(answer.json, schema)
        read += answer.json[name]
        assert len(answer.json[name]) == 7 or "next" not in _links(answer)
        pages, address = pages + 1, _links(answer).get("next")
    assert answer.json["all"] == len(read) == len({one["id"] for one in read})
    wanted = knowledge.concepts if name == "concepts" else knowledge.ontology.instances("Guideline")
    assert sorted(one["iri"].rpartition("/")[2] for one in read) == sorted(iri.rpartition("/")[2] for iri in wanted)
    again = client.get(
        f"/{name}", headers={**kind, "If-None-Match": client.get(f"/{name}", headers=kind).headers["ETag"]}
    )
    assert again.status_code == 304
    assert client.get(f"/{name}").mimetype == "text/html"
    assert client.get(f"/{name}?per_page=0", headers=kind).status_code == 422
    assert client.get(f"/{name}", headers={"Accept": "text/turtle"}).status_code == 406
    described = client.get("/openapi.json").json["paths"][f"/{name}"]["get"]["responses"]["200"]["content"]
    assert set(described) == {"application/json", "text/html"}


def test_a_listed_concept_is_the_one_that_lookup_gives(client):
    kind = {"Accept": "application/json"}
    listed = {one["id"]: one for one in client.get("/concepts?per_page=1000", headers=kind).json["concepts"]}
    found = client.get("/lookup?service=acupuncture").json["concept"]
    assert listed[found["id"]] == found


def test_a_listed_edition_tells_when_it_is_in_force(client):
    kind = {"Accept": "application/json"}
    listed = {one["id"]: one for one in client.get("/guidelines", headers=kind).json["guidelines"]}
    chronic = listed["mtus-chronic-pain-2009"]
    assert (chronic["rung"], chronic["valid_until"], chronic["edition"]) == (1, "2016-07-28", "2009")
    assert chronic["recommendations"] >= chronic["topics"] > 10
    assert sum(chronic["criteria"].values()) > 50


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_rows_of_a_question_are_read_page_by_page_where_it_is_asked_for(client, accept):
    def rows(answer):
        return answer.json["rows"] if accept == "application/json" else answer.text.splitlines()[1:]

    kind = {"Accept": accept}
    whole = client.get("/queries/editions?on=2013-10-18", headers=kind)
    assert len(rows(whole)) > 4
    assert "Link" not in whole.headers
    address, read = "/queries/editions?on=2013-10-18&per_page=4", []
    while address:
        answer = client.get(address, headers=kind)
        read += rows(answer)
        address = _links(answer).get("next")
    assert read == rows(whole)
    assert client.get("/queries/editions?page=0", headers=kind).status_code == 422


_KEPT_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "is_page"),
    [
        ("GET", "/", True),
        ("GET", "/review", True),
        ("GET", "/sparql", True),
        ("GET", "/decisions", True),
        ("GET", "/health", False),
        ("GET", "/metrics", False),
        ("GET", "/openapi.json", False),
        ("GET", "/lookup?service=massage_therapy", False),
        ("GET", "/assets/page.css", False),
        ("GET", "/nowhere", None),
        ("OPTIONS", "/determinations", False),
        ("PUT", "/determinations", False),
        ("POST", "/determinations", False),
    ],
)
def test_every_answer_tells_browsers_how_little_it_needs(client, method, path, is_page):
    answer = client.open(path, method=method, headers={"Accept": "text/html" if is_page else "*/*"})
    assert {name: answer.headers.get(name) for name in _KEPT_SAFE} == _KEPT_SAFE
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert (policy == _NOTHING) is not (is_page or (is_page is None and answer.mimetype == "text/html"))
    assert "Strict-Transport-Security" not in answer.headers


def test_tls_only_where_an_operator_says_so(knowledge):
    answer = create_app(Settings(hsts=86400), knowledge).test_client().get("/health")
    assert answer.headers["Strict-Transport-Security"] == "max-age=86400"
