"""Count, recommendation by recommendation, the cases that are written beside the topics; the reference decides them.

A written case of a recommendation is a case of its own topic in which it applies, whether it is live or another
overrides it. The case shows the recommendation met, not met or unknown as its criteria stand there, the exception
that lifts an advice against included. Where all criteria are advisory they decide nothing, and are read as if they did.
A recommendation without criteria is shown not met where it does not apply, or where a case says that it does not
speak, and unknown where it is open whether it applies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from reference import Reference
from reference.asks import Ask, numbered, order, read_line
from reference.formula import Formula, fitting
from reference.graph import CONCEPT
from reference.kleene import TRUE, WORDS, Term, all_of
from reference.lines import Session, decide_line
from reference.rules import Node, Rule, speaking

SUFFIX = ".cases.yaml"
LEAST = 3
WAYS = ("met", "not_met", "unknown")
Json = dict[str, Any]


@dataclass
class Written:
    """Hold the names of the cases in which a recommendation applies, and of those that show it each way."""

    cases: set[str] = field(default_factory=set)
    ways: dict[str, set[str]] = field(default_factory=lambda: {way: set() for way in WAYS})

    def lacks(self, ways: tuple[str, ...]) -> list[str]:
        """Say what is missing of three cases, and of those each way."""
        few = [f"{len(self.cases)} of {LEAST} cases"] if len(self.cases) < LEAST else []
        return few + [f"none {way}" for way in ways if not self.ways[way]]


class Counter:
    """Count the written cases of every recommendation and statute of a knowledge base."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.found = {rule.id: Written() for rule in reference.rules}
        self.cases: dict[str, int] = {}  # how many there are of each topic
        self._of_topic: dict[str, list[Rule]] = defaultdict(list)
        self._without_criteria = {rule.id for rule in reference.rules if not (rule.tree or rule.unless)}
        for rule in reference.rules:
            self._of_topic[rule.id.partition("#")[0]].append(_read_all(rule))
        self._speaking: dict[date, set[str]] = {}

    def count(self, folder: Path) -> None:
        """Count every case below a folder."""
        for file in sorted(folder.rglob(f"*{SUFFIX}")):
            topic = f"{file.parent.name}/{file.name.removesuffix(SUFFIX)}"
            entries = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
            self.cases[topic] = len(entries)
            for entry in entries:
                self._add(topic, entry)

    def lacking(self) -> list[str]:
        """Name each recommendation that lacks cases, with what it lacks."""
        found = ((rule.id, self.found[rule.id].lacks(self._possible(rule))) for rule in self.reference.rules)
        return [f"{name}: {', '.join(lacks)}" for name, lacks in found if lacks]

    def shared(self) -> list[str]:
        """Name each recommendation that has too few cases where no case may stand for two of them."""
        return [rule for topic in self._of_topic.values() for rule in self._unserved([rule.id for rule in topic])]

    def _unserved(self, rules: list[str]) -> Iterator[str]:
        """Give out the cases of a topic, and take one back where its holder has another (bipartite matching)."""
        held: dict[str, int] = {}
        places = [rule for rule in rules for _ in range(LEAST)]

        def serve(place: int, asked: set[str]) -> bool:
            for case in sorted(self.found[places[place]].cases):
                if case in asked:
                    continue
                asked.add(case)
                if case not in held or serve(held[case], asked):
                    held[case] = place
                    return True
            return False

        return (places[place] for place in range(len(places)) if not serve(place, set()))

    def _possible(self, rule: Rule) -> tuple[str, ...]:
        """All ways, but where no case can say what would not be met."""
        fails = rule.tree is None or rule.unless is not None or self._can_fail(rule.tree)
        return WAYS if fails else tuple(way for way in WAYS if way != "not_met")

    def _can_fail(self, node: Node) -> bool:
        """No case can say that a drug is not taken, so care beside it, not met when all is absent, never fails."""
        if node.except_when:
            return True
        if node.op == "criterion":
            onto = self.reference.ontology
            drug = any(onto.below(term, CONCEPT["drug"]) for term in node.terms["treatment"])
            return not (node.kind == "adjunct_required" and drug)
        failing = sum(map(self._can_fail, node.children))
        return failing > 0 if node.op == "allOf" else failing > len(node.children) - node.n

    def _add(self, topic: str, entry: Json) -> None:
        for name, said in entry["expect"].get("applies", {}).items():
            if said == "not in the formula" and f"{topic}#{name}" in self._without_criteria:
                self.found[f"{topic}#{name}"].ways["not_met"].add(entry["name"])
        session = Session(self.reference, numbered(entry["case"]))
        lines, _ = order(session.case["requests"])
        for line in lines:
            session.asks[line["line"]] = read_line(self.reference.ontology, session.case, line)
        for line in lines:
            for ask in session.asks[line["line"]]:
                self._show(topic, entry["name"], session, ask)
            if line is not lines[-1]:  # what is decided of a line counts for those after it
                decide_line(session, line["line"])

    def _show(self, topic: str, name: str, session: Session, ask: Ask) -> None:
        view = session.view(ask)
        rules = fitting(view, tuple(r for r in self._of_topic[topic] if r.id in self._on(ask.day)), None)
        formula = Formula(self.reference, view, rules, {}, TRUE)
        for rule in rules:
            written, applies = self.found[rule.id], formula.applies(rule).value(ask.quantity)
            holds = _criteria(formula, rule)
            if applies:
                written.cases.add(name)
            if holds is None:
                written.ways[WORDS[applies]].add(name)
            elif applies:
                written.ways[WORDS[holds.value(ask.quantity)]].add(name)

    def _on(self, day: date) -> set[str]:
        if day not in self._speaking:
            self._speaking[day] = {rule.id for rule in speaking(self.reference, day)}
        return self._speaking[day]


def _criteria(formula: Formula, rule: Rule) -> Term | None:
    """What must hold beside that the rule applies; None without criteria."""
    if rule.stance == "statute":
        return formula.value_of(rule)
    tree = formula.node(rule, rule.tree) if rule.tree else None
    lifted = formula.node(rule, rule.unless, True) if rule.unless else None
    terms = [term for term in (tree, lifted) if term]
    return all_of(*terms) if terms else None


def _read_all(rule: Rule) -> Rule:
    """Read criteria that are all advisory as if they decided."""
    standing = [root for root in (rule.tree, rule.unless) if root]
    if any(_decides(root) for root in standing):
        return rule
    tree, unless = (_hard(root) if root else None for root in (rule.tree, rule.unless))
    return replace(rule, tree=tree, unless=unless)


def _decides(node: Node) -> bool:
    return any(n.op == "criterion" and n.strength != "advisory" for n in node.walk())


def _hard(node: Node) -> Node:
    parts = {"unless": node.unless, "except_when": node.except_when}
    below = {name: _hard(part) for name, part in parts.items() if part}
    strength = "hard" if node.strength == "advisory" else node.strength
    return replace(node, strength=strength, children=tuple(map(_hard, node.children)), **below)
