"""Mark in the text of a letter what was read in it as facts."""

from typing import Any

from markupsafe import Markup, escape

from kb.answer.words import Words

Json = dict[str, Any]

# The letters that tell the kinds apart without colour.
SIGNS = {"diagnosis": "Dx", "finding": "Fi", "treatment": "Tx", "medication": "Rx", "document": "Do"}
_MARK = Markup(
    '<mark id="{at}{id}" class="{kind}" data-sign="{sign}">'
    '<a href="#{at}fact-{id}" title="{kind}: {said}">{text}</a></mark>'
)
_ANCHOR = Markup('<span id="{}{}"></span>')


def marked(answer: Json, words: Words, at: str = "") -> Markup:
    """Mark the quotes of facts, each leading to its row; `at` keeps the ids of several letters apart.

    A quote that begins inside another has no mark of its own, only the place to which its row leads.
    """
    text, done, pieces = answer["text"], 0, []
    for fact in _in_order(answer["facts"], len(text)):
        start, end = fact["quote"]["start"], fact["quote"]["end"]
        if start < done:
            pieces.append(_ANCHOR.format(at, fact["id"]))
            continue
        said = words.fact(fact)
        pieces.append(escape(text[done:start]))
        pieces.append(
            _MARK.format(at=at, id=fact["id"], kind=fact["kind"], sign=SIGNS[fact["kind"]], said=said,
                         text=text[start:end])
        )  # fmt: skip
        done = end
    return Markup("").join([*pieces, escape(text[done:])])


def _in_order(facts: list[Json], length: int) -> list[Json]:
    """Sort the facts that have a quote within the text, the longer of two that begin together first."""
    quoted = [f for f in facts if f["quote"] and 0 <= f["quote"]["start"] < f["quote"]["end"] <= length]
    return sorted(quoted, key=lambda f: (f["quote"]["start"], -f["quote"]["end"]))
