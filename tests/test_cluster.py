"""`mtus batch --scheduler`: on a cluster as on one machine, though workers are killed."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest
from kinds import kind_cases, tiny_knowledge

from kb.batch.run import Job, batch
from kb.errors import StoreError

dask = pytest.importorskip("dask", reason="dask is not installed; it comes with the extra `test`")
distributed = pytest.importorskip("distributed", reason="distributed is not installed; it comes with the extra `test`")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Write cases, some of them bad, and decide them on one machine."""
    folder = tmp_path_factory.mktemp("cluster")
    knowledge = tiny_knowledge(folder / "tiny")
    cases = [case.full(knowledge) for case in kind_cases()] * 3
    lines = [*(json.dumps(case, default=str) for case in cases), "no json"]
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    alone = Job(folder / "in.jsonl", folder / "alone.parquet", folder / "alone.criteria.parquet",
                chunk=len(lines) // 24, workers=1, ontology=folder / "tiny", frames=False)  # fmt: skip
    batch(alone)
    return alone


@pytest.fixture(scope="module")
def cluster():
    """Start two processes that are started anew when they are killed."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as started:
        yield started


def files(job):
    errors = job.out.with_name(job.out.name + ".errors.jsonl")
    return [file.read_bytes() for file in (job.out, job.criteria, errors)]


def named(job, name, **options):
    return replace(job, out=job.out.with_name(name), criteria=job.out.with_name("criteria." + name), **options)


def loads():
    from kb.batch.cluster import loaded_once

    return loaded_once.cache_info().misses


def test_a_killed_worker_loses_and_doubles_nothing(job, cluster):
    killed = []

    def kill_one(done, total):
        if not done or killed:
            return
        with distributed.Client(cluster) as client:
            at_work = next(worker for worker, tasks in client.processing().items() if tasks)
            killed.append(client.run(os.getpid, workers=[at_work])[at_work])
        os.kill(killed[0], signal.SIGKILL)

    on_cluster = named(job, "killed.parquet", scheduler=cluster.scheduler_address)
    count = batch(on_cluster, kill_one)
    assert killed
    assert count.failed + count.lines == 1
    assert files(on_cluster) == files(job)
    rows = pl.read_parquet(on_cluster.out)
    assert rows.select("row", "line").is_unique().all()
    assert rows["row"].unique().to_list() == list(range(1, count.cases))
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        assert killed[0] not in client.run(os.getpid).values()


def test_a_worker_loads_the_knowledge_once(job, cluster):
    for name in ("once.parquet", "twice.parquet"):
        batch(named(job, name, scheduler=cluster.scheduler_address))
    with distributed.Client(cluster) as client:
        assert max(client.run(loads).values()) == 1


def test_a_run_on_a_cluster_is_resumed_without_one(job, cluster):
    class Stop(Exception):
        pass

    def stop(done, total):
        if done:
            raise Stop

    half = named(job, "half.parquet", scheduler=cluster.scheduler_address)
    with pytest.raises(Stop):
        batch(half, stop)
    assert len(list(half.out.with_name("half.parquet.parts").glob("*.rows.parquet"))) == 1
    batch(replace(half, scheduler=None, resume=True))
    assert files(half) == files(job)


@pytest.mark.parametrize(
    ("changed", "said"),
    [("knowledge", "a worker has the knowledge"), ("program", "a worker runs"), ("source_is", "a worker sees another")],
)
def test_a_worker_with_other_content_is_refused(job, cluster, monkeypatch, changed, said):
    from kb.batch import cluster as module

    true = module.same
    monkeypatch.setattr(module, "same", lambda *given: replace(true(*given), **{changed: "another"}))
    refused = named(job, f"{changed}.parquet", scheduler=cluster.scheduler_address)
    with pytest.raises(StoreError, match=said):
        batch(refused)
    assert not refused.out.exists()


def test_the_command_starts_a_local_cluster(job):
    out = job.out.with_name("local.parquet")
    command = [sys.executable, "-m", "kb.cli", "batch", str(job.source), str(out), "--scheduler", "local", "--workers",
               "2", "--ontology", str(job.ontology), "--chunk", "200"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, "not decided: cases 1, lines of others 0" in done.stdout) == (3, True), done.stderr
    assert pl.read_parquet(out).sort("row", "line").equals(pl.read_parquet(job.out))


def test_no_scheduler_is_told(job):
    soon = dask.config.set({"distributed.comm.timeouts.connect": "0.5s"})
    with soon, pytest.raises(StoreError, match=r"no Dask scheduler answers at `tcp://127.0.0.1:9`"):
        batch(named(job, "none.parquet", scheduler="tcp://127.0.0.1:9"))
