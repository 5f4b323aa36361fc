"""Write pages as HTML from their templates; no script or style stands in them, so that a strict policy allows all."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

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
_SERVED = [
    Ref("Review", "review"),
    *_MENU,
    Ref("Decisions", "decisions"),
    Ref("Questions", "queries"),
    Ref("SPARQL", "sparql"),
]  # pages that only a service has are added here
_SHEET = "browse.css"


@dataclass(frozen=True, slots=True)
class Style:
    """Hold the style that stands in a page that needs nothing else, and the policy that allows it alone."""

    text: Markup
    policy: str


def render(page: Page, ending: str = "", **more: Any) -> str:
    """Write one page; `ending` is what page files end in, empty on a server, whose forms are shown then."""
    template = environment().get_template(page.template)
    text = template.render(
        page=page, links=Links(page.path, ending), served=not ending, legend=LEGEND, notice=NOTICE,
        menu=_MENU if ending else _SERVED, ops=OPS, **page.data, **more,
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode()


@cache
def environment(package: str = "kb.browse") -> Environment:
    """Read the templates of a package, and those of the common look; a name that nothing gives is an error."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in dict.fromkeys((package, "kb.browse", "kb.draw"))]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


@cache
def inlined(*more: str) -> Style:
    """Give the common style sheet and others as they stand in a page that is kept and sent about."""
    text = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in (_SHEET, *more))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    return Style(Markup(text), policy)  # ours, and no text of a curator
