"""Let in whom a file of keys names, each with a role; without such a file everything is open.

The file holds hashes only: a key is 32 random bytes, so that one round of SHA-256 is enough.
"""

import hashlib
import hmac
import json
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, g, request

from api.errors import problem
from kb.errors import UnreadableFileError

ROLES = ("read", "decide", "curate")  # each may do what those before it may
SCHEME = "key"
_OPEN = ("contract", "static", "pages.static", "openapi.openapi", "openapi.doc_url")
_OPEN_GROUPS = ("swagger",)
_LOCKED = "mtus-locked"
_REALM = 'realm="mtus"'
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Key:
    """Hold what is known of a key: whose it is, what it may do, its hash."""

    name: str
    role: str
    sha256: str


def role(needed: str | None) -> Callable[[_F], _F]:
    """Say beside a route which role it needs; None opens it to all.

    A route that says nothing needs `read` to be asked and `decide` to be sent something.
    """

    def mark(view: _F) -> _F:
        view.role = needed  # type: ignore[attr-defined]
        return view

    return mark


def role_of(app: Flask, endpoint: str | None, method: str) -> str | None:
    """Tell which role a request needs."""
    view = app.view_functions.get(endpoint or "")
    if endpoint in _OPEN or (endpoint or "").split(".")[0] in _OPEN_GROUPS:
        return None
    default = "read" if method in ("GET", "HEAD") else "decide"
    found: str | None = getattr(view, "role", default)
    return found


def make_key(file: Path, name: str, needed: str) -> str:
    """Make a key, add its hash to a file, and give the key: it stands nowhere else.

    Raises UnreadableFileError when the file is no file of keys, has the name already, or cannot be written.
    """
    if file.exists() and any(key.name == name for key in read_keys(file)):
        raise UnreadableFileError(f"`{file}` has a key of the name `{name}`; remove its lines, or take another name")
    made = f"mtus_{secrets.token_urlsafe(32)}"
    entry = f"[[key]]\nname = {json.dumps(name)}\nrole = {json.dumps(needed)}\nsha256 = {json.dumps(_hash(made))}\n\n"
    try:
        file.touch(mode=0o600)
        with file.open("a", encoding="utf-8") as out:
            out.write(entry)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(
            f"`{file}` cannot be written ({reason}); name a file in a folder that exists"
        ) from None
    return made


def read_keys(file: Path) -> list[Key]:
    """Read a file of keys.

    Raises UnreadableFileError that says what is wrong with it.
    """
    try:
        found = [Key(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("key", [])]
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"`{file}` cannot be read ({reason}); make a file of keys with `mtus key`") from None
    except (ValueError, TypeError) as error:
        raise UnreadableFileError(f"`{file}` is no file of keys ({error}); make one with `mtus key`") from None
    wrong = next((key for key in found if key.role not in ROLES), None)
    if wrong:
        raise UnreadableFileError(
            f"`{file}` gives `{wrong.name}` the role `{wrong.role}`; roles are {', '.join(ROLES)}"
        )
    return found


def register(app: Flask, file: Path) -> None:
    """Ask for a key before anything else is done.

    Raises UnreadableFileError when the file of keys cannot be read.
    """
    keys = read_keys(file)
    app.extensions[_LOCKED] = True

    @app.before_request
    def let_in() -> Response | None:
        needed = role_of(app, request.endpoint, request.method)
        if needed is None or request.method == "OPTIONS":
            return None
        given = _given()
        if given is None:
            return _refused(401, "this needs a key; send it as `Authorization: Bearer KEY`")
        key = _find(given, keys)
        if key is None:
            return _refused(401, "the key is not known; ask whoever runs the service for one", 'error="invalid_token"')
        g.caller = key.name
        if ROLES.index(key.role) < ROLES.index(needed):
            said = f"the key has the role `{key.role}`, and this needs `{needed}`"
            return _refused(403, said, f'error="insufficient_scope", scope="{needed}"')
        return None


def locked(app: Flask) -> bool:
    """Tell whether keys are asked for."""
    return _LOCKED in app.extensions


def described(document: dict[str, Any], app: Flask) -> None:
    """Say in an OpenAPI document which role each operation needs."""
    document["components"]["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer"}}
    refused = {"description": "A key is missing, unknown, or of a lesser role", "content": {}}
    for rule in app.url_map.iter_rules():
        operations = document["paths"].get(_templated(str(rule)), {})
        for method in {name.lower() for name in rule.methods or ()} & set(operations):
            needed = role_of(app, rule.endpoint, method.upper())
            if needed:
                operations[method]["security"] = [{SCHEME: [needed]}]
                operations[method]["responses"].update({"401": dict(refused), "403": dict(refused)})


def _templated(rule: str) -> str:
    return "/".join(f"{{{part[1:-1].split(':')[-1]}}}" if part[:1] == "<" else part for part in rule.split("/"))


def _given() -> str | None:
    """Read the key that a request brings: as a token, or as the password that a browser asks a person for."""
    found = request.authorization
    if found is None:
        return None
    return found.token if found.type == "bearer" else found.password if found.type == "basic" else None


def _find(given: str, keys: list[Key]) -> Key | None:
    """Compare with every key, so that time tells nothing."""
    own = _hash(given)
    alike = [key for key in keys if hmac.compare_digest(key.sha256, own)]
    return alike[0] if alike else None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(status: int, detail: str, more: str = "") -> Response:
    found = problem(status, None, "Unauthorized" if status == 401 else "Forbidden", detail)
    found.headers.add("WWW-Authenticate", f"Bearer {_REALM}{', ' if more else ''}{more}")
    if status == 401:
        found.headers.add("WWW-Authenticate", f"Basic {_REALM}")
    return found
