"""Lay out what bears on each request as cards, and find those that each question on a request rests on.

Cards that say the same are one card. What a question rests on is named by two sums of 64 random-looking bits, one of
each card, of the columns that its query reads: two different hands of cards have one name by a chance of 2^-128.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kb.batch.frames.readers import SORTS, Reader
from kb.batch.frames.shapes import Shapes

_SEEDS = (11, 12)
_FACTS = ("present", "absent", "care")
_HAND = pl.Schema({"at": pl.Int64(), "q": pl.Int32(), "card": pl.Int32()})
LEAVES = pl.Schema({"at": pl.Int64(), "q": pl.Int32(), "v": pl.Int64()})


@dataclass(slots=True)
class Deck:
    """Hold the cards of each sort by number, and the two names of each for each reader: 0 where it is not read.

    Cards of what other lines use up are numbered last, and dealt anew for each turn: `used` has their names.
    """

    cards: dict[str, pl.DataFrame]
    names: NDArray[np.uint64]
    used: NDArray[np.uint64]

    def names_of(self, readers: NDArray[np.int64], cards: NDArray[np.int32]) -> NDArray[np.uint64]:
        """Give the two names of each card for a reader."""
        count = self.names.shape[1]
        found: NDArray[np.uint64] = self.names[readers, np.minimum(cards, count - 1)]
        late = np.flatnonzero(cards >= count)
        found[late] = self.used[readers[late], cards[late] - count]
        return found


class Evidence:
    """Hold which cards matter for which leaves of some views, `at` being the place of a leaf."""

    def __init__(
        self, views: pl.DataFrame, facts: dict[str, pl.DataFrame], shapes: Shapes, places: NDArray[np.int64]
    ) -> None:
        """Take views, facts on each by sort with the concept that they are about, and where the leaves of each begin.

        `facts` has `present`, `absent` and `care` with columns `v` and `about`.
        """
        self._shapes = shapes
        self._places = places
        table = shapes.table(views["shape"].unique().sort())
        concerns = shapes.concerned(views["shape"].unique())
        shape_of = views.select("v", "shape")
        dealt = {**facts, "asked": views}
        for sort in _FACTS:
            dealt[sort] = facts[sort].join(shape_of, on="v").join(concerns, on=["shape", "about"], how="semi")
        cards: dict[str, pl.DataFrame] = {}
        links: dict[str, pl.DataFrame] = {}
        first = 0
        for sort in dealt:
            cards[sort], links[sort] = _dealt(dealt[sort], sort, first)
            first += len(cards[sort])
        names = _names(cards, shapes.readers, 0, first)
        self.deck = Deck(cards, names, names[:, :0])
        self._asked = np.zeros(len(places), np.int32)
        self._asked[links["asked"]["v"].to_numpy()] = links["asked"]["card"].to_numpy()
        self._used = pl.DataFrame(schema={"v": pl.Int64, "card": pl.Int32})
        self._hands = self._matching(table, links)

    def _matching(self, table: pl.DataFrame, links: dict[str, pl.DataFrame]) -> pl.DataFrame:
        """Pair leaves with the cards about something that their question names."""
        found = [pl.DataFrame(schema=_HAND)]
        for sort in _FACTS:
            readers = [n for n, reader in enumerate(self._shapes.readers) if reader.of(sort) is not None]
            some = links[sort].select("v", "card", "about", "shape")
            some = some.join(table.filter(pl.col("reader").is_in(readers)), on=["shape", "about"])
            at = pl.Series("at", self._places[some["v"].to_numpy()] + some["leaf"].to_numpy(), pl.Int64)
            found.append(some.select(at, "q", "card"))
        return pl.concat(found)

    def hands(self, diagnoses: bool) -> pl.DataFrame:
        """List the leaves of diagnoses, or of criteria, with the question `q` and each card that matters for them."""
        of_diagnosis = pl.Series(self._shapes.of_diagnosis, dtype=pl.Int32).implode()
        asks = pl.col("q").is_in(of_diagnosis)
        return self._hands.filter(asks if diagnoses else ~asks)

    def due(self, leaves: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
        """Add in which turn leaves (`at`, `q`, `v`) are `due`: that of their view (`v`, `turn`) if it counts others."""
        reckons = pl.col("q").is_in(pl.Series(self._reckoning(), dtype=pl.Int32).implode())
        due = pl.when(reckons).then("turn").otherwise(0)
        return leaves.join(turns, on="v").with_columns(due=due.cast(pl.Int32)).drop("turn")

    def _reckoning(self) -> list[int]:
        shapes = self._shapes
        return [q for q, reader in enumerate(shapes.reader_of) if shapes.readers[reader].of("used") is not None]

    def use(self, priors: pl.DataFrame) -> None:
        """Take what other lines use up of views `v`, in the place of what was used before."""
        count = self.deck.names.shape[1]
        cards, links = _dealt(priors.with_columns(given=pl.lit("now")), "used", count)
        self.deck.cards["used"] = cards
        self.deck.used = _names({"used": cards}, self._shapes.readers, count, len(cards))
        self._used = links.select("v", "card")

    def with_used(self, hands: pl.DataFrame, leaves: pl.DataFrame) -> pl.DataFrame:
        """Add the cards of what other lines use up to the leaves (`at`, `q`, `v`) that reckon with it."""
        if self._used.is_empty():
            return hands
        some = leaves.filter(pl.col("q").is_in(self._reckoning())).join(self._used, on="v")
        return pl.concat([hands, some.select("at", "q", "card")])

    def named(self, hands: pl.DataFrame, leaves: pl.DataFrame) -> pl.DataFrame:
        """Name what each leaf (`at`, `q`, `v`) rests on: `asked` is its card of what is asked."""
        readers = np.array(self._shapes.reader_of, np.int64)
        names = self.deck.names_of(readers[hands["q"].to_numpy()], hands["card"].to_numpy())
        sums = hands.select("at").with_columns(pl.Series("n", names[:, 0]), pl.Series("m", names[:, 1]))
        sums = sums.group_by("at").agg(pl.col("n", "m").sum())
        asked = self._asked[leaves["v"].to_numpy()]
        own = self.deck.names[readers[leaves["q"].to_numpy()], asked]
        found = leaves.with_columns(
            pl.Series("asked", asked), pl.Series("own_n", own[:, 0]), pl.Series("own_m", own[:, 1])
        ).join(sums, on="at", how="left", maintain_order="left")
        return found.with_columns(
            n=pl.col("own_n") + pl.col("n").fill_null(0), m=pl.col("own_m") + pl.col("m").fill_null(0)
        ).drop("own_n", "own_m")


def _dealt(frame: pl.DataFrame, sort: str, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number what rows say from `first`; give the cards, and the rows with their `card`."""
    columns = list(SORTS[sort][0])
    cards = frame.select(columns).unique(maintain_order=True)
    cards = cards.with_columns(pl.int_range(first, first + pl.len(), dtype=pl.Int32).alias("card"))
    return cards, frame.join(cards, on=columns, how="left", nulls_equal=True)


def _names(cards: dict[str, pl.DataFrame], readers: list[Reader], first: int, total: int) -> NDArray[np.uint64]:
    names = np.zeros((len(readers), total, len(_SEEDS)), np.uint64)
    known: dict[tuple[str, Any], NDArray[np.uint64]] = {}
    for number, reader in enumerate(readers):
        for sort, table in cards.items():
            columns = reader.of(sort)
            if columns is None or table.is_empty():
                continue
            if (sort, columns) not in known:
                known[sort, columns] = _hashed(sort, table, columns)
            names[number, table["card"].to_numpy() - first] = known[sort, columns]
    return names


def _hashed(sort: str, table: pl.DataFrame, columns: tuple[str, ...]) -> NDArray[np.uint64]:
    said = [pl.col(name).cast(pl.String).fill_null("") for name in columns]
    text = pl.concat_str([pl.lit(sort), *said], separator="|")
    return table.select(text.hash(seed).alias(str(seed)) for seed in _SEEDS).to_numpy()
