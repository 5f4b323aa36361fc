"""Formulas over many rows at once: the values, and the leaves that force them, of each row alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.batch.frames.circuit import Circuit
from kb.formula import (
    MET,
    NOT_MET,
    UNKNOWN,
    Values,
    all_of,
    any_of,
    at_least,
    forcing,
    guarded,
    leaf,
    negate,
    readings,
)

KEYS = "abcdef"


def larger(kids):
    many = st.lists(kids, max_size=4)
    return st.one_of(
        many.map(all_of),
        many.map(any_of),
        kids.map(negate),
        st.builds(at_least, st.integers(1, 3), many),
        st.builds(guarded, kids, many),
        st.builds(lambda main, other: readings("r", main, [other]), kids, kids),
    )


@given(
    st.recursive(st.sampled_from([*KEYS, "?"]).map(leaf), larger, max_leaves=25),
    st.lists(st.lists(st.sampled_from([MET, UNKNOWN, NOT_MET]), min_size=6, max_size=6), min_size=1, max_size=5),
)
def test_rows_have_the_value_and_the_leaves_of_each_alone(expr, rows):
    circuit = Circuit({key: column for column, key in enumerate(KEYS)})
    root = circuit.enter(expr)
    circuit.close()
    statuses = np.array(rows, np.int8)
    values = circuit.values(statuses)
    reached = np.zeros(statuses.shape, np.bool_)
    circuit.walk(root, circuit.passes(values), np.ones(len(rows), np.bool_), reached)
    for row, found, marks in zip(rows, values[root], reached, strict=True):
        alone = Values(dict(zip(KEYS, row, strict=True)), {})
        assert found == alone[expr]
        assert {KEYS[column] for column in np.flatnonzero(marks)} == set(forcing(expr, alone)) - {"?"}


def test_parts_that_say_the_same_are_one_node():
    circuit = Circuit({"a": 0})
    assert circuit.enter(negate(leaf("a"))) == circuit.enter(negate(leaf("a")))
    assert circuit.enter(leaf("a")) != circuit.enter(negate(leaf("a")))
