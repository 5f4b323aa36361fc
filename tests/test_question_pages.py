"""The stored questions as pages: their list, their parameters, rows and charts; and the charts themselves."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from api import Settings, create_app
from api.served import serving
from kb.ask.stored import described
from kb.draw.chart import chart, read_chart
from kb.knowledge.queries import Query, queries

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
KNOWLEDGE = [question["name"] for question in described() if question["over"] == "knowledge"]


def page(client, path, status=200):
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text[:300]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return answer.text


class Tags(HTMLParser):
    """Collect the start tags with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_list_names_every_question_once_below_its_subject(client):
    text = page(client, "/queries")
    for question in described():
        assert text.count(f'href="queries/{question["name"]}"') == 1, question["name"]
    assert text.count("<section") == 6
    assert 'id="no-decisions"' in text


def test_programs_still_get_json(client):
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        assert client.get("/queries", headers=headers).mimetype == "application/json"
        assert client.get("/queries/editions", headers=headers).mimetype == "application/json"


@pytest.mark.parametrize("name", KNOWLEDGE)
def test_a_page_shows_all_rows_and_a_field_for_each_parameter(client, name):
    rows = client.get(f"/queries/{name}").json["rows"]
    tags = Tags(page(client, f"/queries/{name}")).tags
    assert sum(tag == "tr" for tag, _ in tags) == min(len(rows), 500) + 1
    question = next(q for q in described() if q["name"] == name)
    inputs = {attrs["name"]: attrs for tag, attrs in tags if tag == "input" and attrs["name"] != "q"}
    assert {key: found["value"] for key, found in inputs.items()} == {
        key: known["default"] for key, known in question["parameters"].items()
    }
    labels = {attrs.get("for") for tag, attrs in tags if tag == "label"}
    assert {found["id"] for found in inputs.values()} <= labels


def test_a_parameter_changes_the_rows_and_stays_in_form_and_links(client):
    text = page(client, "/queries/editions?on=2016-12-01")
    assert 'value="2016-12-01"' in text
    assert 'href="?on=2016-12-01&amp;format=csv"' in text
    rows = client.get("/queries/editions?on=2016-12-01&format=json").json["rows"]
    assert f"{len(rows)} rows" in text
    assert rows != client.get("/queries/editions").json["rows"]
    assert client.get("/queries/editions?on=2016-12-01&format=csv", headers=BROWSER).mimetype == "text/csv"


def test_terms_of_ours_lead_to_their_pages(client):
    text = page(client, "/queries/recommendations-for-service")
    assert re.search(r'href="\.\./mtus-chronic-pain-2009/massage_therapy#\w+"', text)


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("editions?on=soon", 422, "invalid-parameter", "parameter `on`: `soon` is no day"),
        ("editions?on=", 422, "invalid-parameter", "parameter `on`: `` is no day"),
        ("editions?of=x", 422, "invalid-parameter", "query `editions` has no parameter `of`; it has `on`"),
        (
            "recommendations-for-service?service=masage_therapy",
            422,
            "unknown-concept",
            "did you mean `massage_therapy`",
        ),
        (
            "recommendations-for-service?service=a+b",
            422,
            "invalid-parameter",
            "`a b` is no concept; parameter `service` is",
        ),
        (
            "editions?on=2016-12-01&on=2017-12-01",
            422,
            "invalid-parameter",
            "parameter `on` is given 2 times; give it once",
        ),
        ("decisions", 400, "invalid-query", "question `decisions` is about decisions; name the folder"),
    ],
)
def test_what_is_wrong_is_one_sentence_for_programs_and_people(client, path, status, code, said):
    answer = client.get(f"/queries/{path}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["type"].rsplit("/", 1)[-1] == code
    assert said in answer.json["detail"]
    refused = client.get("/openapi.json").json["paths"]["/queries/{name}"]["get"]["responses"][str(status)]
    assert f"`{code}`" in refused["description"]
    if "given 2 times" not in said:
        shown = re.search(r'id="error">(.*?)</p>', page(client, f"/queries/{path}", status))
        assert said in unescape(shown[1])


def test_what_is_typed_is_shown_as_text(client):
    text = page(client, "/queries/editions?on=%3Cscript%3Ealert(1)%3C/script%3E", 422)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


# --- charts ---------------------------------------------------------------------------------------------------


def test_every_header_asks_for_a_chart_that_can_be_drawn():
    asked = [question for question in described() if question["chart"]]
    assert len(asked) >= 14
    for question in asked:
        read_chart(question["chart"])


def test_a_bar_is_as_long_as_its_share_and_as_wide_as_its_weight():
    rows = [{"service": "a", "share": 0.5, "requests": 8}, {"service": "b", "share": 1.0, "requests": 2}]
    bars = chart("bar; share of service, as wide as requests", rows).bars
    assert [bar.pieces[0].length for bar in bars] == [150.0, 300.0]
    assert [bar.pieces[0].height for bar in bars] == [20, 10]
    assert [bar.pieces[0].about for bar in bars] == ["a: share 50 % of 8 requests", "b: share 100 % of 2 requests"]


def test_a_share_is_of_what_weighs_it_and_of_nothing_none_is_drawn():
    told = [{"service": "a", "requests": 9, "decided": 4, "share": 0.25}]
    empty = [{"service": "b", "requests": 3, "decided": 0, "share": None}]
    found = chart("bar; share of service, as wide as decided", told + empty)
    assert [bar.pieces[0].about for bar in found.bars] == ["a: share 25 % of 4 decided"]
    assert chart("bar; share of service, as wide as decided", empty) is None


def test_two_series_stand_side_by_side_on_one_scale():
    bars = chart("bar; ur and imr by guideline", [{"guideline": "g", "ur": 2, "imr": 4}]).bars
    assert [(bar.label, bar.note, bar.pieces[0].length) for bar in bars] == [("g", "UR 2", 150.0), ("", "IMR 4", 300.0)]
    assert bars[0].y < bars[1].y


def test_long_labels_and_many_bars_are_cut_and_told():
    rows = [{"criterion": f"{'x' * 60}{number:03}", "requests": number} for number in range(50)]
    found = chart("bar; requests by criterion", rows)
    assert found.note == "The first 40 of 50."
    assert found.bars[0].label == f"{'x' * 24}…{'x' * 21}000"
    assert found.bars[0].pieces[0].about == f"{'x' * 60}000: requests 0"


def test_lines_and_columns_stand_from_left_to_right():
    rows = [{"month": "2014-01", "requests": 1, "share": 0.0}, {"month": "2014-02", "requests": 4, "share": 0.25}]
    requests, share = chart("line; requests and share by month", rows).lines
    assert [point.label for point in requests.points] == ["2014-01", "2014-02"]
    assert requests.points[0].y > requests.points[1].y == 26
    assert [point.value for point in share.points] == ["0 %", "25 %"]
    (columns,) = chart(
        "histogram; decisions by from", [{"from": 40, "decisions": 2}, {"from": 50, "decisions": 0}]
    ).columns
    assert [(point.label, point.y) for point in columns.points] == [("40", 26.0), ("50", 180.0)]


def test_a_heat_map_counts_each_pair():
    rows = [{"verdict": "a_b", "outcome": "x", "requests": 3}, {"verdict": "a_b", "outcome": "y", "requests": 1}]
    found = chart("heat map; requests by verdict and outcome", rows).matrix
    assert [cell.about for cell in found.cells] == ["a b, x: 3 of 4", "a b, y: 1 of 4"]


def test_nothing_is_drawn_of_nothing():
    assert chart("bar; requests by service", []) is None
    assert chart("", [{"a": 1}]) is None


def test_a_question_that_takes_too_long_is_stopped(knowledge, monkeypatch):
    endless = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?a) < STR(?i)) }"
    known = {**queries("ask"), "endless": Query("endless", endless, {"summary": "never ends"})}
    monkeypatch.setattr("kb.ask.stored.queries", lambda kind: known)
    app = create_app(Settings(query_seconds=1, query_workers=1), knowledge)
    client = app.test_client()
    stopped = client.get("/queries/endless")
    assert (stopped.status_code, stopped.json["type"].rsplit("/", 1)[-1]) == (503, "query-timeout")
    assert int(stopped.headers["Retry-After"]) > 0
    assert "ran longer than 1 s" in page(client, "/queries/endless", 503)
    assert serving(app).library.processes() == []
    assert client.get("/queries/editions").json["rows"]


def test_with_decisions_a_question_of_the_knowledge_asks_the_knowledge_alone(knowledge, client, kept):
    both, alone = create_app(Settings(decisions=kept), knowledge).test_client(), client
    for name in KNOWLEDGE:
        assert both.get(f"/queries/{name}").json == alone.get(f"/queries/{name}").json
    assert both.get("/queries/decisions").json["rows"][0]["number"]
    assert alone.get("/queries/decisions").status_code == 400
