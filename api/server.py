"""Run the service with gunicorn."""

import multiprocessing
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from api.app import create_app
from api.settings import Settings
from kb import load_knowledge


class _Server(BaseApplication):
    def __init__(self, host: str, port: int, settings: Settings) -> None:
        self._address = f"{host}:{port}"
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", self._address)
        self.cfg.set("workers", min(4, multiprocessing.cpu_count()))
        self.cfg.set("threads", 4)
        self.cfg.set("timeout", 120)

    def load(self) -> Any:
        return create_app(self._settings, load_knowledge(self._settings.ontology))


def run(host: str, port: int, ontology: Path | None = None) -> None:
    """Serve on an address until stopped."""
    print(f"serving on http://{host}:{port}")
    _Server(host, port, Settings(ontology=ontology)).run()
