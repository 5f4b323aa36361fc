"""Decide letters and cases, show what is read in them, look guidelines up."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kb.cli.app import UNREADABLE, AsJson, Endpoint, Ontology, app, check_page, loaded, print_json, write
from kb.errors import KbError


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

    check_page(html)
    knowledge, answers, failed = loaded(ontology, endpoint), [], False
    for file in files:
        try:
            answers.append(review_file(file, file.name, knowledge))
        except KbError as error:
            failed = True
            print(f"mtus: {file.name}: {error}", file=sys.stderr)
    if html:
        from kb.browse.answers import page

        write(html, page(answers, knowledge))
    if as_json:
        print_json(answers)
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
    knowledge = loaded(ontology)
    try:
        case, text = read_facts(letter, letter.name, knowledge)
    except KbError as error:
        print(f"mtus: {letter.name}: {error}", file=sys.stderr)
        raise typer.Exit(UNREADABLE) from None
    if out:
        write(out, case_file(case, text))
    elif edit:
        sys.stdout.write(case_file(case, text))
    elif as_json:
        print_json(read_answer(case, text, knowledge))
    else:
        show_facts(read_answer(case, text, knowledge), knowledge, Console())


@app.command()
def lookup(
    words: Annotated[str, typer.Argument(help="words, a concept's name, or a CPT or HCPCS code")],
    on: Annotated[str | None, typer.Option(help="day, as 2013-10-18; today by default")] = None,
    condition: Annotated[str | None, typer.Option(help="words, name or ICD code of a condition")] = None,
    needs: Annotated[bool, typer.Option("--requirements", help="what can be asked of a request, as JSON")] = False,
    as_json: AsJson = False,
    ontology: Ontology = None,
) -> None:
    """Look up what the guidelines in force say of a service."""
    from kb.answer.display import show_lookup
    from kb.answer.lookup import lookup as look_up
    from kb.answer.requirements import requirements
    from kb.case.model import read_day

    knowledge = loaded(ontology)
    find = requirements if needs else look_up
    found = find(words, knowledge, read_day(on) if on else dt.date.today(), condition)
    if as_json or needs:
        print_json(found)
    else:
        show_lookup(found, knowledge, Console())


@app.command()
def schema(name: Annotated[str, typer.Argument(help="case, answer, lookup, requirements or crosswalk")]) -> None:
    """Print the JSON Schema of a case or of an answer."""
    from kb.answer.schema import SCHEMAS
    from kb.answer.schema import schema as describe

    if name not in SCHEMAS:
        raise typer.BadParameter(f"no schema `{name}`; there are {', '.join(SCHEMAS)}")
    print_json(describe(name))
