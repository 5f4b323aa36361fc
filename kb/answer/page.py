"""Write answers as one HTML page that needs nothing else: to read, print and keep."""

from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from kb.answer.display import cite

Json = dict[str, Any]

_WORDS = {
    "supported": "Supported",
    "supported_in_part": "Supported in part",
    "undocumented": "Undocumented",
    "not_supported": "Not supported",
    "no_guideline": "No guideline",
}


def page(answers: list[Json]) -> str:
    """Write the determinations of letters or cases as a page."""
    environment = Environment(loader=PackageLoader("kb.answer"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(cite=cite, marked=marked, words=lambda name: str(name).replace("_", " "))
    return environment.get_template("answer.html").render(answers=answers, verdicts=_WORDS)


def marked(answer: Json) -> Markup:
    """Mark in the text of a letter what was read as facts.

    >>> marked({"text": "had massage", "facts": [
    ...     {"id": "f1", "concept": "massage_therapy", "status": "past", "quote": {"start": 4, "end": 11}}]})
    Markup('had <mark id="f1" title="massage therapy, past">massage</mark>')
    """
    text, done, pieces = answer["text"], 0, []
    quoted = [fact for fact in answer["facts"] if fact["quote"]]
    for fact in sorted(quoted, key=lambda f: (f["quote"]["start"], -f["quote"]["end"])):
        start, end = fact["quote"]["start"], fact["quote"]["end"]
        if start < done:
            continue
        title = f"{fact['concept'].replace('_', ' ')}, {fact['status']}"
        pieces.append(escape(text[done:start]))
        pieces.append(Markup('<mark id="{}" title="{}">{}</mark>').format(fact["id"], title, text[start:end]))
        done = end
    return Markup("").join([*pieces, escape(text[done:])])
