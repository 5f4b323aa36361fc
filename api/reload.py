"""Take changed knowledge into service without a stop: loaded and tried beside the work, then swapped whole."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from api.served import Served, serve_warm, serving
from api.settings import Settings
from kb.errors import KbError, KnowledgeError
from kb.knowledge.base import load_knowledge
from kb.settings import data_folder

_NAME = "mtus-reloader"
_ATTEMPTS = 3  # a folder may change while it is read


class Reloader:
    """Load the ontology folder anew when told to, or when its content has changed.

    One that cannot be used is refused, the reason is logged in one sentence, and the service goes on as before.
    """

    def __init__(
        self, app: Flask, settings: Settings, told: threading.Event | None = None,
        tell: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Begin to look after a folder; whoever wants it loaded anew sets `told`; `tell` tells other workers."""
        self._app, self._settings = app, settings
        self._folder = settings.ontology or data_folder("ontology")
        self._seen = ""  # what is served was loaded before: the first look compares it with the folder
        self._told, self._tell, self._lock = told or threading.Event(), tell, threading.Lock()
        app.extensions[_NAME] = self

    def start(self) -> None:
        """Wait for the word beside the work, and look every `watch` seconds where that is set."""
        threading.Thread(target=self._wait, daemon=True, name="reload").start()

    def reload(self) -> bool:
        """Load the knowledge anew and serve it; tell whether what is served has changed."""
        try:
            return self._swap()
        except KbError:
            return False

    def take(self) -> bool:
        """Do the same for somebody who waits for it, and tell the other workers once it has proved good.

        Raises KbError when the knowledge cannot be used.
        """
        changed = self._swap()
        self._tell()
        return changed

    def _swap(self) -> bool:
        with self._lock:
            before = serving(self._app).knowledge.version
            try:
                piece = self._load()
                if piece is None:
                    self._app.logger.info("knowledge %s is unchanged", before)
                    return False
                serve_warm(self._app, piece)
            except KbError as error:
                self._refuse(str(error), before)
                raise
            except Exception as error:  # whatever an edit brings about, the service goes on
                why = f"the program failed on it ({type(error).__name__})"
                self._refuse(why, before)
                raise KnowledgeError(why) from error
            self._app.logger.warning("knowledge %s is served in place of %s", piece.knowledge.version, before)
            return True

    def _wait(self) -> None:
        while True:
            told = self._told.wait(self._settings.watch or None)
            self._told.clear()
            if told or content_hash(self._folder) != self._seen:
                self.reload()

    def _load(self) -> Served | None:
        """Load the folder as it is at one moment; None where the knowledge is what is served already."""
        for _ in range(_ATTEMPTS):
            self._seen = content_hash(self._folder)
            knowledge = load_knowledge(self._settings.ontology)
            if content_hash(self._folder) == self._seen:
                break
        if knowledge.version == serving(self._app).knowledge.version:
            return None
        return Served.of(self._settings, knowledge)

    def _refuse(self, why: str, before: str) -> None:
        self._app.logger.error("changed knowledge is refused, %s is served on: %s", before, why)


def reloader(app: Flask) -> Reloader:
    """Give what loads the knowledge of a service anew."""
    found: Reloader = app.extensions[_NAME]
    return found


def content_hash(folder: Path) -> str:
    """Hash the names and the content of the Turtle files of a folder; a file that cannot be read counts as empty."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.ttl")):
        digest.update(f"{file.relative_to(folder)}\0".encode())
        try:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError:
            continue
    return digest.hexdigest()
