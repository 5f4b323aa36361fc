"""Serve the pages of the knowledge: each IRI of ours answers people with HTML and programs with RDF."""

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.accept import acceptable
from api.contract.browse import FoundPages, IriPath, SearchQuery
from api.contract.shared import ConceptsBody, EditionsBody, PageQuery, Problem
from api.methods import spoken
from api.paging import linked, page_of
from api.reply import written
from api.served import served
from kb.browse.machine import FORMATS, serialise
from kb.browse.render import render
from kb.browse.site import Site
from kb.browse.view import Page
from kb.terms import BASE

HTML, _JSON = "text/html", "application/json"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TEXT = {"schema": {"type": "string"}}
_PAGE: dict[Any, Any] = {200: {"content": {HTML: _TEXT}}, 406: Problem}
_NAMED: dict[Any, Any] = {200: {"content": dict.fromkeys((HTML, *FORMATS), _TEXT)}, 404: Problem, 406: Problem}


_REFUSED: dict[Any, Any] = {406: Problem, 422: Problem}
_FOUND: dict[Any, Any] = {200: FoundPages, **_REFUSED}
routes = APIBlueprint("browse", __name__)


@routes.get("/", summary="The first page, with search", responses=_PAGE)
def start() -> Response:
    """Show the first page."""
    return html(served().site.start(), letter="", error=None)


@routes.get("/guidelines", summary="The guidelines and their editions", responses={200: EditionsBody, **_REFUSED})
def guidelines(query: PageQuery) -> Response:
    """Show people the guidelines, list them for programs."""
    site = served().site
    if acceptable([HTML, _JSON]) == HTML:
        return html(site.pages["guidelines"]())
    return _listed({"guidelines": list(page_of(site.editions, query))}, len(site.editions), query)


@routes.get("/concepts", summary="The concepts", responses={200: ConceptsBody, **_REFUSED})
def concepts(query: PageQuery) -> Response:
    """Show people the hierarchy of concepts, list them for programs."""
    site = served().site
    if acceptable([HTML, _JSON]) == HTML:
        return html(site.pages["concepts"]())
    names, describe = sorted(site.knowledge.concepts), site.knowledge.vocabulary.describe
    return _listed({"concepts": [describe(name) for name in page_of(names, query)]}, len(names), query)


@routes.get("/search", summary="Find concepts, topics, guidelines and decisions", responses=_FOUND)
def search(query: SearchQuery) -> Response:
    """Search the pages."""
    site = served().site
    if acceptable([HTML, _JSON]) == HTML:
        return html(site.search(query.q))
    found = site.finder.find(query.q)
    listed = [{"label": e.label, "iri": BASE + e.path, "kind": e.kind} for e in page_of(found, query)]
    return _listed({"words": query.q, "found": listed}, len(found), query)


@routes.get("/<path:iri>", summary="What an IRI of ours names", responses=_NAMED)
def named(path: IriPath) -> Response:
    """Show people the page of an IRI, give programs its triples."""
    site = served().site
    if kept := _kept(path.iri):
        return kept
    if path.iri not in site.pages:
        return _missing(path.iri, site)
    kind = acceptable([HTML, *FORMATS] if site.is_thing(path.iri) else [HTML])
    if kind == HTML:
        return html(site.pages[path.iri]())
    return _versioned(Response(serialise(site.subjects(path.iri), kind, site.register), content_type=kind))


def _kept(path: str) -> Response | None:
    """Answer with a decision that is kept, which no browser or proxy keeps; None where it is not."""
    piece = served()
    page = piece.site.kept.page(path, piece.decisions) if piece.decisions else None
    if page is None or piece.decisions is None:
        return None
    kind = acceptable([HTML, *FORMATS])
    if kind == HTML:
        found = html(page)
    else:
        found = _versioned(Response(piece.site.kept.serialised(path, kind, piece.decisions), content_type=kind))
    found.headers["Cache-Control"] = "no-store"
    return found


def html(page: Page, status: int = 200, **more: Any) -> Response:
    """Answer with a page, under a policy that lets nothing but our own style and script act in it.

    Raises NotAcceptable when the client does not accept HTML.
    """
    acceptable([HTML])
    found = Response(render(page, **more), status, content_type=f"{HTML}; charset=utf-8")
    found.headers["Content-Security-Policy"] = _POLICY
    return _versioned(found)


def _missing(path: str, site: Site) -> Response:
    """Answer people with a page, programs with a problem; both name what is spelled nearly so.

    Raises MethodNotAllowed for a route that speaks another method: this one, which takes every path, hid it.
    """
    if methods := spoken(request.path):
        raise MethodNotAllowed(methods)
    if request.accept_mimetypes.best_match(["application/problem+json", HTML]) == HTML:
        return html(site.missing(path), 404)
    near = [f"`{entry.path}`" for entry in site.near(path)]
    hint = f"did you mean {' or '.join(near[:3])}?" if near else "search with `/search?q=`"
    raise NotFound(f"nothing is called `{path}`; {hint}")


def _listed(page: dict[str, Any], total: int, query: PageQuery) -> Response:
    body = written({**page, "all": total})
    return linked(_versioned(Response(body, content_type=_JSON)), total, query)


def _versioned(response: Response) -> Response:
    response.vary.add("Accept")
    response.headers["Knowledge-Version"] = served().knowledge.version
    return response
