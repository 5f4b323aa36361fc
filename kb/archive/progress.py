"""Show how far an ingest has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    """Show the files done in a second."""

    def render(self, task: Task) -> Text:
        """Write the rate, as far as there is one."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextmanager
def shown(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with count, rate and time left; tell it how many of how many."""
    columns = (TextColumn("deciding"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("deciding", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
