"""Hold what the commands share: the application, their common options, exit codes, printing."""

import gc
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

if TYPE_CHECKING:
    from rich.console import Console

FAILED, USAGE, UNREADABLE, INTERRUPTED = 1, 2, 3, 130


class _Command(click.Command):
    """List a command with its whole first sentence."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return super().get_short_help_str(limit=200)


class _Commands(_Command, click.Group):
    """Hold commands; without one the help is shown. A command that is interrupted ends as the shell expects."""

    command_class = _Command
    group_class: type[click.Group] | type[type] | None = type
    sections: ClassVar[dict[str, tuple[str, ...]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in self.sections.values() for name in names] or super().list_commands(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if not self.sections:
            super().format_commands(ctx, formatter)
        for title, names in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str()) for name in names])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


class Whole(click.IntRange):
    """Take a whole number between bounds."""

    name = "integer"


class Number(click.FloatRange):
    """Take a number between bounds; `nan` is neither below nor above one, and is refused."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


class _Tasks(_Commands):
    """Hold all commands, listed by task."""

    group_class = _Commands
    sections: ClassVar[dict[str, tuple[str, ...]]] = {
        "Decide": ("review", "facts", "lookup", "schema"),
        "Decide many": ("batch", "evaluate"),
        "Ask": ("query", "sparql"),
        "Keep decisions": ("ingest", "erase", "log", "replay"),
        "Curate": ("check", "build", "docs"),
        "Serve": ("serve", "key"),
    }


@click.group(
    cls=_Tasks,
    context_settings={"show_default": True, "max_content_width": 120, "help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="mtus-kb", prog_name="mtus")
def app() -> None:
    """Decide by guideline whether a treatment asked for is supported, say why, and answer questions on both.

    Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 an input was unreadable (after all were tried).
    """


PATH = click.Path(path_type=Path)
DAYS, SECONDS = Number(0, 36_500), Number(0, 31_536_000)  # a century and a year: what dates and waits can hold

ontology_option = click.option("--ontology", type=PATH, help="ontology folder; the product's own by default")
endpoint_option = click.option("--endpoint", help="SPARQL endpoint to evaluate on; embedded by default")
store_option = click.option("--store", type=PATH, help="folder of decisions that `mtus ingest` keeps; none by default")
json_option = click.option("--json", "as_json", is_flag=True, help="print JSON")


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
        sys.exit(USAGE)


def trouble(file: Path, error: Exception) -> None:
    """Tell what is wrong with a file, naming it once."""
    said = str(error)
    print(f"mtus: {said}" if f"`{file.name}`" in said else f"mtus: {file.name}: {said}", file=sys.stderr)


def check_page(html: Path | None) -> None:
    """Refuse a place where no page can be written, before the work."""
    if html and (html.is_dir() or not html.parent.is_dir()):
        raise click.BadParameter(f"`{html}` cannot be written; name a file in a folder that exists")


def terminal(stderr: bool = False) -> "Console":
    """Open the terminal, to show what has a form of its own there; most commands and all JSON do without."""
    from rich.console import Console

    return Console(stderr=stderr)


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on the standard error while a step is done; tell it how many of how many."""
    from rich.progress import Progress

    with Progress(console=terminal(stderr=True), transient=True) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda n, total: shown.update(task, completed=n, total=total)


def loaded(ontology: Path | None, endpoint: str | None = None) -> Any:
    """Load the knowledge, into an endpoint if one is named."""
    from kb import load_knowledge

    if endpoint is None:
        knowledge = load_knowledge(ontology)
    else:
        from kb.store.remote import RemoteStore

        knowledge = load_knowledge(ontology, RemoteStore(endpoint))
    gc.freeze()  # a command keeps it to its end: the collector need not walk it again and again
    return knowledge
