"""Decide letters and cases, show what is read in them, look guidelines up."""

import datetime as dt
import sys
from pathlib import Path

import click

from kb.cli.app import (
    PATH,
    UNREADABLE,
    app,
    check_page,
    endpoint_option,
    json_option,
    loaded,
    ontology_option,
    print_json,
    terminal,
    trouble,
    write,
)
from kb.errors import KbError


@app.command()
@click.argument("files", nargs=-1, required=True, type=PATH, help="letters (PDF, text) or cases (JSON, YAML, Turtle)")
@json_option
@click.option("--html", type=PATH, help="write a page to this file")
@ontology_option
@endpoint_option
def review(
    files: tuple[Path, ...], as_json: bool, html: Path | None, ontology: Path | None, endpoint: str | None
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
            trouble(file, error)
    if html:
        from kb.browse.answers import page

        write(html, page(answers, knowledge))
    if as_json:
        print_json(answers)
    elif not html:
        show_answers(answers, knowledge, terminal())
    if failed:
        sys.exit(UNREADABLE)


@app.command()
@click.argument("letter", type=PATH, help="letter (PDF, text) or case (JSON, YAML, Turtle)")
@json_option
@click.option("--edit", is_flag=True, help="write a YAML case to correct and to review")
@click.option("-o", "out", type=PATH, help="with --edit: write to this file, which must be new")
@ontology_option
def facts(letter: Path, as_json: bool, edit: bool, out: Path | None, ontology: Path | None) -> None:
    """Show what is read in a letter, each fact with its sentence; or write it as a case to correct."""
    from kb.answer.case_file import case_file, read_answer
    from kb.answer.display import show_facts
    from kb.review import read_facts

    if out and not edit:
        raise click.BadParameter("-o names the file that --edit writes; add --edit")
    if out and out.exists():
        raise click.BadParameter(f"`{out}` exists and may hold corrections; name a new file or remove it")
    knowledge = loaded(ontology)
    try:
        case, text = read_facts(letter, letter.name, knowledge)
    except KbError as error:
        trouble(letter, error)
        sys.exit(UNREADABLE)
    if out:
        write(out, case_file(case, text))
    elif edit:
        sys.stdout.write(case_file(case, text))
    elif as_json:
        print_json(read_answer(case, text, knowledge))
    else:
        show_facts(read_answer(case, text, knowledge), knowledge, terminal())


@app.command()
@click.argument("words", help="words, a concept's name, or a CPT or HCPCS code")
@click.option("--on", help="day, as 2013-10-18; today by default")
@click.option("--condition", help="words, name or ICD code of a condition")
@click.option("--requirements", "needs", is_flag=True, help="what can be asked of a request, as JSON")
@json_option
@ontology_option
def lookup(
    words: str, on: str | None, condition: str | None, needs: bool, as_json: bool, ontology: Path | None
) -> None:
    """Look up what the guidelines in force say of a service."""
    from kb.answer.lookup import lookup as look_up
    from kb.case.day import read_day

    knowledge, day = loaded(ontology), read_day(on) if on else dt.date.today()
    if needs:
        from kb.answer.requirements import requirements

        print_json(requirements(words, knowledge, day, condition))
        return
    found = look_up(words, knowledge, day, condition)
    if as_json:
        print_json(found)
    else:
        from kb.answer.outline import show_lookup

        show_lookup(found, knowledge, terminal())


@app.command()
@click.argument("name", help="case, answer, lookup, requirements or crosswalk")
def schema(name: str) -> None:
    """Print the JSON Schema of a case, or of what is answered."""
    from kb.answer.schema import SCHEMAS
    from kb.answer.schema import schema as describe

    if name not in SCHEMAS:
        raise click.BadParameter(f"no schema `{name}`; there are {', '.join(SCHEMAS)}")
    print_json(describe(name))
