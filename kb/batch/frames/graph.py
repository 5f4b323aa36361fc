"""Write trials into a model: each asks one question of a request that has nothing but the cards it rests on."""

import polars as pl

from kb.batch.frames.evidence import Deck
from kb.batch.frames.readers import DIAGNOSIS
from kb.batch.frames.requests import Requests
from kb.batch.frames.views import What
from kb.batch.frames.words import Each, Words, iri
from kb.evaluate.numbers import ANY_NUMBER
from kb.terms import BASE, CONCEPT, NOTHING, SCHEMA, UNIT, short, weighs

_OLDEST = 1_000_000_000
_ANY_UNIT = SCHEMA + "anyUnit"
_T = pl.format("v:{}", "t")


def unit_iri(column: str = "unit") -> pl.Expr:
    """Spell the IRI of a unit; none counts for every limit."""
    return pl.when(pl.col(column).is_null()).then(pl.lit(_ANY_UNIT)).otherwise(pl.lit(UNIT) + pl.col(column))


def write_nothing(requests: Requests) -> None:
    """Have an entry for none and one for what the record may lack, the same for all trials of a model."""
    nodes = pl.DataFrame({"node": ["n:none", "n:open"], "given": ["now", "earlier"], "maybe": [0, ANY_NUMBER]})
    none = nodes.filter(pl.col("node") == "n:none")
    _use(requests, nodes.with_columns(unit=pl.lit(None, pl.String), sure=0, services=pl.lit(NOTHING.value)))
    requests.say("startedBefore", none, "node", pl.lit(0), "integer")


def _use(requests: Requests, nodes: pl.DataFrame) -> None:
    services = nodes.with_columns(pl.col("services").str.split(" ")).explode("services")
    requests.say("service", services, "node", "services")
    requests.say("unit", nodes, "node", unit_iri())
    requests.say("sure", nodes, "node", "sure", "decimal")
    requests.say("maybe", nodes, "node", "maybe", "decimal")
    requests.say("given", nodes, "node", pl.lit(SCHEMA) + pl.col("given"))


class Scene:
    """Write the questions and facts of trials; `turn` sets the nodes apart from those written before."""

    def __init__(self, requests: Requests, words: Words, deck: Deck, turn: int) -> None:
        """Take where to write, and the cards."""
        self._requests = requests
        self._words = words
        self._deck = deck
        self._turn = turn

    def _drawn(self, sort: str, hands: pl.DataFrame, prefix: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give the links of trials to cards of a sort with what is on them, and each card once, with its `node`."""
        node = pl.format(f"{prefix}{self._turn}:{{}}", "card")
        links = hands.join(self._deck.cards[sort], on="card").with_columns(node=node)
        return links, links.unique("card", maintain_order=True)

    def write(self, trials: pl.DataFrame, hands: pl.DataFrame) -> None:
        """Write trials (`t`, `kind` and `name` of the question, `asked`, `account`) and their hands (`t`, `card`)."""
        hands = hands.unique()
        self._questions(trials, hands)
        self._present(hands)
        self._absent(hands)
        self._care(hands)
        self._request(trials)

    def _questions(self, trials: pl.DataFrame, hands: pl.DataFrame) -> None:
        say = self._requests.say
        say("considers", trials.filter(pl.col("kind") == DIAGNOSIS), _T, "name")
        asked = trials.filter(pl.col("kind") != DIAGNOSIS)
        for (kind,), some in asked.partition_by("kind", as_dict=True).items():
            say(weighs(str(kind)), some, _T, pl.lit(BASE) + pl.col("name"))
        # Only the rules, on what is absent and on what is counted, read all criteria of a request.
        denied = hands.join(self._deck.cards["absent"], on="card", how="semi")["t"].unique().implode()
        say(
            "weighs",
            asked.filter(pl.col("account").is_not_null() | pl.col("t").is_in(denied)),
            _T,
            pl.lit(BASE) + pl.col("name"),
        )

    def _present(self, hands: pl.DataFrame) -> None:
        say = self._requests.say
        links, cards = self._drawn("present", hands, "f")
        injury = pl.col("kind") == "injury"
        seen = cards.filter(kind="seen")
        about = pl.when(injury).then(pl.lit(SCHEMA)).otherwise(pl.lit(CONCEPT)) + pl.col("concept")
        say("concept", cards, "node", about)
        outcomes = seen.filter(pl.col("outcomes") != "").with_columns(pl.col("outcomes").str.split(" "))
        say("concept", outcomes.explode("outcomes"), "node", iri("outcomes"))
        say("says", seen, "node", pl.lit("present"), "string")
        say("says", seen.filter("torn"), "node", pl.lit("absent"), "string")
        say("startedBefore", cards.filter(pl.col("kind") != "age"), "node", "days", "integer")
        say("endedBefore", seen, "node", "days", "integer")
        measured = cards.filter(pl.col("value").is_not_null()).with_columns(pl.col("days").fill_null(_OLDEST))
        say("measuredBefore", measured, "node", "days", "integer")
        say("value", measured, "node", "value", "decimal")
        say("unit", measured, "node", unit_iri())
        say("bearsOn", links.filter(kind="seen"), "node", _T)
        say("evidenceFor", links.filter(pl.col("kind") != "age"), "node", _T)
        say("measuredFor", links.filter(pl.col("value").is_not_null()), "node", _T)

    def _absent(self, hands: pl.DataFrame) -> None:
        links, _ = self._drawn("absent", hands, "a")
        node = pl.format("{}-{}", "node", "t")  # a fact of its own for each trial: what it denies is said of it
        self._requests.say("concept", links, node, iri("concept"))
        self._requests.say("absentFor", links, node, _T)

    def _care(self, hands: pl.DataFrame) -> None:
        say = self._requests.say
        links, cards = self._drawn("care", hands, "c")
        begun = pl.col("status") != "planned"
        say("service", cards, "node", iri("service"))
        say("concept", cards.filter(begun), "node", iri("service"))
        say("status", cards, "node", "status", "string")
        say("outcome", cards, "node", iri("outcome"))
        better = pl.when("functional_improvement").then(pl.lit("functional_improvement"))
        worse = better.when(~pl.col("functional_improvement")).then(pl.lit("no_functional_improvement"))
        say("outcome", cards, "node", pl.lit(CONCEPT) + worse)
        for term, column in (("startedBefore", "started"), ("endedBefore", "ended"), ("lastedDays", "lasted")):
            say(term, cards, "node", column, "integer")
        counted = cards.filter(pl.col("quantity").is_not_null())
        say("quantity", counted, "node", "quantity", "decimal")
        say("unit", counted, "node", unit_iri())
        say("reliefPercent", cards, "node", "relief_percent", "decimal")
        say("reliefWeeks", cards, "node", "relief_weeks", "decimal")
        say("careOf", links, "node", _T)
        say("besides", links.filter("besides"), "node", _T)
        say("evidenceFor", links.filter(begun), "node", _T)

    def _request(self, trials: pl.DataFrame) -> None:
        """Write what is asked."""
        say = self._requests.say
        asked = trials.join(self._deck.cards["asked"], left_on="asked", right_on="card")
        say("setting", asked, _T, iri("setting"))
        direct = asked.filter("direct")
        contains = Each(["what"], self._contains, concept=pl.List(pl.String), named=pl.Boolean)(direct)
        held = contains.explode("concept").drop_nulls("concept")
        say("contains", held, _T, iri("concept"))
        say("hasIngredient", held.filter("named").unique("t"), _T, pl.lit("x:ingredient"))
        say("recordComplete", asked.filter("record_complete"), _T, pl.lit(True), "boolean")

    def _contains(self, what: int) -> tuple[list[str], bool]:
        asked = self._words.whats.things[what]
        found = self._words.knowledge.components(asked.classes, asked.ingredients)
        return sorted(short(name) for name in found), bool(asked.ingredients)


class Accounts(Scene):
    """Write the ledger of trials that reckon: what is asked, was used before and is in use."""

    def write(self, trials: pl.DataFrame, hands: pl.DataFrame) -> None:
        """Write what trials with an account read; equal cards in one hand count as often as they are there."""
        trials = trials.drop_nulls("account")
        if trials.is_empty():
            return
        self._asked(trials.join(self._deck.cards["asked"], left_on="asked", right_on="card"))
        hands = turned(hands).join(trials.select("t", "account"), on="t")
        self._priors(hands)
        self._earlier(hands.filter(account="uses"))
        self._in_use(hands.filter(account="runs"))

    def _counted(self, sort: str, hands: pl.DataFrame, prefix: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        node = pl.format(f"{prefix}{self._turn}:{{}}-{{}}", "card", "turn")
        links = hands.join(self._deck.cards[sort], on="card").with_columns(node=node)
        return links, links.unique("node", maintain_order=True)

    def _asked(self, trials: pl.DataFrame) -> None:
        say = self._requests.say
        links = trials.with_columns(node=asking(self._turn))
        for extra, some in (("n:none", links), ("n:open", links.filter(~pl.col("record_complete")))):
            for term in ("usedFor", "runsFor"):
                say(term, some, pl.lit(extra), _T)
        nodes = links.unique("node", maintain_order=True)
        nodes = Each(["what"], lambda w: (" ".join(self._what(w).classes),), services=pl.String)(nodes)
        _use(self._requests, nodes.with_columns(sure=0, maybe=0, given=pl.lit("now")))
        days = pl.col("duration_weeks").replace(0, None) * 7
        say("asked", nodes, "node", "quantity", "decimal")
        say("durationDays", nodes, "node", days, "decimal")
        for term in ("usedFor", "asksFor"):
            say(term, links, "node", _T)

    def _what(self, number: int) -> What:
        found: What = self._words.whats.things[number]
        return found

    def _priors(self, hands: pl.DataFrame) -> None:
        links, nodes = self._counted("used", hands, "p")
        _use(self._requests, nodes.with_columns(pl.col("maybe").fill_null(ANY_NUMBER)))
        self._requests.say("usedFor", links, "node", _T)

    def _earlier(self, hands: pl.DataFrame) -> None:
        links, nodes = self._counted("care", hands, "u")
        some = ~pl.col("drug") & (pl.col("status") != "planned")
        _use(
            self._requests,
            nodes.filter(some).with_columns(
                sure=pl.col("quantity").fill_null(0),
                maybe=pl.when(pl.col("quantity").is_null()).then(ANY_NUMBER).otherwise(0),
                given=pl.lit("earlier"),
                services=iri("service"),
            ),
        )
        self._requests.say("usedFor", links.filter(some), "node", _T)

    def _in_use(self, hands: pl.DataFrame) -> None:
        links, _ = self._counted("care", hands, "d")
        links = links.filter(status="current")
        nodes = links.unique("node", maintain_order=True)
        self._requests.say("service", nodes, "node", iri("service"))
        self._requests.say("startedBefore", nodes, "node", "started", "integer")
        self._requests.say("runsFor", links, "node", _T)


def asking(turn: int) -> pl.Expr:
    """Name the entry for what a trial asks; what doses it lies on top of is said of it."""
    own = pl.when(account="doses").then(pl.format("t{}", "t")).otherwise(pl.col("asked").cast(pl.String))
    return pl.format(f"q{turn}:{{}}", own)


def turned(hands: pl.DataFrame) -> pl.DataFrame:
    """Tell equal cards of a hand apart by their `turn`."""
    return hands.with_columns(turn=pl.int_range(pl.len()).over("t", "card"))
