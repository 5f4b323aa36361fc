"""Keep what is decided beside the result until all of it is: a file for each portion, written whole or not at all."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from kb.batch.rows import Tables
from kb.batch.schema import CRITERIA, ROWS
from kb.errors import StoreError

_ROWS, _CRITERIA, _ERRORS = "rows.parquet", "criteria.parquet", "errors.jsonl"


def chunk_of(out: Path) -> int | None:
    """Tell how many cases the portions have of a run that did not end; None where there is none."""
    file = _folder(out) / "plan.json"
    return json.loads(file.read_text(encoding="utf-8"))["chunk"] if file.exists() else None


def _folder(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


class Kept:
    """Keep the portions of one run in a folder beside its result, so that it can go on after any end."""

    def __init__(self, out: Path, criteria: Path | None, plan: dict[str, Any], resume: bool) -> None:
        """Begin, or go on where a run of the same plan ended.

        Raises StoreError when another run is there, or the folder cannot be written.
        """
        self.out, self.criteria = out, criteria
        self.folder = _folder(out)
        self._begin(plan, resume)

    def _begin(self, plan: dict[str, Any], resume: bool) -> None:
        file = self.folder / "plan.json"
        if file.exists() and not resume:
            raise StoreError(f"`{self.folder}` is left of a run that did not end; go on with --resume, or remove it")
        if file.exists():
            before = json.loads(file.read_text(encoding="utf-8"))
            changed = sorted(name for name in plan.keys() | before.keys() if plan.get(name) != before.get(name))
            if changed:
                raise StoreError(
                    f"`{self.folder}` is of a run with another {' and '.join(changed)}; remove it and begin anew"
                )
            return
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            _write(file, json.dumps(plan).encode())
        except OSError as error:
            raise StoreError(f"`{self.folder}` cannot be written ({error.strerror}); name another result") from None

    def has(self, number: int) -> bool:
        """Tell whether a portion is done: its rows are written last."""
        return self._file(number, _ROWS).exists()

    def put(self, number: int, tables: Tables) -> None:
        """Keep a portion."""
        lines = "".join(json.dumps(error, ensure_ascii=False) + "\n" for error in tables.errors)
        _write(self._file(number, _ERRORS), lines.encode())
        if self.criteria:
            _write_frame(self._file(number, _CRITERIA), tables.criteria)
        _write_frame(self._file(number, _ROWS), tables.rows)

    def finish(self, numbers: range) -> tuple[int, int]:
        """Join the portions in order, put the result in its place, and count the cases and the lines that failed."""
        _join([self._file(n, _ROWS) for n in numbers], self.out, ROWS)
        if self.criteria:
            _join([self._file(n, _CRITERIA) for n in numbers], self.criteria, CRITERIA)
        told = b"".join(self._file(n, _ERRORS).read_bytes() for n in numbers)
        side = self.out.with_name(self.out.name + ".errors.jsonl")
        if told:
            _write(side, told)
        else:
            side.unlink(missing_ok=True)
        shutil.rmtree(self.folder)
        lines = [json.loads(error)["line"] for error in told.splitlines()]
        return lines.count(None), len(lines) - lines.count(None)

    def _file(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:06d}.{kind}"


def _write(file: Path, data: bytes) -> None:
    new = file.with_name(file.name + ".new")
    with new.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)


def _write_frame(file: Path, frame: pl.DataFrame) -> None:
    new = file.with_name(file.name + ".new")
    frame.write_parquet(new, compression="lz4")
    with new.open("rb+") as opened:
        os.fsync(opened.fileno())
    new.replace(file)


def _join(files: list[Path], out: Path, schema: pl.Schema) -> None:
    new = out.with_name(out.name + ".new")
    frames = [pl.scan_parquet(file) for file in files]
    pl.concat(frames or [pl.LazyFrame(schema=schema)]).sink_parquet(new, maintain_order=True)
    new.replace(out)
