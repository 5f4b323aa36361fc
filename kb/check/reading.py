"""Read each file of a folder by itself, so that one that is broken does not hide the others."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from kb.check.defect import Defect, sentence
from kb.errors import KnowledgeError
from kb.knowledge.guideline import is_nameless
from kb.knowledge.ontology import Triple, read_file
from kb.knowledge.spelling import did_you_mean
from kb.terms import BASE, CONCEPT, FORM, PHASE, RDF, SCHEMA, UNIT, short

_NAMESPACES = (CONCEPT, PHASE, UNIT, FORM, SCHEMA)


class Reading:
    """Hold the triples of a folder, and where each subject stands."""

    def __init__(self, folder: Path) -> None:
        """Read every file; a malformed one is a defect.

        Raises KnowledgeError when there is no file.
        """
        self.folder = folder
        self.files: list[Path] = []
        self.broken: list[str] = []
        self.triples: list[Triple] = []
        self.place: dict[str, str] = {}
        self.topics: dict[str, list[str]] = defaultdict(list)
        self.defects: list[Defect] = []
        files = sorted(folder.rglob("*.ttl"))
        if not files:
            raise KnowledgeError(f"`{folder}` holds no Turtle file; name a folder with core, concepts and guidelines")
        for file in files:
            self._read(file)
        self.defects.extend([*self._topics_twice(), *self._topics_elsewhere()])

    def _read(self, file: Path) -> None:
        name = str(file.relative_to(self.folder))
        try:
            triples = read_file(file, self.folder)
        except KnowledgeError as error:
            solution = "Correct the line, or the one before it: mostly a `;` or `.` that is missing or too much."
            self.defects.append(Defect("error", "turtle", name, sentence(str(error)), solution, name))
            self.broken.append(name)
            return
        self.files.append(file)
        self.triples.extend(triples)
        for subject, predicate, found in triples:
            if isinstance(subject, ox.NamedNode):
                self.place.setdefault(subject.value, name)
                if predicate.value == RDF + "type" and found == ox.NamedNode(SCHEMA + "Topic"):
                    self.topics[subject.value].append(name)
        self.defects.extend(self._nameless(triples, name))

    def _nameless(self, triples: list[Triple], file: str) -> Iterator[Defect]:
        for triple in filter(is_nameless, triples):
            parent = next((s for s, _, o in triples if o == triple[0] and isinstance(s, ox.NamedNode)), None)
            subject = parent.value if parent else file
            message = f"It holds a nameless kb:{short(triple[2].value)}, which no answer can cite and no tree reaches."
            solution = "Describe it by itself under a name, as <#visit_limit>, and put that name in its place."
            yield Defect("error", "blank-node", short(subject), message, solution, file, self.line(subject))

    def _topics_twice(self) -> Iterator[Defect]:
        for topic, files in self.topics.items():
            if len(files) > 1:
                message = f"`{files[0]}` and `{files[1]}` have the same @base."
                solution = "Give each file a @base of its own: the guideline's IRI, `/` and the name of the file."
                yield Defect("error", "topic-twice", short(topic), message, solution, files[1])

    def _topics_elsewhere(self) -> Iterator[Defect]:
        for topic, files in self.topics.items():
            path = Path(files[-1]).with_suffix("")
            wanted = "/".join(path.parts[1:] if path.parts[0] == "guidelines" else path.parts[-1:])
            if not topic.endswith(f"/{wanted}"):
                message = f"The topic's IRI does not end in `{wanted}`, so its cases cannot name its criteria."
                solution = f"Write @base <{BASE}{wanted}> ., or rename the file."
                yield Defect("error", "topic-elsewhere", short(topic), message, solution, files[-1])

    def line(self, subject: str, value: str | None = None) -> int | None:
        """Find the line on which a subject is described, or the value below it."""
        lines = self._lines(self.place.get(subject, ""))
        name = re.escape(re.split(r"[#/]", subject)[-1])
        start = re.compile(rf"^\s*(?:<[^>]*[#/]{name}>|\w*:{name})\s" if "#" in subject or name else "^<>")
        found = next((n for n, text in enumerate(lines, 1) if start.match(text)), None)
        if found is None or value is None:
            return found
        word = re.compile(rf"\b{re.escape(re.split(r'[#/]', value)[-1])}\b")
        return next((n for n, text in enumerate(lines[found - 1 :], found) if word.search(text)), found)

    def _lines(self, file: str) -> list[str]:
        if file not in self._texts:
            path = self.folder / file
            self._texts[file] = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return self._texts[file]

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """List the local names described in each namespace of the schema, the concepts, units and phases."""
        return {n: sorted(iri[len(n) :] for iri in self.place if iri.startswith(n)) for n in _NAMESPACES}

    def nearest(self, iri: str) -> str:
        """Offer the nearest described name for one that nothing describes.

        The answer is empty for names that are described, or that resemble none.
        """
        namespace = next((n for n in _NAMESPACES if iri.startswith(n)), None)
        if namespace is None or iri in self.place:
            return ""
        return did_you_mean(iri[len(namespace) :], self.known[namespace]).removeprefix("; ").replace("did", "Did", 1)

    def in_core(self, file: str) -> bool:
        """Tell whether every topic depends on a file."""
        return Path(file).parts[0] in ("core", "concepts")
