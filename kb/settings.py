"""Find the data that travels with the package: ontology, queries and schemas."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_folder(name: str) -> Path:
    """Find a data folder: inside the installed package, else beside it in a checkout.

    >>> data_folder("queries").name
    'queries'
    """
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
