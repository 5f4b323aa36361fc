"""Keep decisions in a folder, and remove them from it."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kb.cli.app import UNREADABLE, Ontology, app

Folder = Annotated[Path, typer.Option("--store", help="folder that keeps the decisions")]


@app.command()
def ingest(
    files: Annotated[
        list[str], typer.Argument(help="letters and cases: files, folders, patterns such as '2016/*.pdf'")
    ],
    store: Folder,
    again: Annotated[bool, typer.Option("--again", help="decide also what is kept unchanged")] = False,
    ontology: Ontology = None,
) -> None:
    """Read and decide letters and keep each decision as a graph; what is kept unchanged is passed over."""
    from kb.archive.ingest import ingest as take_in
    from kb.archive.progress import shown

    with shown(Console(stderr=True)) as step:
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
        raise typer.Exit(UNREADABLE)


@app.command()
def erase(
    store: Folder,
    cases: Annotated[list[str] | None, typer.Argument(help="case numbers")] = None,
    older_than: Annotated[
        float | None, typer.Option(help="also all taken in more than so many days ago", min=0)
    ] = None,
) -> None:
    """Erase decisions from a folder: every word of them, from all its files."""
    from kb.archive.ingest import erase as remove
    from kb.archive.ingest import erase_older

    if not cases and older_than is None:
        raise typer.BadParameter("say what to erase: case numbers or --older-than")
    if cases:
        remove(cases, store)
        print(f"erased {', '.join(cases)} from {store}")
    if older_than is not None:
        print(f"erased {erase_older(older_than, store)} decisions from {store}")
