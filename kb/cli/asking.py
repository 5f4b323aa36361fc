"""Ask the stored questions and SPARQL of one's own."""

import sys
from pathlib import Path

import click

from kb.ask.formats import FORMATS, Wanted
from kb.cli.app import UNREADABLE, app, loaded, ontology_option, store_option


@app.command()
@click.argument("name", required=False, help="name of a question; none lists them with their parameters")
@click.option(
    "--param", multiple=True, help="parameter as key=value; the list tells which there are, with type and default"
)
@store_option
@ontology_option
def query(name: str | None, param: tuple[str, ...], store: Path | None, ontology: Path | None) -> None:
    """Ask one of the stored questions and print its rows as CSV."""
    from kb.ask.notes import defaults, nothing_found
    from kb.ask.stored import ask
    from kb.store.disk import DiskReader

    if name is None:
        _list()
        return
    pairs = [item.partition("=") for item in param]
    for key, sign, _ in pairs:
        if not sign:
            raise click.BadParameter(f"parameter `{key}` has no value; write it as {key}=value")
    values = {key: value for key, _, value in pairs}
    if len(values) < len(pairs):
        twice = next(key for place, (key, *_) in enumerate(pairs) if key in [other for other, *_ in pairs[:place]])
        raise click.BadParameter(f"parameter `{twice}` is given twice; give it once")
    knowledge = loaded(ontology)
    found = ask(name, values, knowledge, DiskReader(store) if store else None)
    for note in (defaults(name, values), "" if found.rows else nothing_found(name, values, knowledge)):
        if note:
            print(f"mtus: {note}", file=sys.stderr)
    sys.stdout.write(found.as_csv())


def _list() -> None:
    """Print each stored question with its parameters, their types and their defaults."""
    from kb.ask.stored import described

    for found in described():
        store = " [--store]" if found["over"] == "decisions" else ""
        asked = ", ".join(f"{name}={known['default']} ({known['type']})" for name, known in found["parameters"].items())
        print(f"{found['name']}: {found['summary']}{store}{'  ' if asked else ''}{asked}")


@app.command()
@click.argument("file", help="file with a query, or - for standard input")
@click.option("--format", "output", help=f"{', '.join(FORMATS)}; rows as csv and triples as turtle by default")
@store_option
@ontology_option
def sparql(file: str, output: str | None, store: Path | None, ontology: Path | None) -> None:
    """Run a SPARQL query of your own over the knowledge, or over decisions and the knowledge kept with them."""
    from kb.ask.sandbox import Sandbox

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "it is not UTF-8" if isinstance(error, ValueError) else (error.strerror or "it cannot be opened").lower()
        )
        print(f"mtus: cannot read `{file}` ({reason}); name a file with a query", file=sys.stderr)
        sys.exit(UNREADABLE)
    with Sandbox(ontology, decisions=store) as sandbox:
        print(sandbox.run(text, Wanted.only(output) if output else "csv").body.rstrip("\n"))
