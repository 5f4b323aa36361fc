"""Verify a log of decisions, erase from it, and decide again what it holds."""

import dataclasses
import sys
from pathlib import Path

import click

from kb.cli.app import DAYS, FAILED, PATH, app, json_option, loaded, ontology_option, print_json, progress

file_argument = click.argument("file", type=PATH, help="log that `mtus serve --log` keeps")


@app.group()
def log() -> None:
    """Verify a log of decisions that `mtus serve --log` keeps, or erase from it."""


@log.command("verify")
@file_argument
@click.option("--seal", help="last seal that you noted; it must still be there")
def verify_log(file: Path, seal: str | None) -> None:
    """Follow the chain of a log as far as it holds; exit with 1 where it is broken."""
    from kb.log.decisions import records, verify

    with progress("verifying") as step:
        found = verify(file, step)
    print(f"{found.records} records hold together, {found.erased} of them without content; last seal {found.seal}")
    if found.torn:
        print(f"{found.torn} bytes after them are of a record not written to its end", file=sys.stderr)
    if found.fault:
        print(f"mtus: {found.fault}", file=sys.stderr)
        sys.exit(FAILED)
    if seal and not any(record["seal"] == seal for record in records(file)):
        print(f"mtus: the seal `{seal}` is not in it: records are missing from its end", file=sys.stderr)
        sys.exit(FAILED)


@log.command("erase")
@file_argument
@click.option("--id", "name", multiple=True, help="identifier of a determination")
@click.option("--case", multiple=True, help="case number, where numbers are logged")
@click.option("--older-than", type=DAYS, help="days")
def erase_log(file: Path, name: tuple[str, ...], case: tuple[str, ...], older_than: float | None) -> None:
    """Erase the content of records; their seals stay, so that the chain still holds."""
    from kb.log.decisions import erase, erase_older

    if not name and not case and older_than is None:
        raise click.BadParameter("say what to erase: --id, --case or --older-than")
    ids, numbers = set(name), set(case)
    gone = erase_older(file, older_than) if older_than is not None else 0
    if ids or numbers:
        gone += erase(file, lambda r: r["id"] in ids or r["content"]["case"].get("number") in numbers)
    print(f"erased the content of {gone} records")


@app.command("replay")
@file_argument
@json_option
@ontology_option
def replay_log(file: Path, as_json: bool, ontology: Path | None) -> None:
    """List the determinations of a log that the knowledge of today would change."""
    from kb.log.decisions import verify
    from kb.log.replay import Replayed, replay

    total, count = verify(file).records, Replayed()
    with progress("deciding") as step:
        changes = list(replay(file, loaded(ontology), count, lambda done: step(done, total)))
    if as_json:
        print_json([dataclasses.asdict(change) for change in changes])
        return
    for change in changes:
        now = change.error or (change.now or {}).get("verdict", "not decided")
        same = " because of other criteria" if now == change.was["verdict"] else ""
        print(f"{change.time} {change.id} line {change.line} {change.service}: {change.was['verdict']} -> {now}{same}")
    print(f"{len(changes)} of {count.lines} lines change; {count.erased} records have no content", file=sys.stderr)
