"""Published decisions are the measure: what is counted is right, and says how sure it is."""

import json
import re
import shutil
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import commands
import pytest

import kb.measure.folder
from kb.errors import UnreadableFileError
from kb.measure.causes import CAUSES, Cause, read_causes
from kb.measure.deciding import Deciding
from kb.measure.folder import measure
from kb.measure.labels import Label, Reason, read_labels, workers
from kb.measure.page import page
from kb.measure.reasons import Compared, Comparer
from kb.measure.report import UNJUDGED, VERDICTS, Report
from kb.measure.row import Row
from kb.measure.statistics import agreement, share, wilson
from kb.review import review

HERE = Path(__file__).parent
LETTERS = [HERE / "letters" / name for name in ("massage_2014.txt", "two_requests_2016.txt")]
MASSAGE, KNEE = "CM14-0990001", "CM16-0990002"
LIMIT = "mtus-chronic-pain-2009/massage_therapy#visit_limit"
FAILED, WAITED = (f"mtus-acoem-knee-2004/mri_knee#{name}" for name in ("conservative_care_failed", "four_weeks"))
PUBLISHED = HERE.parents[1] / "shared" / "letters"
JUDGED = HERE / "data" / "causes.csv"


def _leaf(name, status):
    return {"id": name, "op": "criterion", "status": status, "facts": ["f1"], "children": []}


def _asked(line, service, quantity, unit, verdict, published, *leaves, because=(), missing=()):
    """Write a request as answers have it, with one recommendation that holds all leaves."""
    topic = leaves[0]["id"].split("#")[0] if leaves else ""
    tree = {"id": f"{topic}#criteria", "op": "allOf", "status": "unknown", "facts": [], "children": list(leaves)}
    spoken = {"id": f"{topic}#recommendation", "applies": "met", "live": "met", "tree": tree}
    found = {
        "verdict": verdict,
        "imr": {"supported": "overturned", "no_guideline": None}.get(verdict, "upheld"),
        "because": list(because),
        "missing": [{"id": name, "decisive": True} for name in missing],
        "recommendations": [spoken] if leaves else [],
        "statutes": [],
    }
    read = {"line": line, "service": service, "quantity": quantity, "unit": unit}
    return {**read, "published": {"outcome": published}, "determination": found}


ANSWERS = {
    MASSAGE: [
        _asked(1, "massage_therapy", 6, "visit", "not_supported", "upheld", _leaf(LIMIT, "not_met"), because=[LIMIT])
    ],
    KNEE: [
        _asked(1, "physical_therapy", 6, "visit", "no_guideline", "upheld"),
        _asked(
            2, "mri_knee", 1, "study", "undocumented", "overturned", _leaf(WAITED, "met"), _leaf(FAILED, "unknown"),
            because=[WAITED, FAILED], missing=[FAILED],
        ),
        _asked(3, "knee_brace", 1, "item", "no_guideline", "upheld"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _answers():
    """Give the answers above for letters of these names, so that no change of a guideline changes what is counted."""
    patch = pytest.MonkeyPatch()

    def answer(source, name, knowledge):
        case = Path(name).stem
        if case not in ANSWERS:
            return review(source, name, knowledge)
        return {"case": {"number": case}, "requests": ANSWERS[case]}

    patch.setattr(kb.measure.folder, "review", answer)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two letters, three labels of which the last names another service than was read."""
    place = tmp_path_factory.mktemp("letters")
    for case in ANSWERS:
        (place / f"{case}.txt").write_text("a letter", encoding="utf-8")
    said = [{"status": "undocumented", "fact": "conservative care failed"}, {"status": "note", "fact": "a knee"}]
    labels = [
        {"case_id": MASSAGE, "request_index": 0, "service": "massage_therapy", "quantity": 6, "unit": "visit"},
        {"case_id": KNEE, "request_index": 0, "service": "physical_therapy", "quantity": 5, "unit": "visit"},
        {"case_id": KNEE, "request_index": 1, "service": "mri_hip", "outcome": "overturned", "rationale_facts": said},
    ]
    (place / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def report(folder, knowledge):
    return measure(folder, folder / "labels.jsonl", None, knowledge)


# --- statistics -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [(24, 277, (0.0590, 0.1258)), (2, 24, (0.0232, 0.2585)), (0, 1, (0.0, 0.7935)), (81, 263, (0.2553, 0.3662))],
)
def test_intervals_of_shares_are_wilsons(hits, n, expected):
    """The last is the worked example of Newcombe (1998), 0.2553 to 0.3662; the others from Wilson's formula."""
    assert wilson(hits, n) == pytest.approx(expected, abs=1e-4)


def test_requests_of_one_worker_count_for_less():
    alike = share([(worker, worker < "k") for worker in "abcdefghijklmnopqrst" for _ in range(5)])
    alone = share([(f"{worker}{n}", worker < "k") for worker in "abcdefghijklmnopqrst" for n in range(5)])
    assert alike.share == alone.share == 0.5
    assert alike.effective_n == pytest.approx(19, abs=1)  # twenty workers who always agree with themselves
    assert alone.effective_n == pytest.approx(99, abs=1)
    assert (alike.by_worker_low, alike.by_worker_high) == wilson(10, 20)


def test_the_bootstrap_draws_workers_and_is_the_same_every_time():
    right = [(str(n), (n % 10 == 0, n % 10 == 0)) for n in range(100)]
    mixed = [(str(n), (n % 3 == 0, n % 2 == 0)) for n in range(100)]
    assert agreement(right).kappa_interval == (1.0, 1.0)
    found = agreement(mixed)
    assert found == agreement(list(reversed(mixed)))
    low, high = found.kappa_interval
    assert low < found.kappa < high
    wide_low, wide_high = agreement([(str(n // 10), pair) for n, (_, pair) in enumerate(mixed)]).kappa_interval
    assert (wide_low, wide_high) != (low, high)
    assert agreement(mixed[:1]).kappa_interval is None


def test_letters_of_one_worker_are_one_group_however_they_are_linked():
    chain = [Label("C3", 0, "x", same_worker=["C2"]), Label("C1", 0, "x", same_worker=["C2"]), Label("C4", 0, "x")]
    assert workers(chain) == {"C1": "C1", "C2": "C1", "C3": "C1", "C4": "C4"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "line 1 is no label; write it as a JSON object with case_id, request_index and service"),
        ("{", "line 1 is no label"),
        ('{"case_id": "C1", "service": "x"}', "line 1 has no `request_index`; add it"),
        ('{"case_id": "C1", "request_index": 0, "service": "x", "quantity": "six"}', "`quantity` expected `float"),
        ('{"case_id": "C1", "request_index": -1, "service": "x"}', "`request_index` expected `int` >= 0; mend it"),
    ],
)
def test_a_line_that_is_no_label_is_an_error(line, said, tmp_path):
    file = tmp_path / "labels.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(UnreadableFileError) as error:
        read_labels(file)
    assert said in str(error.value)


def test_what_a_label_leaves_open_may_be_null_or_missing(tmp_path):
    file = tmp_path / "labels.jsonl"
    file.write_text('{"case_id": "C1", "request_index": 0, "service": "x", "unit": null, "rationale_facts": null}\n\n')
    assert read_labels(file) == {("C1", 1): Label("C1", 0, "x")}


# --- counting ---------------------------------------------------------------------------------------------------


def test_reading_is_compared_with_the_labels(report):
    found = {name: (m.hits, m.n) for name, m in report.measures.items()}
    assert found["requests_read"] == (3, 3)
    assert found["service_right"] == (2, 3)
    assert found["quantity_right"] == (1, 2)
    assert found["unit_right"] == (2, 2)
    assert found["outcome_right"] == (1, 1)


def _row(number, verdict, published, worker=None):
    imr = {"supported": "overturned", "no_guideline": None}.get(verdict, "upheld")
    return Row(f"C{number}", 1, worker or f"C{number}", "x", verdict, imr, published, covered=True)


def test_an_abstention_is_neither_upheld_nor_overturned():
    verdicts = [("supported", "overturned"), ("not_supported", "upheld"), ("supported", "upheld")]
    abstained = [("undocumented", "overturned"), ("undocumented", "upheld"), ("no_guideline", "upheld")]
    found = Report(rows=[_row(n, *pair) for n, pair in enumerate([*verdicts, *abstained])])
    merits, imr = found.agreements["on_the_merits"], found.agreements["imr_column"]
    assert (merits.n, merits.balanced_accuracy) == (3, 0.75)
    assert (imr.n, imr.balanced_accuracy) == (6, 0.625)
    shares = {name: (m.hits, m.n) for name, m in found.measures.items()}
    assert shares["recall_on_overturned"] == (1, 2)
    assert shares["false_overturns"] == (1, 4)
    assert shares["upheld_on_the_merits"] == (1, 4)
    assert (shares["undocumented"], shares["no_guideline"]) == ((2, 6), (1, 6))
    assert found.confusion()["upheld"]["undocumented"] == 1
    assert len(found.disagreements()) == 2


def test_every_table_counts_every_request(report):
    for groups in (report.by_service(), report.by_guideline()):
        assert sum(group.as_json()["requests"] for group in groups) == len(report.rows) == 4
        assert sum(sum(group.as_json()["verdicts"].values()) for group in groups) == 4
    assert sum(sum(counts.values()) for counts in report.confusion().values()) == len(report.compared) == 4
    assert sum(report.causes().values()) == len(report.disagreements()) == 1
    assert (report.evidence.criteria, report.evidence.times) == (3, 3)


def test_what_decided_is_named_with_its_guideline(report):
    found = {row.key: row for row in report.rows}
    assert (found[MASSAGE, 1].guideline, found[MASSAGE, 1].deciding) == ("mtus-chronic-pain-2009", [LIMIT])
    assert (found[KNEE, 2].guideline, found[KNEE, 2].deciding) == ("mtus-acoem-knee-2004", [FAILED])
    assert (found[KNEE, 3].guideline, found[KNEE, 3].deciding) == (None, [])


def test_what_is_said_of_any_treatment_covers_no_request(knowledge):
    general = next(r.id for r in knowledge.recommendations.values() if r.general)
    found = _asked(1, "mri_knee", 1, "study", "no_guideline", "upheld", _leaf(FAILED, "unknown"))["determination"]
    assert Deciding(found, knowledge).covers()
    found["recommendations"][0]["id"] = general
    assert not Deciding(found, knowledge).covers()


def test_what_an_undocumented_request_hangs_on_is_named_before_a_statute(knowledge):
    asked = _asked(1, "mri_knee", 1, "study", "undocumented", None, _leaf(FAILED, "unknown"), missing=["s#cap", FAILED])
    found = asked["determination"] | {"statutes": [{"id": "s#s", "applies": "met", "tree": _leaf("s#cap", "unknown")}]}
    assert Deciding(found, knowledge).criteria() == [FAILED, "s#cap"]
    dependent = found | {"because": ["line:1", FAILED]}
    assert Deciding(dependent, knowledge).criteria()[0] == "line:1"
    assert Deciding(dependent, knowledge).recommendation() is None


# --- criteria against reasons -----------------------------------------------------------------------------------


def test_a_reason_is_compared_with_the_criterion_of_the_same_concept(knowledge):
    said = [Reason("undocumented", "conservative care failed"), Reason("met", "nothing of ours"), Reason("note", "x")]
    first, second = Comparer(knowledge).compare(ANSWERS[KNEE][1], said)
    assert (first.criterion, first.status) == (FAILED, "unknown")
    assert (second.criterion, second.status, second.contradicts) == (None, None, False)


def test_the_name_of_what_is_asked_for_is_no_reason(knowledge):
    (found,) = Comparer(knowledge).compare(ANSWERS[MASSAGE][0], [Reason("not_met", "massage therapy")])
    assert found.criterion is None


def test_facts_that_show_the_contrary_of_a_reason_are_a_contradiction(knowledge):
    asked = _asked(1, "mri_knee", 1, "study", "not_supported", "overturned", _leaf(FAILED, "not_met"))
    (found,) = Comparer(knowledge).compare(asked, [Reason("met", "conservative care failed")])
    assert found.contradicts
    asked["determination"]["recommendations"][0]["tree"]["children"][0]["facts"] = []
    (found,) = Comparer(knowledge).compare(asked, [Reason("met", "conservative care failed")])
    assert not found.contradicts  # nothing on record shows it


def test_reasons_that_differ_are_listed_those_that_facts_contradict_first():
    row = Row("C1", 1, "C1", "x", reasons=[
        Compared(Reason("undocumented", "a"), "t#a", "met", True),
        Compared(Reason("not_met", "b"), "t#b", "met", True),
        Compared(Reason("met", "c"), "t#c", "met", True),
        Compared(Reason("met", "d")),
    ])  # fmt: skip
    found = Report(rows=[row]).as_json()["reasons_that_differ"]
    assert [(entry["reason"], entry["contradicts"]) for entry in found] == [("b", True), ("a", False)]
    assert "b</td><td>not met</td><td>t#b</td><td>met, by facts of the letter" in page(Report(rows=[row]))


def test_reasons_are_counted_by_status(report):
    assert report.differing() == []
    assert report.reasons()["undocumented"] == {"met": 0, "not_met": 0, "unknown": 1}
    assert (report.measures["reasons_matched"].n, report.measures["reasons_agree"].hits) == (1, 1)


# --- causes -----------------------------------------------------------------------------------------------------


def _causes(tmp_path, *rows):
    file = tmp_path / "causes.csv"
    file.write_text("\n".join(["case,line,cause,why", *rows]), encoding="utf-8")
    return file


def test_a_cause_is_found_by_the_program_or_judged_by_a_reader(folder, report, knowledge, tmp_path):
    (row,) = report.disagreements()
    assert row.cause == Cause("not_read", "the label has another service", judged=False)
    assert measure(folder, None, None, knowledge).causes()[UNJUDGED] == 1
    judged = _causes(tmp_path, f"{KNEE},2,knowledge_differs,because", f"{MASSAGE},1,not_read,no disagreement here")
    again = measure(folder, folder / "labels.jsonl", judged, knowledge)
    assert again.disagreements()[0].cause == Cause("knowledge_differs", "because", judged=True)
    assert again.unused == [(MASSAGE, 1)]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (Row("C1", 1, "C1", "x", covered=True, elsewhere=True, recommendation="g/t#r"), "knowledge_missing"),
        (Row("C1", 1, "C1", "x", covered=True, cited=["h"], recommendation="g/t#r"), "knowledge_differs"),
        (Row("C1", 1, "C1", "x", covered=True, cited=["g", "h"], recommendation="g/t#r"), None),
        (Row("C1", 1, "C1", "x", covered=False, cited=["g"]), "knowledge_missing"),
    ],
)
def test_a_guideline_that_the_reviewer_cites_and_that_did_not_decide_is_a_cause(row, name):
    found = kb.measure.folder._cause(row, {})
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["C1,1,knowledge_difers,x"], "line 2 has the unknown cause `knowledge_difers`; did you mean"),
        (["C1,1,not_read,x", "C1,1,not_read,y"], "line 3 names `C1` line 1 again"),
        (["C1,one,not_read,x"], "line 2 is incomplete"),
        (["C1,1,not_read"], "line 2 is incomplete"),
        (["C1,1,not_read,x,y"], "line 2 is incomplete"),
        (["C1,1,not_read,"], "line 2 is incomplete"),
    ],
)
def test_a_row_of_causes_that_cannot_be_used_is_an_error(rows, said, tmp_path):
    with pytest.raises(UnreadableFileError) as error:
        read_causes(_causes(tmp_path, *rows))
    assert said in str(error.value)


def test_causes_that_cannot_be_read_are_an_error(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_causes(tmp_path / "nowhere.csv")
    other = tmp_path / "other.csv"
    other.write_text("case,cause\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="must have the columns case, line, cause, why"):
        read_causes(other)


# --- page and command -------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """Check that what is opened is closed, and remember addresses."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_is_the_same_every_time(folder, report, knowledge):
    written = page(report)
    tags = _Tags()
    tags.feed(written)
    assert tags.open == []
    assert [address for address in tags.addresses if not address.startswith(("#", "data:"))] == []
    assert "Content-Security-Policy" in written  # the head of every page that stands alone
    assert tags.seen.count("svg") == 6
    assert "script" not in tags.seen
    assert written == page(measure(folder, folder / "labels.jsonl", None, knowledge))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_barrier_on_a_phone(report, chromium, scheme):
    from axe_playwright_python.sync_playwright import Axe

    shown = chromium.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
    shown.set_content(page(report))
    found = [b["id"] for b in Axe().run(shown).response["violations"] if b["impact"] in ("serious", "critical")]
    wide = shown.evaluate("document.documentElement.scrollWidth")
    shown.close()
    assert (found, wide) == ([], 375)


def test_the_charts_show_the_counts(report):
    written = page(report)
    assert "published upheld, not supported: 1 of 3" in written
    assert "massage therapy: 1" not in written  # a bar of its own needs three requests
    assert "4 other services: 2 no guideline" in written
    assert len(re.findall(r'<rect class="cell"', written)) == 2 * len(VERDICTS) + 9


def test_the_command_writes_table_json_and_page(folder, tmp_path, knowledge):
    run = partial(commands.run, "evaluate", folder, "--labels", folder / "labels.jsonl", knowledge=knowledge)
    first, second = (run("--json") for _ in range(2))
    assert (first.returncode, first.stdout) == (0, second.stdout)
    found = json.loads(first.stdout)
    assert found["disagreements"][0]["cause"]["name"] == "not_read"
    assert set(found["causes"]) == {*CAUSES, UNJUDGED}
    assert found["measures"]["service_right"]["low"] < found["figures"]["service_right"] == 0.6667
    shown = run().stdout
    assert "service read as labelled" in shown
    assert "not read: the label has another service" in shown
    written = tmp_path / "page.html"
    assert run("--html", written).stdout == ""
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_letters_go_the_whole_way_twice_alike(tmp_path, knowledge):
    for letter in LETTERS:
        shutil.copy(letter, tmp_path)
    pages = [tmp_path / name for name in ("one.html", "two.html")]
    for written in pages:
        assert commands.run("evaluate", tmp_path, "--html", written, knowledge=knowledge).returncode == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert "2 letters of 2 workers with 4 requests" in pages[0].read_text(encoding="utf-8")


# --- the published letters --------------------------------------------------------------------------------------


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published letters are not here")
def test_every_disagreement_with_a_published_decision_has_a_named_cause(knowledge):
    labels = PUBLISHED / "labels.jsonl"
    found = measure(PUBLISHED, labels, JUDGED, knowledge)
    assert (found.letters, len(found.compared) >= 270, found.unreadable) == (116, True, [])
    assert sum(row.overturned for row in found.compared) == 24
    assert [row.key for row in found.disagreements() if row.cause is None] == []
    assert read_causes(JUDGED).keys() <= read_labels(labels).keys()
