"""The command line tells wrong usage in one sentence, and helps."""

import json
from functools import partial

import commands
import pytest
from click.testing import CliRunner
from commands import run_alone

from api.origins import check_origins
from kb.ask.formats import FORMATS
from kb.ask.stored import described
from kb.cli import app
from kb.errors import ParameterError
from tests.running import free_port


@pytest.fixture
def run(knowledge):
    """Run a command in this process, over the knowledge that is loaded."""
    return partial(commands.run, knowledge=knowledge)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("schema", "nothing"), 2, "no schema `nothing`"),
        (("lookup", "xyzzy plugh"), 2, "nothing fits `xyzzy plugh`"),
        (("lookup", "massage", "--on", "yesterday"), 2, "`yesterday` is no day"),
        (("lookup", "massage", "--on", "2013-W42-5"), 2, "`2013-W42-5` is no day"),
        (("review", "x.txt", "--html", "/nonexistent/page.html"), 2, "name a file in a folder that exists"),
        (("review", "x.txt", "--html", "/"), 2, "name a file in a folder that exists"),
        (("review", "x.txt", "--endpoint", "nonsense"), 2, "`nonsense` is no address of an endpoint"),
        (("review", "x.txt", "--endpoint", "http://localhost:nonsense"), 2, "is no address of an endpoint"),
        (("lookup", "massage", "--ontology", "/nonexistent"), 2, "holds no Turtle file"),
        (("serve", "--port", "99999"), 2, "65535"),
        (("serve", "--port", "x"), 2, "'x' is not a valid integer."),
        (("serve", "--watch", "nan"), 2, "nan is no number"),
        (("serve", "--query-workers", "33"), 2, "1<=x<=32"),
        (("erase", "--store", "kept", "--older-than", "-1"), 2, "'--older-than': -1.0 is not in the range"),
        (("erase", "--store", "kept", "--older-than", "inf"), 2, "'--older-than': inf is not in the range"),
        (("log", "erase", "x.log", "--older-than", "nan"), 2, "'--older-than': nan is no number"),
        (("log", "erase", "x.log", "--older-than", "six"), 2, "'six' is not a valid number."),
        (("batch", "in.jsonl", "out.parquet", "--chunk", "0"), 2, "'--chunk': 0 is not in the range"),
        (("batch", "in.jsonl", "out.csv"), 2, "`out.csv` would hold Parquet; name it `out.parquet`"),
        (("batch", "in.jsonl", "o.parquet", "--criteria", "c.csv"), 2, "`c.csv` would hold Parquet"),
        (("batch", "pyproject.toml", "{new}"), 2, "`pyproject.toml` is not read, being `.toml`; name a Parquet file"),
        (("batch", "kb/cli", "{new}"), 2, "`kb/cli` holds no letter or case; files in .pdf, .txt, .json, .yaml"),
        (("serve", "--host", "nonsense.invalid"), 2, "cannot serve on `nonsense.invalid` port 8000"),
        (("serve", "--port", "{port}", "--ontology", "/nonexistent"), 2, "holds no Turtle file"),
        (("serve", "--port", "{port}", "--rate", "often"), 2, "`often` is no rate of requests"),
        (("serve", "--port", "{port}", "--log", "x.log", "--log-mask", "text,numbr"), 2, "did you mean `number`?"),
        (("serve", "--port", "{port}", "--origin", "foo"), 2, "`foo` is no origin; write it as https://app.example"),
        (
            ("serve", "--port", "{port}", "--keys", "/none.toml"),
            2,
            "mtus: `/none.toml` cannot be read (no such file",
        ),
        (("log", "verify", "LICENSE"), 2, "`LICENSE` is no log of decisions"),
        (("key", "/nonexistent/keys.toml", "--name", "triage"), 2, "`/nonexistent/keys.toml` cannot be written"),
        (("query", "nothing"), 2, "unknown question `nothing`; there are agreement-by-service"),
        (("query", "editons"), 2, "unknown question `editons`; did you mean `editions`?"),
        (("query", "editions", "--param", "on=2013-10-18", "--param", "on=2014-10-18"), 2, "`on` is given twice"),
        (("query", "editions", "--param", "of=1"), 2, "no parameter `of`"),
        (("query", "editions", "--param", "on"), 2, "`on` has no value"),
        (("query", "editions", "--param", "on=2013-13-45"), 2, "`2013-13-45` is no day of the calendar"),
        (("query", "recommendations-for-service", "--param", "service=masage_therapy"), 2, "did you mean"),
        (("sparql", "queries/ask/editions.rq", "--ontology", "/nonexistent"), 2, "holds no Turtle file"),
        (("review", "x.txt", "--endpoint", "http://127.0.0.1:9"), 2, "(connection refused)"),
        (("review", "nowhere.txt"), 3, "mtus: `nowhere.txt` cannot be read (no such file or directory); name a letter"),
        (("facts", "nowhere.txt"), 3, "mtus: `nowhere.txt` cannot be read (no such file or directory); name a letter"),
        (("sparql", "nowhere.rq"), 3, "cannot read `nowhere.rq`"),
        (("evaluate", "nowhere"), 2, "`nowhere` is no folder"),
        (("evaluate", "kb"), 2, "`kb` holds no letter"),
        (("evaluate", "tests/letters", "--labels", "nowhere"), 2, "labels `nowhere` cannot be read"),
        (("evaluate", "tests/letters", "--labels", "LICENSE"), 2, "is no label; write it as a JSON object"),
        (("nothing",), 2, "No such command"),
        (("lookp", "massage"), 2, "Did you mean 'lookup'?"),
        (("lookup",), 2, "Missing argument 'WORDS'"),
        (("ingest", "x.txt"), 2, "Missing option '--store'"),
    ],
)
def test_wrong_usage(run, words, code, said, tmp_path):
    places = {"port": free_port(), "new": tmp_path / "new.parquet"}
    words = [str(word).format(**places) for word in words]
    done = run_alone(*words) if words[0] == "serve" else run(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("query", "output", "said"),
    [
        ("ASK {}", "turtle", "ASK finds rows"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "csv", "CONSTRUCT finds triples"),
    ],
)
def test_a_format_that_cannot_hold_what_is_found_is_refused(run, tmp_path, query, output, said):
    (tmp_path / "own.rq").write_text(query, encoding="utf-8")
    done = run("sparql", tmp_path / "own.rq", "--format", output)
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert said in done.stderr


def test_the_list_of_questions_tells_parameters_types_and_defaults(run):
    listed = dict(line.split(": ", 1) for line in run("query").stdout.splitlines())
    assert set(listed) == {question["name"] for question in described()}
    assert listed["editions"].endswith("in force on a day.  on=2013-10-18 (date)")
    assert listed["overturn-rate-by-service"].endswith("[--store]  below=treatment (concept), from=1900-01-01 (date)")
    assert listed["decisions-that-attest"].endswith("attest how many criteria.")


def test_defaults_in_use_are_told_beside_the_rows(run):
    done = run("query", "editions")
    assert done.stderr == "mtus: not given, so by default: on=2013-10-18\n"
    assert done.stdout == run("query", "editions", "--param", "on=2013-10-18").stdout
    assert run("query", "editions", "--param", "on=2013-10-18").stderr == ""
    assert run("query", "decisions-that-attest").stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("recommendations-for-service", "--param", "service=low_back_pain"),
            "; `low_back_pain` is no treatment, which parameter `service` is to name",
        ),
        (("recommendations-for-service", "--param", "service=treatment"), ""),
        (("editions", "--param", "on=1900-01-01"), ""),
    ],
)
def test_an_empty_table_is_told(run, words, said):
    done = run("query", *words)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, f"mtus: nothing was found{said}\n")


def test_every_command_stands_in_one_section_of_the_help():
    listed = [name for names in app.sections.values() for name in names]
    assert sorted(listed) == sorted(app.commands)
    shown = CliRunner().invoke(app, ["-h"]).output
    assert shown.index("Decide:") < shown.index("  review ") < shown.index("Ask:") < shown.index("  query ")
    assert "Decide by guideline whether a treatment asked for is supported" in shown


@pytest.mark.parametrize("words", [[], ["review"], ["log"], ["log", "verify"]])
def test_help_is_short_and_long(words):
    short, long = (CliRunner().invoke(app, [*words, option]) for option in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.output == long.output


def test_the_version_is_told():
    assert CliRunner().invoke(app, ["--version"]).output.startswith("mtus, version ")


def test_the_help_names_every_format_that_is_taken():
    shown = " ".join(CliRunner().invoke(app, ["sparql", "--help"]).output.split())
    assert f"{', '.join(FORMATS)}; rows as csv" in shown


@pytest.mark.parametrize("origin", ["https://app.example", "http://localhost:3000", "http://10.0.0.1"])
def test_what_a_browser_sends_is_an_origin(origin):
    check_origins([origin])


@pytest.mark.parametrize(
    "origin",
    ["foo", "*", "app.example", "https://", "https://a.example/", "https://a.example/x", "https://a.example:x",
     "https://u@a.example", "https://*.example", "https://a.example?b", "null", ""],
)  # fmt: skip
def test_what_no_browser_sends_is_no_origin(origin):
    with pytest.raises(ParameterError, match="is no origin"):
        check_origins(["https://app.example", origin])


def test_a_case_in_another_form_than_lines_is_refused_before_anything_is_written(run, tmp_path):
    case, out = tmp_path / "case.yaml", tmp_path / "out.parquet"
    case.write_text(json.dumps({"requests": ["massage_therapy"]}), encoding="utf-8")
    done = run("batch", case, out)
    assert done.returncode == 2
    assert "is not read, being `.yaml`; name a Parquet file, JSON lines (.jsonl, .ndjson, .json) or a" in done.stderr
    assert list(tmp_path.iterdir()) == [case]


def test_what_is_wrong_inside_a_file_is_told_with_its_name(run, tmp_path):
    case = tmp_path / "case.json"
    case.write_text("{}", encoding="utf-8")
    assert run("review", case).stderr.startswith("mtus: case.json: the case has no requests")
