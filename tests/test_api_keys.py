"""Keys: who may ask, who may decide; nothing is asked for without a file of keys."""

import json
import stat

import pytest
from click.testing import CliRunner

from api import Settings, create_app
from api.keys import make_key, read_keys
from kb import UnreadableFileError
from kb.cli import app as cli

CASE = {"ur_decided": "2013-10-18", "requests": ["massage_therapy"]}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    return file, {role: make_key(file, f"a {role}er", role) for role in ("read", "decide", "curate")}


@pytest.fixture(scope="module")
def client(keys, knowledge):
    return create_app(Settings(keys=keys[0]), knowledge).test_client()


def _bearer(key):
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("get", "/lookup?service=massage", "read"),
        ("get", "/requirements?service=massage", "read"),
        ("get", "/crosswalk?cpt=97124", "read"),
        ("get", "/", "read"),
        ("get", "/concept/massage_therapy", "read"),
        ("get", "/queries", "read"),
        ("get", "/sparql?query=ASK{}", "read"),
        ("post", "/sparql", "read"),
        ("post", "/determinations", "decide"),
        ("post", "/determinations/batch", "decide"),
        ("post", "/review", "decide"),
        ("post", "/reload", "curate"),
        ("get", "/health", None),
        ("get", "/openapi.json", None),
        ("get", "/docs/swagger", None),
    ],
)
def test_each_route_needs_its_role(client, keys, method, path, needed):
    roles = ("read", "decide", "curate")
    without = getattr(client, method)(path)
    assert (without.status_code == 401) == (needed is not None)
    for role in roles:
        status = getattr(client, method)(path, headers=_bearer(keys[1][role])).status_code
        refused = needed is not None and roles.index(role) < roles.index(needed)
        assert (status == 403) == refused
        assert status != 401


def test_what_is_refused_says_why_and_how(client, keys):
    missing = client.get("/lookup?service=massage")
    assert missing.content_type == "application/problem+json"
    assert missing.headers.getlist("WWW-Authenticate") == ['Bearer realm="mtus"', 'Basic realm="mtus"']
    unknown = client.get("/lookup?service=massage", headers=_bearer("mtus_no"))
    assert (unknown.status_code, 'error="invalid_token"' in unknown.headers["WWW-Authenticate"]) == (401, True)
    lesser = client.post("/determinations", json=CASE, headers=_bearer(keys[1]["read"]))
    assert 'error="insufficient_scope", scope="decide"' in lesser.headers["WWW-Authenticate"]
    assert json.loads(lesser.data)["detail"] == "the key has the role `read`, and this needs `decide`"


def test_a_person_gives_the_key_as_password(client, keys):
    assert client.get("/", auth=("anybody", keys[1]["read"])).status_code == 200
    assert client.get("/", auth=("anybody", "wrong")).status_code == 401


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Basic x", "Basic", "Digest a=b", "\udcff", "Bearer \x7f"])
def test_whatever_is_sent_as_key_is_refused(client, sent):
    answer = client.get(
        "/lookup?service=massage", headers={"Authorization": sent.encode("latin-1", "replace").decode("latin-1")}
    )
    assert answer.status_code == 401


def test_options_ask_for_no_key(client):
    assert client.options("/determinations").status_code == 204


def test_the_document_names_the_roles(client, keys, knowledge):
    document = client.get("/openapi.json").json
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/determinations"]["post"]["security"] == [{"key": ["decide"]}]
    assert document["paths"]["/{iri}"]["get"]["security"] == [{"key": ["read"]}]
    assert document["paths"]["/queries/{name}"]["get"]["responses"]["403"]["content"]["application/problem+json"]
    assert document["paths"]["/reload"]["post"]["security"] == [{"key": ["curate"]}]
    assert "security" not in document["paths"]["/health"]["get"]
    opened = create_app(Settings(), knowledge).test_client().get("/openapi.json").json
    assert "securitySchemes" not in opened["components"]
    assert not [
        o for path in opened["paths"].values() for o in path.values() if "security" in o or "401" in o["responses"]
    ]


def test_a_key_is_made_on_the_command_line_and_kept_as_a_hash(tmp_path):
    file = tmp_path / "keys.toml"
    made = CliRunner().invoke(cli, ["key", str(file), "--name", "triage", "--role", "decide"])
    key = made.stdout.strip()
    assert made.exit_code == 0
    assert key not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(k.name, k.role) for k in read_keys(file)] == [("triage", "decide")]
    assert CliRunner().invoke(cli, ["key", str(file), "--name", "x", "--role", "boss"]).exit_code == 2
    with pytest.raises(UnreadableFileError, match="has a key of the name `triage`"):
        make_key(file, "triage", "read")


@pytest.mark.parametrize(
    "text", ["[[key]]\nname = 'x'\n", "key = 5", "[[key]\n", "[[key]]\nname='x'\nrole='boss'\nsha256=''\n"]
)
def test_a_file_that_is_none_of_keys_is_refused(tmp_path, knowledge, text):
    file = tmp_path / "keys.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        create_app(Settings(keys=file), knowledge)
    with pytest.raises(UnreadableFileError):
        create_app(Settings(keys=tmp_path / "none.toml"), knowledge)


def test_the_service_does_not_start_with_a_wrong_file_of_keys(tmp_path):
    done = CliRunner().invoke(cli, ["serve", "--port", "8769", "--keys", str(tmp_path / "none.toml")])
    assert done.exit_code != 0
    assert isinstance(done.exception, UnreadableFileError)
