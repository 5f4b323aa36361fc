"""Take a letter from the first page and show its determination; hand out the style and scripts of the pages."""

from flask import Blueprint, Response, request

from api.browse import html
from api.served import served
from kb.answer.page import page
from kb.browse.render import ASSETS
from kb.errors import KbError

routes = Blueprint("pages", __name__, static_folder=ASSETS, static_url_path="/assets")


@routes.post("/review")
def reviewed() -> str | Response:
    """Review the letter that a person gives."""
    from kb.review import review

    upload = request.files.get("file")
    text = request.form.get("letter", "")
    data = upload.read() if upload and upload.filename else text.encode()
    knowledge, name = served().knowledge, (upload and upload.filename) or "letter"
    try:
        return page([review(data, name, knowledge)], knowledge)
    except KbError as error:
        return html(served().site.start(), 422, letter=text, error=str(error))
