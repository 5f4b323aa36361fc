"""Decide, explain and query treatment requests under California's guidelines."""

from kb.determine import determine, determine_many
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
