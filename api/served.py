"""Hold what requests are answered from, as one piece: a request sees the same piece from its beginning to its end."""

import gc
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app, g

from api.settings import Settings
from kb.ask.sandbox import Sandbox
from kb.ask.stored import Table, ask
from kb.browse.site import Site
from kb.browse.warm import warm as warm_pages
from kb.fhir.warm import warm as warm_hook
from kb.knowledge.base import Knowledge
from kb.store.disk import FollowingReader
from kb.warm import tried, warm

_NAME = "mtus"
_WARM = "mtus-warm"


@dataclass(frozen=True, slots=True)
class Served:
    """Hold a knowledge with its pages, the sandbox that queries it, and the kept decisions if there are any.

    The sandbox asks the decisions with what they were decided by where there are any; `library` is one that asks the
    knowledge. When the last request that holds a piece has ended, it is let go and the sandboxes end their processes.
    """

    knowledge: Knowledge
    site: Site
    sandbox: Sandbox
    library: Sandbox
    decisions: FollowingReader | None

    @classmethod
    def of(cls, settings: Settings, knowledge: Knowledge) -> "Served":
        """Make the piece of a knowledge."""

        def sandbox(decisions: Path | None) -> Sandbox:
            return Sandbox(
                settings.ontology,
                settings.query_seconds,
                settings.query_rows,
                decisions,
                knowledge.serialised,
                settings.query_workers,
            )

        library = sandbox(None)
        if settings.decisions is None:
            return cls(knowledge, Site(knowledge), library, library, None)
        return cls(
            knowledge, Site(knowledge), sandbox(settings.decisions), library, FollowingReader(settings.decisions)
        )

    def ask(self, name: str, values: dict[str, str]) -> Table:
        """Run a stored question within the limits of foreign queries.

        Raises what `kb.ask.stored.ask` raises, QueryTimeout when it is stopped.
        """
        return ask(name, values, self.knowledge, self.sandbox if self.decisions else None, self.library)

    def warm(self) -> None:
        """Make all that is made at first use, and start the sandbox.

        Raises KbError when the knowledge cannot be used.
        """
        warm(self.knowledge)
        self.site.search("therapy")
        warm_pages(self.site)
        warm_hook(self.knowledge)
        self.sandbox.start()
        self.library.start()

    def tried(self) -> None:
        """See that a case can be decided and that a query finds a worker, which is started where none runs.

        Raises KbError when that is not so.
        """
        tried(self.knowledge)
        self.sandbox.start()


def serve(app: Flask, piece: Served) -> None:
    """Answer requests that begin from now on from this piece."""
    app.extensions[_NAME] = piece


def serve_warm(app: Flask, piece: Served) -> None:
    """Warm a piece, then answer from it.

    Raises KbError when its knowledge cannot be used: then what was served before is served on.
    """
    piece.warm()
    serve(app, piece)
    app.extensions[_WARM] = True
    gc.unfreeze()
    gc.collect()  # what was served before
    gc.freeze()  # what is served stays: the collector need not walk it again and again


def is_warm(app: Flask) -> bool:
    """Tell whether requests are answered without first having to make something."""
    return bool(app.extensions.get(_WARM))


def serving(app: Flask) -> Served:
    """Give what requests that begin now are answered from."""
    found: Served = app.extensions[_NAME]
    return found


def served() -> Served:
    """Give what the current request is answered from."""
    if _NAME not in g:
        setattr(g, _NAME, serving(current_app))
    found: Served = getattr(g, _NAME)
    return found
