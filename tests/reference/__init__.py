"""Reference evaluator: section 3 of the design, walked literally over the rdflib graph, without SPARQL."""

from .lines import decide
from .rules import Reference, load

__all__ = ["Reference", "decide", "load"]
