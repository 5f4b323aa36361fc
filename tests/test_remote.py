"""The same answers from a real SPARQL server as from the embedded store."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb import determine, load_knowledge
from kb.check.topic_cases import case_files, read_case_file
from kb.errors import StoreError
from kb.settings import data_folder
from kb.store.remote import RemoteStore

SERVER = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")


@pytest.fixture(scope="module")
def endpoint():
    if SERVER is None:
        pytest.skip("the oxigraph server is not installed; pip install 'mtus-kb[test]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "serve", "--bind", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/query"
    finally:
        server.kill()
        server.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_same_answers_as_embedded(endpoint):
    remote, embedded = load_knowledge(store=RemoteStore(endpoint)), load_knowledge()
    files = case_files(data_folder("ontology"))
    by_topic = {case.topic: case for file in files for case in read_case_file(file)}
    assert by_topic
    for case in list(by_topic.values())[:40]:
        assert determine(case.case, remote) == determine(case.case, embedded)


def test_knowledge_is_loaded_once_and_cases_leave_nothing(endpoint):
    store = RemoteStore(endpoint)
    load_knowledge(store=store)
    before = store.select((data_folder("queries") / "store" / "size.rq").read_text())
    knowledge = load_knowledge(store=RemoteStore(endpoint))
    determine({"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}, knowledge)
    assert store.select((data_folder("queries") / "store" / "size.rq").read_text()) == before


def test_unreachable_endpoint_is_one_sentence():
    with pytest.raises(StoreError, match="does not answer"):
        load_knowledge(store=RemoteStore("http://127.0.0.1:9/query"))
