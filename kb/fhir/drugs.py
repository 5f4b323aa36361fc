"""Read which drug an order or a record names: RxNorm and Multum name the ingredients of one tablet in any order."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kb.case.model import Request
from kb.facts.quantity import strength
from kb.facts.services import most_specific
from kb.fhir.names import Names
from kb.fhir.resources import kind_of, words

_BETWEEN = re.compile(r"\s/\s")
_CONCENTRATION = re.compile(r"mg\s*/\s*(?:mg|g|ml|actuat)\b", re.I)
_SEVERAL = 2


def drug_of(resource: Any) -> Any:
    """Find the coded drug of a request or statement: named in it, or in the medication that it contains."""
    if resource.medicationCodeableConcept:
        return resource.medicationCodeableConcept
    held = contained(resource)
    return held.code if held else None


def contained(resource: Any) -> Any:
    """Find the medication that a request or statement contains and refers to."""
    reference = resource.medicationReference
    wanted = str(reference.reference or "").removeprefix("#") if reference else ""
    return next((c for c in resource.contained or () if kind_of(c) == "Medication" and c.id == wanted), None)


def read_drug(codeable: Any, names: Names) -> Request:
    """Read a drug with its strength; `error` says why none is read.

    Of a tablet of several drugs the one that holds just these is taken, or none: never one of them alone.
    """
    line, said = names.service(codeable), words(codeable)
    if line.error or not line.service or not names.vocabulary.is_a(line.service, "drug"):
        return line
    held = names.vocabulary.composition.contents
    found = most_specific(names.vocabulary, _named(said, names))
    drugs = {drug for name in found for drug in _held(name, names)}
    if len(drugs) < _SEVERAL or len(line.ingredients) == len(drugs):
        strong = None if _CONCENTRATION.search(said) else line.strength_mg
        return msgspec.structs.replace(_formed(line, said, found, names), strength_mg=strong)
    own = set(held.get(line.service, ())) == drugs
    whole = line.service if own else names.widest([name for name, parts in held.items() if set(parts) == drugs])
    if whole is None:
        line.error = f"no drug is known that holds {' and '.join(f'`{drug}`' for drug in sorted(drugs))}"
        return line
    strong = _first_strength(said, whole, line.strength_mg if whole in found else None, names)
    return msgspec.structs.replace(line, service=whole, parts=[], ingredients=[], strength_mg=strong)


def mixture(named: list[str], form: str, names: Names) -> Request:
    """Read the ingredients of a medication as a mixture in its form; one that is not read makes an error."""
    unknown = [name for name in named if not _is_drug(names.line(name).service, names)]
    line = names.line(f"{', '.join(named)} {form}")
    if unknown or len(line.ingredients) != len(named):
        said = ", ".join(f"`{name}`" for name in unknown or named)
        line.error = f"an ingredient of the medication is not understood: {said}"
    return line


def _is_drug(name: str | None, names: Names) -> bool:
    return name is not None and names.vocabulary.is_a(name, "drug")


def _named(said: str, names: Names) -> Iterable[str]:
    """List the drugs that words name, without the forms in which drugs come."""
    for mention in names.vocabulary.lexicon.mentions(said):
        name = names.vocabulary.named(mention, "drug")
        if name and name not in names.vocabulary.compounds and not names.vocabulary.is_general(name):
            yield name


def _held(name: str, names: Names) -> tuple[str, ...]:
    held = names.vocabulary.composition.contents.get(name, ())
    return held if len(held) >= _SEVERAL else (name,)


def _formed(line: Request, said: str, found: list[str], names: Names) -> Request:
    """Take the product of a drug in its form ("diclofenac sodium Topical Gel") for the drug alone."""
    forms = [
        f for f in names.vocabulary.compounds if any(f in m.names for m in names.vocabulary.lexicon.mentions(said))
    ]
    if found != [line.service] or len(forms) != 1:
        return line
    product = names.vocabulary.composition.products.get((forms[0], found[0]))
    return msgspec.structs.replace(line, service=product) if product else line


def _first_strength(said: str, whole: str, named: float | None, names: Names) -> float | None:
    """Read how strong the drug is that a combination is named after first; not told apart, it is unknown."""
    parts = [part for part in _BETWEEN.split(said) if strength(part, drug=True)]
    if len(parts) < _SEVERAL:
        return named
    first = [part for part in parts if names.is_named_after(whole, _inner(part, names))]
    return strength(first[0], drug=True) if len(first) == 1 else None


def _inner(part: str, names: Names) -> str | None:
    """Name the one drug of a part of a name; a brand of the whole may stand beside it."""
    found = [name for name in dict.fromkeys(_named(part, names)) if len(_held(name, names)) < _SEVERAL]
    return found[0] if len(found) == 1 else None
