"""Read the SPARQL files: their header, their text, their parameters."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kb.errors import QueryError
from kb.settings import data_folder
from kb.terms import TYPE


@dataclass(frozen=True, slots=True)
class Query:
    """Hold one .rq file; `header` maps the words of its #+ lines to their text, `reads` has every IRI it names.

    `starts` is the IRI of a property without which it finds nothing, where the header names one.
    """

    name: str
    text: str
    header: dict[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    starts: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """Map each parameter to its default, as written: one `VALUES ?name { … }` line is one parameter."""
        return {name: term.strip() for name, term in _PARAMETER.findall(self.text)}

    def bind(self, **terms: NamedNode | Literal) -> str:
        """Replace the values of parameters by terms; text is never spliced in.

        Raises QueryError for a name that is no parameter.
        """
        text = self.text
        for name, term in terms.items():
            if name not in self.parameters:
                known = ", ".join(sorted(self.parameters)) or "none"
                raise QueryError(f"query `{self.name}` has no parameter `{name}`; it has {known}")
            line = f"VALUES ?{name} {{ {term} }}"
            text = re.sub(rf"VALUES \?{name} \{{.*?\}}", lambda _, line=line: line, text, count=1)  # type: ignore[misc]
        return text


_PARAMETER = re.compile(r"^\s*VALUES \?(\w+) \{(.*?)\}\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_PREFIX = re.compile(r"^\s*PREFIX (\w*): *<([^>]*)>", re.MULTILINE)
_NAME = re.compile(r"(?<![\w?$])(\w+):(\w+)")
_IRI = re.compile(r"<([^<>\s]+)>")
_A = re.compile(r"\sa\s")


def read_query(file: Path) -> Query:
    """Read one file; `#+ word: text` lines make the header, an indented line continues one."""
    text = file.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    word = ""
    for line in text.splitlines():
        if not line.startswith("#+"):
            continue
        start = re.match(r"#\+ (\w+): ?(.*)", line)
        if start:
            word = start[1]
            header[word] = start[2].strip()
        elif word:
            header[word] = f"{header[word]} {line[2:].strip()}".strip()
    prefixes = dict(_PREFIX.findall(text))
    prefix, _, local = header.get("starts", "").partition(":")
    return Query(file.stem, text, header, _iris_in(text, prefixes), prefixes[prefix] + local if local else None)


def _iris_in(text: str, prefixes: dict[str, str]) -> frozenset[str]:
    """Find the IRIs that a query names in full or by prefix, and rdf:type where `a` stands for it."""
    body = _PREFIX.sub("", _COMMENT.sub("", text))
    named = {prefixes[prefix] + local for prefix, local in _NAME.findall(body) if prefix in prefixes}
    return frozenset(named.union(_IRI.findall(body), {TYPE.value} if _A.search(body) else ()))


@cache
def queries(folder: str) -> dict[str, Query]:
    """Read a folder of queries, by name.

    >>> queries("rules")["counted"].name
    'counted'
    """
    files = sorted((data_folder("queries") / folder).glob("*.rq"))
    return {file.stem: read_query(file) for file in files}
