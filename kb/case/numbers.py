"""Write numbers of a case as people do."""

from typing import Any


def whole(value: Any) -> Any:
    """Write whole numbers whole, however deep they stand.

    >>> whole({"quantity": 6.0, "sites": [0.5, 1.0]})
    {'quantity': 6, 'sites': [0.5, 1]}
    """
    if isinstance(value, dict):
        return {key: item if isinstance(item, str) else whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
