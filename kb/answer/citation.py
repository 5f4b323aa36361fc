"""Cite where a guideline says what a recommendation or a criterion expresses."""

from typing import Any

from kb.knowledge.tree import Source

Json = dict[str, Any]


def citation(source: Source) -> Json:
    """Cite a source as answers show it."""
    return {
        "guideline": source.title,
        "edition": source.edition,
        "section": source.section,
        "pages": source.pages,
        "verification": source.verification,
    }
