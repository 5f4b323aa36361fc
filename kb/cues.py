"""Name the English words that tell in what sense something is mentioned: done, going on, planned, denied, supposed.

These are words of the language of reports, not of medicine; what is mentioned comes from the ontology.
"""

import re
from typing import Literal

Sense = Literal["past", "current", "planned", "taken", "prescribed", "family", "supposed", "spread"]

# A sentence that tells of the dispute, not of the patient: what was asked, and what utilization review thought of it.
DISPUTE = re.compile(
    r"\butili[sz]ation\s+review|\bUR\b|\bclaims\s+(?:administrator|adjuster)|\bIMR\b|\bindependent\s+medical\s+review"
    r"|\bnon-?certif|\bnot\s+(?:medically\s+necessary|certified)|\boriginal\s+request|\b(?:appeal|dispute)\w*"
    r"|\brequests?\s+(?:for|was|were|is|are)\b|\b(?:prior|previous|original)\s+(?:review|determination|decision)"
    r"|\b(?:requested|requests?|seeking)\s+(?:an?\s+)?authori[sz]ation|\brequest(?:s|ed|ing)?\s+for\s+authori[sz]ation"
    r"|\bauthori[sz]ation\s+(?:is|was|for|requested)|\b(?:was|were)\s+(?:previously\s+)?(?:denied|approved|modified)\b"
    r"|\bdenials?\b|\brequests?\s+below\b|\bat\s+issue\b|\b(?:denied|modified)\s+(?:due|because|as|for)\b"
    r"|\bRFA\b|\bthis\s+(?:review|request|appeal)\b|\bguidelines?\b",
    re.I,
)

_SENSES: tuple[tuple[Sense, str], ...] = (
    ("family", r"family\s+(?:medical\s+)?history|\b(?:mother|father|brother|sister|parent)s?\b"),
    (
        "supposed",
        r"\bif\b|\bunless\b|\bin\s+case\b|\brule\s+out\b|\bruling\s+out\b|\br/o\b|\bto\s+(?:evaluate|assess|exclude|check|confirm|see)\b"
        r"|\b(?:possible|possibly|probable|suspected|suspicious|concern(?:ed)?|questionable)\b|\bversus\b|\bvs\b|\bmay\s+have\b"
        r"|\binsufficient\b|\b(?:no|not|lack\s+of)\s+(?:\w+\s+)?document\w*\b"
        r"|\brisk\s+(?:of|for)\b|\bcould\b|\bwould\b",
    ),
    (
        "spread",
        r"\b(?:radiat|travel|shoot|spread|go(?:es|ing)\s+(?:down|into))\w*\b(?:\s+(?:pain|symptoms?))?|\breferred\s+(?:pain\s+)?to\b",
    ),
    (
        "planned",
        r"\b(?:treatment|care)\s+plans?\b|\bplan\s+(?:of\s+care|of\s+treatment|is|was|included?|includes|consist\w*)\b|\bthe\s+plan\b"
        r"|\bplans?\s*:|\brecommend\w*|\brequest(?:s|ed|ing)?\b|\bwill\b|\bto\s+(?:begin|start|undergo|have|get|receive|attend)\b"
        r"|\bschedul\w+|\border(?:s|ed|ing)?\b|\bawait\w*|\bpending\b|\bsuggest\w*|\bpropos\w+|\brefer(?:red|ral|s)\b"
        r"|\bshould\b|\bneeds?\b|\bwould\s+like\b|\bintent\b|\bconsider\w*|\bplanned\b|\badvised\b",
    ),
    (
        "current",
        r"\bcontinu(?:e|es|ed|ing|ation)\b|\bcurrent(?:ly)?\b|\bongoing\b|\bis\s+(?:doing|taking|using|attending|participating|performing|on)\b"
        r"|\b(?:takes|taking|uses|using|performs?|performing|practi[cs]es?|does|exercises)\b"
        r"|\bremains?\s+on\b|\bmaintain\w*|\bkeeps?\s+up\b|\b(?:undergoing|began|begun|started|initiated|enrolled)\b",
    ),
    ("taken", r"\bmedications?\s+(?:list\w*|includ\w*|consist\w*|(?:were|are)\s+noted|regimen)"),
    ("prescribed", r"\bprescri(?:be|bes|bed|bing|ptions?)\b|\brefill\w*|\brenew\w*|\bdispens\w+"),
    (
        "past",
        r"\b(?:completed|received|attended|underwent|undergone|finished|had|given|administered|tried|trialed|failed|used|took)\b"
        r"|\btreated\s+(?:with|by)\b|\btreatments?\s+(?:to\s+date|has|have|had|included?|thus\s+far|so\s+far)\b|\bto\s+date\b"
        r"|\b(?:prior|previous(?:ly)?|past|earlier|history\s+of|status\s+post|s/p|after|following|since|discontinued|stopped|was\s+done|ago)\b",
    ),
)
SENSES = tuple((sense, re.compile(pattern, re.I)) for sense, pattern in _SENSES)


def _phrases(words: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for line in words.splitlines() for phrase in line.split(";") if phrase.strip())


# negspacy's own English terms do most; these are taken out (they suppose, or they are too broad) or put in.
NOT_NEGATIVE = (
    "rule",
    "r/o",
    "ro",
    "versus",
    "evaluate",
    "doubt",
    "symptoms atypical",
    "ruled",
    "not",
    "declined",
    "free",
)
NEGATIVE_BEFORE = _phrases(
    """
    not have; not have any; not had; not having; not reveal; not show; not any; not report; not complain; not been
    not demonstrate; was not; were not; is not; are not; no longer; negative; negative for; lack of; lacks; absent
    denial of; not using; not taking; not attended; not started; not received
    """
)
NO_DENIAL = _phrases("no improvement; no relief; no response; no benefit; no better; no worse; not improved; not only")
NEGATIVE_AFTER = _phrases(
    """
    was negative; were negative; is negative; are negative; was absent; were absent; not present; not noted
    not documented; not seen; was ruled out; were ruled out
    """
)
END_OF_NEGATION = _phrases(
    """
    positive; intact; normal; good; full; has; had; with; reports; reported; revealed; showed; there is; there was
    there were; there are; presents; continues; because; due to; and is; and was; while
    """
)

# A denial reaches the things listed after it, not past a figure or a long way on.
DENIAL = re.compile(
    r"\b(?:no|not|without|den(?:y|ies|ied|ying|ial)|negative|never|lack\w*|absent|absence|free|nor)\b|n't\b", re.I
)
DENIAL_AFTER = re.compile(
    r"[^.;,]{0,60}?\b"
    r"(?:(?:was|were|is|are)\s+(?:all\s+|also\s+)?(?:negative|absent|not|ruled\s+out|unlikely)|not\s+(?:present|noted|seen))\b"
    r"|[^.;,]{0,40}n't\b|[^a-z]{0,3}(?:tests?\s+|signs?\s+)?negative\b",
    re.I,
)
REACH = 100

# Said after a thing, these make it a plan ("therapy and a brace were ordered") or care that goes on.
PLANNED_AFTER = re.compile(
    r"[^.;]*?\b(?:was|were|is|are|has\s+been|have\s+been)\s+(?:also\s+|being\s+|still\s+|all\s+|both\s+)?"
    r"(?:schedul|recommend|request|order|plan|propos|suggest|pending|consider|discuss|advis|sought|need|necessary|warrant|to\s+be)\w*",
    re.I,
)
CONTINUED = re.compile(r"\bcontinu\w+|\bresum\w+|\bkeep\w*\b", re.I)
CURRENT_AFTER = re.compile(r"[^.,;]{0,30}\b(?:daily|regularly|every\s+day|at\s+home)\b", re.I)
MORE = re.compile(r"\b(?:more|additional(?:ly)?|further|another)\b", re.I)
