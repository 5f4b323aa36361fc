"""Decide cases by the million."""

import sys
from pathlib import Path

import click

from kb.cli.app import PATH, UNREADABLE, Whole, app, ontology_option, terminal

_PARQUET = (".parquet", ".pq", "")


@app.command()
@click.argument("source", metavar="IN", type=PATH, help="Parquet, JSON lines or a folder of letters or cases")
@click.argument("out", metavar="OUT", type=PATH, help="Parquet file: a row for each request")
@click.option("--criteria", type=PATH, help="Parquet file: a row for each criterion, too")
@click.option("--chunk", type=Whole(1), help="cases decided together; by default up to 40000, of letters 500")
@click.option("--workers", type=Whole(1), help="processes; one for each core by default")
@click.option("--resume", is_flag=True, help="go on with a run that did not end")
@click.option("--scheduler", metavar="ADDRESS", help="of a Dask cluster, or `local` to start one here")
@ontology_option
def batch(
    source: Path,
    out: Path,
    criteria: Path | None,
    chunk: int | None,
    workers: int | None,
    resume: bool,
    scheduler: str | None,
    ontology: Path | None,
) -> None:
    """Decide every request of many cases; with the extra `batch` in data frames, by the million."""
    from kb.archive.progress import shown
    from kb.batch.run import Job
    from kb.batch.run import batch as decide

    for file in (out, criteria):
        if file and file.suffix.lower() not in _PARQUET:
            raise click.BadParameter(f"`{file}` would hold Parquet; name it `{file.with_suffix('.parquet').name}`")
        if file and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise click.BadParameter(f"`{file}` cannot be written; name a file in a folder that exists")
    with shown(terminal(stderr=True)) as step:
        count = decide(Job(source, out, criteria, chunk, workers, resume, ontology, scheduler=scheduler), step)
    said = f"{count.cases - count.failed} of {count.cases} cases decided in {out}"
    if not (count.failed or count.lines):
        print(said)
        return
    print(f"{said}; not decided: cases {count.failed}, lines of others {count.lines}; see {out}.errors.jsonl")
    sys.exit(UNREADABLE)
