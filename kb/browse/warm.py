"""Write a page of each sort once, so that nobody waits for what is made with the first."""

from collections.abc import Callable
from typing import Any

from kb.browse.machine import FORMATS, serialise
from kb.browse.render import render
from kb.browse.site import Site


def warm(site: Site) -> None:
    """Gather and write one page for each way in which pages are gathered, and the triples of one."""
    sorts: dict[str, Callable[[], Any]] = {}
    for gather in site.pages.values():
        sorts.setdefault(getattr(gather, "func", gather).__qualname__, gather)
    for gather in (*sorts.values(), site.review.empty):
        page = gather()
        more: dict[str, Any] = {} if "letter" in page.data else {"letter": "", "error": None}
        render(page, **more)
    if thing := next((path for path in site.pages if site.is_thing(path)), None):
        for kind in FORMATS:
            serialise(site.subjects(thing), kind, site.register)
