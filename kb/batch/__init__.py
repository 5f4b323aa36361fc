"""Decide cases by the million: in data frames where the extra `batch` is installed, else in the embedded store."""

from kb.batch.engine import decide_cases

__all__ = ["decide_cases"]
