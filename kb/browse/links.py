"""Link pages to each other, alike on a disk and on a server."""

import re

from kb.errors import KnowledgeError
from kb.terms import BASE

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


def path_of(iri: str) -> str:
    """Cut an IRI of ours to the path of the page that shows it.

    Raises KnowledgeError for one that no file could be named after.

    >>> path_of("https://w3id.org/mtus-kb/first-1/ice#limit")
    'first-1/ice'
    """
    path = iri.removeprefix(BASE).partition("#")[0]
    if path and not all(_SEGMENT.fullmatch(part) for part in path.split("/")):
        raise KnowledgeError(f"`{iri}` can name no page; write identifiers of letters, digits, `_`, `-` and `.`")
    return path


class Links:
    """Make addresses relative to one page, so that the site works from a disk and below any prefix of a server.

    `ending` is what page files end in; a server needs none.

    >>> Links("concept/ice").to("concept/heat#x"), Links("concept/ice").to("concept/ice#x")
    ('../concept/heat#x', '#x')
    >>> Links("guidelines", ".html").to(""), Links("guidelines").to("")
    ('index.html', './')
    """

    def __init__(self, here: str, ending: str = "") -> None:
        """Stand on a page."""
        self._here = here
        self._up = "../" * here.count("/")
        self._ending = ending

    def to(self, target: str) -> str:
        """Address a page by its path or by an IRI of ours, with a fragment if it has one."""
        path, sign, fragment = target.removeprefix(BASE).partition("#")
        if sign and path == self._here:
            return f"#{fragment}"
        return f"{self._up}{self._page(path)}{sign}{fragment}"

    def asset(self, name: str) -> str:
        """Address a style sheet or script."""
        return f"{self._up}assets/{name}"

    def _page(self, path: str) -> str:
        if path:
            return path + self._ending
        return f"index{self._ending}" if self._ending else "./" if not self._up else ""
