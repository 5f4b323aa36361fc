"""The README is true: its example runs, its commands, routes and errors are those that exist."""

import re
from pathlib import Path

from kb import errors
from kb.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _section(heading: str) -> str:
    return README.split(heading)[1].split("\n#")[0]


def test_the_python_example_runs():
    example = re.search(r"```python\n(.*?)```", README, re.S)
    assert example
    exec(compile(example[1], "README.md", "exec"), {})


def test_every_picture_is_there_and_is_small():
    pictures = re.findall(r"!\[[^\]]{40,}\]\(([^)]+)\)", README)
    assert pictures
    for name in pictures:
        assert 0 < (Path(__file__).parents[1] / name).stat().st_size < 150_000, name


def test_every_command_shown_exists():
    shown = set(re.findall(r"(?:^|`|\| )mtus (\w+)", README, re.M))
    assert shown == set(app.commands)


def test_every_make_target_shown_exists():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_route_is_described(client):
    routes = {str(rule) for rule in client.application.url_map.iter_rules()}
    ours = {r for r in routes if not r.startswith(("/docs", "/static", "/assets"))} - {"/", "/review"}
    assert ours == {route.split("?")[0] for route in re.findall(r"`(?:GET|POST) (/[^`]*)`", README)}


def test_every_error_is_described():
    found = [errors.KbError]
    for error in found:
        found.extend(error.__subclasses__())
    codes = {error.code for error in found} - {"error"}
    described = set(re.findall(r"^\| `([a-z-]+)` \|", _section("### Errors"), re.M))
    assert described == codes
