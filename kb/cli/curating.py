"""Check, classify and show the knowledge, and compare it with published decisions."""

import sys
from pathlib import Path

import click

from kb.cli.app import (
    FAILED,
    PATH,
    UNREADABLE,
    USAGE,
    app,
    check_page,
    json_option,
    loaded,
    ontology_option,
    print_json,
    progress,
    terminal,
    write,
)


@app.command()
@ontology_option
@json_option
@click.option("--html", type=PATH, help="write the report as a page to this file")
def check(ontology: Path | None, as_json: bool, html: Path | None) -> None:
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
        sys.exit(FAILED)


@app.command()
@click.argument("out", type=PATH, help="folder to write the pages to")
@ontology_option
def docs(out: Path, ontology: Path | None) -> None:
    """Write the knowledge as pages to read: guidelines, topics with their cases, concepts, what is to verify."""
    from kb.browse.writer import write_site

    knowledge = loaded(ontology)
    try:
        with progress("writing") as step:
            pages = write_site(out, knowledge, step)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        print(f"mtus: cannot write to `{out}` ({reason}); name a folder that can be written", file=sys.stderr)
        sys.exit(USAGE)
    print(f"wrote {pages} pages; open {out / 'index.html'}")


@app.command()
@ontology_option
def build(ontology: Path | None) -> None:
    """Classify the ontology with HermiT and write inferred.ttl."""
    from kb.reason.hermit import build as classify
    from kb.settings import data_folder

    print(f"wrote {classify(ontology or data_folder('ontology'))}")


@app.command()
@click.argument("folder", type=PATH, help="folder with letters")
@click.option("--labels", type=PATH, help="JSON lines, one per request, to compare with")
@click.option("--causes", type=PATH, help="CSV of the causes a reader judged: case, line, cause, why")
@json_option
@click.option("--html", type=PATH, help="write a page with charts to this file")
@ontology_option
def evaluate(
    folder: Path, labels: Path | None, causes: Path | None, as_json: bool, html: Path | None, ontology: Path | None
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
        show(report, terminal())
    if report.unreadable:
        sys.exit(UNREADABLE)
