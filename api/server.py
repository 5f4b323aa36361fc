"""Run the service with gunicorn."""

import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from api.app import create_app
from api.keys import read_keys
from api.limits import check_rate
from api.metrics import FOLDER
from api.origins import check_origins
from api.recording import check_mask, keep_only
from api.reload import Reloader
from api.served import serve_warm, serving
from api.settings import Settings
from api.worker import Connections, EvenWorker
from kb import load_knowledge
from kb.fhir.warm import bring_in as bring_in_fhir
from kb.log.file import LogFile
from kb.store.disk import DiskReader
from kb.warm import bring_in

WORKERS = min(4, multiprocessing.cpu_count())
_THREADS = 8  # a worker's; three of them may be held by foreign queries
_ACCESS = "%(t)s %(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms"  # no query and no referrer: they may tell of a case


class _Log(Logger):
    """Leave out of what is logged what a request says: one that cannot be parsed may hold anything."""

    def warning(self, msg: Any, *args: Any, **more: Any) -> None:
        """Say from where a bad request came, not what it said."""
        words = str(msg)
        super().warning(words.split(": ")[0] if words.startswith("Invalid request") else msg, *args, **more)

    def exception(self, msg: Any, *args: Any, **more: Any) -> None:
        """Say which kind of error a request led to, without its address and without a trace."""
        if str(msg).startswith("Error handling request"):
            self.error("a request failed (%s)", getattr(sys.exc_info()[0], "__name__", "unknown"))
        else:
            super().exception(msg, *args, **more)


class _Master(Arbiter):
    """Pass SIGHUP on to the workers, each of which loads the knowledge anew; none is replaced."""

    def handle_hup(self) -> None:
        self.kill_workers(signal.SIGHUP)


class _Server(BaseApplication):
    def __init__(self, host: str, port: int, settings: Settings) -> None:
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", self._address)
        self.cfg.set("workers", WORKERS)
        self.cfg.set("threads", _THREADS)
        self.cfg.set("worker_class", EvenWorker)
        self.cfg.set("child_exit", lambda _, worker: EvenWorker.connections.tell(worker.age, None))
        self.cfg.set("timeout", 120)
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("logger_class", _Log)
        self.cfg.set("accesslog", "-" if self._settings.access_log else None)
        self.cfg.set("access_log_format", _ACCESS)
        self.cfg.set("when_ready", lambda _: print(f"serving on http://{self._address}", flush=True))

    def load(self) -> Any:
        """Load and warm: a worker takes no request before."""
        told = threading.Event()
        signal.signal(signal.SIGHUP, lambda *_: told.set())
        app = create_app(self._settings, load_knowledge(self._settings.ontology))
        master = os.getppid()
        reloader = Reloader(app, self._settings, told, lambda: os.kill(master, signal.SIGHUP))
        serve_warm(app, serving(app))
        reloader.start()
        keep_only(app, self._settings)
        return app

    def run(self) -> None:
        _Master(self).run()


def run(host: str, port: int, settings: Settings) -> None:
    """Serve on an address until stopped.

    Raises OSError when nothing can listen there, KnowledgeError when the ontology cannot be used, StoreError when the
    folder of decisions cannot, UnreadableFileError when the file of keys cannot, LogError when the log cannot,
    ParameterError for what is no origin, no rate or no key of an answer: all before a worker is started.
    """
    _try(host, port)
    check_origins(settings.origins)
    if settings.rate:
        check_rate(settings.rate)
    load_knowledge(settings.ontology)
    bring_in()
    bring_in_fhir()
    if settings.decisions:
        DiskReader(settings.decisions)
    if settings.keys:
        read_keys(settings.keys)
    if settings.log:
        check_mask(settings.log_mask)
        LogFile(settings.log)
    EvenWorker.connections = Connections()
    os.environ[FOLDER], master = tempfile.mkdtemp(prefix="mtus-metrics-"), os.getpid()
    try:
        _Server(host, port, settings).run()
    finally:
        if os.getpid() == master:  # a worker that ends comes by here too
            shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


def _try(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError:
        raise OSError(0, "no such address") from None
    with socket.socket(family, kind, protocol) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
