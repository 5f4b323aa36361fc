"""Decide cases by the million: in data frames, with the extra `batch` in maplib."""

from kb.batch.engine import decide_cases

__all__ = ["decide_cases"]
