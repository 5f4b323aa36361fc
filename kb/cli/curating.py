"""Check, classify and show the knowledge, and compare it with published decisions."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kb.cli.app import FAILED, UNREADABLE, USAGE, AsJson, Ontology, app, check_page, loaded, print_json, progress, write


@app.command()
def check(
    ontology: Ontology = None,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="write the report as a page to this file")] = None,
) -> None:
    """Check the knowledge: shapes, defects, cases; and count it by guideline and verification."""
    from kb.check.report import check as check_folder
    from kb.settings import data_folder

    check_page(html)
    with progress("checking") as step:
        report = check_folder(ontology or data_folder("ontology"), step)
    if html:
        from kb.browse.report import report_page

        write(html, report_page(report))
    if as_json:
        print_json(report.as_json())
    elif not html:
        print(report.as_text())
    if report.failed:
        raise typer.Exit(FAILED)


@app.command()
def docs(
    out: Annotated[Path, typer.Argument(help="folder to write the pages to")],
    ontology: Ontology = None,
) -> None:
    """Write the knowledge as pages to read: guidelines, topics with their cases, concepts, what is to verify."""
    from kb.browse.writer import write_site

    knowledge = loaded(ontology)
    try:
        with progress("writing") as step:
            pages = write_site(out, knowledge, step)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        print(f"mtus: cannot write to `{out}` ({reason}); name a folder that can be written", file=sys.stderr)
        raise typer.Exit(USAGE) from None
    print(f"wrote {pages} pages; open {out / 'index.html'}")


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
