"""The pages in a real browser: a review, a correction, by keyboard, on a phone, without anything from elsewhere."""

import re
import threading
from pathlib import Path

import pytest
from browsers import browser_path
from werkzeug.serving import make_server

from api import Settings, create_app
from kb.browse.render import ASSETS

LETTERS = Path(__file__).parent / "letters"
LETTER = (LETTERS / "massage_2014.txt").read_text("utf-8")
PAGES = ["", "review", "guidelines", "search?q=massage", "to-verify", "concepts", "concept/massage_therapy",
         "concept/opioid", "queries", "sparql",
         "decisions",
         "mtus-chronic-pain-2009/massage_therapy", "mtus-chronic-pain-2009", "schema", "no-such-page",
         "decision/CM13-0050377", "decision/CM14-0990001"]  # fmt: skip
QUERY = """SELECT ?label WHERE {
  <https://w3id.org/mtus-kb/concept/massage_therapy> <http://www.w3.org/2004/02/skos/core#prefLabel> ?label
}"""
_SHORTEN = """for (const list of document.querySelectorAll("main *"))
    [...list.children].slice(60).forEach(entry => entry.remove())"""
_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_OURS = {"exclude": [[".yasgui"]]}  # YASGUI draws its own widgets


@pytest.fixture(scope="module")
def address(knowledge, kept):
    server = make_server("127.0.0.1", 0, create_app(Settings(decisions=kept), knowledge), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(chromium, address, request):
    """Open a page that may ask nothing elsewhere and may break no policy."""
    context = chromium.new_context(base_url=address, **getattr(request, "param", {}))
    found, foreign, said = context.new_page(), [], []
    found.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:")) else None)
    found.on("console", lambda message: said.append(message.text))
    yield found
    context.close()
    assert foreign == []
    assert [text for text in said if "404 (NOT FOUND)" not in text and "422" not in text] == []


def _review(page):
    page.goto("/review")
    page.get_by_label(re.compile("Text of the letter")).fill(LETTER)
    page.get_by_role("button", name="Review").click()
    page.locator(".banner").first.wait_for()
    return page.locator(".banner")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_browser_fails_in_ci_and_skips_elsewhere(ci, outcome, monkeypatch):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="chromium"):
        browser_path()


def test_search_leads_to_a_concept(page):
    page.goto("/")
    page.get_by_label(re.compile("Find a treatment")).fill("massage therapy")
    page.keyboard.press("Enter")
    page.locator("#results").get_by_role("link", name="massage therapy", exact=True).first.click()
    assert page.locator("h1").inner_text().lower().startswith("massage therapy")


def test_a_corrected_fact_changes_the_verdict(page):
    banner = _review(page)
    assert "Not supported" in banner.inner_text()
    mark = page.locator("mark.treatment", has_text="myofascial release")
    mark.get_by_role("link").click()
    row = page.locator(page.url[page.url.index("#") :])
    row.get_by_text(re.compile("^Correct")).click()
    row.get_by_label("quantity", exact=True).fill("0")
    page.get_by_label(re.compile("Your name")).fill("A. Reader")
    page.get_by_role("button", name="Decide again").click()
    assert "Undocumented" in page.locator(".banner").inner_text()
    assert "was not supported and is now undocumented" in page.locator(".turned").inner_text()
    assert "corrected by A. Reader" in page.locator(".facts-list").inner_text()


def test_concepts_are_offered_by_the_service(page):
    _review(page)
    page.locator("details.fact", has_text="treatment").last.locator("summary").click()
    page.locator("[name='new-treatment.service']").press_sequentially("therapeutic ex")
    page.locator("#concepts option[value='therapeutic exercise']").wait_for(state="attached")


def test_a_stored_question_is_asked_with_another_value(page):
    page.goto("/queries/criteria-that-decide")
    page.get_by_label("least", exact=True).fill("1")
    page.get_by_role("button", name="Ask").click()
    page.locator("#rows tbody tr").first.wait_for()
    assert page.locator(".chart svg").first.is_visible()
    page.get_by_label("least", exact=True).fill("99")
    page.get_by_role("button", name="Ask").click()
    page.locator("#count", has_text="0 rows").wait_for()


def test_a_query_is_written_in_the_plain_field(page):
    page.goto("/sparql?view=plain")
    page.get_by_label("Query", exact=True).fill(QUERY)
    page.get_by_role("button", name="Run").click()
    assert page.locator("#rows tbody").inner_text().strip() == "massage therapy"


@pytest.mark.skipif(not (ASSETS / "served" / "yasgui").is_dir(), reason="the editor is not built: run `make web`")
def test_a_query_is_run_in_the_editor(page):
    page.goto("/sparql")
    page.evaluate("query => document.querySelector('#yasgui .CodeMirror').CodeMirror.setValue(query)", QUERY)
    page.locator("#yasgui .CodeMirror").first.click()
    page.keyboard.press("Control+Enter")
    page.locator("#yasgui .yasr td", has_text="massage therapy").wait_for()


def test_a_kept_decision_is_found_and_read(page):
    page.goto("/decisions")
    assert page.locator("section svg").count() >= 3
    page.get_by_label("Case number or file").fill("cm14")
    page.get_by_role("search", name="Decisions").get_by_role("button").click()
    page.get_by_role("link", name="CM14-0990001").click()
    assert "not supported" in page.locator("#line1").inner_text()
    page.locator("#line1").get_by_role("link", name=re.compile("at most 6 visits")).click()
    page.wait_for_url("**/mtus-chronic-pain-2009/massage_therapy#visit_limit")


def test_folds_and_marks_have_buttons(page):
    _review(page)
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert page.locator(".line details[open]").count() == 0
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator(".line details:not([open])").count() == 0
    page.get_by_role("button", name="Next mark").click()
    assert page.locator("mark a.now").count() == 1


def test_the_page_is_taken_along(page):
    _review(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    kept = Path(download.value.path()).read_text("utf-8")
    page.route("**/kept", lambda route: route.fulfill(body=kept, content_type="text/html"))
    page.goto("/kept")
    assert page.locator(".banner").evaluate("e => getComputedStyle(e).display") == "grid"  # its own policy lets it


def test_a_review_needs_the_keyboard_alone(page):
    page.goto("/review")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "letter"
    page.keyboard.insert_text(LETTER)
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Review"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator(".banner").wait_for()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_a_review_needs_no_script(page):
    assert "Not supported" in _review(page).inner_text()
    page.locator("details.fact", has_text="Header of the case").locator("summary").click()
    page.get_by_label("record complete").select_option("no")
    page.get_by_label(re.compile("Your name")).fill("A")
    page.get_by_role("button", name="Decide again").click()
    assert "Decided again" in page.locator(".turned").inner_text()


@pytest.mark.parametrize("page", [{"viewport": {"width": 375, "height": 800}}], indirect=True)
def test_no_page_is_wider_than_a_phone(page):
    wide = []
    for path in [*PAGES, None]:
        if path is None:
            _review(page)
        else:
            page.goto(f"/{path}")
        if page.evaluate("document.documentElement.scrollWidth") > 375:
            wide.append(path)
    assert wide == []


@pytest.mark.parametrize(
    ("page", "rules"), [({"color_scheme": "light"}, {}), ({"color_scheme": "dark"}, _COLOURS)], indirect=["page"]
)
def test_no_serious_barrier(page, rules):
    """Try every rule on light pages; dark ones differ in colours alone, which the beginning of a long list shows."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for path in [*PAGES, None]:
        if path is None:
            _review(page)
        else:
            page.goto(f"/{path}")
        if rules:
            page.evaluate(_SHORTEN)
        for barrier in Axe().run(page, _OURS, {"resultTypes": ["violations"], **rules}).response["violations"]:
            if barrier["impact"] in ("serious", "critical"):
                found.append((path, barrier["id"], barrier["nodes"][0]["html"][:160], len(barrier["nodes"])))
    assert found == [], found
