"""Write answers as one HTML page that needs nothing else: to read, print and keep."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from kb.answer.shown import arrange, legend
from kb.answer.words import MARKS, NOTICE
from kb.knowledge.base import Knowledge

Json = dict[str, Any]


def page(answers: list[Json], knowledge: Knowledge) -> str:
    """Write the determinations of letters or cases as a page."""
    sheets = [arrange(answer, knowledge) for answer in answers]
    text = _template().render(sheets=sheets, marks=MARKS, notice=NOTICE, legend=legend)
    return text.encode("utf-8", "replace").decode()


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("kb.answer"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["marked"] = marked
    return environment.get_template("answer.html")


def marked(answer: Json, prefix: str = "") -> Markup:
    """Mark in the text of a letter what was read as facts; `prefix` keeps the ids of several letters apart.

    >>> marked({"text": "had massage", "facts": [
    ...     {"id": "f1", "concept": "massage_therapy", "status": "past", "quote": {"start": 4, "end": 11}}]})
    Markup('had <mark id="f1" title="massage therapy, past">massage</mark>')
    """
    text, done, pieces = answer["text"], 0, []
    quoted = [fact for fact in answer["facts"] if fact["quote"]]
    for fact in sorted(quoted, key=lambda f: (f["quote"]["start"], -f["quote"]["end"])):
        start, end = fact["quote"]["start"], fact["quote"]["end"]
        name = prefix + fact["id"]
        if start < done:
            pieces.append(Markup('<a id="{}"></a>').format(name))
            continue
        title = f"{fact['concept'].replace('_', ' ')}, {fact['status']}"
        pieces.append(escape(text[done:start]))
        pieces.append(Markup('<mark id="{}" title="{}">{}</mark>').format(name, title, text[start:end]))
        done = end
    return Markup("").join([*pieces, escape(text[done:])])
