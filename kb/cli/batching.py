"""Decide cases by the million."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kb.cli.app import UNREADABLE, Ontology, app


@app.command()
def batch(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Parquet, JSON lines or a folder of letters")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Parquet file: a row for each request")],
    criteria: Annotated[Path | None, typer.Option(help="Parquet file: a row for each criterion, too")] = None,
    chunk: Annotated[int | None, typer.Option(min=1, help="cases decided together; by default 20000 or 500")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; one for each core by default")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with a run that did not end")] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="of a Dask cluster, or `local` to start one here")
    ] = None,
    ontology: Ontology = None,
) -> None:
    """Decide every request of many cases; with the extra `batch` in data frames, by the million."""
    from kb.archive.progress import shown
    from kb.batch.run import Job
    from kb.batch.run import batch as decide

    for file in (out, criteria):
        if file and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise typer.BadParameter(f"`{file}` cannot be written; name a file in a folder that exists")
    with shown(Console(stderr=True)) as step:
        cases, errors = decide(Job(source, out, criteria, chunk, workers, resume, ontology, scheduler=scheduler), step)
    print(f"{cases} cases decided in {out}; {errors} errors" + (f" in {out}.errors.jsonl" if errors else ""))
    if errors:
        raise typer.Exit(UNREADABLE)
