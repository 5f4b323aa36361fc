"""Show the cases that stand beside a topic: what each expects, and of which criteria."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kb.answer.words import VERDICTS, plain
from kb.browse.view import CaseShown, Ref
from kb.check.topic_cases import SUFFIX, TopicCase, read_case_file
from kb.explain.sentence import sentence
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.terms import BASE, CONCEPT

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the one in C is ten times as fast
_STATES = {"met": "met", "not_met": "not met", "unknown": "unknown"}


class TopicCases:
    """Hold the cases of one topic as they are shown."""

    def __init__(self, knowledge: Knowledge, topic: str) -> None:
        """Read the case file beside a topic, if there is one.

        Raises KnowledgeError for one that is not of the form of a case file.
        """
        self._knowledge = knowledge
        file = _beside(knowledge, topic)
        cases = read_case_file(file) if file and file.is_file() else []
        self.shown = [self._case(case, f"case-{number}") for number, case in enumerate(cases, 1)]
        self.by_criterion: dict[str, list[Ref]] = defaultdict(list)
        self._plain: list[tuple[set[str], Ref]] = []
        for case, shown in zip(cases, self.shown, strict=True):
            ref = Ref(f"{case.name} ({shown.expects})", f"{topic}#{shown.anchor}")
            names = dict.fromkeys(self._known(name) for _, name in case.names())
            for name in names:
                self.by_criterion[name].append(ref)
            if not names:
                self._plain.append((set(_asked(case.case)), ref))

    def proving(self, r: Recommendation) -> list[Ref]:
        """List the cases that name a recommendation or one of its criteria, or name nothing and ask for its service."""
        own = (r.id, *(criterion.id for criterion in r.criteria()))
        named = {ref for name in own for ref in self.by_criterion.get(name, ())}
        below = self._knowledge.is_below
        asking = {ref for asked, ref in self._plain if any(below(a, s) for a in asked for s in r.services)}
        return sorted(named | asking, key=lambda ref: int(str(ref.target).rpartition("-")[2]))

    def _case(self, case: TopicCase, anchor: str) -> CaseShown:
        names = dict.fromkeys(self._known(name) for _, name in case.names())
        tries = [Ref(self._words(name), BASE + name) for name in names if "#" in name and not name.startswith("line:")]
        text = yaml.dump(case.case, Dumper=_Dumper, default_flow_style=None, sort_keys=False, width=90,
                         allow_unicode=True)  # fmt: skip
        verdict = case.expect.get("verdict", "")
        return CaseShown(anchor, case.name, verdict, expects(case.expect), tries, text)

    def _known(self, name: str) -> str:
        """Cut the dimension off an identifier (`…#recommendation.region`)."""
        plainly = name.rsplit(".", 1)[0]
        return plainly if BASE + plainly in self._knowledge.recommendations else name

    def _words(self, name: str) -> str:
        criterion = self._knowledge.criteria.get(name)
        return sentence(criterion, self._knowledge) if criterion else name.partition("#")[2].replace("_", " ")


def _asked(case: dict[str, Any]) -> Iterator[str]:
    """List the services that a case asks for."""
    for request in case.get("requests", ()):
        service = request.get("service") if isinstance(request, dict) else request
        if isinstance(service, str):
            yield CONCEPT + service


def expects(expect: dict[str, Any]) -> str:
    """Say in short what a case expects.

    >>> expects({"verdict": "supported_in_part", "amount": 2}), expects({"value": {"t#r": "not_met"}})
    ('supported in part, an amount of 2', 'r is not met')
    """
    parts = [VERDICTS[expect["verdict"]][0]] if "verdict" in expect else []
    if expect.get("amount"):
        parts.append(f"an amount of {plain(expect['amount'])}")
    for key, said in (("value", "is"), ("applies", "applies:")):
        for name, status in (expect.get(key) or {}).items():
            parts.append(f"{name.rpartition('#')[2].replace('_', ' ')} {said} {_STATES.get(status, status)}")
    if not parts:
        parts = ["reasons and what is missing are as named"]
    return ", ".join(parts)


def _beside(knowledge: Knowledge, topic: str) -> Path | None:
    place = knowledge.ontology.place.get(topic)
    return knowledge.folder / (place.removesuffix(".ttl") + SUFFIX) if place else None
