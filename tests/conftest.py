"""Profiles of the property tests, the packages of the tests themselves, and what many tests share."""

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
for place in (HERE, HERE.parent):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]
settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("long", max_examples=3000, deadline=None, suppress_health_check=SLOW)
settings.load_profile("quick")

gc.set_threshold(100_000)  # little of what a test makes hangs in circles


@pytest.fixture(scope="session")
def knowledge():
    """Load the knowledge of the product once, for all tests that only read it."""
    from kb import load_knowledge

    loaded = load_knowledge()
    gc.freeze()  # it stays, so the collector need not walk it again and again
    return loaded


@pytest.fixture(scope="session")
def client(knowledge):
    """Ask the service as it is set by default; a module that sets it otherwise has a client of its own."""
    from api import Settings, create_app

    return create_app(Settings(), knowledge).test_client()


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory, knowledge):
    """Give the folder in which `mtus ingest` kept the decisions of two letters, and what the command said.

    For all tests that only read them; one process is started to read the letters, since each loads the knowledge.
    """
    import commands
    from once import once

    names = ("massage_2014.txt", "two_requests_2016.txt", "locked_by_password.pdf")

    def take_in(folder):
        words = ["ingest", *(HERE / "letters" / name for name in names), "--store", folder / "kept"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kb.archive.ingest.load_knowledge", lambda _: knowledge)
            patch.setattr("os.cpu_count", lambda: 1)
            done = commands.run(*words)
        (folder / "done.json").write_text(json.dumps(asdict(done)), encoding="utf-8")

    folder = once(tmp_path_factory, "letters", take_in)
    return folder / "kept", commands.Done(**json.loads((folder / "done.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def kept(taken_in):
    """Give the folder in which decisions are kept."""
    return taken_in[0]


@pytest.fixture(scope="module")
def chromium():
    """Start the browser; by module, because other tests start event loops of their own."""
    from browsers import browser_path

    path = browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
