"""Check and classify the knowledge, and compare it with published decisions."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kb.cli.app import FAILED, UNREADABLE, AsJson, Ontology, app, check_page, loaded, print_json, progress, write


@app.command()
def check(ontology: Ontology = None, as_json: AsJson = False) -> None:
    """Check the knowledge: shapes, defects, cases; and count it by guideline and verification."""
    from kb.check.report import check as check_folder
    from kb.settings import data_folder

    with progress("checking") as step:
        report = check_folder(ontology or data_folder("ontology"), step)
    if as_json:
        print_json(report.as_json())
    else:
        print(report.as_text())
    if report.failed:
        raise typer.Exit(FAILED)


@app.command()
def build(ontology: Ontology = None) -> None:
    """Classify the ontology with HermiT and write inferred.ttl."""
    from kb.reason.hermit import build as classify
    from kb.settings import data_folder

    print(f"wrote {classify(ontology or data_folder('ontology'))}")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="folder with letters")],
    labels: Annotated[Path | None, typer.Option(help="JSON lines, one per request, to compare with")] = None,
    causes: Annotated[
        Path | None, typer.Option(help="CSV of the causes a reader judged: case, line, cause, why")
    ] = None,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="write a page with charts to this file")] = None,
    ontology: Ontology = None,
) -> None:
    """Review a folder of published decisions and measure verdicts, reading and criteria against them."""
    from kb.measure.folder import measure
    from kb.measure.terminal import show

    check_page(html)
    knowledge = loaded(ontology)
    with progress("reviewing") as step:
        report = measure(folder, labels, causes, knowledge, step)
    if html:
        from kb.measure.page import page

        write(html, page(report))
    if as_json:
        print_json(report.as_json())
    elif not html:
        show(report, Console())
    if report.unreadable:
        raise typer.Exit(UNREADABLE)
