"""Decide, explain and query treatment requests under California's guidelines."""

from kb.determine import determine, determine_many
from kb.knowledge.base import Knowledge, load_knowledge

__all__ = ["Knowledge", "determine", "determine_many", "load_knowledge"]
