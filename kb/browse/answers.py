"""Write answers as one HTML page that needs nothing else: to read, print and keep."""

from typing import Any

from kb.answer.shown import arrange, legend
from kb.answer.words import MARKS, NOTICE, Words
from kb.browse.marked import SIGNS, marked
from kb.browse.render import environment, inlined
from kb.knowledge.base import Knowledge

Json = dict[str, Any]


def page(answers: list[Json], knowledge: Knowledge) -> str:
    """Write the determinations of letters or cases as a page."""
    words = Words(knowledge)
    told = []
    for number, answer in enumerate(answers, 1):
        at = f"a{number}-"
        letter = marked(answer, words, at) if answer["text"] else None
        told.append((at, arrange(answer, knowledge), letter))
    text = (
        environment()
        .get_template("answers.html")
        .render(told=told, marks=MARKS, signs=SIGNS, notice=NOTICE, legend=legend, style=inlined("review.css"))
    )
    return text.encode("utf-8", "replace").decode()
