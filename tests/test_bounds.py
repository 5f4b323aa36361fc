"""A case is bounded in what it may cost: lists, lines with their parts, and lines times facts."""

import pytest

from kb.case.fact import Finding
from kb.case.model import MAX_LINES, MAX_WORK, Case, read_case
from kb.case.prepare import prepare
from kb.errors import CaseError

LINE = ["massage_therapy"]
PART = {"service": "massage_therapy"}


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"requests": LINE * (MAX_LINES + 1)}, "length of at most 500"),
        *(
            ({"requests": LINE, name: ["x"] * 5001}, "length of at most 5000")
            for name in ("diagnoses", "findings", "treatments", "medications", "documents")
        ),
        ({"requests": [{"parts": [PART] * 101}]}, "length of at most 100"),
        ({"requests": [{**PART, "ingredients": ["x"] * 101}]}, "length of at most 100"),
        ({"requests": [{**PART, "site": ["x"] * 101}]}, "length of at most 100"),
        ({"requests": LINE, "specialty": ["x"] * 101}, "length of at most 100"),
        ({"requests": [{"parts": [PART] * 100}] * 6}, "asks for 600 things; at most 500"),
        ({"requests": LINE * 6, "findings": ["x"] * 5000}, "6 things asked for on 5,000 facts are too many"),
    ],
)
def test_a_case_that_costs_too_much_is_refused(case, said, knowledge):
    with pytest.raises(CaseError, match=said):
        prepare(read_case(case), knowledge)


def test_a_case_that_is_built_and_not_read_is_bounded_too(knowledge):
    lines = read_case({"requests": LINE * 6}).requests
    with pytest.raises(CaseError, match="too many at once"):
        prepare(Case(requests=lines, findings=[Finding(concept="x")] * 5000), knowledge)


def test_a_case_at_its_bounds_is_read(knowledge):
    case = read_case({"requests": LINE * 5, "treatments": LINE * (MAX_WORK // 5)})
    assert len(prepare(case, knowledge).treatments) == 5000
    assert len(prepare(read_case({"requests": [{"parts": [PART] * 100}] * 5}), knowledge).requests) == 5
