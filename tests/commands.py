"""Run commands of `mtus`: in this process, or in one of their own where the process itself is tried."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import kb
from kb.cli import main

ROOT = Path(__file__).parents[1]
_WIDE = {"COLUMNS": "200"}


@dataclass(frozen=True)
class Done:
    """Hold the exit code of a command, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_alone(*words: object, given: str | None = None) -> Done:
    """Run a command in a process of its own, with a text on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "kb.cli", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=os.environ | _WIDE,
        input=given,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def run(*words: object, knowledge: Any = None) -> Done:
    """Run a command from the root of the checkout; the product's own knowledge is handed to it where it is at hand.

    An error that a command does not catch is raised.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    load, before = kb.load_knowledge, Path.cwd()

    def loaded(folder: Any = None, store: Any = None) -> Any:
        return knowledge if folder is None and store is None and knowledge else load(folder, store)

    os.chdir(ROOT)
    try:
        with (
            patch.object(sys, "argv", ["mtus", *map(str, words)]),
            patch.dict(os.environ, _WIDE),
            patch.object(kb, "load_knowledge", loaded),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = _exit_code()
    finally:
        os.chdir(before)
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err) if stream.flush() is None))


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
