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
    (
        "family",
        "family history; family medical history; siblings"
        "; (mother|father|brother|sister|parent|aunt|uncle|grandmother|grandfather)*",
    ),
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
        recommend*; request; requests; requested; requesting; will; start; starting
        to (begin|start|undergo|have|get|receive|attend)
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
        undergoing; began; begun; started; initiated
        (switched|changed|transitioned) to; going to; receiving; enrolled; attends; compliant; compliance; participat*
        follows; engage; engaged; engages; wear; wears; wearing
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
        (stop*|discontinu*|ceas*|quit) (taking|using|use of|the use of|the|his|her); discontinu*; stopp*
        wean* off; taken off; was done; ago; rendered; there (was|were)
        (studies|treatment|treatments|care) (was|were) noted to include; presented; fitted with
        (studies|testing|tests) (include|included|includes|have|has)
        """,
    ),
)
SENSES = tuple((sense, re.compile(_any_of(words), re.I)) for sense, words in _SENSES)

# After one of the family is named, all is told of the family, until the patient is named again.
OF_PATIENT = re.compile(_any_of("she; he; patient; worker; applicant; claimant"), re.I)

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
# Said after a plan, these go on to tell it: the words name no document.
PLAN_GOES_ON = re.compile(
    r"\s*(?:included?|includes|including|consist\w*|:|of\b|(?:is|was|were|has\s+been|will\s+be)\s+(?:for|to|as|a|an|the"
    r"|continue\w*|\d\S*|\w+ing)\b)",
    re.I,
)
NAMES_TEST = re.compile(r"[\s-]*(?:test|tests|testing|sign|signs|maneuver)\b", re.I)
TIME_ONLY = re.compile(r"after|following|since|prior|previous|previously|earlier", re.I)
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
    not documented; not seen; not provided; not included; not submitted; not available; not attached
    was ruled out; were ruled out
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
# What is denied only in so far as it is new ("no acute fracture") is not denied.
ONLY_NEW = re.compile(r"\b(?:acute|new|further|additional|other|recent)\s+$", re.I)

# --- care: had, not had, or only spoken of ----------------------------------------------------------------------

_HAVE = (
    "had; have; receive; received; undergone; undergo; try; tried; trialed; attend; attended; start; started; begin"
    "; begun; done; do; given; used; use; obtain; obtained; (participate|participated) in; (been|gone) to; initiated"
    "; performed; undertaken; taken place; administered"
)
_NOT = r"(?:(?:has|have|had|did|does|do|was|were|is|are)\s*(?:not|n['’]t)|not|never)\s+(?:(?:yet|ever|been|being)\s+)*"
_SUBJECT = r"(?:(?!\b(?:s?he|they|patient|worker|applicant|claimant|with|who|because|for)\b)[^.;:,])"

# "has not had any", before a thing, and what may stand between: nothing but small words and other things listed.
NOT_GIVEN_BEFORE = re.compile(rf"\b{_NOT}{_any_of(_HAVE)}", re.I)
SMALL_WORDS = re.compile(
    r"[\s,/]*(?:(?:any|prior|previous|recent|formal|further|additional|a|an|the|other|or|and|nor|with|of|to|in|his|her|more"
    r"|sessions?|visits?|course|courses|trial|treatment|treatments|specific|adequate|kind|form|recently)\b[\s,/]*)*",
    re.I,
)
UNHAD_AFTER = re.compile(
    rf"{_SUBJECT}{{0,60}}?\b{_NOT}{_any_of(_HAVE + '; commenced; scheduled')}"
    r"|[^.;:]{0,60}?\b(?:was|were|has\s+been|have\s+been)\s+(?:declined|refused|cancell?ed|withheld|deferred)\b",
    re.I,
)
# Any other verb denied after a thing leaves it open, unless it tells that the care came to nothing.
_CAME_TO_NOTHING = "help*; improv*; reliev*; effective; benefi*; success*; provid*; work*; prove*; result*"
NOT_GIVEN_AFTER = re.compile(
    rf"{_SUBJECT}{{0,60}}?\b{_NOT}(?!{_any_of(_CAME_TO_NOTHING)})(?!(?:only|significant\w*)\b)\w+", re.I
)
_WEIGHED = (
    "authori(s|z)*; approv*; certif*; denied; declined; refused; discuss*; an option; under consideration; optional"
)
OPEN_AFTER = re.compile(
    rf"{_SUBJECT}{{0,40}}?\b{_IS}{_any_of(_WEIGHED)}(?!.*\b(?:completed|attended|received|given|done|performed)\b)",
    re.I,
)
OPEN = re.compile(
    _any_of(
        """
        candidate*; eligible; whether; unclear; declin*; refus*; defer*; uninterested; interested in; avoid*; option*
        discuss*; alternativ*; in lieu of; instead of; (to|can|likely) benefit from; might; may; cannot; indicated for
        contraindicat*; no need; authori(s|z)*; approv*; certif*; denied; hold off; against; consent*; regarding
        role of; necessity; evidence; contemplat*; not ready; question of; opinion; decision; wish*; hop(e|es|ing)
        want*; prefer*
        """
    ),
    re.I,
)
UNCLEAR = re.compile(_any_of("whether; unclear; unknown if; uncertain"), re.I)
GIVEN_AFTER = re.compile(
    rf"(?:(?!\b(?:s?he|they|patient|worker|applicant|because)\b)[^.;:,]){{0,100}}?(?:\b{_IS}(?:\w+ly\s+)?"
    + _any_of(
        "given; done; performed; completed; tried; attended; provided; received; administered; obtained; used"
        "; undertaken; taken; conducted; carried out; finished; reviewed; negative; positive; normal; abnormal"
        "; consistent; read; unremarkable"
    )
    + "|"
    + _any_of(
        """
        show*; reveal*; demonstrat*; confirm*; indicated; indicates; found; finding*; came back; help*; provided; gave
        reliev*; improv*; reduc*; decreas*; eased; failed; dated; noted; in (19|20)*; completed
        performed; note*; report*; result*
        """
    )
    + r")|[\s,(]*(?:in\s+)?(?:19|20)\d\d\b|[^.;]{0,40}?\bon\s+\d{1,2}[-/]\d",
    re.I,
)

# --- drugs ------------------------------------------------------------------------------------------------------

GOES_ON_AFTER = re.compile(rf"\s*(?:{_IS})?(?:continued|resumed|restarted)\b", re.I)
NO_LONGER = re.compile(r"\bno\s+longer\s+(?:\w+\s+){0,3}$", re.I)
STOPPED_AFTER = re.compile(
    r"[\s,(-]*(?:discontinued|stopped|d/c)(?!\w)"
    rf"|{_SUBJECT}{{0,40}}?\b{_IS}(?:(?:then|later|subsequently|recently|since)\s+)?"
    + _any_of("discontinued; stopped; ceased; weaned; withdrawn; not tolerated; (switched|changed) to; replaced"),
    re.I,
)

# A drug asked for the first time was prescribed, and not taken before.
FIRST_TIME = re.compile(
    _any_of(
        "first-time; first time; de novo; new prescription; newly prescribed; initial (prescription|request|trial)"
    ),
    re.I,
)

# Said after a visit that is planned, these tell what the doctor wants it for.
PURPOSE_AFTER = re.compile(
    r"[^.;:,]{0,50}?\b(?:to\s+(?:evaluat\w+|address|assess|discuss|determine|consider|manage|assist|help|clarify)"
    r"|for\s+(?:(?:an?|further|possible|his|her|the)\s+)*(?:evaluation|management|opinion|consideration|clarification"
    r"|assessment|help|advice|possible|potential|surgical))\b",
    re.I,
)

# --- examination ------------------------------------------------------------------------------------------------

_LESS = "decreas*; diminish*; reduc*; impair*; lost; limited; restricted; less; asymmetric*; unequal; absent; weak"
_FULL = "intact; normal; full; symmetric*; symmetrical*; equal; preserved; unremarkable; within normal limits"
LESS, FULL = re.compile(_any_of(_LESS), re.I), re.compile(_any_of(_FULL), re.I)
LESS_BEFORE = re.compile(rf"{_any_of(_LESS)}\s+(?:(?!and\b|or\b)[a-z]+\s+){{0,1}}$", re.I)
FULL_BEFORE = re.compile(rf"{_any_of(_FULL)}\s+(?:(?!and\b|or\b)[a-z]+\s+){{0,1}}$", re.I)
LINK_BROKEN = re.compile(r"\b(?:and|but|with|except|no|not|without)\b|,", re.I)
EXAMINED = re.compile(
    _any_of("exam*; objective*; reveal*; demonstrat*; show*; tested; testing; test; noted; found; observ*; physical"),
    re.I,
)

# --- complaints that go on ---------------------------------------------------------------------------------------

_LASTING = "persistent; persisting; unresolved; unrelenting; continued; continuing; ongoing; lingering"
_GOING_ON = "continues; continued; persists; persisted; still; remains; remained"
LASTS_BEFORE = re.compile(
    rf"\b(?:{_any_of(_LASTING)}|{_any_of(_GOING_ON)}\s+(?:to\s+(?:have|report|complain|experience|suffer|note|present)"
    r"|complain\w*|report\w*|ha[sd]|symptomatic|with)\b)[^.;:]*$",
    re.I,
)
LASTS_AFTER = re.compile(
    r"\s+(?:that\s+|which\s+|symptoms\s+)?(?:(?:has|have|had)\s+)?"
    r"(?:persist\w*|continue[sd]?\b|remain\w*\b|(?:is|was|are|were)\s+(?:essentially\s+)?(?:unchanged|persistent)\b"
    r"|not\s+(?:improved|resolved)\b)",
    re.I,
)
