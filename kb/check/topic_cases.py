"""Run the cases that stand beside each topic: what the guideline says must come out.

A case file `<topic>.cases.yaml` is a list of {name, case, expect}. `expect` may have verdict, amount,
because (of the topic's own leaves exactly these, of others at least these, so that a new topic elsewhere breaks
no case here), missing (at least these), applies and value of recommendations, and assumptions (at least these). A
bare identifier is a fragment of the topic; a full one has a slash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kb.determine import determine_many
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge

Json = dict[str, Any]
_KEYS = frozenset(("verdict", "amount", "because", "missing", "applies", "value", "assumptions", "line"))


@dataclass(frozen=True, slots=True)
class TopicCase:
    """Hold one written case of a topic."""

    file: Path
    name: str
    case: Json
    expect: Json

    @property
    def topic(self) -> str:
        """Name the topic by guideline folder and file."""
        return f"{self.file.parent.name}/{self.file.name.removesuffix('.cases.yaml')}"

    def full(self, name: str) -> str:
        """Spell an identifier out."""
        return name if "/" in name or name.startswith("line:") else f"{self.topic}#{name}"


def read_cases(folder: Path) -> Iterator[TopicCase]:
    """Read every case file below an ontology folder.

    Raises KnowledgeError that names the file and the case when it is not of the form above.
    """
    for file in sorted(folder.rglob("*.cases.yaml")):
        try:
            entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        except yaml.YAMLError as error:
            raise KnowledgeError(f"malformed YAML in `{file.name}`: {error}") from None
        for entry in entries:
            yield _read_entry(file, entry)


def _read_entry(file: Path, entry: Any) -> TopicCase:
    if not isinstance(entry, dict) or set(entry) != {"name", "case", "expect"}:
        raise KnowledgeError(f"a case of `{file.name}` must have exactly name, case and expect; it is `{entry}`")
    strange = set(entry["expect"]) - _KEYS
    if strange:
        raise KnowledgeError(f"case `{entry['name']}` of `{file.name}` expects an unknown `{sorted(strange)[0]}`")
    return TopicCase(file, entry["name"], entry["case"], entry["expect"])


def failures(case: TopicCase, knowledge: Knowledge) -> list[str]:
    """Decide a case and list where the answer is not what is expected."""
    return next(failures_of([case], knowledge))


def failures_of(cases: list[TopicCase], knowledge: Knowledge) -> Iterator[list[str]]:
    """Decide many cases together, and list for each in order where the answer is not what is expected."""
    for case, answer in zip(cases, determine_many((case.case for case in cases), knowledge), strict=True):
        yield _unexpected(case, answer)


def _unexpected(case: TopicCase, answer: Json) -> list[str]:
    if "error" in answer:
        return [answer["error"]["message"]]
    number = case.expect.get("line", 1)
    request = next((r for r in answer["requests"] if r["line"] == number), None)
    if request is None:
        return [f"there is no line {number}"]
    if request["error"]:
        return [request["error"]]
    return list(_compare(case, request["determination"]))


def _compare(case: TopicCase, found: Json) -> Iterator[str]:
    expect = case.expect
    for key in ("verdict", "amount"):
        if key in expect and found[key] != expect[key]:
            yield f"{key} is {found[key]}, expected {expect[key]}"
    if "because" in expect:
        wanted = {case.full(name) for name in expect["because"]}
        own = {name for name in found["because"] if name.startswith(f"{case.topic}#")}
        if wanted != own | (wanted & set(found["because"])):
            yield f"because is {sorted(found['because'])}, expected {sorted(wanted)}"
    missing = {item["id"] for item in found["missing"]}
    for name in expect.get("missing", ()):
        if case.full(name) not in missing:
            yield f"{name} is not missing; missing are {sorted(missing)}"
    for name in expect.get("assumptions", ()):
        if name not in found["assumptions"]:
            yield f"{name} is not assumed; assumptions are {found['assumptions']}"
    recommendations = {r["id"]: r for r in found["recommendations"]}
    for key in ("applies", "value"):
        for name, status in expect.get(key, {}).items():
            said = recommendations.get(case.full(name), {}).get(key, "not in the formula")
            if said != status:
                yield f"{key} of {name} is {said}, expected {status}"
