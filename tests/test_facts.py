"""From a clinical summary to facts: sense, place, count, dates, outcome; and what may not influence them."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kb.facts.reading import readers
from kb.letter.form import IMR_GUIDELINE, RATIONALE, UR_GUIDELINE
from kb.letter.reader import read_letter, read_text
from kb.review import review_together

ROOT = Path(__file__).resolve().parents[1]
LETTERS = ROOT / "tests" / "letters"
SHARED = ROOT.parent / "shared" / "letters"
FILES = [LETTERS / "massage_2014.txt", LETTERS / "two_requests_2016.txt"]
if SHARED.is_dir():
    FILES += sorted(path for path in SHARED.iterdir() if path.stem.startswith(("CM13", "CM16", "CM17")))
SECONDS_A_LETTER = 0.04


@pytest.fixture(scope="module")
def read(knowledge):
    def facts(summary, *requested):
        return readers(knowledge).facts.read(summary, 0, len(summary), requested)

    return facts


def told(facts):
    return [(fact.concept, fact.status, fact.site) for fact in facts]


# --- diagnoses and findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("She has pain in her lumbar spine.", [("low_back_pain", "present", "lumbar_spine")]),
        ("He complains of left shoulder pain.", [("shoulder_pain", "present", "shoulder")]),
        ("The neck, back and right knee hurt: pain in the neck.", [("cervicalgia", "present", "cervical_spine")]),
        ("There is pain.", []),
        (
            "He complains of neck and low back pain.",
            [("low_back_pain", "present", "lumbar_spine"), ("cervicalgia", "present", "cervical_spine")],
        ),
        ("Low back pain radiates to the left hip.", [("low_back_pain", "present", "lumbar_spine")]),
        ("Diagnosis: strain of the neck.", [("cervical_strain", "present", "cervical_spine")]),
        ("Treated for a vertebral unspecified type fracture.", [("vertebral_fracture", "present", "spine")]),
        ("Films showed no fracture of the wrist.", [("fracture", "absent", "wrist")]),
        ("An MRI was advised to rule out lumbar stenosis.", []),
        ("Family history: diabetes.", []),
        ("The request for treatment of hypertension was denied.", []),
    ],
)
def test_diagnoses(summary, expected, read):
    assert told(read(summary).diagnoses) == expected


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Tenderness over the lumbar spine.", [("tenderness", "present", "lumbar_spine")]),
        ("Examination of the right knee revealed swelling.", [("swelling", "present", "knee")]),
        (
            "Spasm and tenderness were noted over the neck.",
            [("muscle_spasm", "present", "cervical_spine"), ("tenderness", "present", "cervical_spine")],
        ),
        (
            "He denies numbness, tingling or weakness.",
            [("paresthesia", "absent", None), ("motor_weakness", "absent", None)],
        ),
        ("Straight leg raise was negative.", [("positive_straight_leg_raise", "absent", "lumbar_spine")]),
        (
            "There is no spasm, but tenderness is present.",
            [("muscle_spasm", "absent", None), ("tenderness", "present", None)],
        ),
        ("If swelling develops he should return.", []),
        (
            "He could not manage at home, as he was not able to transfer independently.",
            [("unable_to_transfer", "present", None)],
        ),
        ("He reported a dense numbness in the radial digits.", [("sensory_loss", "present", "finger")]),
    ],
)
def test_findings(summary, expected, read):
    assert told(read(summary).findings) == expected


# --- treatments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "site"),
    [
        ("He complained of persistent right shoulder pain.", "shoulder"),
        ("She continues to have pain in the neck.", "cervical_spine"),
        ("The low back pain persists.", "lumbar_spine"),
        ("Her knee pain has not improved.", "knee"),
        ("He has knee pain.", None),
        ("He denies persistent knee pain.", None),
        ("He continued his work. He has knee pain.", None),
    ],
)
def test_a_complaint_that_goes_on_is_a_finding(summary, site, read):
    found = [fact.site for fact in read(summary).findings if fact.concept == "persistent_symptoms"]
    assert found == ([site] if site else [])


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        ("The plan included a consultation with an orthopedic surgeon to evaluate the hip.", True),
        ("He will have an orthopedic referral for possible surgery.", True),
        ("The plan included a consultation with an orthopedic surgeon.", False),
        ("He had a consultation with an orthopedic surgeon to evaluate the hip.", False),
    ],
)
def test_a_planned_consultation_with_its_purpose_says_that_help_is_wanted(summary, wanted, read):
    assert any(fact.concept == "needs_treatment_expertise" for fact in read(summary).findings) == wanted


def course(read, summary, *requested):
    (found,) = read(summary, *requested).treatments
    return found


def test_a_counted_course_with_its_dates(read):
    found = course(read, "He had 8 sessions of physical therapy from 10/03/2016 to November 2, 2016.")
    assert (found.service, found.status, found.quantity, found.unit) == ("physical_therapy", "past", 8, "visit")
    assert (found.start, found.to) == (dt.date(2016, 10, 3), dt.date(2016, 11, 2))


@pytest.mark.parametrize(
    ("summary", "status", "quantity"),
    [
        ("Treatment to date has included acupuncture.", "past", None),
        ("He completed acupuncture x 6.", "past", 6),
        ("He has completed 5 of 6 acupuncture sessions.", "past", 5),
        ("He is attending acupuncture.", "current", None),
        ("He began acupuncture.", "current", None),
        ("The plan is to begin acupuncture.", "planned", None),
        ("Acupuncture was recommended.", "planned", None),
    ],
)
def test_status_and_count(summary, status, quantity, read):
    found = course(read, summary)
    assert (found.service, found.status, found.quantity) == ("acupuncture", status, quantity)


def test_what_is_requested_is_neither_past_nor_planned(read):
    plan = "Treatment plan was 6 more visits of massage and a home exercise program."
    assert [t.service for t in read(plan, "massage_therapy").treatments] == ["home_exercise_program"]
    assert read("Utilization review denied acupuncture after 6 visits of acupuncture.").treatments == []


def test_one_course_told_twice_is_one(read):
    found = course(read, "Treatment has included physical therapy. He has had 6 visits of physical therapy.")
    assert found.quantity == 6
    found = course(
        read, "At least five physical therapy sessions were given. Four physical therapy visits were completed."
    )
    assert found.quantity == 5


def test_a_further_course_is_another(read):
    told = read("Six physical therapy visits were given. Another 4 physical therapy visits were completed.").treatments
    assert [t.quantity for t in told] == [6, 4]


@pytest.mark.parametrize(
    ("summary", "outcome"),
    [
        ("He had 4 visits of acupuncture with improvement.", "improved"),
        ("He had 4 visits of acupuncture. There was no improvement.", "unchanged"),
        ("He had 4 visits of acupuncture, which did not help; he is worse.", "worse"),
        ("He had 4 visits of acupuncture. The low back pain is worse.", "unknown"),
        ("He had 4 visits of acupuncture.", "unknown"),
    ],
)
def test_an_outcome_only_when_plainly_told(summary, outcome, read):
    assert course(read, summary).outcome == outcome


def test_a_course_that_was_not_had_is_absent(read):
    facts = read("There has been no prior acupuncture.")
    assert facts.treatments == []
    assert told(facts.findings) == [("acupuncture", "absent", None)]


# --- medications and documents ----------------------------------------------------------------------------------


def test_medications_with_strength_and_times_a_day(read):
    (found,) = read("Current medications include naproxen 500 mg twice a day.").medications
    assert (found.concept, found.status, found.strength_mg, found.per_day) == ("naproxen", "current", 500, 2)
    (found,) = read("He previously used tramadol.").medications
    assert found.status == "past"
    assert read("The plan includes tramadol.", "tramadol").medications == []


@pytest.mark.parametrize(
    ("summary", "drugs"),
    [
        ("Naproxen was prescribed. The request for naproxen was a first-time request.", []),
        ("Naproxen was prescribed. The request for naproxen was a renewal.", ["naproxen"]),
        ("He is taking naproxen. The request for tramadol was a first-time request.", ["naproxen"]),
    ],
)
def test_a_drug_asked_for_the_first_time_was_not_taken(summary, drugs, read):
    assert [drug.concept for drug in read(summary, "naproxen", "tramadol").medications] == drugs


def test_what_is_denied_only_as_new_is_not_denied(read):
    assert told(read("Films of the wrist showed no acute fracture.").diagnoses) == []
    assert told(read("Films of the wrist showed no fracture.").diagnoses) == [("fracture", "absent", "wrist")]


def test_a_drug_taken_since_a_day_goes_on(read):
    (found,) = read("Treatment has included tramadol since at least 11-8-16.").medications
    assert (found.status, found.start) == ("current", dt.date(2016, 11, 8))


def test_documents(read):
    assert [d.concept for d in read("A pain agreement and a urine drug test report are on file.").documents]


# --- the whole letter -------------------------------------------------------------------------------------------


def test_spacy_is_imported_only_to_read_facts():
    code = "import kb, kb.facts.reading, kb.review, sys; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def told_by(answer):
    for request in answer["requests"]:
        request.pop("published")
        request["determination"] = msgspec.json.encode(request["determination"])
    quotes = [answer["text"][f["quote"]["start"] : f["quote"]["end"]] for f in answer["facts"]]
    facts = [{key: value for key, value in fact.items() if key != "quote"} for fact in answer["facts"]]
    return answer["case"]["number"], facts, quotes, answer["requests"]


def blanked(text, letter, same_length):
    """Put other words in the place of outcome words, citations and rationale."""
    cuts = []
    for request in letter.requests:
        end = text.index(UR_GUIDELINE, request.span.end)
        colon = text.index(":", request.span.end)
        cuts += [(colon + 1, end), (end + len(UR_GUIDELINE), text.index(IMR_GUIDELINE, end))]
        imr = text.index(IMR_GUIDELINE, end) + len(IMR_GUIDELINE)
        why = text.index(RATIONALE, imr)
        cuts += [(imr, why), (request.rationale.start, request.rationale.end)]
    for start, end in sorted(cuts, reverse=True):
        other = "".join("\n" if c == "\n" else " " for c in text[start:end]) if same_length else " Of no matter.\n\n"
        text = text[:start] + other + text[end:]
    return text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_outcome_citations_and_rationale_change_nothing(path, knowledge):
    """Lay a letter beside itself with spaces, and with other words, in their place."""
    text = read_text(path, path.name)
    others = [blanked(text, read_letter(text), same_length) for same_length in (True, False)]
    assert text not in others
    sources = [(words.encode(), path.stem) for words in (text, *others)]
    as_it_is, spaces, other_words = map(told_by, review_together(sources, knowledge))
    assert spaces == as_it_is
    assert other_words == as_it_is
