"""Start real SPARQL servers, each with an empty store: what is yielded is the address to ask."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import free_port

OXIGRAPH = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
VIRTUOSO = shutil.which("virtuoso-t")
_PATIENCE = 180  # seconds; the machine may be busy

_INI = """
[Database]
DatabaseFile = {folder}/store.db
ErrorLogFile = {folder}/store.log
LockFile = {folder}/store.lck
TransactionFile = {folder}/store.trx
xa_persistent_file = {folder}/store.pxa
FileExtend = 200

[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
CheckpointInterval = 0
ServerThreads = 10

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 5

[SPARQL]
ResultSetMaxRows = 1000000
"""


@contextmanager
def oxigraph() -> Iterator[str]:
    """Run an Oxigraph server."""
    port = free_port()
    with _running([str(OXIGRAPH), "serve", "--bind", f"127.0.0.1:{port}"], port):
        yield f"http://127.0.0.1:{port}/query"


@contextmanager
def virtuoso() -> Iterator[str]:
    """Run a Virtuoso server that lets everybody write."""
    sql, http = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        ini = Path(folder, "virtuoso.ini")
        ini.write_text(_INI.format(folder=folder, sql=sql, http=http), encoding="utf-8")
        with _running([str(VIRTUOSO), "+foreground", "+configfile", str(ini)], http):
            subprocess.run(
                ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", 'EXEC=GRANT SPARQL_UPDATE TO "SPARQL"'],
                check=True,
                capture_output=True,
            )
            yield f"http://127.0.0.1:{http}/sparql"


SERVERS = {"oxigraph": (OXIGRAPH, oxigraph), "virtuoso": (VIRTUOSO, virtuoso)}


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield
    finally:
        server.kill()
        server.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")
