"""The decision log: chained, appended to by many, whole after a kill, erasable, and decided again."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from forms import sent

from api import Settings, create_app
from kb import LogError, determine, load_knowledge
from kb.cli import app as commands
from kb.log import file as log_file
from kb.log.decisions import DecisionLog, erase, erase_older, records, verify
from kb.log.replay import Replayed, replay
from tests.running import CASE, Service, set_limit, small_ontology, until

SECRET = "Zebulon Quagmire"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def ontology(tmp_path_factory):
    return small_ontology(tmp_path_factory.mktemp("log") / "ontology")


@pytest.fixture(scope="module")
def tiny(ontology):
    return load_knowledge(ontology)


@pytest.fixture(scope="module")
def answer(tiny):
    return determine({**CASE, "number": "CM-1", "requests": [{"service": "stretching", "text": SECRET}]}, tiny)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.log"


def small(number: int) -> dict[str, object]:
    """Make the smallest answer, so that a log can be cut at each of its bytes."""
    return {"case": {"age": number}, "text": None, "requests": []}


def test_what_is_logged_holds_together(path, answer):
    log = DecisionLog(path)
    for number in range(3):
        log.append(f"d-{number}", answer, "v1")
    found = verify(path)
    assert (found.records, found.erased, found.torn, found.fault) == (3, 0, 0, None)
    first, second, third = records(path)
    assert [r["id"] for r in (first, second, third)] == ["d-0", "d-1", "d-2"]
    assert third["previous"] == second["seal"]
    assert first["content"]["requests"][0]["determination"] == answer["requests"][0]["determination"]
    assert first["time"] <= third["time"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_masked_or_whole_or_hash_only(tmp_path, answer):
    for mask, number, says in ((("number", "text"), None, False), ((), "CM-1", True)):
        file = tmp_path / f"{len(mask)}.log"
        DecisionLog(file, mask).append("d", answer, "v1")
        content = next(records(file))["content"]
        assert content["case"].get("number") == number
        assert (SECRET in file.read_text()) is says
    DecisionLog(tmp_path / "hash.log", ("all",)).append("d", answer, "v1")
    assert next(records(tmp_path / "hash.log"))["content"] is None
    assert verify(tmp_path / "hash.log").records == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [lines[0], lines[2]], "record 2: it does not follow the record before"),
        (lambda lines: [lines[1], lines[0], lines[2]], "record 1: it does not follow"),
        (lambda lines: [lines[0], lines[1].replace(b'"age":1', b'"age":7'), lines[2]], "record 2: its content is not"),
        (lambda lines: [lines[0], lines[1].replace(b"2", b"3", 1), lines[2]], "record 2: its seal is broken"),
        (lambda lines: [lines[0], b"nonsense\n", lines[2]], "record 2: it is no record"),
        (lambda lines: [*lines[:2], b"\n" + lines[2]], "record 3: it is no record"),
    ],
)
def test_what_was_changed_is_seen(path, change, said):
    log = DecisionLog(path)
    for number in range(3):
        log.append(f"d-{number}", small(number), "v1")
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    found = verify(path)
    assert said in str(found.fault)
    result = CliRunner().invoke(commands, ["log", "verify", str(path)])
    assert result.exit_code == 1
    assert said in result.output


def test_a_log_cut_at_any_byte_holds_to_its_last_whole_record_and_goes_on(tmp_path):
    whole = tmp_path / "whole.log"
    log = DecisionLog(whole, sync=False)
    for number in range(2):
        log.append(f"d-{number}", small(number), "v1")
    data = whole.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == 10]
    for cut in range(len(data) + 1):
        file = tmp_path / f"cut-{cut}.log"
        file.write_bytes(data[:cut])
        left = sum(end <= cut for end in ends)
        last = max([end for end in ends if end <= cut], default=0)
        found = verify(file)
        assert (found.records, found.torn, found.fault) == (left, cut - last, None), cut
        DecisionLog(file, sync=False).append("next", small(9), "v1")
        after = verify(file)
        assert (after.records, after.torn, after.fault) == (left + 1, 0, None), cut
        aside = b"".join(torn.read_bytes() for torn in tmp_path.glob(f"cut-{cut}.log.torn-*"))
        assert aside == data[last:cut], "what was torn is not lost"


def writing(path: Path, name: str) -> "subprocess.Popen[bytes]":
    """Start a process that writes once it gets a line, and says so when its first record is written."""
    code = (
        "import sys, itertools; from pathlib import Path; from kb.log.decisions import DecisionLog\n"
        "log = DecisionLog(Path(sys.argv[1]), (), False)\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for n in itertools.count():\n"
        "    log.append(f'{sys.argv[2]}-{n}', {'case': {'age': n}, 'text': 'x' * 300_000, 'requests': []}, 'v1')\n"
        "    print(n, flush=True) if n == 0 else None\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code, str(path), name], cwd=HERE.parent, **pipes)


def said(writers: "list[subprocess.Popen[bytes]]") -> list[bytes]:
    return [writer.stdout.readline() for writer in writers]


def test_killed_writers_leave_a_log_that_holds(path):
    for moment in (0, 0.05, 0.1):
        writers = [writing(path, f"{moment} {who}") for who in ("one", "other")]
        assert said(writers) == [b"ready\n"] * 2
        for writer in writers:
            writer.stdin.write(b"\n")
            writer.stdin.flush()
        assert said(writers) == [b"0\n"] * 2
        time.sleep(moment)
        for writer in writers:
            writer.kill()
            writer.communicate()
        found = verify(path)
        assert found.fault is None
        DecisionLog(path).append("after", small(1), "v1")
        after = verify(path)
        assert (after.records, after.torn, after.fault) == (found.records + 1, 0, None)
    assert after.records > 3, "the writers wrote"


def test_threads_and_logs_of_one_file_write_in_turn(path):
    logs = [DecisionLog(path, sync=False) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda log=log: [log.append("d", small(n), "v1") for n in range(50)])
        for log in logs for _ in range(2)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (verify(path).records, verify(path).fault) == (300, None)


def test_a_full_disk_leaves_no_half_record(path, monkeypatch):
    log = DecisionLog(path, sync=True)
    log.append("d-0", small(0), "v1")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(log_file.os, "fsync", full)
        with pytest.raises(LogError, match="no space left on device"):
            log.append("d-1", small(1), "v1")
    assert verify(path).records == 1
    log.append("d-2", small(2), "v1")
    assert [record["id"] for record in records(path)] == ["d-0", "d-2"]


def test_nothing_follows_a_damaged_record(path):
    DecisionLog(path).append("d-0", small(0), "v1")
    path.write_bytes(path.read_bytes().replace(b"v1", b"v2"))
    with pytest.raises(LogError, match=r"last record of .* is damaged"):
        DecisionLog(path)


def test_erased_content_is_gone_and_the_chain_holds(path, answer):
    log = DecisionLog(path, ())
    for number in range(3):
        log.append(f"d-{number}", answer if number == 1 else small(number), "v1")
    seals = [record["seal"] for record in records(path)]
    assert erase(path, lambda record: record["id"] == "d-1") == 1
    assert SECRET not in path.read_text()
    found = verify(path)
    assert (found.records, found.erased, found.fault) == (3, 1, None)
    assert [record["seal"] for record in records(path)] == seals
    log.append("d-3", small(3), "v1")
    assert verify(path).records == 4, "a log that was open goes on in the new file"
    assert list(path.parent.glob("*.new")) == []


def test_erasing_by_command(path, answer):
    log = DecisionLog(path, ())
    for name in ("a", "b", "c"):
        log.append(name, answer if name != "c" else small(1), "v1")
    run = CliRunner().invoke
    assert "erased the content of 1 records" in run(commands, ["log", "erase", str(path), "--id", "a"]).output
    assert "erased the content of 1 records" in run(commands, ["log", "erase", str(path), "--case", "CM-1"]).output
    assert "erased the content of 0 records" in run(commands, ["log", "erase", str(path), "--older-than", "1"]).output
    assert run(commands, ["log", "erase", str(path)]).exit_code == 2
    assert [record["content"] is None for record in records(path)] == [True, True, False]


def test_old_content_is_erased_and_old_tails_are_removed(path):
    DecisionLog(path).append("d", small(1), "v1")
    torn = path.with_name(path.name + ".torn-0-x")
    torn.write_text("half")
    assert erase_older(path, 1) == 0
    assert torn.exists()
    os.utime(torn, (0, 0))
    assert erase_older(path, 0) == 1
    assert not torn.exists()


def test_a_noted_seal_shows_that_the_end_was_cut_off(path):
    log = DecisionLog(path)
    for number in range(3):
        log.append(f"d-{number}", small(number), "v1")
    noted = verify(path).seal
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]))
    assert CliRunner().invoke(commands, ["log", "verify", str(path)]).exit_code == 0
    result = CliRunner().invoke(commands, ["log", "verify", str(path), "--seal", noted])
    assert result.exit_code == 1
    assert "records are missing from its end" in result.output


def test_replay_lists_what_todays_knowledge_would_change(path, tmp_path, tiny):
    log = DecisionLog(path)
    for number, quantity in enumerate((1, 4, 9)):
        case = {**CASE, "requests": [{"service": "stretching", "quantity": quantity, "unit": "visit"}]}
        log.append(f"d-{number}", determine(case, tiny), tiny.version)
    log.append("e", determine(CASE, tiny), tiny.version)
    erase(path, lambda record: record["id"] == "e")
    count = Replayed()
    assert list(replay(path, tiny, count)) == []
    assert (count.lines, count.erased) == (3, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.batch.rows.decide_many", lambda cases, *_: [1 / 0 for _ in cases])  # the single path
        assert list(replay(path, tiny, Replayed())) == []
    other = small_ontology(tmp_path / "other")
    set_limit(other, 5)
    changes = list(replay(path, load_knowledge(other), Replayed()))
    assert changes[0].id == "d-1"
    assert changes[0].now["verdict"] == "supported" != changes[0].was["verdict"]
    result = CliRunner().invoke(commands, ["replay", str(path), "--ontology", str(other), "--json"])
    assert [change["id"] for change in json.loads(result.stdout)] == [change.id for change in changes]


def test_replay_tells_what_cannot_be_decided_any_more(path, tmp_path, tiny):
    DecisionLog(path).append("d", determine({"requests": ["stretching"], **CASE}, tiny), "v1")
    other = small_ontology(tmp_path / "other")
    for file in other.rglob("*.ttl"):
        file.write_text(file.read_text().replace("c:stretching", "c:pulling"))
    [change] = replay(path, load_knowledge(other), Replayed())
    assert change.now is None or change.now["verdict"] != change.was["verdict"]


def test_the_service_logs_what_it_answers(ontology, tiny, path):
    app = create_app(Settings(ontology=ontology, log=path), tiny)
    client = app.test_client()
    one = client.post("/determinations", json=CASE)
    lines = b"\n".join([json.dumps(CASE).encode(), b"{", json.dumps(CASE).encode()])
    many = client.post("/determinations/batch", data=lines, content_type="application/x-ndjson")
    assert [json.loads(line).get("line") for line in many.data.splitlines()] == [None, 2, None]
    client.post("/determinations", json={"requests": []})
    name = many.headers["Determination-Id"]
    assert [record["id"] for record in records(path)] == [one.headers["Determination-Id"], f"{name}-1", f"{name}-3"]
    assert {record["knowledge"] for record in records(path)} == {one.headers["Knowledge-Version"]}
    path.write_bytes(path.read_bytes()[:-20] + b"}\n")
    refused = client.post("/determinations", json=CASE)
    assert (refused.status_code, refused.json["type"].rsplit("/", 1)[-1]) == (503, "log-unusable")


def test_what_pages_and_hooks_decide_is_logged_too(knowledge, path):
    client = create_app(Settings(log=path), knowledge).test_client()
    letter = (HERE / "letters" / "massage_2014.txt").read_text("utf-8")
    page = client.post("/review", data={"letter": letter})
    assert page.status_code == 200
    fields = {**sent(page.text, "Correct what was read"), "by": SECRET}
    given = [page, client.post("/review", data=fields)]
    given += [client.post(f"/review/{form}", data=fields) for form in ("html", "json", "ttl")]
    assert client.post("/review/yaml", data=fields).status_code == 200
    call = json.loads((HERE / "fhir" / "massage_after_six.json").read_text("utf-8"))
    hooked = client.post("/cds-services/mtus-order-sign", json=call)
    card = hooked.json["cards"][0]
    *pages, hook = records(path)
    assert [record["id"] for record in pages] == [answer.headers["Determination-Id"] for answer in given]
    assert hook["id"] == f"{hooked.headers['Determination-Id']}-1"
    found = [record["content"]["requests"][0]["determination"]["verdict"] for record in (*pages, hook)]
    assert found == ["not_supported"] * 6
    assert "not supported" in card["summary"].lower()
    text = path.read_text()
    assert all(words not in text for words in (SECRET, letter[200:260], json.loads(given[3].data)[0]["case"]["number"]))
    assert verify(path).fault is None
    assert list(replay(path, knowledge, Replayed())) == []
    found = client.get("/metrics").text
    assert 'mtus_determinations_total{verdict="not_supported"} 6.0' in found


def test_no_page_and_no_card_is_given_that_cannot_be_logged(knowledge, path):
    client = create_app(Settings(log=path), knowledge).test_client()
    path.write_bytes(b"{}\n")
    letter = (HERE / "letters" / "massage_2014.txt").read_text("utf-8")
    call = json.loads((HERE / "fhir" / "massage_after_six.json").read_text("utf-8"))
    for answer in (
        client.post("/review", data={"letter": letter}),
        client.post("/cds-services/mtus-order-sign", json=call),
    ):
        assert (answer.status_code, answer.json["type"].rsplit("/", 1)[-1]) == (503, "log-unusable")


def test_workers_log_to_one_file_and_retention_erases(ontology, path, tmp_path):
    log = DecisionLog(path)
    for number in range(3):
        log.append(f"d-{number}", small(number), "v1")
    with Service(ontology, tmp_path / "said", "--log", str(path), "--log-days", "0") as service:
        until(lambda: verify(path).erased >= 3)  # each worker looks when it starts, and again in an hour
        threads = [
            threading.Thread(target=lambda: [service.send("POST", "/determinations", CASE) for _ in range(10)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: verify(path).records == 43)
    assert verify(path).fault is None
