"""The whole way from a letter to a determination."""

from pathlib import Path

import pytest

from kb import determine
from kb.errors import CaseError
from kb.review import review, review_together

LETTERS = Path(__file__).parent / "letters"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "letters"
TOPIC = "mtus-chronic-pain-2009/massage_therapy#"
COURSE = "Six sessions of myofascial release with neuromuscular re-education were given from 09/02/2013 to 10/11/2013"
EXERCISE = " She keeps up a home exercise program every day."

needs_letters = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder `shared` beside the checkout")


def read(name="massage_2014.txt"):
    return (LETTERS / name).read_text(encoding="utf-8")


def decide(text, knowledge):
    return review(text.encode(), "letter.txt", knowledge)


def only(answer):
    (request,) = answer["requests"]
    return request


def facts(answer, kind):
    return [fact for fact in answer["facts"] if fact["kind"] == kind]


@pytest.mark.parametrize(
    "path", [LETTERS / "massage_2014.txt", pytest.param(SHARED / "CM13-0050377.txt", marks=needs_letters)]
)
def test_six_more_massage_visits_after_six_are_too_many(path, knowledge):
    answer = review(path, path.name, knowledge)
    request = only(answer)
    assert (request["service"], request["quantity"], request["unit"]) == ("massage_therapy", 6, "visit")
    found = request["determination"]
    assert (found["verdict"], found["amount"], found["imr"]) == ("not_supported", 0, "upheld")
    assert found["because"] == [TOPIC + "visit_limit"]
    assert [m["id"] for m in found["missing"]] == [TOPIC + "adjunct_to_active_treatment"]
    assert (found["readings"]["total"], found["readings"]["same"]) == (4, 2)
    assert answer["case"]["phase"] == "chronic"
    assert request["published"]["outcome"] == "upheld"


@pytest.mark.parametrize(
    "path", [LETTERS / "massage_2014.txt", pytest.param(SHARED / "CM13-0050377.txt", marks=needs_letters)]
)
def test_the_earlier_course_is_counted_once(path, knowledge):
    answer = review(path, path.name, knowledge)
    (course,) = [t for t in answer["case"]["treatments"] if t.get("quantity") is not None]
    assert course["service"] == "myofascial_release"
    assert (course["quantity"], course["unit"]) == (6, "visit")
    assert (course["from"], course["to"], course["outcome"]) == ("2013-09-02", "2013-10-11", "improved")
    assert not [t for t in facts(answer, "treatment") if t["concept"] == "massage_therapy"]
    assert {"low_back_pain"} <= {f["concept"] for f in facts(answer, "diagnosis") if f["site"] == "lumbar_spine"}


def test_the_limit_tells_what_it_found(knowledge):
    found = only(decide(read(), knowledge))["determination"]["recommendations"]
    recommendation = next(r for r in found if r["id"] == TOPIC + "recommendation")
    limit = next(n for n in recommendation["tree"]["children"] if n["id"] == TOPIC + "visit_limit")
    limit = next((n for n in limit["children"] if n["id"] == TOPIC + "visit_limit"), limit)
    assert (limit["found"], limit["required"], limit["unit"]) == (12, 6, "visit")


@pytest.mark.parametrize(
    ("course", "verdict", "amount"),
    [
        ("No earlier therapy is on record" + "." + EXERCISE.rstrip("."), "supported", 6),
        (COURSE.replace("Six", "Four") + "." + EXERCISE.rstrip("."), "supported_in_part", 2),
        (COURSE.replace("Six", "Four"), "undocumented", 0),
        (COURSE, "not_supported", 0),
    ],
)
def test_exercise_and_earlier_visits_change_the_verdict(course, verdict, amount, knowledge):
    text = read()
    assert COURSE in text
    found = only(decide(text.replace(COURSE, course), knowledge))["determination"]
    assert (found["verdict"], found["amount"]) == (verdict, amount)


def test_every_quote_points_at_its_words(knowledge):
    answer = decide(read(), knowledge)
    start, end = (answer["text"].index(h) for h in ("CLINICAL CASE SUMMARY", "IMR ISSUES, DECISIONS AND RATIONALES"))
    for fact in answer["facts"]:
        assert start < fact["quote"]["start"] < fact["quote"]["end"] < end
    course = next(f for f in answer["facts"] if f["concept"] == "myofascial_release")
    assert answer["text"][course["quote"]["start"] : course["quote"]["end"]] == "myofascial release"


def test_a_case_file_is_decided_like_a_letter(knowledge, tmp_path):
    case = "ur_decided: 2013-10-18\nrequests: [{service: massage_therapy, quantity: 7, unit: visit}]\n"
    as_yaml = review(case.encode(), "case.yaml", knowledge)
    as_json = (
        b'{"ur_decided": "2013-10-18", "requests": [{"service": "massage_therapy", "quantity": 7, "unit": "visit"}]}'
    )
    assert only(as_yaml)["determination"] == only(review(as_json, "case.json", knowledge))["determination"]
    with pytest.raises(CaseError, match="cannot be parsed"):
        review(b"{", "case.json", knowledge)


def test_a_line_that_is_not_understood_carries_its_error(knowledge):
    request = only(decide(read().replace("6 additional visits of massage", "6 units of gobbledygook"), knowledge))
    assert request["service"] is None
    assert request["determination"] is None
    assert "gobbledygook" in request["error"]
    assert request["published"]["outcome"] == "upheld"


def test_files_decided_together_are_decided_as_each_alone(knowledge):
    files = sorted(LETTERS.glob("*.txt"))[:6]
    sources = [(file, file.name) for file in files]
    sources.insert(2, (b"no letter", "bad.txt"))
    sources.insert(5, (b'{"requests": []}', "empty.json"))
    together = list(review_together(sources, knowledge))
    assert [answer.pop("error", {}).get("code") for answer in (together.pop(5), together.pop(2))] == [
        "invalid-case",
        "letter-format",
    ]
    assert together == [review(file, file.name, knowledge) for file in files]
    assert any(answer["requests"][0]["published"] for answer in together)


def test_a_contraindication_of_two_recommendations_is_told_once(knowledge):
    request = {"service": "chiropractic", "site": ["lumbar_spine", "cervical_spine"]}
    case = {"ur_decided": "2017-01-18", "findings": ["maintenance_care"], "requests": [request]}
    for part in only(determine(case, knowledge))["parts"]:
        [found] = part["determination"]["contraindications"]
        assert found["id"] == "mtus-chronic-pain-2016/manual_therapy#maintenance"
