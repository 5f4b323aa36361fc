"""Find topics and recommendations that no case tries, and word what came out otherwise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from kb.check.defect import Defect, sentence
from kb.check.reading import Reading
from kb.check.topic_cases import SUFFIX, Outcome, TopicCase, case_files, read_case_file
from kb.check.tried import Mark, wanted
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge
from kb.terms import BASE

_OF_CASES = "Correct the case if it misreads the guideline, else the topic; never the one to please the other."
_SPELLED = "Correct the spelling."
_WRITE = "Write a case that meets it, one that does not and one that leaves it open; CONTRIBUTING.md shows the form."
_LACKING = {
    ("recommendation", "met"): ("recommendation-without-case-met", "No case of its topic meets it."),
    ("recommendation", "not_met"): ("recommendation-without-case-not-met", "No case of its topic does not meet it."),
    ("recommendation", "unknown"): ("recommendation-without-case-unknown", "No case of its topic leaves it open."),
    ("number", "at"): ("number-without-case-at-it", "No case of its topic comes to its kb:{slot}."),
    ("number", "beside"): ("number-without-case-beside-it", "No case of its topic is one beside its kb:{slot}."),
    ("unless", "waives"): ("unless-without-case-that-waives", "No case of its topic is saved by its exception."),
    ("unless", "stands"): ("unless-without-case-that-stands", "No case of its topic fails without its exception."),
    ("exceptWhen", "bars"): ("except-when-without-case-that-bars", "No case of its topic is barred by its exception."),
    ("exceptWhen", "passes"): ("except-when-without-case-that-passes", "No case of its topic passes its exception."),
    ("atLeast", "enough"): ("at-least-without-case-at-it", "No case of its topic has just as many as it asks for."),
    ("atLeast", "one_short"): ("at-least-without-case-beside-it", "No case of its topic has one too few."),
}
_NEVER = "It is live in no case: wherever its service is asked for, another comes before it."
_LIVE = "Add a case in which it is live, or say in a kb:Exemption what comes before it on each of its days."
_ONE_MORE = "Add the case, and take what it expects from the guideline; ontology/README.md shows the form."
_ERRORS_FIRST = "Mend the errors of the topic above, then see which are left."


class Cases:
    """Hold the cases of a folder; a file that is not of the form of one is a defect."""

    def __init__(self, reading: Reading) -> None:
        """Read every case file."""
        self.cases: list[TopicCase] = []
        self.defects: list[Defect] = []
        self.files = {str(file.relative_to(reading.folder)) for file in case_files(reading.folder)}
        self._reading = reading
        for name in sorted(self.files):
            try:
                self.cases.extend(read_case_file(reading.folder / name))
            except KnowledgeError as error:
                solution = "Correct the file; none of its cases was tried."
                self.defects.append(Defect("error", "case-file", name, sentence(str(error)), solution, name))

    def unmatched(self, knowledge: Knowledge) -> Iterator[Defect]:
        """List topics without cases, unless they hold only notes, and cases without a topic."""
        ruling = {self._reading.place.get(iri, "") for iri in knowledge.recommendations}
        for topic, files in self._reading.topics.items():
            for file in files:
                if file in ruling and _beside(file) not in self.files:
                    message = "No case tries the topic."
                    solution = f"Write `{Path(_beside(file)).name}` beside it. {_WRITE}"
                    yield Defect("error", "topic-without-cases", topic.removeprefix(BASE), message, solution, file)
        for name in sorted(self.files):
            topic_file = name.removesuffix(SUFFIX) + ".ttl"
            if not (self._reading.folder / topic_file).is_file():
                solution = "Name it like the file of its topic, in the same folder."
                message = f"There is no `{Path(topic_file).name}` beside it."
                yield Defect("error", "cases-without-topic", name, message, solution, name)

    def untried(self, knowledge: Knowledge, outcomes: list[Outcome]) -> Iterator[Defect]:
        """List the recommendations that no case of their topic names or brings into play, and what none shows."""
        tried: dict[str, set[str]] = defaultdict(set)
        for case, outcome in zip(self.cases, outcomes, strict=True):
            file = self._file(case)
            tried[file].update(outcome.took_part)
            tried[file].update(name for _, name in case.names())
        for iri, recommendation in knowledge.recommendations.items():
            file = self._reading.place.get(iri, "")
            if _beside(file) in tried and recommendation.id not in tried[_beside(file)]:
                message = "No case of its topic asks for its service while it is in force."
                yield Defect("warning", "recommendation-without-case", recommendation.id, message, _WRITE, file,
                             self._reading.line(iri))  # fmt: skip
        yield from self._unshown(knowledge, outcomes)
        yield from self._never_live(knowledge, outcomes, set().union(*tried.values()))

    def _never_live(self, knowledge: Knowledge, outcomes: list[Outcome], tried: set[str]) -> Iterator[Defect]:
        """Any topic's case counts; "no recommendation" decides nothing by its meaning, a general rule only adds."""
        live: set[str] = set().union(*(outcome.live for outcome in outcomes))
        for iri, r in knowledge.recommendations.items():
            speaks = r.stance not in (None, "no_recommendation") and not r.general
            if speaks and r.id in tried - live:
                yield Defect("warning", "recommendation-decides-no-case", r.id, _NEVER, _LIVE,
                             self._reading.place.get(iri), self._reading.line(iri))  # fmt: skip

    def _unshown(self, knowledge: Knowledge, outcomes: Iterable[Outcome]) -> Iterator[Defect]:
        """A topic of which a case comes out otherwise is passed over: what it shows is not what is meant."""
        shown: dict[str, set[Mark]] = defaultdict(set)
        otherwise = set()
        for case, outcome in zip(self.cases, outcomes, strict=True):
            shown[self._file(case)] |= outcome.tried
            otherwise |= {self._file(case)} if outcome.unexpected else set()
        for iri, recommendation in knowledge.recommendations.items():
            file = _beside(self._reading.place.get(iri, ""))
            own = shown[file]
            if file not in otherwise and any(name == recommendation.id for name, _, _ in own):
                lacking = [mark for mark in wanted(recommendation, knowledge) if mark not in own]
                own.update(lacking)  # several recommendations may share a criterion
                yield from map(self._lacking, lacking)

    def _lacking(self, mark: Mark) -> Defect:
        name, what, way = mark
        subject, slot = name.rsplit(".", 1) if what == "number" else (name, "")
        check, message = _LACKING[what, way]
        file, line = self._reading.place.get(BASE + subject), self._reading.line(BASE + subject)
        return Defect("warning", check, subject, message.format(slot=slot), _ONE_MORE, file, line)

    def unexpected(self, outcomes: Iterable[Outcome], mistaken: set[str]) -> Iterator[Defect]:
        """List what came out otherwise; for a topic that has errors, in one line."""
        summed: dict[str, list[str]] = defaultdict(list)
        for case, outcome in zip(self.cases, outcomes, strict=True):
            file = self._file(case)
            if outcome.unexpected and file.removesuffix(SUFFIX) + ".ttl" in mistaken:
                summed[file].append(case.name)
                continue
            for failure in outcome.unexpected:
                message = sentence(f"{case.name}: {failure}")
                solution = _SPELLED if message.endswith("?") else _OF_CASES
                yield Defect("error", "topic-case", case.topic, message, solution, file, self._line(case))
        for file, names in summed.items():
            what = "1 case comes" if len(names) == 1 else f"{len(names)} cases come"
            yield Defect("error", "topic-case", file, f"{what} out otherwise.", _ERRORS_FIRST, file)

    def _file(self, case: TopicCase) -> str:
        return str(case.file.relative_to(self._reading.folder))

    def _line(self, case: TopicCase) -> int | None:
        lines = case.file.read_text(encoding="utf-8").splitlines()
        return next((n for n, text in enumerate(lines, 1) if "name:" in text and case.name in text), None)


def _beside(file: str) -> str:
    return file.removesuffix(".ttl") + SUFFIX
