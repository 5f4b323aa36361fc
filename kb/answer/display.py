"""Show answers on a terminal, so that a nurse can read them."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text
from rich.tree import Tree

Json = dict[str, Any]

_MARKS = {"met": "[green]✔[/]", "not_met": "[red]✘[/]", "unknown": "[yellow]?[/]"}
_VERDICTS = {
    "supported": "supported: the criteria are met",
    "supported_in_part": "supported in part",
    "undocumented": "undocumented: what is needed is not on record",
    "not_supported": "not supported",
    "no_guideline": "no guideline: none of those encoded speaks of it",
}
_OPS = {
    "allOf": "all of",
    "anyOf": "one of",
    "atLeast": "at least {n} of",
    "unless": "this, unless the second holds",
    "exceptWhen": "this, except when the second holds",
}
_ASSUMED = {
    "record_complete": "the record is complete: earlier care and circumstances it does not name did not occur",
    "diagnoses_complete": "the diagnoses are complete: a condition not named is not present",
    "edition_by_ur_date": "the edition in force on the day of the utilization review decision governs",
    "edition_carried_forward": "the latest edition speaks although its dates of force have passed",
}


def show_answer(answer: Json, console: Console) -> None:
    """Print every request of an answer with its determination."""
    case, facts = answer["case"], {fact["id"]: fact for fact in answer["facts"]}
    head = ", ".join(f"{k} {case[k]}" for k in ("injured", "requested", "ur_decided", "phase") if case[k])
    console.print(f"[bold]{escape(case['number'] or 'case')}[/]  {head}")
    for request in answer["requests"]:
        console.print(Panel(_request(request, facts, answer["text"]), title=_title(request), title_align="left"))


def _title(request: Json) -> str:
    return escape(f"{request['line']}. {request['text'] or request['service'] or 'request'}")


def _request(request: Json, facts: dict[str, Json], text: str | None) -> Group:
    found = request["determination"]
    if found is None:
        return Group(f"[red]not decided:[/] {escape(request['error'])}")
    blocks: list[Any] = [_verdict(request, found)]
    published = (request.get("published") or {}).get("outcome")
    if published:
        blocks.append(f"published decision: {published}")
    live = [r for r in found["recommendations"] if r["live"] != "not_met"]
    blocks.extend(_recommendation(r, facts) for r in sorted(live, key=lambda r: r["applies"]))
    blocks.extend(_lists(found))
    blocks.extend(_evidence(found, facts, text))
    return Group(*blocks)


def _verdict(request: Json, found: Json) -> str:
    amount = found["amount"]
    granted = ""
    if amount is not None and request["quantity"]:
        granted = f" ({amount} of {request['quantity']} {request['unit'] or ''})".replace(" )", ")")
    return f"[bold]{_VERDICTS[found['verdict']]}{granted}[/]  proposed IMR outcome: {found['imr'] or 'none'}"


def _recommendation(recommendation: Json, facts: dict[str, Json]) -> Tree:
    stance = recommendation["stance"].replace("_", " ")
    applies = "" if recommendation["applies"] == "met" else ", whether it applies is unknown"
    root = Tree(f"{_MARKS[recommendation['value']]} [bold]{stance}[/] [dim]{recommendation['id']}[/]{applies}")
    if recommendation["tree"] and recommendation["applies"] == "met":
        _grow(root, recommendation["tree"], facts)
    return root


def _grow(tree: Tree, node: Json, facts: dict[str, Json]) -> None:
    mark = _MARKS[node["status"]]
    if node["op"] != "criterion":
        branch = tree.add(f"{mark} {_OPS[node['op']].format(n=node['n'])}")
        for child in node["children"]:
            _grow(branch, child, facts)
        return
    notes = []
    if node["found"] is not None:
        notes.append(f"found {node['found']}")
    notes.extend(f"{facts[f]['concept'].replace('_', ' ')} {facts[f]['status']}" for f in node["facts"] if f in facts)
    if node["assumed"]:
        notes.append("assumed from silence")
    if node["conflict"]:
        notes.append("the record contradicts itself")
    said = f": {', '.join(notes)}" if notes else ""
    tree.add(f"{mark} {escape(node['sentence'])}[dim]{escape(said)} ({node['verification']})[/]")


def _lists(found: Json) -> Iterable[Any]:
    yield from _list("missing", (("decisive: " if m["decisive"] else "") + m["sentence"] for m in found["missing"]))
    yield from _list("contraindications", (c["sentence"] for c in found["contraindications"]))
    yield from _list("remarks", (remark["sentence"] for remark in found["remarks"]))
    yield from _list("citations", (cite(citation) for citation in found["citations"]))
    readings = found["readings"]
    if readings["total"] > 1:
        changed = ", ".join(name.split("#")[-1] for name in readings["changed_by"]) or "none"
        yield f"readings: {readings['same']} of {readings['total']} agree; changed by {changed}"
    yield from _list("assumptions", (_ASSUMED.get(name, name) for name in found["assumptions"]))


def _list(title: str, items: Iterable[str]) -> Iterable[Any]:
    lines = [Text(f"- {item}") for item in items]
    if lines:
        yield f"{title}:"
        yield Padding(Group(*lines), (0, 0, 0, 2))


def cite(citation: Json) -> str:
    """Write a citation on one line."""
    pages = f", page {citation['pages']}" if citation["pages"] else ""
    section = f", {citation['section']}" if citation["section"] else ""
    return f"{citation['guideline']}, {citation['edition']}{section}{pages} ({citation['verification']})"


def _evidence(found: Json, facts: dict[str, Json], text: str | None) -> Iterable[Any]:
    """Quote the sentence of the letter from which each deciding fact was read."""
    applying = [r for r in found["recommendations"] if r["applies"] == "met" and r["live"] != "not_met"]
    wanted = [name for recommendation in applying for name in _facts_of(recommendation["tree"])]
    quotes = []
    for name in dict.fromkeys(wanted):
        quote = facts.get(name, {}).get("quote")
        if quote and text:
            quotes.append(f'{facts[name]["concept"].replace("_", " ")}: "{sentence_around(text, quote)}"')
    return _list("read in the letter", quotes)


def _facts_of(node: Json) -> Iterable[str]:
    yield from node.get("facts", ())
    for child in node.get("children", ()):
        yield from _facts_of(child)


def sentence_around(text: str, quote: Json) -> str:
    """Cut the sentence in which a quote stands.

    >>> sentence_around("One. She had six visits. Three.", {"start": 13, "end": 23})
    'She had six visits.'
    """
    start = max(text.rfind(mark, 0, quote["start"]) + len(mark) for mark in (". ", "\n", ": "))
    start = 0 if text[:start].strip() == "" else min(start, quote["start"])
    ends = [end for mark in (". ", ".\n", "\n") if (end := text.find(mark, quote["end"])) >= 0]
    end = min(ends, default=len(text))
    return " ".join(text[start : end + 1].split())


def show_lookup(found: Json, console: Console) -> None:
    """Print a concept and what the recommendations in force say of it."""
    concept = found["concept"]
    console.print(f"[bold]{escape(concept['label'])}[/] [dim]{concept['id']}[/]  {escape(concept['definition'] or '')}")
    codes = "; ".join(f"{system} {', '.join(numbers)}" for system, numbers in sorted(concept["codes"].items()))
    if codes:
        console.print(f"codes: {codes}")
    if not found["recommendations"]:
        console.print(f"no recommendation speaks of it on {found['on']}")
    for guidance in found["recommendations"]:
        stance = (guidance["stance"] or "statutory limit").replace("_", " ")
        tree = Tree(f"[bold]{stance}[/] [dim]{guidance['id']}[/]  {escape(cite(guidance['citation']))}")
        for part in ("criteria", "unless"):
            if guidance[part]:
                _outline(tree, guidance[part], "" if part == "criteria" else "unless: ")
        for node in guidance["contraindications"]:
            _outline(tree, node, "contraindication: ")
        console.print(tree)
    if found["candidates"]:
        console.print(f"also: {', '.join(found['candidates'])}")


def _outline(tree: Tree, node: Json, prefix: str = "") -> None:
    if node["op"] == "criterion":
        strength = "" if node["strength"] == "hard" else f", {node['strength']}"
        tree.add(f"{prefix}{escape(node['sentence'])} [dim]({node['verification']}{strength})[/]")
        return
    branch = tree.add(prefix + _OPS[node["op"]].format(n=node["n"]))
    for child in node["children"]:
        _outline(branch, child)
