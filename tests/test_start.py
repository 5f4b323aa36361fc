"""The start of a process: the package imports what it names when asked for it, a command what it uses."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT

import kb

_SLOW = {
    "flask",
    "maplib",
    "msgspec",
    "numpy",
    "owlready2",
    "polars",
    "pydantic",
    "pypdfium2",
    "rdflib",
    "spacy",
    "typer",
}
_ENGINE = {"kb.answer.writer", "kb.case.model", "kb.decide", "kb.determination", "kb.evaluate"}
_TERMINAL = {"kb.answer.outline", "rich"}
_AFTER = """
import json, sys
from kb.cli import main
sys.argv = ["mtus", *{words}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + json.dumps(list(sys.modules)))
"""


def _printed(code: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()[-1]


def _after(*words: str) -> set[str]:
    return set(json.loads(_printed(_AFTER.format(words=list(words)))))


def test_all_that_the_package_names_is_there():
    for name in kb.__all__:
        assert getattr(kb, name).__name__ == name
    assert set(kb.__all__) <= set(dir(kb))


def test_a_name_that_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module `kb` has no attribute `determin`"):
        kb.determin  # noqa: B018
    with pytest.raises(ImportError):
        from kb import nonsense  # noqa: F401


def test_no_name_of_the_package_is_that_of_a_module():
    # importing such a module would put it in the place of what is named
    modules = {path.stem for path in Path(kb.__file__).parent.iterdir()}
    assert modules.isdisjoint(kb.__all__)


@pytest.mark.parametrize("before", ["kb.determination", "kb.review", "kb.warm"])
def test_what_is_imported_before_changes_no_name(before):
    code = f"import {before}; import kb; print(kb.determine.__name__, kb.load_knowledge.__name__)"
    assert _printed(code) == "determine load_knowledge"


def test_the_package_alone_imports_no_library():
    loaded = set(_printed("import kb, sys; print(*sys.modules)").split())
    assert {name for name in loaded if name.startswith("kb.")} == {"kb.errors"}
    assert loaded.isdisjoint({*_SLOW, "click", "pyoxigraph", "rich"})


def test_the_help_imports_no_library_but_that_of_the_command_line():
    loaded = _after("--help")
    assert "click" in loaded
    assert loaded.isdisjoint({*_SLOW, *_ENGINE, *_TERMINAL, "pyoxigraph"})


def test_a_lookup_imports_only_what_it_uses():
    assert all(importlib.util.find_spec(name) for name in _ENGINE | _TERMINAL)
    words = ("lookup", "massage therapy", "--on", "2013-10-18")
    assert _after(*words, "--json").isdisjoint(_SLOW | _ENGINE | _TERMINAL)
    shown = _after(*words)
    assert shown.isdisjoint(_SLOW | _ENGINE)
    assert shown > _TERMINAL


def test_the_collector_is_spared_what_a_command_loads():
    code = "import gc; from kb.cli.app import loaded; kept = loaded(None); print(gc.get_freeze_count())"
    assert int(_printed(code)) > 10_000
