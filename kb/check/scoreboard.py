"""Compare determinations of published decisions with what was published."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import track

from kb.errors import KbError, UnreadableFileError
from kb.knowledge.base import Knowledge
from kb.review import review

Json = dict[str, Any]

_SUFFIXES = (".pdf", ".txt")


@dataclass(slots=True)
class Scored:
    """Hold one request: what was read, decided and published."""

    case: str
    line: int
    text: str | None
    service: str | None
    verdict: str | None
    imr: str | None
    published: str | None
    covered: bool
    because: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    right: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """Hold the scoreboard of a folder."""

    rows: list[Scored] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    letters: int = 0
    labelled: int = 0

    def compared(self) -> list[Scored]:
        """List the decided requests whose outcome was published."""
        return [row for row in self.rows if row.published and row.verdict]

    def confusion(self) -> dict[str, dict[str, int]]:
        """Count verdicts by published outcome."""
        table = {outcome: Counter[str]() for outcome in ("upheld", "overturned")}
        for row in self.compared():
            table[str(row.published)][str(row.verdict)] += 1
        return {outcome: dict(sorted(counts.items())) for outcome, counts in table.items()}

    def figures(self) -> Json:
        """Compute the figures; shares are of the requests named, None where there are none."""
        rows, compared = self.rows, self.compared()
        upheld = [row for row in compared if row.published == "upheld"]
        overturned = [row for row in compared if row.published == "overturned"]
        recall = _share(row.imr == "overturned" for row in overturned)
        kept = _share(row.imr != "overturned" for row in upheld)
        found = {
            "letters": self.letters,
            "unreadable": len(self.unreadable),
            "requests": len(rows),
            "labelled": self.labelled,
            "decided": _share(row.verdict is not None for row in rows),
            "coverage": _share(row.covered for row in rows),
            "recall_on_overturned": recall,
            "upheld_kept": kept,
            "balanced_accuracy": None if recall is None or kept is None else round((recall + kept) / 2, 4),
            "kappa": _kappa([(row.imr == "overturned", row.published == "overturned") for row in compared]),
        }
        for key in sorted({key for row in rows for key in row.right}):
            found[f"{key}_right"] = _share(row.right[key] for row in rows if key in row.right)
        return found

    def disagreements(self) -> list[Scored]:
        """List the requests whose proposed outcome is not the published one."""
        return [row for row in self.compared() if (row.imr == "overturned") != (row.published == "overturned")]

    def as_json(self) -> Json:
        """Write figures, confusion and disagreements."""
        return {
            "figures": self.figures(),
            "confusion": self.confusion(),
            "disagreements": [_row(row) for row in self.disagreements()],
            "unreadable": self.unreadable,
        }

    def as_text(self) -> str:
        """Write the same for people."""
        lines = [f"{name.replace('_', ' ')}: {value}" for name, value in self.figures().items()]
        for outcome, counts in self.confusion().items():
            said = ", ".join(f"{verdict} {n}" for verdict, n in counts.items()) or "none"
            lines.append(f"published {outcome}: {said}")
        lines.append(f"disagreements: {len(self.disagreements())}")
        for row in self.disagreements():
            why = ", ".join(row.because) or ", ".join(row.missing) or "nothing applies"
            lines.append(f"  {row.case} line {row.line} {row.service}: {row.verdict}, published {row.published}: {why}")
        lines.extend(f"not read: {name}" for name in self.unreadable)
        return "\n".join(lines)


def score_folder(folder: Path, labels: Path | None, knowledge: Knowledge) -> Report:
    """Review every letter of a folder and score it, against labels too if given.

    Labels are JSON lines with case_id, request_index, service, quantity and unit. A letter that cannot be
    read is reported and the rest goes on. Raises UnreadableFileError when folder or labels are missing.
    """
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is no folder; name one with letters")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise UnreadableFileError(f"`{folder}` holds no letter; name a folder with files in {' or '.join(_SUFFIXES)}")
    known = _labels(labels) if labels else {}
    report = Report(labelled=len(known))
    for file in track(files, description="reviewing", transient=True):
        try:
            answer = review(file, file.name, knowledge)
        except KbError as error:
            report.unreadable.append(f"{file.name}: {error}")
            continue
        report.letters += 1
        report.rows.extend(_score(answer, known, knowledge))
    return report


def _labels(file: Path) -> dict[tuple[str, int], Json]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise UnreadableFileError(f"labels `{file}` are not UTF-8; save them so") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"labels `{file}` cannot be read ({reason}); name a file of JSON lines") from None
    return dict(_label(file, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _label(file: Path, number: int, line: str) -> tuple[tuple[str, int], Json]:
    try:
        row = json.loads(line)
        return (row["case_id"], int(row["request_index"]) + 1), {**row, "service": row["service"]}
    except KeyError as error:
        raise UnreadableFileError(f"labels `{file}` line {number} has no `{error.args[0]}`; add it") from None
    except (ValueError, TypeError, RecursionError):
        what = "a JSON object with case_id, request_index and service"
        raise UnreadableFileError(f"labels `{file}` line {number} is no label; write it as {what}") from None


def _score(answer: Json, labels: dict[tuple[str, int], Json], knowledge: Knowledge) -> Iterator[Scored]:
    number = answer["case"]["number"] or ""
    for request in answer["requests"]:
        found = request["determination"] or {}
        recommendations = found.get("recommendations", [])
        label = labels.get((number, request["line"]))
        yield Scored(
            case=number,
            line=request["line"],
            text=request["text"],
            service=request["service"],
            verdict=found.get("verdict"),
            imr=found.get("imr"),
            published=(request.get("published") or {}).get("outcome"),
            covered=any(r["applies"] != "not_met" for r in recommendations),
            because=found.get("because", []),
            missing=[item["id"] for item in found.get("missing", []) if item["decisive"]],
            right=_right(request, label, knowledge) if label else {},
        )


def _right(request: Json, label: Json, knowledge: Knowledge) -> dict[str, bool]:
    """Compare what was read with a label; quantity and unit only where the label has one."""
    name = label["service"]
    wanted = [name] if name in knowledge.concepts else knowledge.vocabulary.find(name)
    right = {"service": request["service"] in wanted}
    if label.get("quantity") is not None:
        right["quantity"] = request["quantity"] == label["quantity"]
        right["unit"] = request["unit"] == label["unit"]
    return right


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return round(sum(found) / len(found), 4) if found else None


def _kappa(pairs: list[tuple[bool, bool]]) -> float | None:
    """Compute Cohen's kappa of two yes-no judgements.

    >>> _kappa([(True, True), (False, False)]), _kappa([(True, False), (False, True)])
    (1.0, -1.0)
    """
    if not pairs:
        return None
    n = len(pairs)
    agree = sum(a == b for a, b in pairs) / n
    first, second = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else round((agree - chance) / (1 - chance), 4)


def _row(row: Scored) -> Json:
    return {
        "case": row.case,
        "line": row.line,
        "service": row.service,
        "verdict": row.verdict,
        "published": row.published,
        "because": row.because,
        "missing": row.missing,
    }
