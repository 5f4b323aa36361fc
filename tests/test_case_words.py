"""Every word of a case is a concept of the right kind, or an error that offers the nearest."""

import pytest

from kb import determine
from kb.errors import UnknownConceptError

CASE = {"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"diagnoses": ["massage_therapy"]}, "`massage_therapy` is no diagnosis"),
        ({"diagnoses": ["low_back_strane"]}, "did you mean `low_back_strain`"),
        ({"diagnoses": ["M54.5"]}, "did you mean `low_back_pain`"),
        ({"findings": ["straight leg raise test"]}, "did you mean `positive_straight_leg_raise`"),
        ({"documents": ["qqqq"]}, "unknown document `qqqq`; see ontology/concepts, or /concepts of the service"),
        ({"findings": ["ibuprofen"]}, "`ibuprofen` is no finding"),
        ({"medications": [{"concept": "knee"}]}, "`knee` is no medication"),
        ({"treatments": [{"service": "low_back_pain"}]}, "`low_back_pain` is no service"),
        ({"diagnoses": [{"concept": "low_back_pain", "site": "ibuprofen"}]}, "`ibuprofen` is no site"),
    ],
)
def test_a_fact_of_the_wrong_kind(knowledge, change, words):
    with pytest.raises(UnknownConceptError, match=words):
        determine({**CASE, **change}, knowledge)


def test_a_request_of_the_wrong_kind_is_the_error_of_its_line(knowledge):
    requests = [{"service": "low_back_strain"}, {"service": "nope"}, "massage_therapy"]
    lines = determine({**CASE, "requests": requests}, knowledge)["requests"]
    assert "`low_back_strain` is no service" in lines[0]["error"]
    assert "unknown service `nope`" in lines[1]["error"]
    assert "syncope" not in lines[1]["error"]
    assert lines[2]["determination"]["verdict"] == "undocumented"


def test_a_service_said_to_be_absent_is_a_finding(knowledge):
    determine({**CASE, "findings": [{"concept": "active_therapy", "status": "absent"}]}, knowledge)
