"""How many of the criteria that decide are known: each counted once, and each time; other leaves left out."""

import json
from pathlib import Path

import pytest

from kb.check.evidence import Evidence, evidence
from kb.review import review_together

LETTERS = Path(__file__).parents[2] / "shared" / "letters"
TOPIC = "mtus-chronic-pain-2009/massage_therapy#"
WANTED = 0.7  # of the criteria that decide a request


def test_criteria_are_counted_once_and_each_time_and_lines_not_at_all(knowledge):
    recalled = next(name for name, c in knowledge.criteria.items() if c.source.verification == "recalled")
    reasons = [[TOPIC + "visit_limit", "line:1"], [TOPIC + "visit_limit", recalled], [], ["line:2"]]
    assert evidence(reasons, knowledge) == Evidence(criteria=2, known=1, times=3, times_known=2)
    assert evidence([], knowledge).figures()["criteria_that_decided"] == 0


@pytest.mark.skipif(not LETTERS.is_dir(), reason="the published decisions are not beside the checkout")
def test_most_criteria_that_decide_published_requests_are_attested_or_confirmed(knowledge):
    files = sorted(file for file in LETTERS.iterdir() if file.suffix in (".pdf", ".txt"))
    answers = list(review_together([(file, file.name) for file in files], knowledge))
    decided = [request["determination"] for answer in answers for request in answer["requests"]]
    found = evidence([d["because"] for d in decided if d], knowledge)
    print(found, json.dumps(found.figures()))
    assert len([d for d in decided if d]) > 250
    assert found.known >= WANTED * found.criteria
    assert found.times_known >= WANTED * found.times
