"""Explanation of one request: because, applied, missing, assumptions, remarks and statuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .formula import Formula, settle
from .kleene import TRUE, WORDS, Leaf, Term, Units, all_of
from .rules import Node, Rule
from .verdict import Outcome

Answer = dict[str, Any]


class Explanation:
    """The leaves that the walk from the roots reaches."""

    def __init__(self, formula: Formula, outcome: Outcome) -> None:
        self.formula, self.view = formula, formula.view
        self.n = formula.view.ask.quantity
        self.decisive = dict.fromkeys(formula.supported.reached(self.n))
        # leaves with the numbers of units at which they were reached
        self.reached: dict[tuple[Leaf, Units | None], None] = {(leaf, self.n): None for leaf in self.decisive}
        for root, x in self._other_roots(outcome.amount):
            found = dict.fromkeys(root.reached(x))
            self.reached |= {(leaf, x): None for leaf in found}
            if root is formula.supported:
                self.decisive |= found

    def _other_roots(self, amount: Units | None) -> Iterator[tuple[Term, Units | None]]:
        """ "V(amount), V(amount+1) where they differ; where V(n) is false also of P or something applies"."""
        supported, last = self.formula.supported, self.formula.supported.value(self.n)
        if self.n is not None and amount is not None:
            for x in (amount, amount + 1):
                if 1 <= x <= self.n and supported.value(x) is not last:
                    yield supported, x
        if last is False:
            yield self.formula.otherwise, self.n

    # ------------------------------------------------------------ what was reached

    def _spoken(self) -> list[Leaf]:
        """Without those decided by silence under an assumption."""
        return [leaf for leaf, x in self.reached if not leaf.at(x).assumed]

    def because(self) -> list[str]:
        # "`because` names the primary first (`line:<n>`)"; a primary that is not in dispute is no line
        found = [leaf for leaf in self._spoken() if leaf.sort not in ("dimension", "undisputed")]
        found.sort(key=lambda leaf: (leaf.sort != "line", leaf not in self.decisive, leaf.id))
        return list(dict.fromkeys(leaf.id for leaf in found))

    def applied(self) -> list[str]:
        found = [leaf for leaf in self._spoken() if leaf.sort == "dimension" and leaf.dimension != "injured"]
        unknown = [k for k in found if k.dimension != "service" or k.at(self.n).value is None]
        return sorted({leaf.id for leaf in unknown})

    def facts(self) -> set[str]:
        return {fact for leaf, x in self.reached for fact in leaf.at(x).facts}

    def assumptions(self) -> list[str]:
        statuses = [(leaf, leaf.at(x)) for leaf, x in self.reached]
        owners = {leaf.owner for leaf, _ in self.reached}
        late = [r for r in self.formula.rules if r.id in owners and self.view.ask.day > r.valid_until]
        effect = {
            "record_complete": any(s.assumed or s.closed for _, s in statuses),
            "diagnoses_complete": any(s.assumed and k.dimension == "diagnosis" for k, s in statuses),
            "edition_by_ur_date": self.view.ask.by_ur_date,
            "edition_carried_forward": bool(late),
        }
        return [name for name, holds in effect.items() if holds]

    # ------------------------------------------------------------ what is known of every rule

    def missing(self) -> list[Answer]:
        """ "every unknown leaf of a live recommendation, marked decisive or not"."""
        decisive = {leaf.id for leaf in self.decisive}
        found: set[str] = set()
        for rule in self._in_play():
            terms = [self.formula.applies(rule), self._in_formula(rule)]
            terms += [t for c in rule.contraindications if (t := self.formula.node(rule, c, True))]
            leaves = [leaf for term in terms for leaf in term.leaves()]
            found |= {leaf.id for leaf in leaves if leaf.at(self.n).value is None}
        return [{"id": id_, "decisive": id_ in decisive} for id_ in sorted(found)]

    def _in_formula(self, rule: Rule) -> Term:
        """The tree as far as it stands in S or P."""
        if not rule.general and rule.stance == "no_recommendation":
            return TRUE
        if rule.stance == "not_recommended" and not rule.general:
            if not self.formula.has_unless(rule):
                return TRUE
            return all_of(self.formula.unless(rule), self.formula.tree(rule))
        return self.formula.value_of(rule)

    def _in_play(self) -> list[Rule]:
        return [r for r in self.formula.rules if self.formula.standing(r).value(self.n) is not False]

    def remarks(self) -> list[str]:
        """Advisory criteria not met, those of exceptions too, advisory contraindications met."""
        found: set[str] = set()
        for rule in self._in_play():
            nodes = [(c, role, False) for c, role in (*_criteria(rule.tree, False), *_criteria(rule.unless, True))]
            nodes += [(c, True, True) for c in rule.contraindications]
            for c, role, speaks in nodes:
                if c.strength == "advisory" and settle(self.view, c, role, self.n).value is speaks:
                    found.add(c.id)
        return sorted(found)

    def contraindications(self) -> list[str]:
        """Forbidden ones that are met while their rule may apply."""
        found = set()
        for rule in self.formula.rules:
            if self.formula.in_reach(rule).value(self.n) is not False:
                hard = [c for c in rule.contraindications if c.strength != "advisory"]
                found |= {c.id for c in hard if settle(self.view, c, True, self.n).value}
        return sorted(found)

    def recommendations(self) -> list[Answer]:
        f, n = self.formula, self.n
        return [
            {
                "id": r.id,
                "stance": r.stance,
                "applies": WORDS[f.applies(r).value(n)],
                "live": WORDS[f.standing(r).value(n)],
                "value": WORDS[f.value_of(r).value(n)],
            }
            for r in f.rules
            if r.stance != "statute"
        ]

    def leaves(self) -> dict[str, str]:
        """Status of every criterion of every rule in the formula, at x = n."""
        found: dict[str, str] = {}
        for rule in self.formula.rules:
            roots = [(rule.tree, False), (rule.unless, True), *((c, True) for c in rule.contraindications)]
            for root, defeater in roots:
                for c, role in _criteria(root, defeater):
                    status = WORDS[settle(self.view, c, role, self.n).value]
                    if not role or c.id not in found:
                        found[c.id] = status
        return found


def _criteria(node: Node | None, defeater: bool) -> Iterator[tuple[Node, bool]]:
    if node is None:
        return
    if node.op == "criterion":
        yield node, defeater
    for child in node.children:
        yield from _criteria(child, defeater)
    for e in (node.unless, node.except_when):
        yield from _criteria(e, True)
