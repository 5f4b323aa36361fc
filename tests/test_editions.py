"""The day picks the text: the same case on other days meets other editions, and a text struck down speaks no more."""

import datetime as dt

import pytest

from kb import determine
from kb.settings import data_folder
from kb.terms import BASE, DCT, SCHEMA

CHRONIC = {"injured": "2012-03-17", "diagnoses": ["low_back_strain"]}
RADICULAR = {"injured": "2012-03-17", "diagnoses": ["lumbar_radiculopathy"]}
# On 2013-10-18, 2016-12-01 and 2018-02-01. The chapters on body parts of 2004 were in force until 2017-11-30, so a
# service that they decide meets two texts in the three days; where the MTUS of 2017 is not encoded, ODG is reached.
TEXTS = {
    "massage_therapy": (CHRONIC, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"], ["odg-2016"]),
    "tramadol": (CHRONIC, ["mtus-chronic-pain-2009"], ["mtus-opioids-2016"], ["mtus-acoem-opioids-2017"]),
    "epidural_steroid_injection_lumbar":
        (RADICULAR, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"], ["odg-2016"]),
    "physical_therapy": (CHRONIC, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"], ["odg-2016"]),
    "sympathetic_block":
        ({"diagnoses": ["crps1"]}, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"], ["odg-2014"]),
    "botulinum_toxin":
        ({"diagnoses": ["chronic_migraine"]}, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"], ["odg-2014"]),
    "h_wave": (CHRONIC, ["mtus-chronic-pain-2009"], ["mtus-chronic-pain-2016"],
               ["mtus-acoem-low-back-2017", "odg-2014"]),
    "mri_lumbar":
        (CHRONIC, ["mtus-acoem-low-back-2004"], ["mtus-acoem-low-back-2004"], ["mtus-acoem-low-back-2017"]),
    "acupuncture": (CHRONIC, ["mtus-acupuncture-2007"], ["mtus-acupuncture-2007"], ["mtus-acoem-low-back-2017"]),
    "facet_injection_lumbar": (RADICULAR, ["mtus-acoem-low-back-2004"],
                               ["mtus-acoem-low-back-2004", "mtus-chronic-pain-2016"], ["mtus-acoem-low-back-2017"]),
}  # fmt: skip
DAYS = ("2013-10-18", "2016-12-01", "2018-02-01")
# The order of 2016 brought new texts on chronic pain and on opioids alone. The chapters on body parts of 2004 (lumbar
# MRI) and the acupuncture guideline of 8 CCR 9792.24.1 of 2007 stayed as they were until the set of 2017-12-01.
UNCHANGED = {"mri_lumbar": "mtus-acoem-low-back-2004", "acupuncture": "mtus-acupuncture-2007"}


def determination(knowledge, service, day, **case):
    """Decide one request for a service on a day."""
    answer = determine({"ur_decided": day, "requests": [{"service": service, "quantity": 1}], **case}, knowledge)
    (request,) = answer["requests"]
    assert request["error"] is None, request["error"]
    return request["determination"]


def live(knowledge, service, day, **case):
    """List the guidelines whose own rule of the service, no general one, may decide it on a day."""
    general = {r.id for r in knowledge.recommendations.values() if r.general}
    found = determination(knowledge, service, day, **case)["recommendations"]
    return sorted({r["id"].split("/")[0] for r in found if r["live"] != "not_met" and r["id"] not in general})


@pytest.mark.parametrize("service", TEXTS)
def test_the_day_picks_the_text(knowledge, service):
    case, *texts = TEXTS[service]
    assert [live(knowledge, service, day, **case) for day in DAYS] == texts


def test_the_three_days_meet_three_texts():
    thrice = {service for service, (_, *texts) in TEXTS.items() if len({tuple(text) for text in texts}) == 3}
    assert TEXTS.keys() - thrice == UNCHANGED.keys(), "services that meet three texts are what the table is for"


@pytest.mark.parametrize("service", UNCHANGED)
def test_what_meets_two_texts_is_decided_by_one_that_stayed_in_force_in_2016(knowledge, service):
    _, *texts = TEXTS[service]
    assert texts[0] == texts[1] == [UNCHANGED[service]] != texts[2]
    read, guideline = knowledge.ontology, BASE + UNCHANGED[service]
    force = read.text(guideline, SCHEMA + "validFrom"), read.text(guideline, SCHEMA + "validUntil")
    assert force[0] <= DAYS[0] < DAYS[1] <= force[1] == "2017-11-30" < DAYS[2]


@pytest.mark.parametrize(
    ("service", "case", "last", "before", "after"),
    [
        ("massage_therapy", CHRONIC, "2016-07-28", "mtus-chronic-pain-2009", "mtus-chronic-pain-2016"),
        ("tramadol", CHRONIC, "2016-07-28", "mtus-chronic-pain-2009", "mtus-opioids-2016"),
        ("tramadol", CHRONIC, "2017-11-30", "mtus-opioids-2016", "mtus-acoem-opioids-2017"),
        ("mri_lumbar", CHRONIC, "2017-11-30", "mtus-acoem-low-back-2004", "mtus-acoem-low-back-2017"),
        ("epidural_steroid_injection_lumbar", RADICULAR, "2016-07-28",
         "mtus-chronic-pain-2009", "mtus-chronic-pain-2016"),
    ],
)  # fmt: skip
def test_one_text_ends_the_day_before_the_next_begins(knowledge, service, case, last, before, after):
    first = (dt.date.fromisoformat(last) + dt.timedelta(days=1)).isoformat()
    assert live(knowledge, service, last, **case) == [before]
    assert live(knowledge, service, first, **case) == [after]


def test_the_2009_text_begins_on_its_first_day(knowledge):
    case = {"phase": "chronic", "diagnoses": ["low_back_strain"]}
    assert "mtus-chronic-pain-2009" not in live(knowledge, "massage_therapy", "2009-07-17", **case)
    assert live(knowledge, "massage_therapy", "2009-07-18", **case) == ["mtus-chronic-pain-2009"]


def test_figures_of_two_editions_decide_one_request_differently(knowledge):
    case = {"injured": "2012-03-17", "diagnoses": ["crps1"]}
    given = [{"service": "physical_therapy", "quantity": 24, "unit": "visit", "outcome": "improved",
              "functional_improvement": True}]  # fmt: skip
    values = {}
    for day in DAYS[:2]:
        found = determination(knowledge, "physical_therapy", day, treatments=given, **case)
        values.update({r["id"]: r["value"] for r in found["recommendations"] if r["id"].endswith("_medicine#crps")})
    assert values == {
        "mtus-chronic-pain-2009/physical_medicine#crps": "not_met",  # 24 visits
        "mtus-chronic-pain-2016/physical_medicine#crps": "unknown",  # 26 visits; why not exercise at home is open
    }


def test_what_was_struck_down_names_the_decision_and_its_day(knowledge):
    struck = [r for r in knowledge.recommendations.values() if r.invalidated]
    assert {r.id.split("#")[0] for r in struck} == {"mtus-chronic-pain-2009/home_health"}
    read = knowledge.ontology
    for recommendation in struck:
        (decision,) = read.objects(recommendation.iri, SCHEMA + "invalidatedBy")
        assert read.text(decision.value, DCT + "date", "") == "2015-10-28"
        assert "Stevens" in read.text(decision.value, DCT + "title", "")


@pytest.mark.parametrize("service", ["home_health_nurse", "home_health_aide", "homemaker_service"])
def test_a_text_struck_down_speaks_until_the_day_before(knowledge, service):
    day = {"before": "2015-10-27", "after": "2015-10-28", "last": "2016-07-28", "next": "2016-07-29"}
    texts = {when: live(knowledge, service, on, injured="2013-03-01") for when, on in day.items()}
    assert texts["before"] == ["mtus-chronic-pain-2009"]
    assert texts["after"] == texts["last"] == []
    assert texts["next"] == ["mtus-chronic-pain-2016"]


def test_a_text_struck_down_is_not_carried_forward(knowledge):
    for day in ("2015-10-28", "2018-02-01", "2024-01-01"):
        found = determination(knowledge, "home_health_nurse", day, injured="2013-03-01")["recommendations"]
        assert not [r["id"] for r in found if r["id"].startswith("mtus-chronic-pain-2009")]


def test_every_topic_of_2009_goes_on_in_2016_or_names_what_took_its_place():
    folder = data_folder("ontology") / "guidelines"
    topics = {file.stem for file in (folder / "mtus-chronic-pain-2009").glob("*.ttl")}
    later = {f.stem for name in ("mtus-chronic-pain-2016", "mtus-opioids-2016") for f in (folder / name).glob("*.ttl")}
    left = topics - later
    for topic in left:
        text = (folder / "mtus-chronic-pain-2009" / f"{topic}.ttl").read_text(encoding="utf-8")
        (successor,) = [line.split("<")[1].split(">")[0] for line in text.splitlines() if "dct:isReplacedBy" in line]
        place = successor.removeprefix("https://w3id.org/mtus-kb/")
        assert (folder / f"{place}.ttl").is_file(), f"`{topic}` names `{place}`, which there is not"
    assert left < topics
