"""Write all pages of a knowledge to a folder, to be read from a disk or any web server."""

import shutil
from collections.abc import Callable
from pathlib import Path

from kb.browse.render import ASSETS, render
from kb.browse.site import Site
from kb.knowledge.base import Knowledge

ENDING = ".html"
INDEX = "pages.js"
Step = Callable[[int, int], None]


def write_site(folder: Path, knowledge: Knowledge, step: Step | None = None) -> int:
    """Write every page, the style sheet and the list for the search; tell how many pages there are.

    `step` is told how many are done of how many. Pages of an earlier run are overwritten, none is removed.
    Raises OSError when the folder cannot be written.
    """
    site = Site(knowledge)
    shutil.copytree(ASSETS, folder / "assets", dirs_exist_ok=True, ignore=shutil.ignore_patterns("served", "review.*"))
    (folder / "assets" / INDEX).write_text(site.finder.as_script(), encoding="utf-8")
    for number, (path, gather) in enumerate(site.pages.items(), 1):
        file = folder / f"{path or 'index'}{ENDING}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render(gather(), ENDING), encoding="utf-8")
        if step:
            step(number, len(site.pages))
    return len(site.pages)
