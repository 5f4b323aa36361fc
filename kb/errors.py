"""Name the errors that a user can cause and can mend.

KbError
├── UnreadableFileError    unreadable-file     the bytes are no PDF or no UTF-8, are locked, empty or too many
├── LetterFormatError      letter-format       a heading or a label of the letter is not where it must be
│   └── BadDateError       bad-date            a date in the header is no day of the calendar
├── CaseError              invalid-case        a case has an unknown key, a value of the wrong kind or nothing to decide
├── FhirError              invalid-fhir        a call of CDS Hooks or a FHIR resource does not conform
│   └── PrefetchError      prefetch-missing    a call of CDS Hooks lacks the part of the record that is needed
├── UnknownConceptError    unknown-concept     a word is no concept of the ontology
├── ParameterError         invalid-parameter   a parameter of an address or a question is missing, unknown or malformed
├── LineError              invalid-line        one request line cannot be decided; the others are
├── KnowledgeError         invalid-knowledge   an ontology file is malformed or contradicts the schema
│   └── ContradictionError contradiction       axioms contradict each other, or leave a class without any instance
├── ReasonerMissingError   reasoner-missing    the reasoner's Java is not installed
├── QueryError             invalid-query       a SPARQL query is malformed or refused
│   ├── FormatError        format              what a SPARQL query finds cannot be written in the format asked for
│   └── QueryTimeout       query-timeout       a SPARQL query ran longer than its limit and was stopped
├── LogError               log-unusable        a log of decisions cannot be written or is damaged
└── StoreError             store-unreachable   a SPARQL endpoint or a folder of decisions cannot be used
"""

from typing import Any, ClassVar

_SAID = {
    "number": "case number `{}`",
    "ur_decided": "utilization review of {}",
    "summary": "the summary",
    "requests": "the requests",
}


class KbError(Exception):
    """Stand for an expected error, told in one lower-case sentence that names the way out.

    `code` is the short name that the command line and the web service show; it never changes.

    >>> issubclass(BadDateError, KbError), BadDateError.code
    (True, 'bad-date')
    """

    code: ClassVar[str] = "error"


class UnreadableFileError(KbError):
    """Tell that no text can be had from a file."""

    code = "unreadable-file"


class LetterFormatError(KbError):
    """Tell which heading or label of a letter was not found.

    `read` holds what was read of the letter all the same: its number and days, its summary, its requests.
    """

    code = "letter-format"

    def __init__(self, message: str) -> None:
        """Take the sentence."""
        self.read: dict[str, Any] = {}
        super().__init__(message)

    def keep(self, read: dict[str, Any]) -> None:
        """Keep what was read, and say so."""
        self.read = read
        said = [_SAID[name].format(value) for name, value in read.items() if name in _SAID]
        if said:
            self.args = (f"{self.args[0]}; what was read: {', '.join(said)}",)


class BadDateError(LetterFormatError):
    """Tell which date of the header cannot be."""

    code = "bad-date"


class CaseError(KbError):
    """Tell where a case does not have the shape of a case."""

    code = "invalid-case"


class FhirError(KbError):
    """Tell which element of a call or of a FHIR resource does not conform."""

    code = "invalid-fhir"


class PrefetchError(FhirError):
    """Tell what must be prefetched."""

    code = "prefetch-missing"


class UnknownConceptError(KbError):
    """Tell which word is no concept, and which concepts are spelled nearly so."""

    code = "unknown-concept"


class ParameterError(KbError):
    """Tell which parameter of an address or question, or option of the service, is missing, unknown or malformed."""

    code = "invalid-parameter"


class LineError(KbError):
    """Tell why one request line cannot be decided."""

    code = "invalid-line"


class KnowledgeError(KbError):
    """Tell which ontology file cannot be used, and where."""

    code = "invalid-knowledge"


class ContradictionError(KnowledgeError):
    """Tell which few axioms contradict each other; without any one of them, they would not.

    `axioms` are those axioms in words, each with its file.
    """

    code = "contradiction"

    def __init__(self, what: str, axioms: list[tuple[str, str]]) -> None:
        """Word the message: what is wrong, the axioms it follows from, the way out."""
        self.axioms = axioms
        listed = "; ".join(f"`{axiom}` in {file}" for axiom, file in axioms)
        super().__init__(f"{what} because of {listed}; mend or remove one of these axioms")


class ReasonerMissingError(KbError):
    """Tell how to install the reasoner."""

    code = "reasoner-missing"


class QueryError(KbError):
    """Tell why a SPARQL query is not run."""

    code = "invalid-query"


class FormatError(QueryError):
    """Tell that rows cannot be written as triples, or triples as rows."""

    code = "format"


class QueryTimeout(QueryError):
    """Tell that a SPARQL query was stopped at its time limit."""

    code = "query-timeout"


class StoreError(KbError):
    """Tell that a SPARQL endpoint does not answer as it must, or why a folder of decisions cannot be used."""

    code = "store-unreachable"


class LogError(KbError):
    """Tell why a log of decisions cannot be written or read on."""

    code = "log-unusable"
