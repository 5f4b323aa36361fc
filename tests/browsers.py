"""Say where the browser of the tests is, and what follows where there is none."""

import os
import shutil

import pytest

_NAME = "chromium"


def browser_path() -> str:
    """Find Chromium; without it a test is skipped, and under CI, which installs it, fails."""
    found = shutil.which(_NAME)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{_NAME} is missing; install it from the distribution", pytrace=False)
    if found is None:
        pytest.skip(f"{_NAME} is not installed: the pages are not tried in a browser")
    return found
