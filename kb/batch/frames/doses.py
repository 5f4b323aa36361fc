"""Write the daily doses of trials: what one weighs depends on the others of its hand, so each trial has its own."""

from collections.abc import Iterator
from dataclasses import astuple

import polars as pl

from kb.batch.frames.graph import Scene, asking, turned
from kb.batch.frames.views import What
from kb.evaluate.doses import Dose, Doses
from kb.evaluate.numbers import ANY_NUMBER
from kb.evaluate.prior import Prior
from kb.terms import CONCEPT

_USED = ("services", "unit", "sure", "maybe", "strength_mg", "duration_weeks")
_TAKEN = ("service", "drug", "strength_mg", "per_day")
_AMOUNTS = ("sureMg", "maybeMg", "sureMme", "maybeMme")
_BAND = {"node": pl.String, "asked": pl.String, "mmeFactor": pl.Float64, "upToMgPerDay": pl.Float64}
_T = pl.format("v:{}", "t")


class DoseAccounts(Scene):
    """Write what trials about doses reckon with."""

    def write(self, trials: pl.DataFrame, hands: pl.DataFrame) -> None:
        """Write each dose, and the bands in which what is asked may fall."""
        trials = trials.filter(account="doses").with_columns(node=asking(self._turn))
        if trials.is_empty():
            return
        trials = trials.join(self._deck.cards["asked"], left_on="asked", right_on="card").sort("t")
        accounts = {t: self._opened(what) for t, what in trials.select("t", "what").iter_rows()}
        services: dict[int, list[str]] = {t: [] for t in accounts}
        for t, drugs in self._entered(turned(hands.filter(pl.col("t").is_in(trials["t"].implode()))), accounts):
            services[t].append(drugs)
        self._doses(accounts, services)
        self._bands(dict(trials.select("node", "t").iter_rows()), accounts)

    def _opened(self, what: int) -> Doses:
        asked: What = self._words.whats.things[what]
        return Doses(asked.classes, asked.ingredients, self._words.knowledge)

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
            (t, f"m{self._turn}:{t}-{place}", drugs.split(), doses.shares(dose), *_amounts(doses, dose))
            for t, doses in accounts.items()
            for place, (dose, drugs) in enumerate(zip(doses.entered, services[t], strict=True))
        ]
        names = dict.fromkeys(("services", "shares"), pl.List(pl.String)) | dict.fromkeys(_AMOUNTS, pl.Float64)
        nodes = pl.DataFrame(rows, {"t": pl.Int64, "node": pl.String, **names}, orient="row")
        say = self._requests.say
        say("doseFor", nodes, "node", _T)
        say("service", nodes.explode("services"), "node", "services")
        say("shares", nodes.explode("shares"), "node", "shares")
        for term in _AMOUNTS:
            say(term, nodes, "node", term, "decimal")

    def _bands(self, asked: dict[str, int], accounts: dict[int, Doses]) -> None:
        below = [(node, *map(float, astuple(accounts[t].below()))) for node, t in asked.items()]
        bands = [
            (
                f"b{self._turn}:{t}-{place}",
                node,
                float(band.factor),
                float(ANY_NUMBER if band.top is None else band.top),
            )
            for node, t in asked.items()
            for place, band in enumerate(accounts[t].bands())
        ]
        nodes = pl.DataFrame(below, ["node", "aboveMg", "aboveMostMg"], orient="row")
        for term in ("aboveMg", "aboveMostMg"):
            self._requests.say(term, nodes, "node", term, "decimal")
        nodes = pl.DataFrame(bands, _BAND, orient="row")
        self._requests.say("bandOf", nodes, "node", "asked")
        for term in ("mmeFactor", "upToMgPerDay"):
            self._requests.say(term, nodes, "node", term, "decimal")


def _amounts(doses: Doses, dose: Dose) -> tuple[float | None, ...]:
    """Tell what a dose weighs in milligrams and in morphine, for certain and besides, as far as it is known."""
    told = (None, None) if dose.sure is None else (dose.sure, dose.maybe)
    found = (*told, *(doses.morphine(dose) or (None, None)))
    return tuple(None if amount is None else float(amount) for amount in found)
