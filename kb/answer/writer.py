"""Write decisions out as the answer that people and programs read."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from kb.answer.citation import citation
from kb.case.fact import Medication, Treatment, kind_of
from kb.case.model import Case, Item
from kb.case.numbers import whole
from kb.case.standing import all_facts
from kb.decide.decision import Outcome
from kb.decide.lines import DecidedPart, Line
from kb.explain.explanation import explain
from kb.explain.sentence import sentence
from kb.formula import MET, NOT_MET, WORDS
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node

Json = dict[str, Any]

_IMR = {"supported": "overturned", "no_guideline": None}
_EMPTY: Json = {key.encode_name: None for key in msgspec.structs.fields(Case)}
_FACT_KEYS = ("site", "side", "quantity", "unit", "value", "date", "outcome", "confidence", "quote", "corrected")
_NO_FACT: Json = dict.fromkeys(_FACT_KEYS)


def imr_of(verdict: str) -> str | None:
    """Name the outcome that a verdict proposes."""
    return _IMR.get(verdict, "upheld")


def case_answer(case: Case, phase: str | None) -> Json:
    """Write the case back as it was understood."""
    written: Json = _EMPTY | whole(msgspec.to_builtins(case))
    written["phase"] = case.phase or phase
    return written


def facts_answer(case: Case) -> list[Json]:
    """List every fact with where it was read."""
    return [fact_answer(fact) for fact in all_facts(case)]


def fact_answer(fact: Any) -> Json:
    """Write one fact."""
    name = fact.service if isinstance(fact, Treatment) else fact.concept
    found: Json = {"id": fact.id, "kind": kind_of(fact), "concept": name, "status": fact.status, **_NO_FACT}
    kind: type = type(fact)
    for key in _keys_of(kind):
        value = getattr(fact, key)
        if value is not None:
            found[key] = _plain(value)
    if isinstance(fact, Treatment | Medication):
        found["date"] = _plain(fact.start)
    return found


@cache
def _keys_of(kind: type) -> tuple[str, ...]:
    return tuple(key for key in _FACT_KEYS if hasattr(kind, key))


def line_answer(line: Line, knowledge: Knowledge) -> Json:
    """Write one request line with its determination, or with the error that kept it from one."""
    request = line.request
    answer = {"line": request.line, **_item(request)}
    answer |= {"asked": _plain(request.asked), "authorised": _plain(request.authorised or 0)}
    answer |= {"depends_on": request.depends_on, "corrected": msgspec.to_builtins(request.corrected)}
    answer |= {"parts": [], "error": line.error, "determination": None}
    if line.error is not None or line.outcome is None:
        return answer
    writers = [PartWriter(part, knowledge) for part in line.parts]
    if len(line.parts) > 1:
        answer["parts"] = [{**_item(w.part.part.item), "determination": w.determination()} for w in writers]
    answer["determination"] = _of_line(line, writers)
    return answer


def _item(item: Item) -> Json:
    sites = [item.site] if isinstance(item.site, str) else list(item.site)
    return {
        "text": item.text,
        "service": item.service,
        "quantity": _plain(item.quantity),
        "unit": item.unit,
        "site": sites,
        "side": item.side,
        "ingredients": list(item.ingredients),
        "levels": list(item.levels),
        "form": item.form,
        "course": item.course,
    }


def brief_answer(line: Line, knowledge: Knowledge) -> Json | None:
    """Write verdict and reasons of a line alone; None where it has no determination."""
    outcome = line.outcome
    if line.error is not None or outcome is None:
        return None
    return _joined(
        outcome, [w.brief() for w in _weakest(outcome, [PartWriter(part, knowledge) for part in line.parts])]
    )


def _of_line(line: Line, writers: list["PartWriter"]) -> Json:
    outcome = line.outcome
    assert outcome is not None
    found = _joined(outcome, [w.determination() for w in _weakest(outcome, writers)])
    found["readings"] = _readings(outcome, line.readings())
    return found


def _weakest(outcome: Outcome, writers: list["PartWriter"]) -> list["PartWriter"]:
    return [w for w in writers if w.part.outcome.verdict == outcome.verdict] or writers


def _joined(outcome: Outcome, answers: list[Json]) -> Json:
    """Take for the line what its weakest parts say."""
    found = {key: _join(a[key] for a in answers) if isinstance(v, list) else v for key, v in answers[0].items()}
    found["verdict"] = outcome.verdict
    found["imr"] = imr_of(outcome.verdict)
    found["amount"] = _plain(outcome.amount)
    found["missing"] = _join_missing(answers)
    return found


def _join(lists: Iterable[Iterable[Any]]) -> list[Any]:
    """List each thing once: two recommendations may take the same criterion."""
    found: list[Any] = []
    for items in lists:
        found.extend(item for item in items if item not in found)
    return found


def _join_missing(answers: list[Json]) -> list[Json]:
    """Name each missing item once, decisive where it is so for a part."""
    found: dict[str, Json] = {}
    for item in (item for answer in answers for item in answer["missing"]):
        known = found.setdefault(item["id"], dict(item))
        known["decisive"] = known["decisive"] or item["decisive"]
    return [found[name] for name in sorted(found)]


def _readings(main: Outcome, alternatives: dict[str, Outcome]) -> Json:
    changed = sorted(name for name, outcome in alternatives.items() if outcome != main)
    total = 1 + len(alternatives)
    return {"total": total, "same": total - len(changed), "changed_by": changed}


class PartWriter:
    """Write the determination of one item."""

    def __init__(self, part: DecidedPart, knowledge: Knowledge) -> None:
        """Take a decided item."""
        self.part = part
        self.why = explain(part.decision, part.ask.by_ur_date, knowledge.editions.epoch(part.ask.day))
        self._knowledge = knowledge
        self._decision = part.decision
        self._table = part.decision.table
        self._leaves = part.decision.evaluation.leaves

    def brief(self) -> Json:
        """Write verdict and reasons alone."""
        why, outcome = self.why, self.part.outcome
        return {
            "verdict": outcome.verdict,
            "imr": imr_of(outcome.verdict),
            "amount": _plain(outcome.amount),
            "because": list(why.because),
            "applied": list(why.applied),
            "missing": [self._missing(key, decisive) for key, decisive in why.missing],
            "assumptions": list(why.assumptions),
            "citations": self._citations(),
        }

    def determination(self) -> Json:
        """Write verdict, reasons and trees."""
        return {
            **self.brief(),
            "readings": _readings(self.part.outcome, self.part.readings()),
            "remarks": _join([self._remarks()]),
            "contraindications": _join([self._contraindications()]),
            "statutes": [self._statute(r) for r in self._recommendations() if r.stance is None],
            "recommendations": [self._recommendation(r) for r in self._recommendations() if r.stance],
        }

    def _recommendations(self) -> list[Recommendation]:
        return self._decision.evaluation.recommendations

    def _applying(self) -> list[Recommendation]:
        return [r for r in self._recommendations() if self._live(r) != NOT_MET]

    def _live(self, r: Recommendation) -> int:
        expr = self._decision.formula.live.get(r.id) or self._decision.formula.applies[r.id]
        return self._decision.values[expr]

    def _missing(self, key: str, decisive: bool) -> Json:
        node = self._knowledge.criteria.get(key)
        if node is None:
            return {"id": key, "concept": None, "sentence": self._dimension(key), "decisive": decisive}
        names = [
            term.value.rsplit("/", 1)[-1] for s in ("concept", "treatment", "counts") for term in node.slots.get(s, ())
        ]
        concept = names[0] if names else None
        return {"id": key, "concept": concept, "sentence": sentence(node, self._knowledge), "decisive": decisive}

    def _dimension(self, key: str) -> str:
        name, dimension = key.rsplit(".", 1)
        wanted = next(r for r in self._recommendations() if r.id == name)
        classes = {"service": wanted.services, "diagnosis": wanted.conditions, "region": wanted.regions}
        labels = [self._knowledge.ontology.label(iri) for iri in classes.get(dimension, ())] or list(wanted.phases)
        return f"{dimension}: {' or '.join(labels)}"

    def _citations(self) -> list[Json]:
        criteria = self._knowledge.criteria
        because = [criteria[key] for key in self.why.because if key in criteria]
        sources = [node.source for node in because] or [r.source for r in self._applying() if self._live(r) == MET]
        found: list[Json] = []
        for source in sources:
            if source and (cited := citation(source)) not in found:
                found.append(cited)
        return found

    def _remarks(self) -> Iterator[Json]:
        for r in self._applying():
            roots = [root for root in (r.tree, r.unless, *r.contraindications) if root]
            for node in (node for root in roots for node in root.main_criteria()):
                leaf = self._leaves.get(node.id)
                speaks = MET if node in r.contraindications else NOT_MET
                if node.strength == "advisory" and leaf and leaf.status == speaks:
                    yield {"id": node.id, "sentence": sentence(node, self._knowledge)}

    def _contraindications(self) -> Iterator[Json]:
        for r in self._recommendations():
            within = self._decision.formula.within.get(r.id)  # of a statute none
            if within is None or self._decision.values[within] == NOT_MET:
                continue
            for node in r.contraindications:
                if node.strength != "advisory" and self._table[node.id] != NOT_MET:
                    yield {
                        "id": node.id,
                        "status": WORDS[self._table[node.id]],
                        "sentence": sentence(node, self._knowledge),
                    }

    def _statute(self, r: Recommendation) -> Json:
        applies = self._decision.values[self._decision.formula.applies[r.id]]
        return {"id": r.id, "applies": WORDS[applies], "value": self._value(r), "tree": self._trees(r)}

    def _recommendation(self, r: Recommendation) -> Json:
        applies = self._decision.values[self._decision.formula.applies[r.id]]
        return {
            "id": r.id,
            "stance": r.stance,
            "applies": WORDS[applies],
            "live": WORDS[self._live(r)],
            "value": self._value(r),
            "tree": {} if applies == NOT_MET else self._trees(r),
        }

    def _value(self, r: Recommendation) -> str:
        tested = all(node.id in self._leaves for node in r.criteria())
        return WORDS[self._decision.values[r.tree_expr]] if tested else "unknown"

    def _trees(self, r: Recommendation) -> Json:
        """Write the tree of a recommendation; where an exception can lift its verdict, that stands in the tree too."""
        if r.tree and r.unless:
            op = "unless" if r.stance is None else "allOf"
            return self._tree(Node(r.id, op, (r.tree, r.unless) if r.stance is None else (r.unless, r.tree)))
        root = r.tree or r.unless
        return self._tree(root) if root else {}

    def _tree(self, node: Node) -> Json:
        leaf = self._leaves.get(node.id) if node.op == "criterion" else None
        return {
            "id": node.id,
            "op": node.op,
            "n": node.n,
            "kind": node.kind,
            "role": node.role,
            "status": WORDS[self._status(node)],
            "assumed": bool(leaf and leaf.assumed),
            "conflict": bool(leaf and leaf.conflict),
            "found": _plain(leaf.found) if leaf else None,
            "required": _plain(leaf.required) if leaf else None,
            "unit": next((u.value.rsplit("/", 1)[-1] for u in node.slots.get("unit", ())), None),
            "facts": list(leaf.facts) if leaf else [],
            "sentence": sentence(node, self._knowledge) if node.op == "criterion" else None,
            "verification": node.source.verification if node.source else None,
            "children": [self._tree(child) for child in node.children],
        }

    def _status(self, node: Node) -> int:
        if node.op == "criterion":
            return self._table.get(node.id, 0)
        return MET if node.expr is None else self._decision.values[node.expr]


def _plain(number: Any) -> Any:
    """Write whole numbers whole, and dates as text."""
    if number is None or isinstance(number, str):
        return number
    if isinstance(number, float) and number == int(number):
        return int(number)
    return msgspec.to_builtins(number)
