"""Show on a terminal what is looked up, so that a nurse can read it."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from kb.answer.words import OPS, STANCES, Words, cite, how_known
from kb.knowledge.base import Knowledge

Json = dict[str, Any]

_PAST = "in force until {until}; on {on} it speaks on, as the latest edition\n"


def show_lookup(found: Json, knowledge: Knowledge, console: Console) -> None:
    """Print a concept, how the words for it were understood, and what the recommendations that speak say of it."""
    concept, words = found["concept"], Words(knowledge)
    for line in _understood(found, words):
        console.print(Text(line))
    console.print(
        Text.assemble((concept["label"], "bold"), (f" {concept['id']}", "dim"), f"  {concept['definition'] or ''}")
    )
    codes = "; ".join(f"{system} {', '.join(numbers)}" for system, numbers in sorted(concept["codes"].items()))
    if codes:
        console.print(Text(f"codes: {codes}"))
    if not found["recommendations"]:
        console.print(Text(f"no recommendation speaks of it on {found['on']}"))
    for guidance in found["recommendations"]:
        console.print(_guidance(guidance, found["on"], words))
    for title, names in (
        ("narrower, with recommendations of their own", found["narrower"]),
        ("also", found["candidates"]),
    ):
        if names:
            console.print(Text(f"{title}: {', '.join(names)}"))


def _understood(found: Json, words: Words) -> Iterator[str]:
    """Say what words were taken for that name nothing exactly."""
    if found["matched"] == "approximate":
        yield f"nothing is called `{found['words']}`; read as {found['concept']['label']}"
    if found["condition_matched"] == "approximate":
        yield f"the condition is read as {words.concept(found['condition'])}"


def _guidance(guidance: Json, on: str, words: Words) -> Tree:
    head = f": {STANCES[guidance['stance']]}\n"
    where = cite(guidance["citation"], guidance["confidence"])
    past = "" if guidance["in_force"] else _PAST.format(until=guidance["valid_until"], on=on)
    tree = Tree(Text.assemble((words.topic(guidance["id"]), "bold"), head, past, (f"{where}\n{guidance['id']}", "dim")))
    for part in ("criteria", "unless"):
        if guidance[part]:
            _outline(tree, guidance[part], "" if part == "criteria" else "unless: ")
    for node in guidance["contraindications"]:
        _outline(tree, node, "contraindication: ")
    return tree


def _outline(tree: Tree, node: Json, prefix: str = "") -> None:
    if node["op"] == "criterion":
        strength = "" if node["strength"] == "hard" else f", {node['strength']}"
        how = how_known(node["verification"], node["confidence"])
        tree.add(Text.assemble(prefix, node["sentence"], (f" ({how}{strength})", "dim")))
        return
    if len(node["children"]) == 1 and node["op"] in ("allOf", "anyOf"):
        _outline(tree, node["children"][0], prefix)
        return
    branch = tree.add(prefix + OPS[node["op"]].format(n=node["n"]))
    for child in node["children"]:
        _outline(branch, child)
