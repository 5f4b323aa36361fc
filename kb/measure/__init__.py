"""Measure determinations against what published decisions say."""
