"""Profiles of the property tests, the packages of the tests themselves, and what many tests share."""

import gc
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
for place in (HERE, HERE.parent):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]
settings.register_profile("quick", max_examples=100, deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("long", max_examples=3000, deadline=None, suppress_health_check=SLOW)
settings.load_profile("quick")


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
def one_kept(tmp_path_factory):
    """Give the folder in which the decisions of one letter are kept, for all tests that only read them."""
    from kb.archive.ingest import ingest

    kept = tmp_path_factory.mktemp("decisions") / "kept"
    ingest([str(HERE / "letters" / "massage_2014.txt")], kept, processes=1)
    return kept


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
