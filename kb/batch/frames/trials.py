"""Ask each question once for equal evidence, and remember the answers from portion to portion."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kb.batch.frames.doses import DoseAccounts
from kb.batch.frames.evidence import Evidence
from kb.batch.frames.fold import FOUND, VIEW, fold, folded
from kb.batch.frames.graph import Accounts, Scene
from kb.batch.frames.models import Models
from kb.batch.frames.readers import DIAGNOSIS
from kb.batch.frames.shapes import Shapes
from kb.batch.frames.words import Words

_MOST = 1_000_000  # trials that are remembered: some 100 bytes each
_NAME = ["q", "n", "m"]
_KNOWN = pl.Schema({"q": pl.Int32(), "n": pl.UInt64(), "m": pl.UInt64(), "t": pl.Int64()})
SILENT = 9  # in the place of a status: no row told of it


class Trials:
    """Answer questions on evidence; an answer is a status and what was counted."""

    def __init__(self, models: Models, words: Words, shapes: Shapes) -> None:
        """Begin with none."""
        self._models = models
        self._words = words
        self._shapes = shapes
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._models.forget()
        self._known = _KNOWN.to_frame()
        self._statuses = np.zeros(0, np.int8)
        self._numbers = np.zeros((0, len(FOUND)), np.float64)

    def answer(self, evidence: Evidence, hands: pl.DataFrame, leaves: pl.DataFrame) -> pl.DataFrame:
        """Answer what is asked at some leaves (`at`, `q`, `v`) on the cards of their hands (`at`, `q`, `card`).

        Gives `at`, `status` and the numbers of `FOUND`, NaN where there is none, without the leaves of which no row
        tells.
        """
        named = evidence.named(hands, leaves)
        keys = named.select(_NAME).unique(maintain_order=True).join(self._known, on=_NAME, how="left")
        first = len(self._statuses)
        fresh = keys.filter(pl.col("t").is_null()).drop("t")
        if len(fresh):
            fresh = fresh.with_columns(t=pl.int_range(first, first + pl.len(), dtype=pl.Int64))
            keys = pl.concat([keys.drop_nulls("t"), fresh])
            self._known = pl.concat([self._known, fresh])
        named = named.join(keys, on=_NAME)
        if len(fresh):
            self._statuses = np.concatenate([self._statuses, np.full(len(fresh), SILENT, np.int8)])
            self._numbers = np.concatenate([self._numbers, np.full((len(fresh), len(FOUND)), np.nan)])
            new = named.filter(pl.col("t") >= first).unique("t", maintain_order=True)
            for some in new.sort("q", maintain_order=True).iter_slices(self._models.at_once(len(new))):
                self._learn(*self._ask(evidence, some, hands))
        return self._told(named)

    def _told(self, named: pl.DataFrame) -> pl.DataFrame:
        t = named["t"].to_numpy()
        statuses, numbers = self._statuses[t], self._numbers[t]
        columns = {name: numbers[:, place] for place, name in enumerate(FOUND)}
        told = pl.DataFrame({"at": named["at"], "status": statuses, **columns})
        return told.filter(pl.col("status") != SILENT)

    def full(self) -> bool:
        """Tell whether as much is remembered as there is room for."""
        return len(self._statuses) > _MOST

    def _learn(self, t: NDArray[np.int64], found: pl.DataFrame) -> None:
        """Keep what rows tell; a model that is used again tells the same of what it was asked before."""
        self._statuses[t] = found["status"].to_numpy()
        self._numbers[t] = found.select(pl.col(FOUND).fill_null(float("nan"))).to_numpy()

    def _ask(
        self, evidence: Evidence, new: pl.DataFrame, hands: pl.DataFrame
    ) -> tuple[NDArray[np.int64], pl.DataFrame]:
        """Put new trials to a model, each with the cards of the first leaf that stands for it."""
        requests, turn = self._models.take(len(new))
        questions, readers = self._shapes.questions.things, self._shapes.readers
        q = new["q"].unique().to_list()
        told = [(n, *questions[n], (r := readers[self._shapes.reader_of[n]]).account, r.alone and r.account is None)
                for n in q]  # fmt: skip
        schema = {"q": pl.Int32, "kind": pl.String, "name": pl.String, "account": pl.String, "direct": pl.Boolean}
        trials = new.select("t", "q", "asked", "at").join(pl.DataFrame(told, schema, orient="row"), on="q")
        held = hands.select("at", "card").join(trials.select("at", "t"), on="at").select("t", "card").sort("t", "card")
        for writer in (Scene, Accounts, DoseAccounts):
            writer(requests, self._words, evidence.deck, turn).write(trials, held)
        kinds = sorted(trials["kind"].unique())
        if kinds == [DIAGNOSIS]:
            requests.apply("excluded")
            rows = fold(requests.ask("applies", DIAGNOSIS).with_columns(v=VIEW), ["v"])
            return rows["v"].to_numpy(), rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in FOUND)
        for rule in ("denied", "counted"):
            requests.apply(rule)
        rows = folded([requests.ask("criteria", kind) for kind in kinds if self._shapes.is_asked(kind)])
        return rows["v"].to_numpy(), rows
