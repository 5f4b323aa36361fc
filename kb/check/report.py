"""Check a folder of knowledge: its Turtle, its shapes, its defects, and the cases beside the topics."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb.check.topic_cases import failures_of, read_cases
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge, load_knowledge
from kb.knowledge.ontology import Ontology, Triple, read_file
from kb.knowledge.queries import Query, queries
from kb.settings import data_folder
from kb.store.embedded import EmbeddedStore
from kb.terms import KNOWLEDGE_GRAPH, SUBSUMED_BY, short

Step = Callable[[int, int], None]

_LEVELS = ("error", "warning", "info")
_SHAPES = Path("core") / "shapes.ttl"
_OF_CASES = "Correct the case if it misreads the guideline, else the topic; never the one to please the other."


@dataclass(frozen=True, slots=True, order=True)
class Defect:
    """Tell what is wrong with one subject, and what to do; `file` is below the folder checked."""

    level: str
    name: str
    subject: str
    message: str
    solution: str
    file: str | None = None

    def __str__(self) -> str:
        """Say it in one line.

        >>> print(Defect("error", "unknown-concept", "t#x", "no concept `c`.", "Spell it right.", "t.ttl"))
        error unknown-concept t#x (t.ttl): no concept `c`. Spell it right.
        """
        place = f" ({self.file})" if self.file else ""
        return f"{self.level} {self.name} {self.subject}{place}: {self.message} {self.solution}"


@dataclass(slots=True)
class Report:
    """Hold all defects, and how many criteria are known in which way, by guideline."""

    defects: list[Defect] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    cases: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether any defect is an error."""
        return any(defect.level == "error" for defect in self.defects)

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"defects": [asdict(d) for d in self.defects], "counts": self.counts, "cases": self.cases}

    def as_text(self) -> str:
        """Write a line for each defect, a table of counts and a sum."""
        levels = Counter(defect.level for defect in self.defects)
        lines = [str(defect) for defect in self.defects]
        for guideline, known in self.counts.items():
            words = ", ".join(f"{number} {how}" for how, number in sorted(known.items()))
            lines.append(f"{guideline}: {sum(known.values())} criteria ({words})")
        found = ", ".join(f"{levels[level]} {level}{'' if levels[level] == 1 else 's'}" for level in _LEVELS[:2])
        lines.append(f"{self.cases} cases run; {found}")
        return "\n".join(lines)


def check(folder: str | Path, step: Step | None = None) -> Report:
    """Check an ontology folder; `step` is told how many of the cases are done.

    Every check runs, whatever the one before found; only a folder without Turtle is an error of its own.
    """
    reading = _Reading(Path(folder))
    report = Report(defects=[*reading.defects, *shape_defects(reading), *query_defects(reading)])
    try:
        knowledge = load_knowledge(folder)
    except KnowledgeError as error:
        if not reading.defects:
            report.defects.append(_of_error("knowledge", error))
    else:
        report.counts = _counts(knowledge)
        report.defects.extend(_case_defects(knowledge, report, step))
    report.defects.sort(key=lambda defect: (_LEVELS.index(defect.level), defect.name, defect.subject, defect.message))
    return report


class _Reading:
    """Read each file of a folder by itself, and remember where each subject stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self.triples: list[Triple] = []
        self.place: dict[str, str] = {}
        self.defects: list[Defect] = []
        files = sorted(folder.rglob("*.ttl"))
        if not files:
            raise KnowledgeError(f"`{folder}` holds no Turtle file; name a folder with core, concepts and guidelines")
        for file in files:
            self._read(file)

    def _read(self, file: Path) -> None:
        name = str(file.relative_to(self.folder))
        try:
            triples = list(read_file(file, self.folder))
        except KnowledgeError as error:
            self.defects.append(_of_error("turtle", error, name))
            return
        self.files.append(file)
        self.triples.extend(triples)
        for subject, _, _ in triples:
            if isinstance(subject, ox.NamedNode):
                self.place.setdefault(subject.value, name)


def _of_error(name: str, error: KnowledgeError, file: str | None = None) -> Defect:
    return Defect("error", name, file or "ontology", f"{error}.", "Mend it and check again.", file)


def query_defects(reading: _Reading) -> Iterator[Defect]:
    """Run the queries of queries/check; a row is a defect."""
    store = store_of(reading.triples)
    for query in queries("check").values():
        for row in store.select(query.text):
            yield defect_of(query, row, reading.place)


def store_of(triples: list[Triple]) -> EmbeddedStore:
    """Put triples and the closure of their classes into a store."""
    store = EmbeddedStore()
    above = Ontology(triples).above
    closure = [(ox.NamedNode(c), SUBSUMED_BY, ox.NamedNode(wide)) for c, wider in above.items() for wide in wider]
    store.add(KNOWLEDGE_GRAPH, [*triples, *closure])
    return store


def defect_of(query: Query, row: dict[str, Any], place: dict[str, str]) -> Defect:
    """Word one row of a check: what is wrong with which value of which property."""
    subject = row["subject"].value
    about = [f"`{short(row[name].value)}`" for name in ("property", "value") if name in row]
    message = f"{query.header['problem']} ({' '.join(about)})" if about else query.header["problem"]
    level, solution = query.header["level"], query.header["solution"]
    return Defect(level, query.name, short(subject), message, solution, place.get(subject))


def shape_defects(reading: _Reading) -> Iterator[Defect]:
    """Validate core and guidelines against the shapes; concepts have none."""
    import pyshacl
    import rdflib

    own = reading.folder / _SHAPES
    shapes = rdflib.Graph().parse(own if own in reading.files else data_folder("ontology") / _SHAPES)
    data = rdflib.Graph()
    for file in reading.files:
        if "concepts" not in file.relative_to(reading.folder).parts and file != own:
            data.parse(file)
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes)
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    for result in results.subjects(rdflib.RDF.type, sh.ValidationResult):
        subject = str(results.value(result, sh.focusNode))
        message, value = results.value(result, sh.resultMessage), results.value(result, sh.value)
        found = f"; it has `{short(str(value))}`" if value is not None and str(value) != subject else ""
        yield Defect("error", "shape", short(subject), f"{message}{found}.", "Mend it.", reading.place.get(subject))


def _counts(knowledge: Knowledge) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for criterion in knowledge.criteria.values():
        if criterion.source:
            counts[criterion.source.guideline][criterion.source.verification] += 1
    return {guideline: dict(sorted(known.items())) for guideline, known in sorted(counts.items())}


def _case_defects(knowledge: Knowledge, report: Report, step: Step | None) -> Iterable[Defect]:
    try:
        cases = list(read_cases(knowledge.folder))
    except KnowledgeError as error:
        yield _of_error("topic-case", error)
        return
    for number, (case, unexpected) in enumerate(zip(cases, failures_of(cases, knowledge), strict=True), 1):
        report.cases = number
        if step:
            step(number, len(cases))
        place = str(case.file.relative_to(knowledge.folder))
        for failure in unexpected:
            yield Defect("error", "topic-case", case.topic, f"{case.name}: {failure}.", _OF_CASES, place)
