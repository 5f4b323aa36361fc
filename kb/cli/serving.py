"""Start the service."""

import sys
from pathlib import Path

import click

from kb.cli.app import DAYS, PATH, SECONDS, USAGE, Whole, app, ontology_option, store_option
from kb.log.record import MASKED


@app.command()
@click.option("--host", default="127.0.0.1", help="address to listen on")
@click.option("--port", type=Whole(1, 65535), default=8000, help="port to listen on")
@store_option
@ontology_option
@click.option(
    "--watch",
    type=SECONDS,
    default=0,
    help="look every so many seconds whether the ontology has changed; 0 never looks",
)
@click.option("--origin", multiple=True, help="origin whose scripts may call the service, as https://app.example")
@click.option("--keys", type=PATH, help="file of keys that `mtus key` makes; open to all by default")
@click.option("--rate", help="requests a client may make of each worker, as 600/minute")
@click.option("--log", type=PATH, help="file to log every determination in; none by default")
@click.option(
    "--log-mask",
    default=",".join(MASKED),
    help="names of what is not logged of cases and answers; `all` logs hashes only",
)
@click.option("--log-sync/--no-log-sync", default=True, help="put each record to disk before its answer is given")
@click.option("--log-days", type=DAYS, help="erase the content of older records")
@click.option("--hsts", type=Whole(0), help="tell browsers to come by TLS only, for so many seconds; behind TLS")
@click.option(
    "--query-workers",
    type=Whole(1, 32),
    default=2,
    help="SPARQL queries that run at once in each worker of the service",
)
@click.option(
    "--access-log/--no-access-log", default=False, help="write a line for each request, without what is asked"
)
def serve(
    host: str,
    port: int,
    store: Path | None,
    ontology: Path | None,
    watch: float,
    origin: tuple[str, ...],
    keys: Path | None,
    rate: str | None,
    log: Path | None,
    log_mask: str,
    log_sync: bool,
    log_days: float | None,
    hsts: int | None,
    query_workers: int,
    access_log: bool,
) -> None:
    """Start the service; SIGHUP loads the ontology anew, SIGTERM lets the running requests end."""
    from api.server import run
    from api.settings import Settings

    settings = Settings(
        ontology=ontology,
        decisions=store,
        watch=watch,
        origins=origin,
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
        sys.exit(USAGE)
