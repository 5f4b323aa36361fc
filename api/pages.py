"""Take a letter from the first page and show its determination; hand out the style and scripts of the pages."""

from flask import Blueprint, Response, request

from api.browse import html
from kb.answer.page import page
from kb.browse.render import ASSETS
from kb.browse.site import Site
from kb.errors import KbError


def blueprint(site: Site) -> Blueprint:
    """Serve the review of letters over the knowledge of a site."""
    routes = Blueprint("pages", __name__, static_folder=ASSETS, static_url_path="/assets")

    @routes.post("/review")
    def reviewed() -> str | Response:
        from kb.review import review

        upload = request.files.get("file")
        text = request.form.get("letter", "")
        data = upload.read() if upload and upload.filename else text.encode()
        try:
            return page([review(data, (upload and upload.filename) or "letter", site.knowledge)], site.knowledge)
        except KbError as error:
            return html(site.start(), site, 422, letter=text, error=str(error))

    return routes
