"""Many cases over HTTP, answered with their verdicts alone."""

import io
import itertools
import json

import jsonschema
import pytest
from bench.realistic import Realistic
from werkzeug.exceptions import BadRequest

from api import Settings, create_app
from api.body import Body
from kb import load_knowledge
from kb.batch.lines import AT_ONCE, decide_lines, portions_of
from kb.batch.schema import ROWS
from kb.log.decisions import records
from kb.log.replay import Replayed, replay
from kb.review import MAX_LINE
from tests.running import small_ontology

NDJSON = "application/x-ndjson"
CASE = {
    "number": "CM13-0050377",
    "ur_decided": "2013-10-18",
    "treatments": [{"service": "myofascial_release", "quantity": 6, "unit": "visit"}],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}, "no_such_service"],
}
COLUMNS = [name for name in ROWS if name not in ("row", "case")]
BAD = (b"{", b"[1]", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"requests": 5}', b'{"sex": "\\udc00", "requests": ["x"]}')


def _lines(*cases):
    return b"".join(case if isinstance(case, bytes) else json.dumps(case).encode() for case in _between(cases))


def _between(cases):
    return itertools.chain.from_iterable((case, b"\n") for case in cases)


def _said(client, body, view="?view=verdicts"):
    answer = client.post(f"/determinations/batch{view}", data=body, content_type=NDJSON)
    assert (answer.status_code, answer.content_type) == (200, NDJSON)
    return [json.loads(line) for line in answer.data.splitlines()]


def _brief(answer):
    """Take from the whole explanation what a verdict tells."""
    if "error" in answer:
        return answer
    found = []
    for line in answer["requests"]:
        decided = line["determination"]
        row = dict.fromkeys(COLUMNS) | {name: line[name] for name in ("line", "service", "error")}
        if decided:
            row |= {name: decided[name] for name in ("verdict", "imr", "amount", "because", "citations")}
            row["missing"] = [{name: item[name] for name in ("id", "decisive")} for item in decided["missing"]]
        found.append(row)
    return {"case": answer["case"]["number"], "requests": found}


def _sorted(answer):
    """What decides is a set."""
    for line in answer.get("requests", ()):
        for name in ("because", "missing", "citations"):
            line[name] = line[name] and sorted(line[name], key=json.dumps)
    return answer


@pytest.fixture(scope="module")
def ontology(tmp_path_factory):
    return small_ontology(tmp_path_factory.mktemp("verdicts") / "ontology")


@pytest.mark.parametrize("count", [3, 60], ids=["one by one", "in data frames"])
def test_verdicts_are_those_of_the_whole_explanation_in_order_among_bad_lines(client, knowledge, count):
    real = itertools.islice(Realistic(knowledge, 5).cases(), count)
    cases = [CASE, *BAD, *(json.dumps(case, default=str).encode() for case in real), b" ", CASE, BAD[0]]
    said, whole = _said(client, _lines(*cases)), _said(client, _lines(*cases), "")
    assert len(said) == len(cases) - 1
    assert [_sorted(answer) for answer in said] == [_sorted(_brief(answer)) for answer in whole]
    assert [answer["line"] for answer in said if "error" in answer] == [*range(2, 2 + len(BAD)), len(cases)]
    assert list(said[0]["requests"][0]) == COLUMNS


def test_half_a_surrogate_pair_ends_one_line(client):
    halves = [{**CASE, "number": "\ud800"}, {**CASE, "requests": [{"service": "\ud800"}]}]
    said = _said(client, _lines(*[CASE] * 20, *halves, CASE))
    assert [answer.get("line") for answer in said] == [*[None] * 20, 21, 22, None]
    assert "holds half of a character" in said[20]["error"]["message"]


@pytest.mark.parametrize(
    ("view", "said"), [("?view=all", "`view`: input should be"), ("?veiw=x", "did you mean `view`")]
)
def test_another_view_is_refused(client, view, said):
    refused = client.post(f"/determinations/batch{view}", data=b"{}", content_type=NDJSON)
    assert refused.status_code == 422
    assert said in refused.json["detail"]


def test_a_portion_is_bounded_in_lines_and_in_bytes():
    class Body:
        """Give lines for ever and count them."""

        given = 0

        def __init__(self, size):
            self._line = b"x" * (size - 1) + b"\n"

        def readline(self, _):
            self.given += 1
            return self._line

    short, long = Body(10), Body(MAX_LINE)
    first = next(portions_of(short))
    assert len(first) == short.given == AT_ONCE
    assert [number for number, _ in first] == list(range(1, AT_ONCE + 1))
    assert sum(len(line) for _, line in next(portions_of(long))) < 5_000_000


def test_what_comes_before_a_break_is_decided(knowledge):
    class Broken(io.RawIOBase):
        """Give two cases and a half, then end as a body that was cut off."""

        _left = _lines(CASE, CASE) + b'{"number": "CM'

        def readable(self):
            return True

        def readinto(self, buffer):
            size = min(len(buffer), len(self._left), 100)
            if not size:
                raise BadRequest("the body broke off")
            buffer[:size], self._left = self._left[:size], self._left[size:]
            return size

    body = Body(Broken())
    [portion] = portions_of(body)
    assert [answer["case"] for answer, _ in decide_lines(portion, knowledge)] == [CASE["number"]] * 2
    assert body.broken.description == "the body broke off"


def test_each_line_is_as_the_document_says(client):
    document = client.get("/openapi.json").json
    answer = document["paths"]["/determinations/batch"]["post"]["responses"]["200"]
    content = answer["content"][NDJSON]
    schema = {**content["x-itemSchema"], "components": document["components"]}
    shown = [json.loads(line) for line in content["example"].splitlines()]
    said = _said(client, _lines(CASE, b"{")) + _said(client, _lines(CASE, b"{"), "")
    for line in shown + said:
        jsonschema.validate(line, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**said[0], "verdict": "supported"}, schema)
    assert f"after {AT_ONCE:,} lines" in answer["description"]


def test_verdicts_are_counted_and_logged_with_their_cases(ontology, tmp_path):
    path, tiny = tmp_path / "decisions.log", load_knowledge(ontology)
    client = create_app(Settings(ontology=ontology, log=path), tiny).test_client()
    case = {**CASE, "requests": [{"service": "stretching", "quantity": 4, "unit": "visit"}], "treatments": []}
    [first, bad, last] = _said(client, _lines(case, b"{", {**case, "requests": ["stretching", "no_such"]}))
    assert "error" in bad
    one, two = records(path)
    assert [one["id"][-2:], two["id"][-2:]] == ["-1", "-3"]
    assert one["content"]["case"] == {name: said for name, said in case.items() if name != "number"}
    for record, answer in ((one, first), (two, last)):
        logged = [{"line": r["line"], "service": r["service"], **(r["determination"] or {})}
                  for r in record["content"]["requests"]]  # fmt: skip
        assert logged == [{k: v for k, v in r.items() if k != "error" and (r["verdict"] or k in ("line", "service"))}
                          for r in answer["requests"]]  # fmt: skip
    count = Replayed()
    assert list(replay(path, tiny, count)) == []
    assert count.lines == 2
    counted = client.get("/metrics").text
    assert f'mtus_determinations_total{{verdict="{first["requests"][0]["verdict"]}"}}' in counted
    assert 'mtus_determinations_total{verdict="none"} 1.0' in counted
