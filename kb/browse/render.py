"""Write pages as HTML from their templates; no script or style stands in them, so that a strict policy allows all."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kb.answer.words import LEGEND, NOTICE, OPS
from kb.browse.links import Links
from kb.browse.view import Page, Ref

ASSETS = Path(__file__).parent / "assets"
_MENU = [
    Ref("Guidelines", "guidelines"),
    Ref("Concepts", "concepts"),
    Ref("A to Z", "a-z"),
    Ref("To verify", "to-verify"),
]


def render(page: Page, ending: str = "", **more: Any) -> str:
    """Write one page; `ending` is what page files end in, empty on a server, whose forms are shown then."""
    template = environment().get_template(page.template)
    text = template.render(
        page=page, links=Links(page.path, ending), served=not ending, menu=_MENU, legend=LEGEND, notice=NOTICE,
        ops=OPS, **page.data, **more,
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode()


@cache
def environment() -> Environment:
    """Read templates; a name that nothing gives is an error."""
    return Environment(
        loader=PackageLoader("kb.browse"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
