"""Hold the printed forms of a letter: the fixed words of `forms.toml`."""

import re
import tomllib
from importlib.resources import files
from typing import Literal

import msgspec

Part = Literal["reviewer", "documents", "summary", "requests", "guideline", "reasons"]
FormName = Literal["case_number", "notice_2013", "documents_reviewed", "professional_review"]


class Heading(msgspec.Struct, frozen=True):
    """Hold a heading and what stands below it."""

    words: str
    part: Part
    optional: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one printed form; `labels` are the words before what UR cited, what IMR cited and why."""

    name: FormName
    header_until: Part
    requests: Literal["labelled", "finding", "listed"]
    headings: tuple[Heading, ...]
    labels: tuple[tuple[str, ...], ...] = ()
    finding: str = ""
    reasons: str = ""
    number_required: bool = False
    summary_by_ur: bool = False


_DATA = tomllib.loads((files("kb.letter") / "forms.toml").read_text(encoding="utf-8"))
FORMS = tuple(msgspec.convert(_DATA["form"], list[Form]))
FIELDS: dict[str, list[str]] = _DATA["fields"]
RUNNING_LINE = re.compile(rf"(?im:^[ \t]*(?:{'|'.join(_DATA['running']['lines'])})[ \t]*$)")
TOLD_BY_UR: list[str] = _DATA["told_by_ur"]["words"]

CASE_NUMBER = FORMS[0]
HEADINGS = tuple(heading.words for heading in CASE_NUMBER.headings)
DETERMINATION, SUMMARY, ISSUES = HEADINGS
LABELS = tuple(words for (words,) in CASE_NUMBER.labels)
UR_GUIDELINE, IMR_GUIDELINE, RATIONALE = LABELS


def spelled(words: str) -> str:
    r"""Write fixed words as a pattern for which any blanks and line ends between words are one blank.

    >>> bool(re.fullmatch(spelled("Case Number:"), "Case  Number :")), bool(re.fullmatch(spelled("A B"), "AB"))
    (True, False)
    """
    return r"\s+".join(map(re.escape, words.split())).replace(":", r"\s?:").replace("'", "['’]")


def placed(words: str, *, anywhere: bool) -> str:
    """Write fixed words as a pattern that finds them in any letters where a line begins, and as printed anywhere."""
    pattern = spelled(words)
    return rf"(?im:^[ \t]*(?:\d{{1,2}}[.)][ \t]*)?{pattern})" + (f"|{pattern}" if anywhere else "")
