"""Say a criterion in one English sentence, from the template of its kind."""

import re

from kb.knowledge.base import Knowledge
from kb.knowledge.tree import Node
from kb.terms import BASE, DCT, SCHEMA, SKOS


def sentence(node: Node, knowledge: Knowledge) -> str:
    """Say a criterion; each is worded once for a knowledge."""
    said = knowledge.said.get(node.id)
    if said is None:
        said = knowledge.said[node.id] = _sentence(node, knowledge)
    return said


def _sentence(node: Node, knowledge: Knowledge) -> str:
    """Fill the template of a criterion's kind with its slots; a bracket whose slot is empty is left out."""
    own = knowledge.ontology.text(BASE + node.id, DCT + "description")
    if own:
        return own
    template = knowledge.sentences.get(str(node.kind), "{concept}")
    text = re.sub(r"\[(.*?)\]", lambda part: part[1] if _is_full(part[1], node) else "", template)
    text = re.sub(r"\(([^|()]*)\|([^|()]*)\)(?= ?\{(\w+)\})", lambda two: _wording(node, *two.groups()), text)
    said = re.sub(r"\{(\w+)\}", lambda slot: _words(node, slot[1], knowledge), text).strip()
    said = re.sub(r" (?=,)", "", said)  # a measurement of one unit, as a body mass index, is told without it
    return said if "minimum" in node.slots else re.sub(r"^([^,]*), ((at most|less than) [^,]*)$", r"\1 \2", said)


def noted(node: Node, knowledge: Knowledge) -> str:
    """Say another reading: its criterion with the curator's note on it; of a whole tree the note alone."""
    note = (knowledge.ontology.text(BASE + node.id, SKOS + "editorialNote") or "").rstrip(".")
    main = node
    while main.op in ("unless", "exceptWhen"):
        main = main.children[0]
    if main.op == "criterion":
        said = ("as advice only: " if main.strength == "advisory" else "") + sentence(main, knowledge)
        return f"{said} ({note[:1].lower()}{note[1:]})" if note else said
    return note or _joined(main, knowledge)


def _joined(node: Node, knowledge: Knowledge) -> str:
    joint = " and " if node.op == "allOf" else " or "
    return joint.join(sentence(criterion, knowledge) for criterion in node.criteria())


def _wording(node: Node, inclusive: str, exclusive: str, bound: str) -> str:
    """Choose between two wordings by whether the bound is met at its own value."""
    named = (value.value for value in node.slots.get("exclusive", ()))
    return exclusive if SCHEMA + bound in named else inclusive


def _is_full(clause: str, node: Node) -> bool:
    return all(slot in node.slots for slot in re.findall(r"\{(\w+)\}", clause) if slot != "unit")


def _words(node: Node, slot: str, knowledge: Knowledge) -> str:
    values = node.slots.get(slot, ())
    if slot == "unit":
        return _plural(node, values[0].value, knowledge) if values else ""
    words = [_word(value.value, knowledge) for value in values]
    if slot == "counts":
        return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
    return " or ".join(words)


def _plural(node: Node, unit: str, knowledge: Knowledge) -> str:
    """Say a unit in the plural unless there is one of it, and without the concept that it repeats (years of age)."""
    number = next((v.value for slot in ("limit", "minimum") for v in node.slots.get(slot, ())), "")
    plural = knowledge.ontology.text(unit, SKOS + "altLabel")
    said = plural if plural and number != "1" else knowledge.ontology.label(unit)
    for concept in node.slots.get("concept", ()):
        said = said.removesuffix(f" of {knowledge.ontology.label(concept.value)}")
    return said


def _word(text: str, knowledge: Knowledge) -> str:
    if text.startswith("http"):
        return knowledge.ontology.label(text)
    return text.removesuffix(".0")
