"""Hold what requests are answered from, as one piece: a request sees the same piece from its beginning to its end."""

from dataclasses import dataclass

from flask import Flask, current_app, g

from api.settings import Settings
from kb.ask.sandbox import Sandbox
from kb.browse.site import Site
from kb.knowledge.base import Knowledge
from kb.store.disk import FollowingReader

_NAME = "mtus"


@dataclass(frozen=True, slots=True)
class Served:
    """Hold a knowledge with its pages, the sandbox that queries it, and the kept decisions if there are any."""

    knowledge: Knowledge
    site: Site
    sandbox: Sandbox
    decisions: FollowingReader | None

    @classmethod
    def of(cls, settings: Settings, knowledge: Knowledge) -> "Served":
        """Make the piece of a knowledge."""
        sandbox = Sandbox(settings.ontology, settings.query_seconds, settings.query_rows, settings.decisions)
        decisions = FollowingReader(settings.decisions) if settings.decisions else None
        return cls(knowledge, Site(knowledge), sandbox, decisions)


def serve(app: Flask, piece: Served) -> None:
    """Answer requests that begin from now on from this piece."""
    app.extensions[_NAME] = piece


def served() -> Served:
    """Give what the current request is answered from."""
    if _NAME not in g:
        setattr(g, _NAME, current_app.extensions[_NAME])
    found: Served = getattr(g, _NAME)
    return found
