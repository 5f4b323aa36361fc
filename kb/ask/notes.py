"""Note what a person who asks a stored question may not see in its rows: defaults in use, and why there are none."""

from kb.ask.parameters import Parameter, parameters
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import queries
from kb.terms import CONCEPT, short


def defaults(name: str, values: dict[str, str]) -> str:
    """Tell which parameters of a question have their default, being given no value; nothing where none has.

    >>> defaults("editions", {})
    'not given, so by default: on=2013-10-18'
    >>> defaults("editions", {"on": "2016-12-01"})
    ''
    """
    used = ", ".join(f"{p.name}={p.default}" for p in parameters(queries("ask")[name]) if p.name not in values)
    return used and f"not given, so by default: {used}"


def nothing_found(name: str, values: dict[str, str], knowledge: Knowledge) -> str:
    """Tell that a question found nothing, and which concept given to it is of another kind than its default is."""
    known = parameters(queries("ask")[name])
    strays = [_stray(p, values[p.name], knowledge) for p in known if p.type == "concept" and p.name in values]
    return "; ".join(["nothing was found", *filter(None, strays)])


def _stray(parameter: Parameter, value: str, knowledge: Knowledge) -> str:
    wanted = _kinds(parameter.default, knowledge)
    if parameter.default not in knowledge.concepts or wanted & _kinds(value, knowledge):
        return ""
    return f"`{value}` is no {' or '.join(sorted(wanted))}, which parameter `{parameter.name}` is to name"


def _kinds(name: str, knowledge: Knowledge) -> frozenset[str]:
    """Name the branches of the hierarchy that a concept stands in, by the concepts that have nothing above them."""
    above = knowledge.above(CONCEPT + name)
    return frozenset(short(iri) for iri in above if knowledge.above(iri) == {iri})
