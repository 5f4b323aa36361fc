"""Keep decisions in a folder, and remove them from it."""

import sys
from pathlib import Path

import click

from kb.cli.app import DAYS, PATH, UNREADABLE, app, ontology_option, terminal

folder_option = click.option("--store", type=PATH, required=True, help="folder that keeps the decisions")


@app.command()
@click.argument(
    "files", nargs=-1, required=True, help="letters and cases: files, folders, patterns such as '2016/*.pdf'"
)
@folder_option
@click.option("--again", is_flag=True, help="decide also what is kept unchanged")
@ontology_option
def ingest(files: tuple[str, ...], store: Path, again: bool, ontology: Path | None) -> None:
    """Read and decide letters and keep each decision as a graph; what is kept unchanged is passed over."""
    from kb.archive.ingest import ingest as take_in
    from kb.archive.progress import shown

    with shown(terminal(stderr=True)) as step:
        taken = take_in(files, store, ontology, again=again, seen=step)
    for earlier, later in taken.twice:
        print(f"mtus: {earlier.name}: `{later}` is of the same case and is kept in its place", file=sys.stderr)
    for file, trouble in taken.trouble:
        print(f"mtus: {file.name}: {trouble}", file=sys.stderr)
    print(
        f"{taken.written} new, {taken.replaced} replaced, {taken.unchanged} unchanged,"
        f" {len(taken.trouble)} not read; kept in {store}"
    )
    if taken.trouble:
        sys.exit(UNREADABLE)


@app.command()
@folder_option
@click.argument("cases", nargs=-1, help="case numbers")
@click.option("--older-than", type=DAYS, help="also all taken in more than so many days ago")
def erase(store: Path, cases: tuple[str, ...], older_than: float | None) -> None:
    """Erase decisions from a folder: every word of them, from all its files."""
    from kb.archive.ingest import erase as remove
    from kb.archive.ingest import erase_older

    if not cases and older_than is None:
        raise click.BadParameter("say what to erase: case numbers or --older-than")
    if cases:
        remove(cases, store)
        print(f"erased {', '.join(cases)} from {store}")
    if older_than is not None:
        print(f"erased {erase_older(older_than, store)} decisions from {store}")
