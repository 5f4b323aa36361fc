"""Ask the stored questions and SPARQL of one's own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.app import UNREADABLE, Ontology, Store, app, loaded


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="name of a question; none lists them")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", help="parameter as key=value")] = None,
    store: Store = None,
    ontology: Ontology = None,
) -> None:
    """Ask one of the stored questions and print its rows as CSV."""
    from kb.ask.stored import ask, described
    from kb.store.disk import DiskReader

    if name is None:
        for found in described():
            print(f"{found['name']}: {found['summary']}{' [--store]' if found['over'] == 'decisions' else ''}")
        return
    pairs = [item.partition("=") for item in param or []]
    for key, sign, _ in pairs:
        if not sign:
            raise typer.BadParameter(f"parameter `{key}` has no value; write it as {key}=value")
    values = {key: value for key, _, value in pairs}
    sys.stdout.write(ask(name, values, loaded(ontology), DiskReader(store) if store else None).as_csv())


@app.command()
def sparql(
    file: Annotated[str, typer.Argument(help="file with a query, or - for standard input")],
    output: Annotated[str, typer.Option("--format", help="json, csv, tsv, xml or turtle")] = "csv",
    store: Store = None,
    ontology: Ontology = None,
) -> None:
    """Run a SPARQL query of your own over the knowledge, or over decisions and the knowledge kept with them."""
    from kb.ask.sandbox import Sandbox

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "it is not UTF-8" if isinstance(error, ValueError) else (error.strerror or "it cannot be opened").lower()
        )
        print(f"mtus: cannot read `{file}` ({reason}); name a file with a query", file=sys.stderr)
        raise typer.Exit(UNREADABLE) from None
    with Sandbox(ontology, decisions=store) as sandbox:
        print(sandbox.run(text, output).body.rstrip("\n"))
