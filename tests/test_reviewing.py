"""The review page: what is read is marked, corrected in a form and decided again; nothing is kept."""

import datetime as dt
import html
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from forms import sent

from api import Settings, create_app
from kb.answer.form import blank, corrected, rows
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.errors import CaseError, UnknownConceptError
from kb.review import read_facts, review
from kb.terms import kb

LETTERS = Path(__file__).parent / "letters"
LETTER = LETTERS / "massage_2014.txt"
FORM = "Correct what was read"
COURSE = "myofascial release"


@pytest.fixture(scope="module")
def page(client):
    return client.post("/review", data={"letter": LETTER.read_text("utf-8").replace("\n", "\r\n")}).text


@pytest.fixture
def fields(page):
    return sent(page, FORM)


def _row(fields, words):
    return next(name.split(".")[0] for name, value in fields.items() if value == words)


def _verdicts(page):
    return re.findall(r'<div class="banner (\w+)">', page)


def test_the_page_takes_a_letter(client):
    answer = client.get("/review")
    assert answer.status_code == 200
    assert 'action="review"' in answer.text


def test_every_fact_is_marked_where_it_was_read(page, knowledge):
    answer = review(LETTER, LETTER.name, knowledge)
    shown = html.unescape(page)
    for fact in answer["facts"]:
        words = answer["text"][fact["quote"]["start"] : fact["quote"]["end"]]
        assert re.search(rf'<mark id="{fact["id"]}" class="{fact["kind"]}"[^>]*><a [^>]*>{re.escape(words)}</a>', shown)
        assert f'id="fact-{fact["id"]}"' in page
        assert f'href="#{fact["id"]}"' in page


def test_the_criterion_that_decides_stands_out_and_leads_to_the_guideline(page):
    deciding = re.search(r'<li class="node deciding">(.*?)</li>', page, re.S)[1]
    assert "at most 6 visits" in deciding
    assert 'href="mtus-chronic-pain-2009/massage_therapy#visit_limit"' in deciding
    cited = page.partition("<h3>Citations</h3>")[2].partition("</ul>")[0]
    assert 'href="mtus-chronic-pain-2009/massage_therapy"' in cited


def test_nothing_corrected_is_nothing_changed(client, page, fields):
    again = client.post("/review", data=fields)
    assert again.status_code == 200
    assert "stays not supported" in again.text
    assert sent(again.text, FORM) == fields
    assert re.findall(r"<mark.*?</mark>", again.text) == re.findall(r"<mark.*?</mark>", page)


def test_a_corrected_fact_changes_the_verdict_and_says_who_did(client, page, fields):
    assert _verdicts(page) == ["not_supported"]
    row = _row(fields, COURSE)
    again = client.post("/review", data={**fields, f"{row}.quantity": "0", "by": "A. Reader"})
    assert _verdicts(again.text) == ["undocumented"]
    assert "was not supported and is now <b>undocumented</b>" in again.text
    today = dt.datetime.now(dt.UTC).date()
    assert f"corrected by A. Reader on {today}" in again.text
    carried = json.loads(sent(again.text, FORM)["state"])["case"]
    facts = [*carried["diagnoses"], *carried["findings"], *carried["treatments"], *carried["medications"]]
    records = [(fact.get("service"), fact["corrected"]) for fact in facts if "corrected" in fact]
    assert records == [("myofascial_release", {"by": "A. Reader", "on": today.isoformat()})]


def test_a_removed_fact_is_gone_and_an_added_one_is_there(client, fields):
    row = _row(fields, COURSE)
    added = {"new-treatment.service": "97110", "new-treatment.status": "current", "by": "A. Reader"}
    again = client.post("/review", data={**fields, f"{row}.remove": "on", **added})
    found = sent(again.text, FORM)
    assert COURSE not in found.values()
    assert "therapeutic exercise" in again.text
    assert _verdicts(again.text) == ["supported"]


def test_what_is_asked_and_the_header_can_be_corrected(client, fields):
    again = client.post("/review", data={**fields, "r1.quantity": "4", "case.record_complete": "no", "by": "B"})
    assert "0 of 4 visits" in again.text
    assert "the record is complete" not in again.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "say who corrects"),
        ({"by": "A", "value": "many"}, "many"),
        ({"by": "A", "value": "-1"}, "treatments"),
        ({"by": "A", "concept": "myofascial releese"}, "did you mean `myofascial release`"),
        ({"by": "A", "concept": "<script>alert(1)</script>"}, "unknown treatment"),
    ],
)
def test_a_wrong_correction_is_told_and_nothing_typed_is_lost(client, fields, changed, words):
    row = _row(fields, COURSE)
    typed = {f"{row}.quantity": changed.get("value", "1"), "by": changed.get("by", "")}
    typed |= {f"{row}.service": changed["concept"]} if "concept" in changed else {}
    again = client.post("/review", data={**fields, **typed})
    assert again.status_code == 422
    assert words in html.unescape(again.text.partition('role="alert"')[2].partition("</p>")[0])
    assert sent(again.text, FORM) == {**fields, **typed}
    assert "<script>alert" not in again.text


@pytest.mark.parametrize("state", ["", "{}", "[]", '{"case": [], "text": null}', '{"case": {}, "text": 1}', "null"])
def test_a_form_that_carries_no_case_is_refused(client, state):
    for path in ("/review", "/review/json"):
        refused = client.post(path, data={"state": state})
        assert refused.status_code == 422, refused.text


def test_quotes_outside_the_text_mark_nothing(client, page, fields):
    state = json.loads(fields["state"])
    spots = [(-1, 3), (5, 5), (9, 2), (0, 10**9)]
    for fact, (start, end) in zip(state["case"]["findings"], spots, strict=False):
        fact["quote"] = {"start": start, "end": end}
    again = client.post("/review", data={**fields, "state": json.dumps(state)})
    assert again.status_code == 200
    assert len(state["case"]["findings"]) == len(spots)
    assert again.text.count("<mark") == page.count("<mark") - len(spots)


@pytest.mark.parametrize("form", ["html", "json", "ttl", "yaml"])
def test_it_can_be_taken_along(client, page, knowledge, form):
    answer = client.post(f"/review/{form}", data=sent(page, "Take along"))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="determination.{form}"'
    expected = review(LETTER, LETTER.name, knowledge)
    if form == "json":
        assert json.loads(answer.data) == [expected]
    if form == "html":
        assert "<mark" in answer.text
        assert "http-equiv" in answer.text
    if form == "ttl":
        triples = list(ox.parse(answer.data, format=ox.RdfFormat.TURTLE))
        assert [t.object for t in triples if t.predicate == kb("verdict")] == [kb("not_supported")]
    if form == "yaml":
        found = review(answer.data, "case.yaml", knowledge)
        assert found["requests"][0]["determination"] == expected["requests"][0]["determination"]


def test_a_case_is_reviewed_too(client):
    case = "ur_decided: 2013-10-18\nrequests: [{service: massage_therapy, quantity: 6, unit: visit}]\n"
    for text in (case, json.dumps({"ur_decided": "2013-10-18", "requests": ["massage_therapy"]})):
        page = client.post("/review", data={"letter": text})
        assert _verdicts(page.text) == ["undocumented"]
        assert "Facts of the case" in page.text
        assert "<mark" not in page.text


def test_a_letter_of_many_facts_fits_into_the_form(client):
    care = [{"service": "acupuncture", "quantity": n, "unit": "visit"} for n in range(1, 301)]
    case = {"ur_decided": "2013-10-18", "treatments": care, "requests": ["massage_therapy"]}
    fields = sent(client.post("/review", data={"letter": json.dumps(case)}).text, FORM)
    assert len(fields) > 3000  # more than a form of parts may have
    assert client.post("/review", data={**fields, "f7.status": "current", "by": "A"}).status_code == 200


def test_a_page_of_a_case_is_kept_by_nobody(client, fields):
    answer = client.post("/review", data=fields)
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r'\s(?:style|on\w+)="', answer.text)


@pytest.mark.parametrize("letter", sorted(LETTERS.glob("*.txt")), ids=lambda path: path.stem)
def test_an_untouched_form_gives_the_same_case(letter, knowledge):
    case, _ = read_facts(letter, letter.name, knowledge)
    prepared = prepare(case, knowledge)
    untouched = {f"{row.name}.{f.name}": f.value for row in rows(prepared, knowledge) for f in row.fields}
    assert corrected(prepared, untouched, "", dt.date(2026, 1, 31), knowledge) == prepared
    assert {row.kind for row in blank(knowledge)} == {"diagnosis", "finding", "treatment", "medication", "document"}


def test_parts_of_a_line_share_its_corrected_quantity(knowledge):
    parts = [{"service": "acupuncture", "quantity": 6}, {"service": "massage_therapy", "quantity": 6}]
    line = {"line": 1, "service": "physical_medicine", "quantity": 6, "asked": 6, "parts": parts}
    case = read_case({"ur_decided": "2013-10-18", "requests": [line]})
    found = corrected(case, {"r1.quantity": "4"}, "A", dt.date(2026, 1, 31), knowledge).requests[0]
    assert (found.quantity, found.asked, [part.quantity for part in found.parts]) == (4, None, [4, 4])
    assert found.corrected.by == "A"


def test_words_that_name_nothing_or_no_day_are_errors(knowledge):
    case = prepare(read_case({"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}), knowledge)
    for field, words, error in (
        ("r1.service", "massage therapi", UnknownConceptError),
        ("case.ur_decided", "yesterday", CaseError),
        ("case.phase", "late", UnknownConceptError),
    ):
        with pytest.raises(error):
            prepare(corrected(case, {field: words}, "A", dt.date(2026, 1, 31), knowledge), knowledge)


def test_the_page_of_decisions_says_how_to_keep_some(client):
    page = client.get("/decisions")
    assert page.status_code == 200
    assert "mtus ingest letters/ --store kept" in page.text


def test_the_page_of_decisions_draws_and_lists_what_is_kept(knowledge, kept):
    client = create_app(Settings(decisions=kept), knowledge).test_client()
    page = client.get("/decisions").text
    assert page.count("<svg") >= 3
    assert "CM14-0990001" in page
    assert "CM14-0990001" in client.get("/decisions?q=cm14").text
    assert 'href="decision/CM14-0990001"' in page
    nothing = client.get("/decisions", query_string={"q": "<b>none"}).text
    assert "No kept decision is called so" in nothing
    assert "<b>none" not in nothing


def test_a_kept_decision_has_a_page_and_triples_under_its_iri(knowledge, kept):
    client = create_app(Settings(decisions=kept), knowledge).test_client()
    page = client.get("/decision/CM14-0990001", headers={"Accept": "text/html"})
    text = " ".join(re.sub("<[^>]+>", " ", page.text).split())
    assert page.headers["Cache-Control"] == "no-store"
    answer = review(LETTER.read_bytes(), LETTER.name, knowledge)
    for line in answer["requests"]:
        assert f"decided here {line['determination']['verdict'].replace('_', ' ')}" in text
        assert f"published {line['published']['outcome'].replace('_', ' ')}" in text
        for key in line["determination"]["because"]:
            assert ":" in key or f'href="../{key}"' in page.text
    for media, form in (("text/turtle", ox.RdfFormat.TURTLE), ("application/ld+json", ox.RdfFormat.JSON_LD)):
        answer = client.get("/decision/CM14-0990001", headers={"Accept": media})
        triples = list(ox.parse(answer.data, format=form))
        assert any(t.predicate.value.endswith("#verdict") for t in triples), media
    assert client.get("/decision/CM99-0000000").status_code == 404


def test_a_kept_decision_names_a_criterion_once_whatever_it_is_about(knowledge, kept):
    client = create_app(Settings(decisions=kept), knowledge).test_client()
    page = client.get("/decision/CM16-0990002", headers={"Accept": "text/html"}).text
    lists = [
        re.findall('href="([^"]+)"', found) for found in re.findall('<ul class="columns">(.*?)</ul>', page, re.DOTALL)
    ]
    assert len(lists) > 2
    assert all(len(found) == len(set(found)) for found in lists)
    assert any("#" in target for found in lists for target in found)
