"""Know a shape: the recommendations that speak of what is asked, their leaves in columns, and what concerns each."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pyoxigraph as ox
from numpy.typing import NDArray

from kb.batch.frames.logic import Logic
from kb.batch.frames.readers import DIAGNOSIS, Reader, reader_of
from kb.batch.frames.words import Numbered
from kb.decide.decision import FormulaBuilder
from kb.evaluate.leaves import DIMENSIONS, Evaluation, Leaf
from kb.evaluate.ledger import account_of
from kb.formula import NOT_MET, UNKNOWN, VALUES
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import queries
from kb.knowledge.tree import Node
from kb.terms import CONCEPT, short


class Shape:
    """Hold the recommendations of a shape; `keys` names the leaves, in the order of their columns."""

    def __init__(self, found: tuple[tuple[str, int], ...], knowledge: Knowledge) -> None:
        """Take the recommendations by IRI, each with how the service fits."""
        self.knowledge = knowledge
        self.recommendations = [knowledge.recommendations[iri] for iri, _ in found]
        self.service = {f"{short(iri)}.service": status for iri, status in found}
        self.keys = list(self._dimensions())
        self.of = {key: place for place, key in enumerate(self.keys)}
        self.first = len(self.keys)
        self.criteria: dict[str, Node] = {c.id: c for r in self.recommendations for c in r.criteria()}
        self.regions = [(r.id, self.of[f"{r.id}.region"]) for r in self.recommendations if r.regions]
        self.questions: dict[str, int] = {}  # of each criterion
        self.counting: list[int] = []  # columns of criteria that reckon
        self.alone = np.zeros((0, 2), np.int64)  # columns, and questions, that what is asked for can decide alone
        for name in self.criteria:
            self.of[name] = len(self.keys)
            self.keys.append(name)

    def _dimensions(self) -> Iterable[str]:
        for r in self.recommendations:
            yield f"{r.id}.service"
            for name, there in (("diagnosis", r.conditions), ("region", r.regions), ("phase", r.phases),
                                ("injured", r.injured_from)):  # fmt: skip
                if there:
                    yield f"{r.id}.{name}"

    @cached_property
    def logic(self) -> Logic:
        """Build the formula over the columns."""
        evaluation = Evaluation(self.recommendations, {key: Leaf(UNKNOWN) for key in self.keys[: self.first]})
        return Logic(FormulaBuilder(evaluation, self.knowledge).build(), self)

    @cached_property
    def weighing(self) -> "Weighing":
        """Lay out which criteria are weighed where which recommendation may apply."""
        dimensions = [[self.of[key] for d in DIMENSIONS if (key := f"{r.id}.{d}") in self.of]
                      for r in self.recommendations]  # fmt: skip
        pairs = sorted({(self.of[c.id], place) for place, r in enumerate(self.recommendations) for c in r.criteria()})
        criteria, taken = np.array(pairs, np.int64).reshape(-1, 2).T
        return Weighing(
            np.array([column for found in dimensions for column in found], np.int64),
            np.cumsum([0, *map(len, dimensions[:-1])]) if dimensions else np.zeros(0, np.int64),
            taken,
            *np.unique(criteria, return_index=True),
        )

    @cached_property
    def silent(self) -> NDArray[np.int8]:
        """Tell how each criterion stands, and whether by assumption, where no row tells of it.

        First where the record is open, then where it is complete: (2, criteria, 2).
        """
        closed = []
        for criterion in self.criteria.values():
            silence = self.knowledge.silence.get(str(criterion.kind))
            assumed = bool(silence) or criterion.role == "defeater"
            closed.append((VALUES[silence or "not_met"], True) if assumed else (UNKNOWN, False))
        return np.array([[(UNKNOWN, False)] * len(closed), closed], np.int8).reshape(2, -1, 2)


@dataclass(frozen=True, slots=True)
class Weighing:
    """Hold the columns of the dimensions of recommendations and of criteria, those of one after the other.

    `first` is where those of each recommendation begin; `taken` lists recommendations, for each column of `criteria`
    those that have it, from its `first_taken` on.
    """

    dimensions: NDArray[np.int64]
    first: NDArray[np.int64]
    taken: NDArray[np.int64]
    criteria: NDArray[np.int64]
    first_taken: NDArray[np.int64]

    def weighed(self, statuses: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Tell, of rows of statuses, which criteria are those of something that may apply."""
        applies = np.minimum.reduceat(statuses[:, self.dimensions], self.first, axis=1) != NOT_MET
        found: NDArray[np.bool_] = np.logical_or.reduceat(applies[:, self.taken], self.first_taken, axis=1)
        return found


class Concerns:
    """Know, of each criterion and condition, the concepts of facts that can matter for it."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take the knowledge."""
        self._knowledge = knowledge
        self._below: dict[str, set[str]] = {}
        for name in knowledge.concepts:
            for wide in knowledge.above(CONCEPT + name):
                self._below.setdefault(wide, set()).add(name)
        self._of: dict[frozenset[str], frozenset[str]] = {}

    def of_criterion(self, criterion: Node) -> frozenset[str]:
        """List the concepts at, above or below those that its slots name, or their opposites."""
        named = {v.value for found in criterion.slots.values() for v in found if isinstance(v, ox.NamedNode)}
        return self.of(named | {o for name in named for o in self._knowledge.stated(name, "opposite")})

    def of(self, named: Iterable[str]) -> frozenset[str]:
        """List the concepts at, above or below some."""
        key = frozenset(named)
        if key not in self._of:
            found = {name for iri in key for name in self._below.get(iri, ())}
            found |= {short(wide) for iri in key for wide in self._knowledge.above(iri)}
            self._of[key] = frozenset(found | {short(iri) for iri in key})
        return self._of[key]

    @cached_property
    def operations(self) -> frozenset[str]:
        """List the services after which care is postsurgical for a time."""
        read = self._knowledge.ontology
        named = {s for iri in read.instances("PostsurgicalPeriod") for s in read.iris(iri, "service")}
        return frozenset(name for iri in named for name in self._below.get(iri, ()))

    @cached_property
    def accounts(self) -> dict[str, str]:
        """Map the kinds of criteria that reckon to the account of the ledger that they read."""
        return {name: account for name, query in queries("criteria").items() if (account := account_of(query))}


class Shapes:
    """Number shapes and their questions, and say in columns what concerns them."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Begin with none."""
        self.knowledge = knowledge
        self.concerns = Concerns(knowledge)
        self.all: list[Shape] = []
        self.questions = Numbered()  # of kind and name of a criterion, or of a recommendation for its diagnoses
        self.reader_of: list[int] = []  # of each question
        self.of_diagnosis: list[int] = []  # questions
        self.placed: list[int] = []  # shapes with a recommendation for a region
        self.phased: list[int] = []  # and for a phase
        self._shapes = Numbered()
        self._readers = Numbered()
        self._tables: list[pl.DataFrame] = []
        self._concerned: list[pl.DataFrame] = []
        self._reckoning: dict[tuple[int, str], frozenset[str]] = {}

    @property
    def readers(self) -> list[Reader]:
        """List the readers, by number."""
        return self._readers.things

    def number(self, found: tuple[tuple[str, int], ...]) -> int:
        """Give the number of a shape."""
        number = self._shapes.number(found)
        if number == len(self.all):
            shape = Shape(found, self.knowledge)
            self.all.append(shape)
            if shape.regions:
                self.placed.append(number)
            if any(r.phases for r in shape.recommendations):
                self.phased.append(number)
            self._tables.append(self._table(number))
            self._concerned.append(self._tables[number].select("shape", "about").unique())
        return number

    def table(self, shapes: Iterable[int]) -> pl.DataFrame:
        """Pair shapes and what facts are `about` with leaves that it can matter for, question `q` and its reader."""
        return pl.concat([self._tables[number] for number in shapes])

    def concerned(self, shapes: Iterable[int]) -> pl.DataFrame:
        """Pair shapes with what facts are `about` that can matter for any of their leaves."""
        return pl.concat([self._concerned[number] for number in shapes])

    def _table(self, number: int) -> pl.DataFrame:
        shape = self.all[number]
        pairs = [
            (c, shape.of[name], self._question(str(node.kind), name))
            for name, node in shape.criteria.items()
            for c in self.concerns.of_criterion(node)
        ]
        for r in shape.recommendations:
            if r.conditions:
                q = self._question(DIAGNOSIS, r.iri)
                pairs += [(c, shape.of[f"{r.id}.diagnosis"], q) for c in self.concerns.of(r.conditions)]
        shape.questions = {name: self._question(str(node.kind), name) for name, node in shape.criteria.items()}
        reckon = (name for name, q in shape.questions.items() if self.readers[self.reader_of[q]].account)
        shape.counting = sorted(shape.of[name] for name in reckon)
        alone = [(shape.of[n], q) for n, q in shape.questions.items() if self.readers[self.reader_of[q]].alone]
        shape.alone = np.array(alone, np.int64).reshape(-1, 2)
        frame = pl.DataFrame(pairs, {"about": pl.String, "leaf": pl.Int32, "q": pl.Int32}, orient="row").unique()
        readers = pl.Series(self.reader_of, dtype=pl.Int32)
        return frame.with_columns(shape=pl.lit(number, pl.Int64), reader=readers.gather(frame["q"].cast(pl.UInt32)))

    def _question(self, kind: str, name: str) -> int:
        q = self.questions.number((kind, name))
        if q == len(self.reader_of):
            self.reader_of.append(self._readers.number(reader_of(kind)))
            if kind == DIAGNOSIS:
                self.of_diagnosis.append(q)
        return q

    def is_asked(self, kind: str) -> bool:
        """Tell whether a kind of criterion has a query."""
        return kind in queries("criteria")

    def reckoning(self, shape: int, account: str) -> frozenset[str]:
        """List the services that some criterion of a shape with an account counts."""
        key = (shape, account)
        if key not in self._reckoning:
            kinds = self.concerns.accounts
            nodes = [n for n in self.all[shape].criteria.values() if kinds.get(str(n.kind)) == account]
            self._reckoning[key] = frozenset().union(*(self.concerns.of_criterion(n) for n in nodes))
        return self._reckoning[key]
