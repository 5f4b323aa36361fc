"""Determinations over HTTP: bodies, uploads, headers, many at once."""

import io
import json
import uuid
from pathlib import Path

import pytest

from api import Settings, create_app
from kb.review import MAX_LINE, review_lines

LETTER = Path(__file__).parent / "letters" / "massage_2014.txt"
NDJSON = "application/x-ndjson"
CASE = {
    "ur_decided": "2013-10-18",
    "treatments": [{"service": "myofascial_release", "quantity": 6, "unit": "visit"}],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}],
}
VIEWS = ("", "?view=verdicts")
OTHER = {**CASE, "treatments": [{"service": "therapeutic_exercise", "status": "current"}]}


@pytest.fixture(scope="module")
def client(knowledge):
    return create_app(Settings(max_batch=2_000_000), knowledge).test_client()


def _batch(client, *lines, view="", **more):
    body = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return client.post(f"/determinations/batch{view}", data=body, content_type=NDJSON, **more)


def _streamed(client, body, view=""):
    """Send a body of unknown length."""
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return client.post(
        f"/determinations/batch{view}", input_stream=body, content_type=NDJSON, environ_overrides=environ
    )


def _said(answer):
    return [json.loads(line) for line in answer.data.splitlines()]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.txt", LETTER.read_bytes()),
        ("case.json", json.dumps(CASE).encode()),
        ("case.yaml", b"ur_decided: 2013-10-18\nrequests: [massage_therapy]\n"),
    ],
)
def test_an_upload_is_answered_as_a_body(client, name, data):
    kinds = {"letter.txt": "text/plain", "case.json": "application/json", "case.yaml": "application/yaml"}
    alone = client.post("/determinations", data=data, content_type=kinds[name])
    assert alone.status_code == 200
    named = client.post("/determinations", data={"file": (io.BytesIO(data), name)})
    assert named.data == alone.data
    typed = client.post("/determinations", data={"file": (io.BytesIO(data), "upload", kinds[name])})
    assert typed.data == alone.data


def test_an_upload_without_its_file_says_so(client):
    refused = client.post("/determinations", data={"letter": (io.BytesIO(b"x"), "a.txt")})
    assert refused.status_code == 422
    assert "no part `file`" in json.loads(refused.data)["detail"]


def test_what_differs_from_answer_to_answer_stands_in_the_headers(client):
    first, second = (client.post("/determinations", json=CASE) for _ in range(2))
    assert first.data == second.data
    ids = {uuid.UUID(answer.headers["Determination-Id"]) for answer in (first, second)}
    assert len(ids) == 2
    assert first.headers["Knowledge-Version"] == second.headers["Knowledge-Version"]


def test_a_batch_answers_line_for_line(client):
    bad = [
        b"{\n",
        b"[1]\n",
        b'"x"\n',
        b"\xff\xfe\n",
        b"%PDF-1.4\n",
        {"requests": 5},
        b"[" * 5000 + b"\n",
    ]
    answer = _batch(client, CASE, *bad, b"\n", OTHER)
    said = _said(answer)
    assert (answer.status_code, answer.content_type) == (200, NDJSON)
    assert [line.get("line") for line in said] == [None, 2, 3, 4, 5, 6, 7, 8, None]
    assert all(set(line) == {"line", "error"} and line["error"]["message"] for line in said[1:-1])
    assert said[0] == client.post("/determinations", json=CASE).json
    assert said[-1] == client.post("/determinations", json=OTHER).json
    assert answer.headers["Knowledge-Version"]
    assert uuid.UUID(answer.headers["Determination-Id"])


@pytest.mark.parametrize("view", VIEWS)
def test_a_line_that_is_too_long_does_not_end_the_rest(client, view):
    long = b'{"number": "' + b"x" * (3 * MAX_LINE) + b'"}\n'
    said = _said(_batch(client, long, CASE, view=view))
    assert said[0]["line"] == 1
    assert "more than 250,000 bytes" in said[0]["error"]["message"]
    assert said[1]["requests"]
    assert [line.get("line") for line in _said(_batch(client, CASE, long[:-1], view=view))] == [None, 2]


@pytest.mark.parametrize("view", VIEWS)
def test_a_batch_that_is_too_large_is_refused(client, view):
    assert _batch(client, b"x" * 2_000_001, view=view).status_code == 413


@pytest.mark.parametrize("view", VIEWS)
def test_a_batch_of_unknown_length_ends_with_an_error_where_it_is_too_large(client, view):
    body = (json.dumps(CASE).encode() + b"\n") * 101 + (b"x" * 999 + b"\n") * 2_000
    said = _said(_streamed(client, io.BytesIO(body), view))
    assert [bool(line.get("requests")) for line in said[:101]] == [True] * 101
    assert said[-1]["error"]["code"] == "request entity too large"


@pytest.mark.parametrize(("kind", "status"), [("application/json", 415), ("text/plain", 415), (None, 415)])
def test_a_batch_is_lines(client, kind, status):
    assert client.post("/determinations/batch", data=b"{}", content_type=kind).status_code == status


@pytest.mark.parametrize("view", VIEWS)
def test_answers_leave_before_the_body_is_in(client, view):
    body = io.BytesIO((json.dumps(CASE).encode() + b"\n") * 2_500)
    first = next(_streamed(client, body, view).iter_encoded())
    assert json.loads(first)["requests"]
    assert body.tell() < len(body.getvalue()) / 2


def test_a_batch_is_read_while_it_is_answered(knowledge):
    class Body:
        """Give lines for ever and count them."""

        given = 0

        def readline(self, _):
            self.given += 1
            return json.dumps(CASE).encode() + b"\n"

    body = Body()
    answers = review_lines(body, knowledge)
    assert all(next(answers)["requests"] for _ in range(150))
    assert body.given <= 300
