"""The service: every route, every error in one shape, nothing reached from a query."""

import json
import socket
import threading

import pytest
from jsonschema import Draft202012Validator

from api import Settings, create_app
from kb.answer.schema import schema

CASE = {
    "ur_decided": "2013-10-18",
    "treatments": [{"service": "myofascial_release", "quantity": 6, "unit": "visit"}],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}],
}


@pytest.fixture(scope="module")
def client(knowledge):
    app = create_app(Settings(query_seconds=2), knowledge)
    return app.test_client()


def test_determination_of_a_case(client):
    answer = client.post("/determinations", json=CASE)
    assert answer.status_code == 200
    Draft202012Validator(schema("answer")).validate(answer.json)
    assert answer.json["requests"][0]["determination"]["verdict"] == "not_supported"
    assert answer.headers["Knowledge-Version"]


def test_determinations_are_byte_identical(client):
    assert client.post("/determinations", json=CASE).data == client.post("/determinations", json=CASE).data


def test_lookup(client):
    answer = client.get("/lookup", query_string={"service": "massage therapy", "on": "2013-10-18"})
    Draft202012Validator(schema("lookup")).validate(answer.json)
    assert answer.json["concept"]["id"] == "massage_therapy"
    assert answer.json["recommendations"]


@pytest.mark.parametrize(
    ("method", "path", "given", "status"),
    [
        ("get", "/lookup", {"query_string": {"service": "xyzzy plugh"}}, 422),
        ("get", "/lookup", {"query_string": {}}, 422),
        ("get", "/lookup", {"query_string": {"service": "massage", "on": "2013-13-01"}}, 422),
        ("get", "/nowhere", {}, 404),
        ("delete", "/lookup", {}, 405),
        ("post", "/determinations", {"json": {**CASE, "treatmnts": []}}, 422),
        ("post", "/determinations", {"json": {}}, 422),
        ("post", "/determinations", {"json": [1]}, 422),
        ("post", "/determinations", {"data": b"{", "content_type": "application/json"}, 422),
        ("post", "/determinations", {"data": b"\xff\xfe", "content_type": "text/plain"}, 422),
        ("post", "/determinations", {"data": b"%PDF-1.4 rest", "content_type": "application/pdf"}, 422),
        ("post", "/determinations", {"data": b"hello", "content_type": "text/plain"}, 422),
        ("post", "/determinations", {"data": b"x", "content_type": "image/png"}, 415),
        ("post", "/determinations", {"data": b"x" * 13_000_000, "content_type": "text/plain"}, 413),
        (
            "post",
            "/determinations",
            {"json": {"@context": "http://127.0.0.1:9/context.jsonld", "requests": ["massage_therapy"]}},
            422,
        ),
        ("get", "/lookup", {"query_string": {"service": "massage", "on": "2013-W42-5"}}, 422),
        ("get", "/lookup", {"query_string": {"service": "massage", "conditon": "x"}}, 422),
        ("get", "/lookup", {"query_string": {"service": "massage"}, "headers": {"Accept": "text/turtle"}}, 406),
        ("get", "/queries/editions", {"headers": {"Accept": "image/png"}}, 406),
        ("get", "/sparql", {"query_string": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}}, 406),
        ("post", "/sparql", {"data": b"{}", "content_type": "application/json"}, 415),
        ("post", "/determinations", {"data": b'{"age": 1, "age": 2}', "content_type": "application/json"}, 422),
        ("get", "/queries/nothing-here", {}, 404),
        ("get", "/queries/editions", {"query_string": {"on": 'x" } #'}}, 422),
        ("get", "/queries/editions", {"query_string": {"other": "1"}}, 422),
        ("get", "/sparql", {"query_string": {"query": ""}}, 422),
        ("post", "/sparql", {"data": {"update": "CLEAR ALL"}}, 400),
        ("post", "/sparql", {"data": b"INSERT DATA {<a:a> <a:b> 1}", "content_type": "application/sparql-query"}, 400),
        ("get", "/sparql", {"query_string": {"query": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"}}, 400),
    ],
)
def test_every_error_is_a_problem(client, method, path, given, status):
    answer = getattr(client, method)(path, **given)
    assert answer.status_code == status, answer.data[:300]
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.data)
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert "Traceback" not in body["detail"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/lookup?service=massage&conditon=x", "unknown parameter `conditon`; did you mean `condition`?"),
        ("/lookup?service=massage&on=2013-13-01", "`2013-13-01` is no day of the calendar; write it as 2013-10-18"),
        ("/lookup", "the parameter `service` is missing"),
        (f"/lookup?service={'x' * 201}", "longer than 200 characters"),
        ("/queries/nothing-here", "unknown question `nothing-here`; there are agreement-by-service"),
    ],
)
def test_errors_say_what_to_do(client, path, said):
    assert said in json.loads(client.get(path).data)["detail"]


def test_stored_questions_are_listed_with_their_defaults(client):
    listed = {question["name"]: question for question in client.get("/queries").json["queries"]}
    on = {"type": "date", "default": "2013-10-18", "description": "the day"}
    assert listed["editions"]["parameters"] == {"on": on}
    assert all(question["summary"] for question in listed.values())


def test_numbers_in_json_rows_are_numbers(client):
    rows = client.get("/queries/editions?on=2013-10-18").json["rows"]
    assert {type(row["rung"]) for row in rows} == {int}


def test_half_a_surrogate_pair_is_answered(client):
    case = json.dumps({**CASE, "requests": [{"text": "\ud800", "service": "massage_therapy"}]})
    answer = client.post("/determinations", data=case, content_type="application/json")
    assert json.loads(answer.data)["requests"][0]["text"] == "\ud800"


def test_ask_as_csv(client):
    answer = client.get("/sparql", query_string={"query": "ASK { ?s ?p ?o }"}, headers={"Accept": "text/csv"})
    assert (answer.mimetype, answer.text) == ("text/csv", "boolean\ntrue\n")


def test_stored_question_as_json_and_csv(client):
    rows = client.get("/queries/editions?on=2013-10-18").json["rows"]
    assert any(row["guideline"] == "mtus-chronic-pain-2009" for row in rows)
    as_csv = client.get("/queries/editions?on=2013-10-18", headers={"Accept": "text/csv"})
    assert as_csv.mimetype == "text/csv"
    assert as_csv.text.splitlines()[0].startswith("guideline,")


def test_sparql_by_content_type(client):
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    found = client.get("/sparql", query_string={"query": query}).json
    assert int(found["results"]["bindings"][0]["n"]["value"]) > 1000
    as_csv = client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
    assert as_csv.text.splitlines()[0] == "n"
    triples = client.post(
        "/sparql",
        data=b"CONSTRUCT { ?s a ?c } { ?s a ?c } LIMIT 3",
        content_type="application/sparql-query",
        headers={"Accept": "text/turtle"},
    )
    assert triples.content_type.startswith("text/turtle")


def test_nothing_is_reached_from_a_query(client):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.5)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/"
        for query in (
            f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ FILTER EXISTS {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }} }}",
            f"SELECT * {{ {{ SELECT * {{ SERVICE ?x {{ ?s ?p ?o }} VALUES ?x {{ <{url}> }} }} }} }}",
            f"SELECT * FROM <{url}> {{ ?s ?p ?o }}",
            f"LOAD <{url}>",
            f"SELECT * {{ ?s ?p ?o . LATERAL {{ SERVICE <{url}> {{ ?a ?b ?c }} }} }}",
        ):
            assert client.post("/sparql", data={"query": query}).status_code == 400
        with pytest.raises(TimeoutError):
            canary.accept()


def test_an_endless_query_is_stopped_and_the_service_lives_on(client):
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    stopped = client.post("/sparql", data={"query": cross})
    assert stopped.status_code == 503
    assert int(stopped.headers["Retry-After"]) > 0
    assert client.post("/sparql", data={"query": "ASK { ?s ?p ?o }"}).json["boolean"] is True


def test_fifty_cases_at_once_keep_apart(client):
    answers: dict[int, object] = {}

    def send(number: int) -> None:
        case = {**CASE, "treatments": [{"service": "massage_therapy", "quantity": number, "unit": "visit"}]}
        answers[number] = client.application.test_client().post("/determinations", json=case).json

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(50):
        facts = answers[number]["facts"]
        assert [fact["quantity"] for fact in facts] == [number]
        found = answers[number]["requests"][0]["determination"]["recommendations"]
        massage = next(r for r in found if r["id"] == "mtus-chronic-pain-2009/massage_therapy#recommendation")
        assert list(_found(massage["tree"])) == [number + 6]


def _found(node):
    if node["found"] is not None:
        yield node["found"]
    for child in node["children"]:
        yield from _found(child)


def test_the_document_names_every_route_and_nothing_else(client):
    document = client.get("/openapi.json").json
    routes = {
        str(rule).replace("<name>", "{name}").replace("<path:iri>", "{iri}")
        for rule in client.application.url_map.iter_rules()
        if not rule.endpoint.startswith(("pages.", "openapi.", "swagger.", "static", "contract"))
    }
    assert set(document["paths"]) == routes
    assert document["paths"]["/determinations"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def test_health(client):
    assert client.get("/health").json["status"] == "ok"


def test_page_takes_a_letter_and_says_what_is_wrong(client):
    assert "Paste the text" in client.get("/").text
    wrong = client.post("/review", data={"letter": "no letter <script>"})
    assert wrong.status_code == 422
    assert "&lt;script&gt;" in wrong.text


def test_who_sends_too_much_is_told_how_much_is_taken(client):
    answer = client.post("/determinations", data=b"x" * 13_000_000, content_type="text/plain")
    assert answer.get_json()["detail"] == "the content is longer than 12,000,000 bytes; send less at once"
