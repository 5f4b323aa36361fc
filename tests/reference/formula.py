"""A, live, reached, S, P and V of one request, as strong Kleene terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial

from rdflib import URIRef

from .applies import STATUSES, injured_status, service_status
from .doses import LIMITS
from .kleene import FALSE, TRUE, Leaf, Status, Term, Units, all_of, any_of, guarded, leaf_term, negate
from .leaves import KINDS
from .once import once
from .rules import Node, Reference, Rule, strictly_narrower_service
from .view import View

Swap = dict[str, Node]


@once
def settle(view: View, c: Node, defeater: bool, x: Units | None) -> Status:
    """Give a criterion its status: its rows decide; silence by its role."""
    if c.kind in LIMITS:
        return LIMITS[c.kind](view, c, x)
    rows = KINDS[c.kind](view, c)
    if rows.met and rows.not_met:
        return Status(None, rows.considered, conflict=True)
    if rows.met or rows.not_met:
        return Status(bool(rows.met), rows.considered, closed=rows.closed)
    # "Silence on a requirement is always unknown"; defeaters: "silence means absent", without `record_complete` unknown
    silent = c.when_silent if c.when_silent is not None else False if defeater else None
    if silent is None or rows.open or not view.record_complete:
        return Status(None, rows.considered)
    return Status(silent, rows.considered, assumed=True)


@dataclass(eq=False)
class Formula:
    """The formula of one request under one reading (`swap`: node id -> the node in its place)."""

    ref: Reference
    view: View
    rules: tuple[Rule, ...]  # those that speak and whose service fits, or may fit
    swap: Swap
    primary: Term

    def __post_init__(self) -> None:
        self._leaves: dict[tuple[str, str, str], Term] = {}
        self.in_force = {r.id: r for r in self.rules}

    # ------------------------------------------------------------ leaves and trees

    def _leaf(self, leaf: Leaf) -> Term:
        return self._leaves.setdefault((leaf.owner, leaf.id, leaf.sort), leaf_term(leaf))

    def criterion(self, owner: Rule, c: Node, defeater: bool) -> Term:
        """A leaf; what certainly does not apply is not asked for its criteria (it stands beside A everywhere)."""
        sort = "defeater" if defeater else "criterion"
        applies = self.applies(owner)

        def test(x: Units | None) -> Status:
            return Status(None) if applies.value(x) is False else settle(self.view, c, defeater, x)

        return self._leaf(Leaf(c.id, sort, owner.id, test, reckons=c.kind in LIMITS))

    @once
    def node(self, owner: Rule, node: Node, defeater: bool = False) -> Term | None:
        """Term of a node; None where only advisory criteria stand ("decides nothing")."""
        node = self.swap.get(node.id, node)
        own = self._own(owner, node, defeater)
        if node.op == "criterion" and own is None:
            return None
        if node.unless:
            waived = self.node(owner, node.unless, True)
            return own if own is None or waived is None else any_of(own, waived)
        barred = self.node(owner, node.except_when, True) if node.except_when else None
        if barred is None:
            return own
        return negate(barred) if own is None else all_of(own, negate(barred))

    def _own(self, owner: Rule, node: Node, defeater: bool) -> Term | None:
        if node.op == "criterion":
            return None if node.strength == "advisory" else self.criterion(owner, node, defeater)
        children = [t for child in node.children if (t := self.node(owner, child, defeater))]
        if not children:
            return None
        return all_of(*children) if node.op == "allOf" else any_of(*children, n=node.n)

    @once
    def tree(self, rule: Rule) -> Term:
        return (self.node(rule, rule.tree) if rule.tree else None) or TRUE

    def has_unless(self, rule: Rule) -> bool:
        """Whether an exception stands in the formula: an advisory one decides nothing."""
        return rule.unless is not None and self.node(rule, rule.unless, True) is not None

    @once
    def unless(self, rule: Rule) -> Term:
        return (self.node(rule, rule.unless, True) if rule.unless else None) or FALSE

    # ------------------------------------------------------------ A, reached, live

    @once
    def applies(self, rule: Rule) -> Term:
        """A(k): "every dimension it names fits"."""
        return all_of(*self._dimensions(rule))

    def _dimensions(self, rule: Rule) -> Iterable[Term]:
        fits = service_status(self.view, rule)
        yield self._dimension(rule, "service", Status(fits))
        if rule.stance == "statute":
            if rule.injured_from:
                yield self._dimension(rule, "injured", injured_status(self.view, rule))
            return
        for name in rule.dimensions:
            yield self._dimension(rule, name, STATUSES[name](self.view, rule))

    def _dimension(self, rule: Rule, name: str, status: Status) -> Term:
        return self._leaf(Leaf(f"{rule.id}.{name}", "dimension", rule.id, lambda _: status, name))

    @once
    def reached(self, rung: int) -> Term:
        """ "reached(1) is true; reached(n+1) = reached(n) and not (any A on rung n)"."""
        lower = [r for r in self.rules if r.searched and r.rung < rung]
        return all_of(*(negate(self.applies(r)) for r in lower))

    @once
    def live(self, rule: Rule) -> Term:
        over = [self.in_force[k] for k in sorted(self.ref.overriders[rule.id]) if k in self.in_force]
        return all_of(self.reached(rule.rung), self.applies(rule), *(negate(self.applies(k)) for k in over))

    def standing(self, rule: Rule) -> Term:
        """What keeps a rule's leaves in play: live, for a general rule or statute A."""
        return self.applies(rule) if rule.general or rule.stance == "statute" else self.live(rule)

    # ------------------------------------------------------------ S, P, V

    def tree_in_s(self, m: Rule) -> Term:
        """ "a wide service is no way round a narrow limit"."""
        narrow = [
            k
            for k in self.rules
            if k.stance in ("recommended", "option") and not k.general and k.rung == m.rung
            if strictly_narrower_service(self.ref.ontology, k, m)
        ]
        return all_of(self.tree(m), *(negate(self._fails(k)) for k in narrow))

    def _fails(self, rule: Rule) -> Term:
        """A(k) and not tree(k)."""
        return guarded(self.applies(rule), lambda: negate(self.tree(rule)))

    def value_of(self, rule: Rule) -> Term:
        """What the criteria of a rule say, live or not."""
        return any_of(self.tree(rule), self.unless(rule)) if rule.stance == "statute" else self.tree(rule)

    @cached_property
    def support(self) -> Term:
        """S."""
        terms = []
        for k in self._plain("recommended", "option"):
            terms.append(guarded(self.live(k), partial(self.tree_in_s, k)))
        for k in self._plain("not_recommended"):
            if self.has_unless(k):
                terms.append(guarded(self.live(k), partial(self.unless, k), partial(self.tree_in_s, k)))
        return all_of(any_of(*terms), *(negate(self._fails(g)) for g in self.rules if g.general))

    @cached_property
    def prohibition(self) -> Term:
        """P."""
        terms = [self._barred(k) for k in self._plain("not_recommended")]
        for k in self.rules:
            terms += [self._contraindicated(k, c) for c in k.contraindications if self.node(k, c, True)]
        return any_of(*terms, *(self._broken(s) for s in self.rules if s.stance == "statute"))

    def _barred(self, rule: Rule) -> Term:
        return guarded(self.live(rule), lambda: negate(self.unless(rule)))

    def _contraindicated(self, rule: Rule, c: Node) -> Term:
        return guarded(self.in_reach(rule), lambda: self.node(rule, c, True) or FALSE)

    def _broken(self, statute: Rule) -> Term:
        return guarded(self.applies(statute), lambda: negate(self.value_of(statute)))

    def in_reach(self, k: Rule) -> Term:
        return self.applies(k) if k.general else all_of(self.reached(k.rung), self.applies(k))

    @cached_property
    def supported(self) -> Term:
        """V = S and not P, and for a dependent its primary."""
        return all_of(self.primary, self.support, negate(self.prohibition))

    @cached_property
    def something(self) -> Term:
        """ "something certainly applies on a reached rung"."""
        return any_of(*(all_of(self.reached(k.rung), self.applies(k)) for k in self.rules if k.searched))

    @cached_property
    def otherwise(self) -> Term:
        """ "P or something applies on a reached rung"."""
        return any_of(self.prohibition, self.something)

    def _plain(self, *stances: str) -> list[Rule]:
        return [k for k in self.rules if k.stance in stances and not k.general]


@once
def fitting(view: View, rules: tuple[Rule, ...], series: URIRef | None) -> tuple[Rule, ...]:
    """Rules in the formula; with a series chosen, only its recommendations on rung 2."""
    found = [r for r in rules if service_status(view, r) is not False]
    return tuple(r for r in found if series is None or r.rung != 2 or r.series == series)
