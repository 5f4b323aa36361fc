"""Make keys for the service."""

from pathlib import Path

import click

from kb.cli.app import PATH, app


@app.command()
@click.argument("file", type=PATH, help="file of keys, for `mtus serve --keys`; made where there is none")
@click.option("--name", required=True, help="whose key it is")
@click.option("--role", default="read", help="read, decide or curate")
def key(file: Path, name: str, role: str) -> None:
    """Make a key and print it; the file keeps its hash only."""
    from api.keys import ROLES, make_key

    if role not in ROLES:
        raise click.BadParameter(f"no role `{role}`; there are {', '.join(ROLES)}")
    print(make_key(file, name, role))
