"""Run the cases that stand beside each topic: what the guideline says must come out.

A case file `<topic>.cases.yaml` is a list of {name, case, expect}. `expect` may have verdict, amount,
because, remarks and changed_by, the readings that change the answer (of the topic's own leaves exactly these, of
others at least these, so that a new topic elsewhere breaks no case here), missing and assumptions (at least these),
applies and value of recommendations. A bare identifier is a fragment of the topic; a full one has a slash.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kb.check.tried import Mark, tried
from kb.determination import decide_many
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge
from kb.knowledge.spelling import did_you_mean

Json = dict[str, Any]
SUFFIX = ".cases.yaml"
_KEYS = ("verdict", "amount", "because", "missing", "applies", "value", "assumptions", "remarks", "changed_by", "line")
_EXACTLY = ("because", "remarks", "changed_by")
_LISTS = (*_EXACTLY, "missing", "assumptions")
_PARTS = ("name", "case", "expect")
_VERDICTS = ("supported", "supported_in_part", "undocumented", "not_supported", "no_guideline")
_ABSENT = "not in the formula"
_STATUSES = ("met", "not_met", "unknown", _ABSENT)
_DIMENSIONS = ("service", "diagnosis", "region", "phase")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is eight times as fast


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
        return f"{self.file.parent.name}/{self.file.name.removesuffix(SUFFIX)}"

    def full(self, name: str) -> str:
        """Spell an identifier out."""
        return name if "/" in name or name.startswith("line:") else f"{self.topic}#{name}"

    def names(self) -> Iterator[tuple[str, str]]:
        """List the identifiers that the expectation names, spelled out, each after the key it stands under."""
        for key in (*_EXACTLY, "missing", "applies", "value"):
            for name in self.expect.get(key) or ():
                yield key, self.full(name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold where an answer is not what is expected, who took part in it or was live, and what it tries of its topic."""

    unexpected: list[str]
    took_part: frozenset[str]
    live: frozenset[str]
    tried: frozenset[Mark]


def case_files(folder: Path) -> list[Path]:
    """List the case files below a folder."""
    return sorted(folder.rglob(f"*{SUFFIX}"))


def read_case_file(file: Path) -> list[TopicCase]:
    """Read one case file.

    Raises KnowledgeError, in one line, that names folder, file and case, when it is not of the form above.
    """
    place = f"{file.parent.name}/{file.name}"
    try:
        entries = yaml.load(file.read_text(encoding="utf-8"), _Loader) or []
    except yaml.YAMLError as error:
        raise KnowledgeError(f"malformed YAML in `{place}`{_where(error)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"cannot read `{place}`: {error}") from None
    if not isinstance(entries, list):
        raise KnowledgeError(f"`{place}` is no list of cases; begin each with `- name:`")
    cases = [_read_entry(file, place, entry) for entry in entries]
    names = [case.name for case in cases]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise KnowledgeError(f"two cases of `{place}` have the name `{twice}`; name each for what it shows")
    return cases


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" line {mark.line + 1}" if mark else ""
    return f"{line}: {getattr(error, 'problem', None) or 'it is no text of YAML'}"


def _read_entry(file: Path, place: str, entry: Any) -> TopicCase:
    if not isinstance(entry, dict) or set(entry) != set(_PARTS):
        found = entry.get("name", sorted(map(str, entry))) if isinstance(entry, dict) else entry
        raise KnowledgeError(f"a case of `{place}` must have exactly name, case and expect; it is `{found}`")
    case, expect = entry["case"], entry["expect"]
    if not isinstance(case, dict) or not isinstance(expect, dict):
        raise KnowledgeError(f"case `{entry['name']}` of `{place}` must have keys below case and below expect")
    if not set(expect) - {"line"}:
        raise KnowledgeError(f"case `{entry['name']}` of `{place}` expects nothing; give verdict, because or missing")
    single = next((key for key in _LISTS if not isinstance(expect.get(key, []), list)), None)
    if single:
        raise KnowledgeError(f"case `{entry['name']}` of `{place}` has no list under {single}; put it in [ ]")
    for strange, known, what in _strange(expect):
        hint = did_you_mean(strange, known, "it may be " + ", ".join(known))
        raise KnowledgeError(f"case `{entry['name']}` of `{place}` expects an unknown {what} `{strange}`{hint}")
    return TopicCase(file, str(entry["name"]), case, expect)


def _strange(expect: Json) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """List the words of an expectation that no answer has: the word, those it may be, what it is."""
    yield from ((str(key), _KEYS, "key") for key in expect if key not in _KEYS)
    if expect.get("verdict", "supported") not in _VERDICTS:
        yield str(expect["verdict"]), _VERDICTS, "verdict"
    for key in ("applies", "value"):
        found = expect.get(key) or {}
        if not isinstance(found, dict):
            yield str(found), ("a map of identifiers to met, not_met or unknown",), key
            continue
        yield from ((str(status), _STATUSES, "status") for status in found.values() if status not in _STATUSES)


def outcomes_of(cases: Iterable[TopicCase], knowledge: Knowledge) -> Iterator[Outcome]:
    """Decide many cases together, and tell of each in order what came out otherwise."""
    cases = list(cases)
    known = {r.id for r in knowledge.recommendations.values()} | knowledge.criteria.keys()
    for case, decided in zip(cases, decide_many((case.case for case in cases), knowledge), strict=True):
        unexpected = list(_unknown_names(case, known)) or _unexpected(case, decided.answer)
        marks = frozenset((*tried(decided, case.topic, knowledge), *_told_apart(case)))
        took_part = list(_taking_part(decided.answer))
        live = frozenset(r["id"] for r in took_part if r.get("live") == "met")
        yield Outcome(unexpected, frozenset(r["id"] for r in took_part), live, marks)


def _told_apart(case: TopicCase) -> Iterator[Mark]:
    """A case may say of a recommendation that it does not speak at all: of another service, or on another day."""
    for name, status in (case.expect.get("applies") or {}).items():
        if status == _ABSENT:
            yield case.full(name), "recommendation", "not_met"


def _taking_part(answer: Json) -> Iterator[Json]:
    """List what the answer speaks of; a part of a line is an object like the line."""
    for request in [r for line in answer.get("requests", ()) for r in (line, *line["parts"])]:
        found = request["determination"] or {}
        yield from (*found.get("recommendations", ()), *found.get("statutes", ()))


def _unknown_names(case: TopicCase, known: set[str]) -> Iterator[str]:
    for key, name in case.names():
        plain = name.rsplit(".", 1)[0] if name.rsplit(".", 1)[-1] in _DIMENSIONS else name
        if plain not in known and not plain.startswith("line:"):
            yield f"{key} names an unknown `{plain}`{did_you_mean(plain, known)}"


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


def _exact(found: Json) -> Iterator[tuple[str, set[str]]]:
    yield "because", set(found["because"])
    yield "remarks", {remark["id"] for remark in found["remarks"]}
    yield "changed_by", set(found["readings"]["changed_by"])


def _compare(case: TopicCase, found: Json) -> Iterator[str]:
    expect = case.expect
    for key in ("verdict", "amount"):
        if key in expect and found[key] != expect[key]:
            yield f"{key} is {found[key]}, expected {expect[key]}"
    for key, names in _exact(found):
        wanted = {case.full(name) for name in expect.get(key, ())}
        own = {name for name in names if name.startswith(f"{case.topic}#")}
        if key in expect and wanted != own | (wanted & names):
            yield f"{key} is {sorted(names)}, expected {sorted(wanted)}"
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
            said = recommendations.get(case.full(name), {}).get(key, _ABSENT)
            if said != status:
                yield f"{key} of {name} is {said}, expected {status}"
