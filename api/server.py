"""Run the service with gunicorn."""

import multiprocessing
import socket
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from api.app import create_app
from api.settings import Settings
from kb import load_knowledge
from kb.store.disk import DiskReader


class _Server(BaseApplication):
    def __init__(self, host: str, port: int, settings: Settings) -> None:
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", self._address)
        self.cfg.set("workers", min(4, multiprocessing.cpu_count()))
        self.cfg.set("threads", 4)
        self.cfg.set("timeout", 120)
        self.cfg.set("when_ready", lambda _: print(f"serving on http://{self._address}", flush=True))

    def load(self) -> Any:
        return create_app(self._settings, load_knowledge(self._settings.ontology))


def run(host: str, port: int, ontology: Path | None = None, decisions: Path | None = None) -> None:
    """Serve on an address until stopped.

    Raises OSError when nothing can listen there, KnowledgeError when the ontology cannot be used, StoreError
    when the folder of decisions cannot: all before a worker is started.
    """
    _try(host, port)
    load_knowledge(ontology)
    if decisions:
        DiskReader(decisions)
    _Server(host, port, Settings(ontology=ontology, decisions=decisions)).run()


def _try(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError:
        raise OSError(0, "no such address") from None
    with socket.socket(family, kind, protocol) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
