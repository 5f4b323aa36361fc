"""What plain sentences of letters must be read as, and what must not be read out of them."""

import pytest

from kb.facts.reading import readers


@pytest.fixture(scope="module")
def reader(knowledge):
    return readers(knowledge)


@pytest.fixture(scope="module")
def read(reader):
    def facts(summary, *requested):
        return reader.facts.read(summary, 0, len(summary), requested)

    return facts


# --- care: had, not had, only spoken of -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "summary",
    [
        "He has not had physical therapy.",
        "Physical therapy has not been started.",
        "She has not yet received any formal physical therapy.",
        "He did not undergo physical therapy.",
        "He has never had acupuncture or physical therapy.",
    ],
)
def test_care_that_was_not_had_is_absent(summary, read):
    facts = read(summary)
    assert facts.treatments == []
    assert ("physical_therapy", "absent") in [(f.concept, f.status) for f in facts.findings]


@pytest.mark.parametrize(
    "summary",
    [
        "Six visits of physical therapy were authorized but not attended.",
        "Six visits of acupuncture were authorized.",
        "Surgery is not being considered.",
        "The patient is a candidate for surgery.",
        "He is not a candidate for lumbar fusion.",
        "He declined surgery.",
        "He refused an epidural steroid injection.",
        "He is not interested in lumbar fusion.",
        "It is unclear whether he has had acupuncture.",
        "The worker talked of acupuncture.",
    ],
)
def test_care_only_spoken_of_was_not_given(summary, read):
    assert [t for t in read(summary).treatments if t.status != "planned"] == []


@pytest.mark.parametrize(
    "summary",
    [
        "Prior treatment: physical therapy.",
        "Six sessions of physical therapy were given.",
        "Physical therapy x 6.",
        "Physical therapy has not helped.",
        "He had physical therapy in 2015.",
        "Surgery was discussed at first, but he had physical therapy.",
        "Treatment rendered included medication and physical therapy.",
    ],
)
def test_care_plainly_of_the_past_is_kept(summary, read):
    assert ("physical_therapy", "past") in [(t.service, t.status) for t in read(summary).treatments]


# --- drugs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Tramadol was discontinued on 10/03/2016.", {"tramadol": "past"}),
        ("She stopped taking ibuprofen.", {"ibuprofen": "past"}),
        ("Ibuprofen was stopped.", {"ibuprofen": "past"}),
        ("He is no longer taking naproxen.", {"naproxen": "past"}),
        ("Naproxen was switched to celecoxib.", {"naproxen": "past", "celecoxib": "current"}),
        (
            "The plan is discontinuation of naproxen and starting celecoxib.",
            {"naproxen": "past", "celecoxib": "planned"},
        ),
        ("He stopped tramadol and is taking naproxen.", {"tramadol": "past", "naproxen": "current"}),
        ("Tramadol discontinued, naproxen continued.", {"tramadol": "past", "naproxen": "current"}),
        ("He takes Tylenol #3.", {"codeine_apap": "current"}),
        ("He does not take ibuprofen.", {}),
    ],
)
def test_a_stopped_drug_is_not_current(summary, expected, read):
    assert {m.concept: m.status for m in read(summary).medications} == expected


# --- what a word alone does not say -----------------------------------------------------------------------------


def told(facts):
    return {(fact.concept, fact.status) for fact in (*facts.diagnoses, *facts.findings)}


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Hawkins impingement maneuver was positive.", {("positive_hawkins", "present")}),
        ("Impingement testing is negative.", {("positive_impingement", "absent")}),
        ("There is no cord impingement.", {("cord_compression_on_imaging", "absent")}),
        ("MRI showed no nerve root compression.", {("nerve_root_compression_on_imaging", "absent")}),
        ("There is possible impingement of the ulnar nerve.", set()),
        ("The diagnosis is left shoulder impingement.", {("rotator_cuff_syndrome", "present")}),
    ],
)
def test_impingement_and_compression_are_of_something(summary, expected, read):
    assert told(read(summary)) == expected


# --- examination ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Sensation was decreased in the L5 dermatome.", [("dermatomal_sensory_loss", "lower_extremity")]),
        ("Motor strength was 3/5.", [("motor_weakness", None)]),
        ("Motor power was 4+ over 5.", [("motor_weakness", None)]),
        ("Strength was 5-/5.", [("motor_weakness", None)]),
        ("He has weakness of the left EHL, 4/5.", [("motor_weakness", None)]),
        ("Strength is 4/5 in the right leg.", [("leg_weakness", "lower_extremity")]),
        ("There is 5/5 strength.", [("normal_strength", None)]),
        ("Strength was 5/5 on the left and 4/5 on the right.", [("motor_weakness", None)]),
        ("Strength was 4/4 in the arms.", []),
        ("Reflexes were 1+ at the ankles.", [("reflex_change", "ankle")]),
        ("Reflexes are symmetric.", [("normal_reflexes", None)]),
        ("Reflexes are 2+ and symmetric.", [("normal_reflexes", None)]),
        ("Reflexes are 1+ and symmetric.", []),
        ("Reflexes were absent.", [("reflex_change", None)]),
        ("Sensation is intact to light touch.", [("normal_sensation", None)]),
        ("Sensation was not decreased.", []),
        ("Lumbar range of motion was restricted.", [("limited_range_of_motion", "lumbar_spine")]),
        ("Spurling positive.", [("positive_spurling", "cervical_spine")]),
        ("He complains of muscle aches and weakness.", [("told_weakness", None)]),
        ("Examination showed weakness of the left leg.", [("leg_weakness", "lower_extremity")]),
        ("The pain radiates down the left leg.", [("radicular_leg_pain", "lower_extremity")]),
        ("Neck pain with radiation to both arms.", [("radicular_arm_pain", "upper_extremity")]),
        ("Neck pain with radiation into her shoulders and hands.", [("radicular_arm_pain", "hand")]),
        ("A 4+/5 left leg and a 5/5 right leg muscle strength was found.", [("leg_weakness", "lower_extremity")]),
        ("There was decreased sensation over L5 on the left.", [("dermatomal_sensory_loss", "lower_extremity")]),
        ("He had pain and deformity of the wrist, shooting into the fingers.", []),
        ("Knee pain radiating to the foot.", []),
        ("Low back pain radiates to the hip.", []),
    ],
)
def test_what_was_tested_makes_the_finding(summary, expected, read):
    assert [(f.concept, f.site) for f in read(summary).findings if f.status == "present"] == expected


def test_what_is_only_told_is_less_sure(read):
    (told_only,) = read("He complains of muscle aches and weakness.").findings
    (seen,) = read("On examination there was weakness.").findings
    assert told_only.confidence < seen.confidence
    (absent,) = read("The pain does not radiate to the legs.").findings
    assert (absent.concept, absent.status) == ("radicular_leg_pain", "absent")


# --- how care turned out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "outcome"),
    [
        ("He had 12 sessions of physical therapy, which did not help.", "unchanged"),
        ("He had physical therapy without relief.", "unchanged"),
        ("Physical therapy provided no relief.", "unchanged"),
        ("There was no benefit from physical therapy.", "unchanged"),
        ("Conservative care including physical therapy and medication has failed.", "unchanged"),
        ("He failed acupuncture, physical therapy and naproxen.", "unchanged"),
        ("He had physical therapy, noted to improve symptoms.", "improved"),
        ("He had physical therapy for relief of pain.", "unknown"),
    ],
)
def test_how_a_course_turned_out(summary, outcome, read):
    assert [t.outcome for t in read(summary).treatments if t.service == "physical_therapy"] == [outcome]


def test_how_much_relief_and_for_how_long(read):
    (told_once,) = read("She had an epidural steroid injection with 70% pain relief for 8 weeks.").treatments
    assert (told_once.outcome, told_once.relief_percent, told_once.relief_weeks) == ("improved", 70, 8)
    (told_after,) = read("He had an epidural steroid injection. It gave 50% relief lasting 3 weeks.").treatments
    assert (told_after.relief_percent, told_after.relief_weeks) == (50, 3)


@pytest.mark.parametrize(
    "summary",
    [
        "Conservative care including physical therapy and medication has failed.",
        "He has failed conservative treatment.",
        "Conservative treatment was without benefit.",
    ],
)
def test_conservative_care_that_failed_is_a_finding(summary, read):
    assert ("failed_conservative_care", "present") in told(read(summary))


def test_how_a_drug_turned_out(read):
    assert [(m.status, m.outcome) for m in read("Gabapentin was not tolerated.").medications] == [
        ("past", "not_tolerated")
    ]
    assert {m.concept: m.outcome for m in read("He failed naproxen and tramadol.").medications} == {
        "naproxen": "unchanged",
        "tramadol": "unchanged",
    }


def test_relief_that_is_aimed_at_is_none(read):
    assert read("He takes naproxen for pain relief.").findings == []


# --- of whom a letter tells -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("The patient's mother had diabetes.", set()),
        ("Her father died of heart disease and had hypertension and diabetes.", set()),
        ("Family history is positive for diabetes.", set()),
        ("His mother had diabetes; the patient has hypertension.", {("hypertension", "present")}),
        ("She lives with her mother and has diabetes.", {("diabetes", "present")}),
    ],
)
def test_what_the_family_had_is_not_the_patients(summary, expected, read):
    facts = read(summary)
    assert told(facts) == expected
    assert facts.treatments == facts.medications == []


# --- where it is, and what is no document -----------------------------------------------------------------------


def test_a_fracture_has_its_place(read):
    (found,) = read("There is a fracture of the left distal radius.").diagnoses
    assert (found.concept, found.site, found.side) == ("distal_radius_fracture", "wrist", "left")


@pytest.mark.parametrize(
    ("summary", "service"),
    [
        ("MRI showed a herniated disc at L4-5.", "mri_lumbar"),
        ("An MRI dated 03/04/2016 showed a herniated disc at C5-6.", "mri_cervical"),
        ("MRI showed a herniated disc.", "mri"),
        ("MRI showed disc bulges at C5-6 and L4-5.", "mri"),
    ],
)
def test_a_study_is_of_the_region_its_result_names(summary, service, read):
    assert [t.service for t in read(summary).treatments] == [service]


def test_a_result_is_of_the_region_studied(read):
    (found,) = read("MRI of the lumbar spine showed disc herniation.").diagnoses
    assert found.site == "lumbar_spine"


@pytest.mark.parametrize(
    ("summary", "status"),
    [
        ("The treatment plan included physical therapy.", None),
        ("The treatment plan was to continue naproxen.", None),
        ("A treatment plan was submitted.", "present"),
        ("The treatment plan was not provided.", "absent"),
    ],
)
def test_a_plan_that_is_told_is_no_document(summary, status, read):
    assert [d.status for d in read(summary).documents if d.concept == "treatment_plan"] == ([status] if status else [])


def test_a_complaint_told_with_another_is_quoted_with_it(read):
    summary = "He complained of neck and right shoulder pain."
    quotes = {d.concept: summary[d.quote.start : d.quote.end] for d in read(summary).diagnoses}
    assert quotes == {"cervicalgia": "neck and right shoulder pain", "shoulder_pain": "shoulder pain"}


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (
            "The treatment plan included continuation of physical therapy, a brace trial, and acupuncture.",
            {"physical_therapy": "current", "orthosis": "planned", "acupuncture": "planned"},
        ),
        ("The doctor recommended therapy after the injection and acupuncture.", {"acupuncture": "planned"}),
    ],
)
def test_a_plan_goes_on_to_its_end(summary, expected, read):
    found = {t.service: t.status for t in read(summary).treatments}
    assert {name: found.get(name) for name in expected} == expected


def test_a_test_named_after_a_condition_is_no_diagnosis(read):
    assert read("There was a positive shoulder depression test.").diagnoses == []


def test_both_sides(read):
    assert [d.side for d in read("Diagnosis: right and left shoulder joint sprain.").diagnoses] == ["bilateral"]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("His right knee gives way and there is locking.", [("knee_locking", "knee", "right")]),
        ("The knee hurts, the shoulder is stiff, and there is locking.", [("locking", None, None)]),
        ("He is off work because of the knee.", [("off_work", None, None)]),
    ],
)
def test_a_finding_is_at_the_one_place_told(summary, expected, read):
    assert [(f.concept, f.site, f.side) for f in read(summary).findings] == expected
