"""Name the English words that tell in what sense something is mentioned: done, going on, planned, denied, supposed.

These are words of the language of reports, not of medicine; what is mentioned comes from the ontology. A list
is written as phrases between semicolons; `*` stands for any ending of a word, `(a|b)` for a choice.
"""

import re
from typing import Literal

Sense = Literal["past", "current", "planned", "taken", "prescribed", "family", "supposed", "spread"]


def _phrases(words: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in words.replace("\n", ";").split(";") if phrase.strip())


def _any_of(words: str) -> str:
    r"""Write phrases as one pattern.

    >>> _any_of("recommend*; (is|was) taking")
    '\\b(?:recommend\\w*|(?:is|was)\\s+taking)(?!\\w)'
    """
    patterns = (p.replace("*", r"\w*").replace("(", "(?:").replace(" ", r"\s+") for p in _phrases(words))
    return rf"\b(?:{'|'.join(patterns)})(?!\w)"


# --- whom and what a sentence is about --------------------------------------------------------------------------

# A sentence that tells of the dispute, not of the patient: what was asked, and what utilization review thought of it.
DISPUTE = re.compile(
    _any_of(
        """
        utili(s|z)ation review; claims (administrator|adjuster); independent medical review
        non-certif*; noncertif*; not (medically necessary|certified); original request; appeal*; disput*
        request (for|was|is); requests (for|were|are); (prior|previous|original) (review|determination|decision)
        (requested|requests|request|seeking) authori(s|z)ation
        (request|requests|requested|requesting) for authori(s|z)ation
        (requested|requests|seeking) an authori(s|z)ation; authori(s|z)ation (is|was|for|requested)
        (was|were) (denied|approved|modified); (was|were) previously (denied|approved|modified)
        denial; denials; (request|requests) below; at issue; (denied|modified) (due|because|as|for)
        this (review|request|appeal); guideline; guidelines
        """
    )
    + r"|\b(?-i:UR|IMR|RFA)\b",
    re.I,
)

_SENSES: tuple[tuple[Sense, str], ...] = (
    ("family", "family history; family medical history; (mother|father|brother|sister|parent); parents"),
    (
        "supposed",
        """
        if; unless; in case; rule out; ruling out; r/o; to (evaluate|assess|exclude|check|confirm|see)
        possible; possibly; probable; suspected; suspicious; concern; concerned; questionable; versus; vs; may have
        insufficient; (no|not) document*; (no|not|lack of) (clear|further|adequate|recent|any) document*
        lack of document*; risk (of|for); could; would
        """,
    ),
    (
        "spread",
        "radiat*; travel*; shoot*; spread*; (goes|going) (down|into); referred to; referred pain to",
    ),
    (
        "planned",
        """
        (treatment|care) (plan|plans); plan (of|is|was|include|included|includes|consist*); the plan; plan:; plans:
        recommend*; request; requests; requested; requesting; will; to (begin|start|undergo|have|get|receive|attend)
        schedul*; order; orders; ordered; ordering; await*; pending; suggest*; propos*; referred; referral; refers
        should; instruct*; need; needs; would like; intent; consider*; planned; advised
        """,
    ),
    (
        "current",
        """
        continue; continues; continued; continuing; continuation; current; currently; ongoing
        is (doing|taking|using|attending|participating|performing|on); takes; taking; uses; using; perform; performs
        performing; practice; practices; practises; does; exercises; remain on; remains on; maintain*; keep up; keeps up
        undergoing; began; begun; started; initiated; enrolled; attends; compliant; compliance; participat*; follows
        engage; engaged; engages
        """,
    ),
    (
        "taken",
        "(medication|medications) (list*|includ*|consist*|regimen); (medication|medications) (were|are) noted",
    ),
    ("prescribed", "prescribe; prescribes; prescribed; prescribing; prescription*; refill*; renew*; dispens*"),
    (
        "past",
        """
        completed; received; attended; underwent; undergone; finished; had; given; administered; tried; trialed; failed
        used; took; treated (with|by); (treatment|treatments) (to date|has|have|had|include|included|thus far|so far)
        to date; prior; previous; previously; past; earlier; history of; status post; s/p; after; following; since
        discontinued; stopped; was done; ago
        """,
    ),
)
SENSES = tuple((sense, re.compile(_any_of(words), re.I)) for sense, words in _SENSES)

# --- words after a thing ----------------------------------------------------------------------------------------

_IS = r"(?:was|were|is|are|has\s+been|have\s+been)\s+(?:(?:also|being|still|all|both)\s+)?"
_TO_COME = (
    "schedul*; recommend*; request*; order*; plan*; propos*; suggest*; pending; consider*; discuss*; advis*; sought"
)
_GOES_ON = "document*; ongoing; in place; in progress; in use; done; perform*; under way; underway; continu*; current"

# Said after a thing, these make it a plan ("therapy and a brace were ordered") or care that goes on.
PLANNED_AFTER = re.compile(rf"[^.;]*?\b{_IS}{_any_of(_TO_COME + '; need*; necessary; warrant*; to be')}", re.I)
CURRENT_AFTER = re.compile(
    rf"[^.,;]{{0,30}}{_any_of('daily; regularly; every day; at home')}|\s*continues\b"
    rf"|\s*(?:is|are)\s+(?:(?:also|being|still)\s+)?{_any_of(_GOES_ON)}",
    re.I,
)
CONTINUED = re.compile(_any_of("continu*; resum*; keep*"), re.I)
MORE = re.compile(_any_of("more; additional; additionally; further; another"), re.I)

# --- denial -----------------------------------------------------------------------------------------------------

# negspacy's own English terms do most; these are taken out (they suppose, or they are too broad) or put in.
NOT_NEGATIVE = _phrases("rule; r/o; ro; versus; evaluate; doubt; symptoms atypical; ruled; not; declined; free")
NEGATIVE_BEFORE = _phrases(
    """
    does not; do not; did not; has not; have not; not have; not have any; not had; not having; not reveal; not show
    not any; not report; not complain; not been; not demonstrate; was not; were not; is not; are not; no longer
    negative; negative for; lack of; lacks; absent; denial of; not using; not taking; not attended; not started
    not received
    """
)
NEGATIVE_AFTER = _phrases(
    """
    was negative; were negative; is negative; are negative; was absent; were absent; not present; not noted
    not documented; not seen; was ruled out; were ruled out
    """
)
NO_DENIAL = _phrases("no improvement; no relief; no response; no benefit; no better; no worse; not improved; not only")
END_OF_NEGATION = _phrases(
    """
    positive; intact; normal; good; full; has; had; with; reports; reported; revealed; showed; there is; there was
    there were; there are; presents; continues; because; due to; and is; and was; while
    """
)

# A denial reaches the things listed after it, not past a figure or a long way on; that of a verb less far.
DENIAL = re.compile(
    _any_of("no; not; without; den(y|ies|ied|ying|ial); negative; never; lack*; absent; absence; nor") + r"|n't\b", re.I
)
DENIAL_AFTER = re.compile(
    r"[^.;,]{0,60}?\b(?:(?:was|were|is|are)\s+(?:(?:all|also)\s+)?(?:negative|absent|not|ruled\s+out|unlikely)"
    r"|not\s+(?:present|noted|seen))\b|[^.;,]{0,40}n't\b|[^a-z]{0,3}(?:(?:test|sign)s?\s+)?negative\b",
    re.I,
)
VERB_DENIED = re.compile(
    r"(?:do|does|did|has|have)(?:\s+not|n't)\b(?!\s+(?:have|had|show|reveal|report|complain|been|demonstrate))", re.I
)
REACH, SHORT_REACH = 100, 25
