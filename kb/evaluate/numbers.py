"""Write numbers as triples hold them."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode

from kb.terms import XSD

ANY_NUMBER = 1_000_000_000  # more than any limit: how the queries read "any number"
DAYS_A_WEEK = 7
Number = float | Fraction
_DECIMAL: Any = NamedNode(XSD + "decimal")


def exact(stated: Number | str) -> Fraction:
    """Take a number as it is written, not as a machine holds it.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(str(stated))


@lru_cache(4096)
def number(value: Number) -> Literal:
    """Write a number as a decimal: engines of typed columns add up numbers of one type only.

    >>> number(3.0).value, number(Fraction(1, 4)).value
    ('3', '0.25')
    """
    plain = exact(value)
    decimal = round(Decimal(plain.numerator) / Decimal(plain.denominator), 12)
    return Literal(f"{decimal.normalize():f}", datatype=_DECIMAL)
