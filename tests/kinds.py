"""Load the cases of tests/tiny_kinds: one criterion of each kind, and how it must stand."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kb import load_knowledge
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.decide.lines import Line, decide_lines
from kb.knowledge.base import Knowledge
from kb.settings import data_folder
from kb.store.embedded import Store
from kb.terms import BASE

FOLDER = Path(__file__).parent / "tiny_kinds"
TOPIC = "tiny/kinds#"


@dataclass(frozen=True)
class KindCase:
    """One case about one criterion."""

    of: str
    name: str
    case: dict[str, Any]
    expect: dict[str, Any]
    line: int

    def full(self, knowledge: Knowledge) -> dict[str, Any]:
        """Fill in the selecting date and the service of the criterion's recommendation."""
        service = knowledge.recommendations[f"{BASE}{TOPIC}{self.of}_recommendation"].services[0]
        return {"requested": "2020-01-01", "requests": [service.rsplit("/", 1)[-1]], **self.case}


def kind_cases() -> list[KindCase]:
    written = yaml.load((FOLDER / "cases.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [KindCase(**{"line": 1, **entry}) for entry in written]


def tiny_knowledge(folder: Path, store: Store | None = None) -> Knowledge:
    """Put the real schema and kinds beside the tiny concepts and recommendations."""
    shutil.copytree(data_folder("ontology") / "core", folder / "core")
    for file in FOLDER.glob("*.ttl"):
        shutil.copy(file, folder)
    return load_knowledge(folder, store)


def decide(case: KindCase, knowledge: Knowledge) -> Line:
    """Decide a case as determine does; give its line."""
    lines = decide_lines(prepare(read_case(case.full(knowledge)), knowledge), knowledge)
    line = next(line for line in lines if line.request.line == case.line)
    assert line.error is None
    return line
