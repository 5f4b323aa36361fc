"""Start the service."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.app import USAGE, Ontology, Store, app
from kb.log.record import MASKED


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = 8000,
    store: Store = None,
    ontology: Ontology = None,
    watch: Annotated[
        float, typer.Option(help="look every so many seconds whether the ontology has changed; 0 never looks", min=0)
    ] = 0,
    origin: Annotated[
        list[str] | None, typer.Option(help="origin whose scripts may call the service, as https://app.example")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="file of keys that `mtus key` makes; open to all by default")
    ] = None,
    rate: Annotated[str | None, typer.Option(help="requests a client may make of each worker, as 600/minute")] = None,
    log: Annotated[Path | None, typer.Option(help="file to log every determination in; none by default")] = None,
    log_mask: Annotated[
        str, typer.Option(help="names of what is not logged of cases and answers; `all` logs hashes only")
    ] = ",".join(MASKED),
    log_sync: Annotated[bool, typer.Option(help="put each record to disk before its answer is given")] = True,
    log_days: Annotated[float | None, typer.Option(help="erase the content of older records", min=0)] = None,
    hsts: Annotated[
        int | None, typer.Option(help="tell browsers to come by TLS only, for so many seconds; behind TLS", min=0)
    ] = None,
    query_workers: Annotated[
        int, typer.Option(help="SPARQL queries that run at once in each worker of the service", min=1, max=32)
    ] = 2,
    access_log: Annotated[bool, typer.Option(help="write a line for each request, without what is asked")] = False,
) -> None:
    """Start the service; SIGHUP loads the ontology anew, SIGTERM lets the running requests end."""
    from api.server import run
    from api.settings import Settings

    settings = Settings(
        ontology=ontology,
        decisions=store,
        watch=watch,
        origins=tuple(origin or ()),
        keys=keys,
        rate=rate,
        log=log,
        log_mask=tuple(name.strip() for name in log_mask.split(",") if name.strip()),
        log_sync=log_sync,
        log_days=log_days,
        hsts=hsts,
        query_workers=query_workers,
        access_log=access_log,
    )
    try:
        run(host, port, settings)
    except OSError as error:
        reason = (error.strerror or "no such address").lower()
        print(f"mtus: cannot serve on `{host}` port {port} ({reason}); choose another", file=sys.stderr)
        raise typer.Exit(USAGE) from None
