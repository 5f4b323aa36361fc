"""Offer everything on the command line: each command reads its arguments, makes one call and prints.

Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 an input was unreadable (after all were tried).
"""

import datetime as dt
import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from kb.errors import KbError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Ontology = Annotated[Path | None, typer.Option(help="ontology folder; the product's own by default")]
Endpoint = Annotated[str | None, typer.Option(help="SPARQL endpoint to evaluate on; embedded by default")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]

FAILED, USAGE, UNREADABLE = 1, 2, 3


def main() -> None:
    """Run the command line; an expected error is one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half a surrogate pair from JSON can be no UTF-8
    try:
        app()
    except KbError as error:
        print(f"mtus: {error}", file=sys.stderr)
        sys.exit(USAGE)


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        print(f"mtus: cannot write `{file}` ({reason}); name a file in a folder that exists", file=sys.stderr)
        raise typer.Exit(USAGE) from None


def _knowledge(ontology: Path | None, endpoint: str | None = None) -> Any:
    from kb import load_knowledge

    if endpoint is None:
        return load_knowledge(ontology)
    from kb.store.remote import RemoteStore

    return load_knowledge(ontology, RemoteStore(endpoint))


@app.command()
def review(
    files: Annotated[list[Path], typer.Argument(help="letters (PDF, text) or cases (JSON, YAML, Turtle)")],
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="write a page to this file")] = None,
    ontology: Ontology = None,
    endpoint: Endpoint = None,
) -> None:
    """Decide every request of letters or cases and explain each decision."""
    from kb.answer.display import show_answers
    from kb.review import review as review_file

    if html and (html.is_dir() or not html.parent.is_dir()):
        raise typer.BadParameter(f"`{html}` cannot be written; name a file in a folder that exists")
    knowledge, answers, failed = _knowledge(ontology, endpoint), [], False
    for file in files:
        try:
            answers.append(review_file(file, file.name, knowledge))
        except KbError as error:
            failed = True
            print(f"mtus: {file.name}: {error}", file=sys.stderr)
    if html:
        from kb.answer.page import page

        _write(html, page(answers, knowledge))
    if as_json:
        _print_json(answers)
    elif not html:
        show_answers(answers, knowledge, Console())
    if failed:
        raise typer.Exit(UNREADABLE)


@app.command()
def facts(
    letter: Annotated[Path, typer.Argument(help="letter (PDF, text) or case (JSON, YAML, Turtle)")],
    as_json: AsJson = False,
    edit: Annotated[bool, typer.Option("--edit", help="write a YAML case to correct and to review")] = False,
    out: Annotated[Path | None, typer.Option("-o", help="with --edit: write to this file, which must be new")] = None,
    ontology: Ontology = None,
) -> None:
    """Show what is read in a letter, each fact with its sentence; or write it as a case to correct."""
    from kb.answer.case_file import case_file, read_answer
    from kb.answer.display import show_facts
    from kb.review import read_facts

    if out and not edit:
        raise typer.BadParameter("-o names the file that --edit writes; add --edit")
    if out and out.exists():
        raise typer.BadParameter(f"`{out}` exists and may hold corrections; name a new file or remove it")
    knowledge = _knowledge(ontology)
    try:
        case, text = read_facts(letter, letter.name, knowledge)
    except KbError as error:
        print(f"mtus: {letter.name}: {error}", file=sys.stderr)
        raise typer.Exit(UNREADABLE) from None
    if out:
        _write(out, case_file(case, text))
    elif edit:
        sys.stdout.write(case_file(case, text))
    elif as_json:
        _print_json(read_answer(case, text, knowledge))
    else:
        show_facts(read_answer(case, text, knowledge), knowledge, Console())


@app.command()
def lookup(
    words: Annotated[str, typer.Argument(help="words, a concept's name, or a CPT or HCPCS code")],
    on: Annotated[str | None, typer.Option(help="day, as 2013-10-18; today by default")] = None,
    condition: Annotated[str | None, typer.Option(help="words, name or ICD code of a condition")] = None,
    as_json: AsJson = False,
    ontology: Ontology = None,
) -> None:
    """Look up what the guidelines in force say of a service."""
    from kb.answer.display import show_lookup
    from kb.answer.lookup import lookup as look_up
    from kb.case.model import read_day

    knowledge = _knowledge(ontology)
    found = look_up(words, knowledge, read_day(on) if on else dt.date.today(), condition)
    if as_json:
        _print_json(found)
    else:
        show_lookup(found, knowledge, Console())


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="name of a question; none lists them")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", help="parameter as key=value")] = None,
    ontology: Ontology = None,
) -> None:
    """Ask one of the stored questions and print its rows as CSV."""
    from kb.ask.stored import ask, questions

    if name is None:
        for found in questions():
            print(f"{found.name}: {found.header.get('summary', '')}")
        return
    pairs = [item.partition("=") for item in param or []]
    for key, sign, _ in pairs:
        if not sign:
            raise typer.BadParameter(f"parameter `{key}` has no value; write it as {key}=value")
    sys.stdout.write(ask(name, {key: value for key, _, value in pairs}, _knowledge(ontology), "csv"))


@app.command()
def sparql(
    file: Annotated[str, typer.Argument(help="file with a query, or - for standard input")],
    output: Annotated[str, typer.Option("--format", help="json, csv, tsv, xml or turtle")] = "csv",
    ontology: Ontology = None,
) -> None:
    """Run a SPARQL query of your own over the knowledge."""
    from kb.ask.sandbox import Sandbox

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "it is not UTF-8" if isinstance(error, ValueError) else (error.strerror or "it cannot be opened").lower()
        )
        print(f"mtus: cannot read `{file}` ({reason}); name a file with a query", file=sys.stderr)
        raise typer.Exit(UNREADABLE) from None
    with Sandbox(ontology) as sandbox:
        print(sandbox.run(text, output).body.rstrip("\n"))


@app.command()
def check(ontology: Ontology = None, as_json: AsJson = False) -> None:
    """Check the knowledge: shapes, defects, cases; and count it by guideline and verification."""
    from rich.progress import Progress

    from kb.check.report import check as check_folder
    from kb.settings import data_folder

    with Progress(console=Console(stderr=True), transient=True) as progress:
        cases = progress.add_task("checking", total=None)
        report = check_folder(
            ontology or data_folder("ontology"), lambda n, total: progress.update(cases, completed=n, total=total)
        )
    if as_json:
        _print_json(report.as_json())
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
def schema(name: Annotated[str, typer.Argument(help="case, answer or lookup")]) -> None:
    """Print the JSON Schema of a case, an answer or a lookup."""
    from kb.answer.schema import SCHEMAS
    from kb.answer.schema import schema as describe

    if name not in SCHEMAS:
        raise typer.BadParameter(f"no schema `{name}`; there are {', '.join(SCHEMAS)}")
    _print_json(describe(name))


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="folder with letters")],
    labels: Annotated[Path | None, typer.Option(help="JSON lines, one per request, to compare with")] = None,
    as_json: AsJson = False,
    ontology: Ontology = None,
) -> None:
    """Review a folder of published decisions and compare verdicts with their outcomes."""
    from kb.check.scoreboard import score_folder

    report = score_folder(folder, labels, _knowledge(ontology))
    if as_json:
        _print_json(report.as_json())
    else:
        print(report.as_text())
    if report.unreadable:
        raise typer.Exit(UNREADABLE)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = 8000,
    ontology: Ontology = None,
) -> None:
    """Start the service."""
    from api.server import run

    try:
        run(host, port, ontology)
    except OSError as error:
        reason = (error.strerror or "no such address").lower()
        print(f"mtus: cannot serve on `{host}` port {port} ({reason}); choose another", file=sys.stderr)
        raise typer.Exit(USAGE) from None


if __name__ == "__main__":
    main()
