"""Take the picture of the README: `python -m tests.picture` reviews the invented letter and writes docs/review.png."""

import threading
from pathlib import Path

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from api import Settings, create_app
from kb import load_knowledge
from tests.browsers import browser_path

PICTURE = Path(__file__).parents[1] / "docs" / "review.png"
LETTER = Path(__file__).parent / "letters" / "massage_2014.txt"
_SIZE = {"width": 1100, "height": 610}


def main() -> None:
    """Serve the pages for as long as the picture takes."""
    server = make_server("127.0.0.1", 0, create_app(Settings(), load_knowledge()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    PICTURE.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        page = browser.new_page(viewport=_SIZE, color_scheme="light")
        page.goto(f"http://127.0.0.1:{server.server_port}/review")
        page.locator("#letter").fill(LETTER.read_text("utf-8"))
        page.get_by_role("button", name="Review").click()
        page.locator(".banner").first.wait_for()
        page.locator(".letter mark").first.evaluate("mark => mark.closest('.letter').scrollTop = mark.offsetTop - 160")
        page.evaluate("scrollTo(0, document.querySelector('h1').offsetTop - 16)")
        page.screenshot(path=PICTURE)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
