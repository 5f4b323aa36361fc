"""Write the daily doses of trials: what one weighs depends on the others of its hand, so each trial has its own."""

from collections.abc import Iterator
from dataclasses import astuple
from fractions import Fraction
from typing import Any

import polars as pl

from kb.batch.frames.graph import Scene, asking, turned, unit_iri
from kb.batch.frames.views import What
from kb.evaluate.doses import MEASURES, Asked, Doses
from kb.evaluate.numbers import ANY_NUMBER
from kb.evaluate.prior import Prior
from kb.terms import CONCEPT, NOTHING

_ASKED = ("what", "quantity", "strength_mg", "duration_weeks")
_USED = ("services", "unit", "sure", "maybe", "strength_mg", "duration_weeks")
_TAKEN = ("service", "drug", "strength_mg", "per_day")
_DOSE: dict[str, Any] = {"t": pl.Int64, "node": pl.String, "services": pl.List(pl.String), "shares": pl.List(pl.String),
         "unit": pl.String, "sure": pl.Float64, "maybe": pl.Float64}  # fmt: skip
_AMOUNTS = ("durationDays", "each", "above", "aboveMost", "units", "mostUnits")
_ROOM: dict[str, Any] = {
    "node": pl.String,
    "asked": pl.String,
    "unit": pl.String,
    **dict.fromkeys(_AMOUNTS, pl.Float64),
}
_T = pl.format("v:{}", "t")


class DoseAccounts(Scene):
    """Write what trials about doses reckon with."""

    def write(self, trials: pl.DataFrame, hands: pl.DataFrame) -> None:
        """Write each dose, and what is asked in each band in which it may fall, by units."""
        trials = trials.filter(account="doses").with_columns(node=asking(self._turn))
        if trials.is_empty():
            return
        trials = trials.join(self._deck.cards["asked"], left_on="asked", right_on="card").sort("t")
        accounts = {t: self._opened(*said) for t, *said in trials.select("t", *_ASKED).iter_rows()}
        services: dict[int, list[str]] = {t: [] for t in accounts}
        for t, drugs in self._entered(turned(hands.join(trials.select("t"), on="t")), accounts):
            services[t].append(drugs)
        self._doses(accounts, services)
        self._nothing(trials)
        self._rooms(dict(trials.select("node", "t").iter_rows()), accounts)

    def _opened(self, what: int, quantity: float | None, strength: float | None, weeks: float | None) -> Doses:
        thing: What = self._words.whats.things[what]
        return Doses(thing.classes, thing.ingredients, Asked(quantity, strength, weeks), self._words.knowledge)

    def _entered(self, hands: pl.DataFrame, accounts: dict[int, Doses]) -> Iterator[tuple[int, str]]:
        """Enter the cards of each hand; tell of each the trial and its classes."""
        used = hands.join(self._deck.cards["used"], on="card").filter(given="now").sort("t", "card", "turn")
        for t, services, unit, sure, maybe, strength, weeks in used.select("t", *_USED).iter_rows():
            accounts[t].use(Prior(tuple(services.split()), unit, sure, maybe, (), strength, weeks))
            yield t, services
        taken = hands.join(self._deck.cards["care"], on="card").filter(status="current").sort("t", "card", "turn")
        for t, service, drug, strength, per_day in taken.select("t", *_TAKEN).iter_rows():
            accounts[t].take(CONCEPT + service, *((strength, per_day) if drug else (None, None)))
            yield t, CONCEPT + service

    def _doses(self, accounts: dict[int, Doses], services: dict[int, list[str]]) -> None:
        rows = [
            (
                t,
                f"m{self._turn}:{t}-{place}-{unit}",
                drugs.split(),
                doses.set_aside(dose),
                unit,
                *map(_most, doses.measured(dose, unit)),
            )
            for t, doses in accounts.items()
            for place, (dose, drugs) in enumerate(zip(doses.entered, services[t], strict=True))
            for unit in MEASURES
        ]
        self._say(pl.DataFrame(rows, _DOSE, orient="row"))

    def _nothing(self, trials: pl.DataFrame) -> None:
        """Have a dose of none for every trial, and an open one where the record may lack some."""
        nodes = trials.select("t", "record_complete").join(pl.DataFrame({"unit": MEASURES}), how="cross")
        nodes = nodes.with_columns(
            node=pl.format(f"m{self._turn}:{{}}-none-{{}}", "t", "unit"),
            services=pl.lit([NOTHING.value]),
            shares=pl.lit([], pl.List(pl.String)),
            sure=0.0,
            maybe=pl.when("record_complete").then(0.0).otherwise(float(ANY_NUMBER)),
        )
        self._say(nodes.select(list(_DOSE)))

    def _say(self, nodes: pl.DataFrame) -> None:
        say = self._requests.say
        say("doseFor", nodes, "node", _T)
        say("service", nodes.explode("services"), "node", "services")
        say("shares", nodes.explode("shares"), "node", "shares")
        say("unit", nodes, "node", unit_iri())
        say("sure", nodes, "node", "sure", "decimal")
        say("maybe", nodes, "node", "maybe", "decimal")

    def _rooms(self, asked: dict[str, int], accounts: dict[int, Doses]) -> None:
        rooms = [
            (f"b{self._turn}:{t}-{place}-{unit}", node, unit, *map(_most, astuple(room)[1:]))
            for node, t in asked.items()
            for unit in MEASURES
            for place, room in enumerate(accounts[t].rooms(unit))
        ]
        nodes = pl.DataFrame(rooms, _ROOM, orient="row")
        self._requests.say("bandOf", nodes, "node", "asked")
        self._requests.say("unit", nodes, "node", unit_iri())
        for term in _AMOUNTS:
            self._requests.say(term, nodes, "node", term, "decimal")


def _most(amount: Fraction | None) -> float:
    return float(ANY_NUMBER if amount is None else amount)
