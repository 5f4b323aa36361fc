"""Show people a page to paste a letter into, and the determination of it."""

from flask import Blueprint, Response, render_template, request

from kb.answer.page import page
from kb.errors import KbError
from kb.knowledge.base import Knowledge


def blueprint(knowledge: Knowledge) -> Blueprint:
    """Serve the pages over a knowledge base."""
    routes = Blueprint("pages", __name__, template_folder="templates")

    @routes.get("/")
    def start() -> str:
        return render_template("start.html", letter="", error=None)

    @routes.post("/review")
    def reviewed() -> str | tuple[str, int] | Response:
        from kb.review import review

        upload = request.files.get("file")
        text = request.form.get("letter", "")
        data = upload.read() if upload and upload.filename else text.encode()
        try:
            return page([review(data, (upload and upload.filename) or "letter", knowledge)], knowledge)
        except KbError as error:
            return render_template("start.html", letter=text, error=str(error)), 422

    return routes
