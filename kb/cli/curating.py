"""Check and classify the knowledge, and compare it with published decisions."""

from pathlib import Path
from typing import Annotated

import typer

from kb.cli.app import FAILED, UNREADABLE, AsJson, Ontology, app, loaded, print_json, progress


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
    as_json: AsJson = False,
    ontology: Ontology = None,
) -> None:
    """Review a folder of published decisions and compare verdicts with their outcomes."""
    from kb.check.scoreboard import score_folder

    report = score_folder(folder, labels, loaded(ontology))
    if as_json:
        print_json(report.as_json())
    else:
        print(report.as_text())
    if report.unreadable:
        raise typer.Exit(UNREADABLE)
