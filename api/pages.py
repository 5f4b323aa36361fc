"""Take letters from people, let them correct what was read, show the determination; hand out style and scripts."""

import datetime as dt

from flask import Blueprint, Response, current_app, request

from api.browse import html
from api.recording import recorded
from api.served import served
from api.turns import turn
from kb.browse.decisions import decisions_page
from kb.browse.render import ASSETS
from kb.browse.view import Page
from kb.errors import KbError, LogError

routes = Blueprint("pages", __name__, static_folder=ASSETS, static_url_path="/assets")
_NOT_KEPT = "no-store"


@routes.before_request
def whole_forms() -> None:
    """Take forms as large as bodies may be: a letter travels in one."""
    request.max_form_memory_size = current_app.config["MAX_CONTENT_LENGTH"]


@routes.get("/review")
def asked() -> Response:
    """Show the page that takes a letter."""
    return html(served().site.review.empty())


@routes.post("/review")
def reviewed() -> Response:
    """Review the letter or case that a person gives, or decide again what was corrected."""
    pages, text = served().site.review, request.form.get("letter", "")
    try:
        if "state" in request.form:
            with turn():
                page = pages.corrected(request.form, dt.datetime.now(dt.UTC).date())
            return _shown(page, 422 if page.data["error"] else 200)
        upload = request.files.get("file")
        given = upload if upload and upload.filename else None
        data, name = (given.read(), given.filename or "") if given else (text.encode(), "")
        with turn():
            page = pages.read(data, name)
        return _shown(page)
    except LogError:
        raise
    except KbError as error:
        return _kept_by_nobody(html(pages.empty(text, str(error)), 422))


@routes.post("/review/<any(html, json, ttl, yaml):form>")
def written(form: str) -> Response:
    """Hand out what the form carries as a file."""
    from kb.browse.review import WRITTEN

    with turn():
        found, decided = served().site.review.written(request.form, form, dt.datetime.now(dt.UTC))
    answer = Response(found.encode("utf-8", "replace"), content_type=f"{WRITTEN[form][0]}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="determination.{form}"'
    if decided is not None:
        answer.headers["Determination-Id"] = recorded(decided)
    return _kept_by_nobody(answer)


@routes.get("/decisions")
def decisions() -> Response:
    """Show the decisions that are kept, or how to keep some."""
    piece = served()
    kept = piece.sandbox if piece.decisions else None
    page = decisions_page(piece.knowledge, kept, request.args.get("q", "")[:200])
    return _kept_by_nobody(html(page))


def _shown(page: Page, status: int = 200) -> Response:
    """Show a page with the determination on it, which is logged before."""
    name = recorded(page.data["answer"])
    answer = html(page, status)
    answer.headers["Determination-Id"] = name
    return _kept_by_nobody(answer)


def _kept_by_nobody(answer: Response) -> Response:
    """Let no browser or proxy keep a page of a case."""
    answer.headers["Cache-Control"] = _NOT_KEPT
    return answer
