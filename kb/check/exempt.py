"""Leave out the warnings that the data exempts, with a reason, and name the exemptions that exempt nothing."""

from collections.abc import Iterable, Iterator

from kb.check.defect import Defect
from kb.check.reading import Reading
from kb.knowledge.ontology import Ontology
from kb.terms import SCHEMA, short

_USELESS = "No warning of that check is about what it exempts."
_REMOVE = "Remove the exemption, or correct kb:exempts and kb:fromCheck; errors cannot be exempted."


def not_exempt(defects: Iterable[Defect], reading: Reading) -> Iterator[Defect]:
    """Pass defects on but for the exempted warnings; an exemption that none needs is a warning itself."""
    read = Ontology(reading.triples)
    unused = {
        (short(subject), read.text(iri, SCHEMA + "fromCheck")): iri
        for iri in read.instances("Exemption")
        for subject in read.iris(iri, "exempts")
    }
    exempt = dict(unused)
    for defect in defects:
        if defect.level == "warning" and (defect.subject, defect.name) in exempt:
            unused.pop((defect.subject, defect.name), None)
        else:
            yield defect
    for iri in unused.values():
        place, line = reading.place.get(iri), reading.line(iri)
        yield Defect("warning", "exemption-without-effect", short(iri), _USELESS, _REMOVE, place, line)
