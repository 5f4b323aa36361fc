"""Decide, explain and query treatment requests under California's guidelines."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kb.errors import (
    BadDateError,
    CaseError,
    ContradictionError,
    FhirError,
    FormatError,
    KbError,
    KnowledgeError,
    LetterFormatError,
    LineError,
    LogError,
    ParameterError,
    PrefetchError,
    QueryError,
    QueryTimeout,
    ReasonerMissingError,
    StoreError,
    UnknownConceptError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from kb.determination import determine, determine_many
    from kb.knowledge.base import Knowledge, load_knowledge

__all__ = [
    "BadDateError",
    "CaseError",
    "ContradictionError",
    "FhirError",
    "FormatError",
    "KbError",
    "Knowledge",
    "KnowledgeError",
    "LetterFormatError",
    "LineError",
    "LogError",
    "ParameterError",
    "PrefetchError",
    "QueryError",
    "QueryTimeout",
    "ReasonerMissingError",
    "StoreError",
    "UnknownConceptError",
    "UnreadableFileError",
    "determine",
    "determine_many",
    "load_knowledge",
]

_WHERE = {
    "Knowledge": "kb.knowledge.base",
    "determine": "kb.determination",
    "determine_many": "kb.determination",
    "load_knowledge": "kb.knowledge.base",
}

if not TYPE_CHECKING:  # else every name would be taken for one that is there

    def __getattr__(name: str) -> Any:
        """Import what takes long when it is first asked for: a command imports no more than it uses."""
        if name not in _WHERE:
            raise AttributeError(f"module `kb` has no attribute `{name}`")
        globals()[name] = found = getattr(import_module(_WHERE[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
