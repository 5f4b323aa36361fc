"""Write what views see into maplib: alike facts are one node, linked to each view that they count for."""

from fractions import Fraction

import polars as pl

from kb.batch.frames.model import Requests
from kb.batch.frames.shapes import Shapes
from kb.batch.frames.views import Thing
from kb.batch.frames.words import Words, described, each, iri
from kb.evaluate.ledger import factor_of, shared_with, untold
from kb.terms import CONCEPT, NOTHING, SCHEMA, UNIT, short

_OLDEST = 1_000_000_000
_ANY_NUMBER = 1_000_000_000
_ANY_UNIT = SCHEMA + "anyUnit"
_V = pl.format("v:{}", "v")


def unit_iri(column: str = "unit") -> pl.Expr:
    """Spell the IRI of a unit; none counts for every limit."""
    return pl.when(pl.col(column).is_null()).then(pl.lit(_ANY_UNIT)).otherwise(pl.lit(UNIT) + pl.col(column))


class Scene:
    """Write the facts of some views, and remember which concepts each view has facts on."""

    def __init__(
        self, requests: Requests, words: Words, shapes: Shapes, things: list[Thing], views: pl.DataFrame
    ) -> None:
        """Take views with their `shape`."""
        self._requests = requests
        self._words = words
        self._things = things
        self.views = views
        numbers = sorted(views["shape"].unique().to_list())
        self.concerns = shapes.table(numbers)
        self._pairs = self.concerns.select("shape", "concept").unique()
        self._shape_of = views.select("v", "shape")
        self.bag: list[pl.DataFrame] = []
        self.absent = pl.DataFrame(schema={"v": pl.Int64})

    def _concerned(self, frame: pl.DataFrame, column: str = "concept") -> pl.DataFrame:
        """Keep rows about what concerns the shape of their view, and remember them."""
        found = frame.join(self._shape_of, on="v").join(
            self._pairs, left_on=["shape", column], right_on=["shape", "concept"], how="semi"
        )
        self.bag.append(found.select("v", "shape", concept=column).unique())
        return found

    def write(self, seen: pl.DataFrame, care: pl.DataFrame) -> None:
        """Write everything but the ledger."""
        self._present(seen.filter(pl.col("bears") & (pl.col("status") == "present")))
        self._absent(seen)
        self._care(care)
        self._request()

    def _present(self, seen: pl.DataFrame) -> None:
        say = self._requests.say
        own = self._concerned(seen)
        told = seen.filter(pl.col("outcomes") != "").with_columns(pl.col("outcomes").str.split(" ").alias("outcome"))
        shown = self._concerned(told.explode("outcome"), "outcome").drop("outcome")
        seen = pl.concat([own, shown]).unique(["v", "n"])
        days = (pl.col("day") - pl.col("date")).dt.total_days()
        cols = ["concept", "torn", "outcomes", "days", "value", "unit"]
        links, facts = described(seen.with_columns(days=days), cols, "f")
        say("concept", facts, "node", iri("concept"))
        outcomes = facts.filter(pl.col("outcomes") != "").with_columns(pl.col("outcomes").str.split(" "))
        say("concept", outcomes.explode("outcomes"), "node", iri("outcomes"))
        say("says", facts, "node", pl.lit("present"), "string")
        say("says", facts.filter("torn"), "node", pl.lit("absent"), "string")
        for term in ("startedBefore", "endedBefore"):
            say(term, facts, "node", "days", "integer")
        measured = facts.filter(pl.col("value").is_not_null())
        self._measure(measured.with_columns(pl.col("days").fill_null(_OLDEST)))
        links = links.unique(["v", "node"])
        for term in ("bearsOn", "evidenceFor"):
            say(term, links, "node", _V)
        say("measuredFor", links.filter(pl.col("value").is_not_null()), "node", _V)

    def _measure(self, nodes: pl.DataFrame) -> None:
        say = self._requests.say
        say("measuredBefore", nodes, "node", "days", "integer")
        say("value", nodes, "node", "value", "decimal")
        say("unit", nodes, "node", unit_iri())

    def _absent(self, seen: pl.DataFrame) -> None:
        say = self._requests.say
        absent = self._concerned(seen.filter(pl.col("covers") & (pl.col("status") == "absent")))
        denied = seen.filter(pl.col("covers") & (pl.col("status") == "present"))
        denied = self._concerned(denied.join(self._words.opposites, on="concept"), "opposite")
        self.absent = pl.concat([absent.select("v"), denied.select("v")]).unique()
        for frame, column, prefix in ((absent, "concept", "a"), (denied, "opposite", "b")):
            node = pl.format(prefix + ":{}-{}", "v", "n")
            say("concept", frame, node, iri(column))
            say("absentFor", frame.unique(["v", "n"]), node, _V)

    def _care(self, care: pl.DataFrame) -> None:
        say = self._requests.say
        cols = ["service", "status", "outcome", "started", "ended", "lasted", "quantity", "unit",
                "functional_improvement", "relief_percent", "relief_weeks"]  # fmt: skip
        links, nodes = described(self._concerned(care, "service"), cols, "c")
        for term in ("service", "concept"):
            begun = nodes if term == "service" else nodes.filter(pl.col("status") != "planned")
            say(term, begun, "node", iri("service"))
        say("status", nodes, "node", "status", "string")
        say("outcome", nodes, "node", iri("outcome"))
        better = pl.when("functional_improvement").then(pl.lit("functional_improvement"))
        worse = better.when(~pl.col("functional_improvement")).then(pl.lit("no_functional_improvement"))
        say("outcome", nodes, "node", pl.lit(CONCEPT) + worse)
        for term, column in (("startedBefore", "started"), ("endedBefore", "ended"), ("lastedDays", "lasted")):
            say(term, nodes, "node", column, "integer")
        counted = nodes.filter(pl.col("quantity").is_not_null())
        say("quantity", counted, "node", "quantity", "decimal")
        say("unit", counted, "node", unit_iri())
        say("reliefPercent", nodes, "node", "relief_percent", "decimal")
        say("reliefWeeks", nodes, "node", "relief_weeks", "decimal")
        links = links.unique(["v", "node"])
        say("careOf", links, "node", _V)
        say("near", links.filter("near"), "node", _V)
        say("besides", links.filter("besides"), "node", _V)
        say("evidenceFor", links.filter(pl.col("status") != "planned"), "node", _V)

    def _request(self) -> None:
        """Write what is asked, the age and the injury."""
        say, views = self._requests.say, self.views
        named = views.with_columns(concept="setting").filter(pl.col("setting").is_not_null())
        say("setting", named, _V, iri("setting"))
        contains = each(
            views.select("v", "thing"), ["thing"], self._contains, concept=pl.List(pl.String), named=pl.Boolean
        )
        held = contains.explode("concept").drop_nulls("concept")
        say("contains", held, _V, iri("concept"))
        say("hasIngredient", held.filter("named").unique("v"), _V, pl.lit("x:ingredient"))
        since = (pl.col("day") - pl.col("injured")).dt.total_days()
        injured = views.filter(pl.col("injured") <= pl.col("day")).with_columns(days=since, concept=pl.lit("injury"))
        say("daysSinceInjury", injured, _V, "days", "integer")
        links, nodes = described(self._concerned(injured), ["days"], "i")
        say("concept", nodes, "node", pl.lit(SCHEMA + "injury"))
        say("startedBefore", nodes, "node", "days", "integer")
        say("evidenceFor", links, "node", _V)
        say("statedPhase", views, _V, "phase", "string")
        say("recordComplete", views.filter("record_complete"), _V, pl.lit(True), "boolean")
        aged = views.filter(pl.col("age").is_not_null()).with_columns(concept=pl.lit("age"))
        links, nodes = described(self._concerned(aged), ["age"], "y")
        say("concept", nodes, "node", pl.lit(CONCEPT + "age"))
        self._measure(nodes.with_columns(days=0, value="age", unit=pl.lit(None, pl.String)))
        say("measuredFor", links, "node", _V)

    def _contains(self, thing: int) -> tuple[list[str], bool]:
        asked, contains = self._things[thing], self._words.knowledge.ontology.contains
        found = frozenset(asked.ingredients).union(*(contains(name) for name in asked.classes))
        return sorted(short(name) for name in found), bool(asked.ingredients)

    def candidates(self) -> pl.DataFrame:
        """Pair views with the leaves that some fact of theirs may matter for."""
        bag = pl.concat(self.bag).unique()
        return bag.join(self.concerns, on=["shape", "concept"]).select("v", "shape", "leaf").unique()


def located(requests: Requests, seen: pl.DataFrame, words: Words) -> None:
    """Write the sites of present diagnoses for views that have no region themselves."""
    known = words.knowledge

    def sites(concept: str, at: str) -> tuple[list[str]]:
        return ([CONCEPT + at] if at else sorted(known.regions_of(CONCEPT + concept)),)

    told = seen.filter((pl.col("status") == "present") & (pl.col("kind") != "document"))
    told = told.filter(pl.col("kind") == "diagnosis")
    told = each(told, ["concept", "at"], sites, sites=pl.List(pl.String))
    links, nodes = described(told.with_columns(key=pl.col("sites").list.join(" ")), ["key"], "l")
    nodes = nodes.filter(pl.col("key") != "").with_columns(pl.col("key").str.split(" ")).explode("key")
    requests.say("at", nodes, "node", "key")
    requests.say("locates", links.unique(["v", "node"]), "node", _V)


class Accounts:
    """Write the ledger: what is asked, was used before and is in use, for views that reckon with it."""

    def __init__(self, requests: Requests, words: Words, shapes: Shapes, things: list[Thing]) -> None:
        """Take where to write, and what is known."""
        self._requests = requests
        self._words = words
        self._shapes = shapes
        self._things = things
        self._nothing()

    def _nothing(self) -> None:
        """Have an entry for none and one for what the record may lack, the same for all views."""
        nodes = pl.DataFrame({"node": ["n:none", "n:open"], "given": ["now", "earlier"], "maybe": [0, _ANY_NUMBER]})
        none = nodes.filter(pl.col("node") == "n:none")
        self._use(nodes.with_columns(unit=pl.lit(None, pl.String), sure=0, services=pl.lit(NOTHING.value)))
        say = self._requests.say
        say("startedBefore", none, "node", pl.lit(0), "integer")
        for term, value in (("sureMg", 0), ("maybeMg", 0), ("mmeFactor", 1)):
            say(term, none, "node", pl.lit(value), "decimal")

    def _use(self, nodes: pl.DataFrame) -> None:
        say = self._requests.say
        say("service", nodes.with_columns(pl.col("services").str.split(" ")).explode("services"), "node", "services")
        say("unit", nodes, "node", unit_iri())
        say("sure", nodes, "node", "sure", "decimal")
        say("maybe", nodes, "node", "maybe", "decimal")
        say("given", nodes, "node", pl.lit(SCHEMA) + pl.col("given"))

    def write(self, views: pl.DataFrame, care: pl.DataFrame, priors: pl.DataFrame) -> None:
        """Write what the views with an account read; `accounts` of a view lists those of its shape."""
        reckoning = views.filter(pl.col("accounts") != "")
        self._asked(reckoning)
        say = self._requests.say
        for extra, some in (("n:none", reckoning), ("n:open", reckoning.filter(~pl.col("record_complete")))):
            for term in ("usedFor", "runsFor", "doseFor"):
                say(term, some, pl.lit(extra), _V)
        self._priors(priors)
        begun = care.filter(~pl.col("drug") & (pl.col("status") != "planned"))
        self._earlier(self._counted(begun, views, "uses"))
        self._uncounted(begun, reckoning)
        in_use = care.filter(pl.col("status") == "current")
        self._in_use(pl.concat([self._counted(in_use, views, name) for name in ("doses", "runs")]).unique(["v", "f"]))

    def _counted(self, care: pl.DataFrame, views: pl.DataFrame, account: str) -> pl.DataFrame:
        """Keep the care that some criterion of the view with this account counts."""
        some = views.filter(pl.col("accounts").str.contains(account)).select("v", "shape")
        found = each(
            care.join(some, on="v"), ["shape", "service"],
            lambda shape, service: (service in self._shapes.reckoning(shape, account),), counts=pl.Boolean,
        )  # fmt: skip
        return found.filter("counts")

    def _asked(self, views: pl.DataFrame) -> None:
        say = self._requests.say
        cols = ["thing", "unit", "quantity", "strength_mg", "duration_weeks"]
        links, nodes = described(views, cols, "q")
        nodes = each(nodes, ["thing"], lambda t: (" ".join(self._things[t].classes),), services=pl.String)
        self._use(nodes.with_columns(sure=0, maybe=0, given=pl.lit("now")))
        strength, days = pl.col("strength_mg").replace(0, None), pl.col("duration_weeks").replace(0, None) * 7
        say("asked", nodes, "node", "quantity", "decimal")
        say("strengthMg", nodes, "node", strength, "decimal")
        say("durationDays", nodes, "node", days, "decimal")
        nodes = nodes.with_columns(daily=strength * pl.col("quantity") / days).drop_nulls("daily")
        self._factors(nodes)
        for term in ("usedFor", "asksFor"):
            say(term, links, "node", _V)

    def _factors(self, nodes: pl.DataFrame) -> None:
        found = each(nodes, ["services", "daily"], self._factor, factor=pl.Float64)
        self._requests.say("mmeFactor", found, "node", "factor", "decimal")

    def _factor(self, services: str, daily: float) -> tuple[float | None]:
        factor = factor_of(tuple(services.split()), Fraction(str(daily)), self._words.knowledge)
        return (float(factor) if factor else None,)

    def _priors(self, priors: pl.DataFrame) -> None:
        cols = ["services", "unit", "sure", "maybe", "strength_mg", "duration_weeks"]
        priors = priors.with_columns(turn=pl.int_range(pl.len()).over(["v", *cols]))
        links, nodes = described(priors, [*cols, "turn"], "p")
        self._use(nodes.with_columns(pl.col("maybe").fill_null(_ANY_NUMBER), given=pl.lit("now")))
        each_day = pl.col("strength_mg").replace(0, None) / (pl.col("duration_weeks").replace(0, None) * 7)
        dosed = nodes.with_columns(each_day=each_day).drop_nulls(["each_day", "maybe"])
        self._requests.say("sureMg", dosed, "node", pl.col("each_day") * pl.col("sure"), "decimal")
        self._requests.say("maybeMg", dosed, "node", pl.col("each_day") * pl.col("maybe"), "decimal")
        self._factors(dosed.with_columns(daily=pl.col("each_day") * (pl.col("sure") + pl.col("maybe"))))
        for term in ("usedFor", "doseFor"):
            self._requests.say(term, links, "node", _V)

    def _earlier(self, care: pl.DataFrame) -> None:
        cols = ["service", "unit", "quantity"]
        care = care.with_columns(turn=pl.int_range(pl.len()).over(["v", *cols]))
        links, nodes = described(care, [*cols, "turn"], "u")
        self._use(
            nodes.with_columns(
                sure=pl.col("quantity").fill_null(0),
                maybe=pl.when(pl.col("quantity").is_null()).then(_ANY_NUMBER).otherwise(0),
                given=pl.lit("earlier"),
                services=iri("service"),
            )
        )
        self._requests.say("usedFor", links, "node", _V)

    def _uncounted(self, begun: pl.DataFrame, views: pl.DataFrame) -> None:
        """Enter, where visits are asked as additional ones, the earlier visits of which the record tells none."""
        asked = views.filter((pl.col("course") == "additional") & pl.col("accounts").str.contains("uses"))
        told = begun.group_by("v").agg(pl.col("service").unique().sort().str.join(" "))
        asked = asked.select("v", "thing").join(told, on="v", how="left").with_columns(pl.col("service").fill_null(""))
        asked = each(asked, ["thing", "service"], self._untold, services=pl.String).filter(pl.col("services") != "")
        links, nodes = described(asked, ["services"], "e")
        self._use(nodes.with_columns(unit=pl.lit(None, pl.String), sure=0, maybe=_ANY_NUMBER, given=pl.lit("earlier")))
        self._requests.say("usedFor", links, "node", _V)

    def _untold(self, thing: int, begun: str) -> tuple[str]:
        return (" ".join(untold(self._things[thing].classes, begun.split(), self._words.knowledge)),)

    def _in_use(self, care: pl.DataFrame) -> None:
        say = self._requests.say
        daily = pl.when("drug").then(pl.col("strength_mg") * pl.col("per_day"))
        care = each(care.with_columns(daily=daily), ["thing", "service"], self._shared, shares=pl.String)
        cols = ["service", "started", "daily", "shares"]
        care = care.with_columns(turn=pl.int_range(pl.len()).over(["v", *cols]))
        links, nodes = described(care, [*cols, "turn"], "d")
        say("service", nodes, "node", iri("service"))
        say("startedBefore", nodes, "node", "started", "integer")
        shared = nodes.filter(pl.col("shares") != "").with_columns(pl.col("shares").str.split(" ")).explode("shares")
        say("shares", shared, "node", "shares")
        dosed = nodes.drop_nulls("daily")
        say("sureMg", dosed, "node", "daily", "decimal")
        say("maybeMg", dosed, "node", pl.lit(0), "decimal")
        self._factors(dosed.with_columns(services=iri("service")))
        for term in ("runsFor", "doseFor"):
            say(term, links, "node", _V)

    def _shared(self, thing: int, service: str) -> tuple[str]:
        asked = self._things[thing]
        return (
            " ".join(sorted(shared_with(asked.classes, asked.ingredients, CONCEPT + service, self._words.knowledge))),
        )
