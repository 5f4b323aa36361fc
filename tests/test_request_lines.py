"""From a request line to a service with its quantity, sites and dependence; measured on the labelled letters."""

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from kb.facts.reading import readers
from kb.facts.request_line import set_dependence
from kb.letter.reader import read_letter, read_text

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "letters"
SERVICES_RIGHT, QUANTITIES_RIGHT, DEPENDENCE_RIGHT = 0.96, 0.97, 0.99

needs_letters = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder `shared` beside the checkout")


@pytest.fixture(scope="module")
def reader(knowledge):
    return readers(knowledge)


def line(reader, text):
    return reader.requests.line(text)


@pytest.mark.parametrize(
    ("text", "service", "quantity", "unit"),
    [
        ("6 more visits of therapeutic massage", "massage_therapy", 6, "visit"),
        ("Massage therapy, 3 times a week for 4 weeks", "massage_therapy", 12, "visit"),
        ("Massage 2x6", "massage_therapy", 12, "visit"),
        ("PT 2-3 x 6 right knee", "physical_therapy", 18, "visit"),
        ("Physical therapy 1x/week x 6 weeks", "physical_therapy", 6, "visit"),
        ("Physical therapy twelve (12) sessions, low back", "physical_therapy", 12, "visit"),
        ("Acupuncture x 12", "acupuncture", 12, "visit"),
        ("Acupuncture, once a week for 1 month", "acupuncture", 4, "visit"),
        ("Naproxen 550mg #60 with 3 refills", "naproxen", 60, "tablet"),
        ("Tramadol 50 mg, QTY 90", "tramadol", 90, "tablet"),
        ("Tizanidine 4 mg one tablet at bedtime", "tizanidine", None, None),
        ("Ketoprofen 20% in cream base 240g", "topical_ketoprofen", 240, "gram"),
        ("Aide at home 4 hours a day, 3 days a week for 2 weeks: home health aide", "home_health_aide", 24, "hour"),
        ("EMG of both legs", "emg_lower", 2, "limb"),
        ("EMG of the left leg", "emg_lower", 1, "limb"),
        ("Three phase bone scan of the right foot", "bone_scan_three_phase", 1, "study"),
        ("Viscosupplementation of the right knee, series of 3", "viscosupplementation", 3, "injection"),
        ("Shockwave treatments, number unknown", "shockwave_therapy", None, None),
    ],
)
def test_service_quantity_and_unit(text, service, quantity, unit, reader):
    request = line(reader, text)
    assert (request.service, request.quantity, request.unit) == (service, quantity, unit)


@pytest.mark.parametrize(
    ("text", "service", "sites", "side"),
    [
        ("MRI of the left wrist", "mri_wrist", ["wrist"], "left"),
        ("MRI without contrast of the lumbar spine", "mri_lumbar", ["lumbar_spine"], None),
        ("X-ray right ankle", "xray_ankle", ["ankle"], "right"),
        ("Chiropractic visits for neck and low back, 6", "chiropractic", ["cervical_spine", "lumbar_spine"], None),
        ("Chiropractic visits for both knees, 6", "chiropractic_extremity", ["knee"], "bilateral"),
    ],
)
def test_the_region_chooses_the_service(text, service, sites, side, reader):
    request = line(reader, text)
    assert (request.service, request.site, request.side) == (service, sites, side)


def test_several_services_and_sites_are_parts(reader):
    both = line(reader, "MRI of the neck and low back")
    assert [(part.service, part.site) for part in both.parts] == [
        ("mri_cervical", ["cervical_spine"]),
        ("mri_lumbar", ["lumbar_spine"]),
    ]
    joined = line(reader, "Physical therapy and acupuncture 2x6 for the neck")
    assert [(part.service, part.quantity) for part in joined.parts] == [("physical_therapy", 12), ("acupuncture", 12)]
    aside = line(reader, "Lumbar epidural steroid injection with pain management consultation")
    assert (aside.service, aside.parts) == ("epidural_steroid_injection_lumbar", [])


def test_a_mixture_names_every_ingredient(reader):
    said = line(reader, "Gabapentin 10%, Cyclobenzaprine 6%, Bupivacaine 5% in cream base")
    assert said.service == "topical_compound"
    assert said.ingredients == ["gabapentin", "cyclobenzaprine", "bupivacaine"]
    counted = line(reader, "Flurbiprofen 10%/Dextromethorphan 5%/Lidocaine 5%, 120 grams")
    assert (counted.service, counted.quantity, counted.unit) == ("topical_compound", 120, "gram")
    assert line(reader, "LidoPro ointment").ingredients == ["capsaicin", "lidocaine", "menthol", "methyl_salicylate"]


def test_strength_weeks_and_date_of_service(reader):
    request = line(reader, "Retrospective: tramadol 50mg #30 (DOS 11/14/16)")
    assert (request.strength_mg, request.retrospective, request.date_of_service) == (50, True, dt.date(2016, 11, 14))
    assert line(reader, "Physical therapy 2 times a week for 3 weeks").duration_weeks == 3
    assert line(reader, "Fentanyl 25 mcg").strength_mg == 0.025


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("Chlorzoxazone 750mg one tablet three times a day #45", 2.14),
        ("Naproxen 550 mg #60, 1 tablet twice daily", 4.29),
        ("Tramadol 50 mg, take 1-2 tablets every 6 hours #56", 1),
        ("Tramadol 50 mg, twice a day as needed #60", None),
        ("Naproxen 550mg #60 with 3 refills", None),
        ("Ketoprofen 20% in cream base 240g, apply three times a day", None),
        ("Naproxen 550 mg 7 day supply #14", None),
    ],
)
def test_a_supply_lasts_as_long_as_it_is_taken(text, weeks, reader):
    assert line(reader, text).duration_weeks == weeks


def test_a_line_that_is_not_understood_guesses_nothing(reader):
    request = line(reader, "Bespoke quantum alignment x 6")
    assert (request.service, request.quantity, request.unit) == (None, None, None)
    assert (
        request.error
        == "no service is recognised in `Bespoke quantum alignment x 6`; name one that `mtus lookup` finds"
    )


def test_dependents_hang_on_the_operation(reader):
    texts = ["Knee arthroscopy", "Associated surgical service: knee brace", "Assistant surgeon", "MRI of the neck"]
    requests = [reader.requests.line(text, number) for number, text in enumerate(texts, 1)]
    set_dependence(requests, texts, reader.vocabulary)
    assert [request.depends_on for request in requests] == [None, 1, 1, None]


def test_what_goes_with_an_operation_hangs_on_it(reader):
    texts = [
        "MRI of the neck",
        "Lumbar fusion L4-5",
        "Intraoperative neuromonitoring",
        "Anesthesia",
        "Associated surgical services: Norco 5/325 mg #60",
        "Fluoroscopic guidance",
        "Lumbar epidural steroid injection",
    ]
    requests = [reader.requests.line(text, number) for number, text in enumerate(texts, 1)]
    assert [request.error for request in requests] == [None] * 7
    set_dependence(requests, texts, reader.vocabulary)
    assert [request.depends_on for request in requests] == [None, None, 2, 2, 2, 7, None]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("MRI of the left knee, right knee pain", None),
        ("Right and left wrist splints", "bilateral"),
        ("MRI (R) knee", "right"),
        ("MRI of the knee", None),
    ],
)
def test_two_sides_that_differ_are_none(text, side, reader):
    assert line(reader, text).side == side


@pytest.mark.parametrize("name", ["Zorbtrex", "naproxelin", "gabadrol sodium", "cefalor"])
def test_a_drug_that_nobody_knows_is_not_mended_into_another(name, reader):
    request = line(reader, f"{name} 50 mg #30")
    assert request.service is None
    assert name in request.error


def test_only_the_remainder_is_decided(reader):
    letter = read_letter(read_text(ROOT / "tests" / "letters" / "two_requests_2016.txt", "two.txt"))
    therapy, _, brace = (reader.requests.read(block) for block in letter.requests)
    assert (therapy.asked, therapy.authorised, therapy.quantity) == (12, 6, 6)
    assert (brace.service, brace.quantity, brace.authorised) == ("knee_brace", 1, None)


# --- measured on published letters ------------------------------------------------------------------------------

_UNITS = {"levels": "level", "months": "month"}


@pytest.fixture(scope="module")
def labelled(reader):
    with (ROOT / "tests" / "data" / "names.csv").open(encoding="utf-8") as file:
        names = {row["label_name"]: row["ours"] for row in csv.DictReader(file) if row["label_name"]}
    with (SHARED / "labels.jsonl").open(encoding="utf-8") as file:
        labels = {(row["case_id"], row["request_index"]): row for row in map(json.loads, file)}
    found = []
    for path in sorted(p for p in SHARED.iterdir() if p.stem in {case for case, _ in labels}):
        letter = read_letter(read_text(path, path.name))
        requests = [reader.requests.read(block) for block in letter.requests]
        set_dependence(requests, [block.text for block in letter.requests], reader.vocabulary)
        found += [(labels[path.stem, i], names[labels[path.stem, i]["service"]], r) for i, r in enumerate(requests)]
    assert len(found) == len(labels)
    return found


def share(right):
    right = list(right)
    return sum(right) / len(right)


@needs_letters
def test_most_services_are_right(labelled, reader):
    right = [
        bool(request.service) and reader.vocabulary.is_a(request.service, service) for _, service, request in labelled
    ]
    assert share(right) >= SERVICES_RIGHT


@needs_letters
def test_most_quantities_are_right(labelled):
    counted = [(label, request) for label, _, request in labelled if label["quantity"] is not None]
    right = [
        (request.quantity, request.unit) == (label["quantity"], _UNITS.get(label["unit"], label["unit"]))
        for label, request in counted
    ]
    assert share(right) >= QUANTITIES_RIGHT
    assert not [r.text for label, _, r in labelled if label["quantity"] is None and r.quantity is not None]


@needs_letters
def test_what_review_authorised_is_read(labelled):
    for label, _, request in labelled:
        if label.get("quantity_authorised_by_ur"):
            asked, authorised = label["quantity_requested_original"], label["quantity_authorised_by_ur"]
            assert (request.asked, request.authorised) == (asked, authorised), request.text


@needs_letters
def test_retrospective_and_dependent_lines_are_known(labelled):
    assert all(request.retrospective == bool(label.get("retrospective")) for label, _, request in labelled)
    hanging = [bool(label.get("depends_on_primary_request")) == bool(r.depends_on) for label, _, r in labelled]
    assert share(hanging) >= DEPENDENCE_RIGHT
