"""The pages in a real browser: a review, a correction, by keyboard, on a phone, without anything from elsewhere."""

import re
import threading
from pathlib import Path

import pytest
from browsers import browser_path
from werkzeug.serving import make_server

from api import Settings, create_app
from kb import load_knowledge

LETTER = (Path(__file__).parent / "letters" / "massage_2014.txt").read_text("utf-8")
PAGES = ["", "review", "guidelines", "search?q=massage", "to-verify", "concept/massage_therapy", "queries", "sparql",
         "decisions",
         "mtus-chronic-pain-2009/massage_therapy", "mtus-chronic-pain-2009", "schema", "no-such-page",
         "decision/CM13-0050377"]  # fmt: skip
_OURS = {"exclude": [[".yasgui"]]}  # YASGUI draws its own widgets


@pytest.fixture(scope="module")
def address():
    server = make_server("127.0.0.1", 0, create_app(Settings(), load_knowledge()), threaded=True)
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


@pytest.mark.parametrize("page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True)
def test_no_serious_barrier(page):
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for path in [*PAGES, None]:
        if path is None:
            _review(page)
        else:
            page.goto(f"/{path}")
        for barrier in Axe().run(page, context=_OURS).response["violations"]:
            if barrier["impact"] in ("serious", "critical"):
                found.append((path, barrier["id"], barrier["nodes"][0]["html"][:160], len(barrier["nodes"])))
    assert found == [], found
