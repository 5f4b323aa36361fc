"""Make keys for the service."""

from pathlib import Path
from typing import Annotated

import typer

from kb.cli.app import app


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="file of keys, for `mtus serve --keys`; made where there is none")],
    name: Annotated[str, typer.Option(help="whose key it is")],
    role: Annotated[str, typer.Option(help="read, decide or curate")] = "read",
) -> None:
    """Make a key and print it; the file keeps its hash only."""
    from api.keys import ROLES, make_key

    if role not in ROLES:
        raise typer.BadParameter(f"no role `{role}`; there are {', '.join(ROLES)}")
    print(make_key(file, name, role))
