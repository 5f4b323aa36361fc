"""Give long lists page by page, with links to the pages around (RFC 8288)."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from flask import Response, request

from api.contract.shared import PageQuery

_Item = TypeVar("_Item")


def page_of(items: Sequence[_Item], wanted: PageQuery) -> Sequence[_Item]:
    """Cut out the page that is asked for; beyond the last there is nothing."""
    start = (wanted.page - 1) * wanted.per_page
    return items[start : start + wanted.per_page]


def linked(response: Response, total: int, wanted: PageQuery) -> Response:
    """Link to the first, previous, next and last page."""
    last = max(1, -(-total // wanted.per_page))
    around = {"first": 1, "prev": wanted.page - 1, "next": wanted.page + 1, "last": last}
    for name, page in around.items():
        if 1 <= page <= last:
            response.headers.add("Link", f'<{_address(page)}>; rel="{name}"')
    return response


def _address(page: int) -> str:
    given = [(key, value) for key, value in request.args.items(multi=True) if key != "page"]
    return f"{request.script_root}{request.path}?{urlencode([*given, ('page', page)])}"
