"""Hold what the commands share: the application, their common options, exit codes, printing."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=(
        "Offer everything on the command line: each command reads its arguments, makes one call and prints.\n\n"
        "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 an input was unreadable (after all were tried)."
    ),
)

Ontology = Annotated[Path | None, typer.Option(help="ontology folder; the product's own by default")]
Endpoint = Annotated[str | None, typer.Option(help="SPARQL endpoint to evaluate on; embedded by default")]
Store = Annotated[Path | None, typer.Option(help="folder of decisions that `mtus ingest` keeps; none by default")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]

FAILED, USAGE, UNREADABLE = 1, 2, 3


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def write(file: Path, text: str) -> None:
    """Write a text to a file; where that cannot be, say so and exit with 2."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        print(f"mtus: cannot write `{file}` ({reason}); name a file in a folder that exists", file=sys.stderr)
        raise typer.Exit(USAGE) from None


def check_page(html: Path | None) -> None:
    """Refuse a place where no page can be written, before the work."""
    if html and (html.is_dir() or not html.parent.is_dir()):
        raise typer.BadParameter(f"`{html}` cannot be written; name a file in a folder that exists")


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on the standard error while a step is done; tell it how many of how many."""
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda n, total: shown.update(task, completed=n, total=total)


def loaded(ontology: Path | None, endpoint: str | None = None) -> Any:
    """Load the knowledge, into an endpoint if one is named."""
    from kb import load_knowledge

    if endpoint is None:
        return load_knowledge(ontology)
    from kb.store.remote import RemoteStore

    return load_knowledge(ontology, RemoteStore(endpoint))
