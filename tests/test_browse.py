"""The pages of the knowledge: every IRI has its place, every link its end, every statement its reason to be trusted."""

import html
import json
import posixpath
import re
import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest
import yaml
from click.testing import CliRunner

from kb import load_knowledge
from kb.browse.links import Links
from kb.browse.render import ASSETS, render
from kb.browse.report import report_page
from kb.browse.search import Entry, rank
from kb.browse.site import Site
from kb.browse.writer import write_site
from kb.check.accounts import accounts
from kb.check.defect import Defect
from kb.check.report import Report
from kb.cli import app
from kb.errors import KnowledgeError
from kb.settings import data_folder
from kb.terms import BASE, CONCEPT, RDFS, SKOS

TINY = Path(__file__).parent / "tiny"
HEADINGS = {f"h{level}" for level in range(1, 7)}
VOID = {"meta", "link", "input", "br", "img", "hr"}


_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(/?)>')
_ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')


class Reader:
    """Read a page: ids, links, headings, fields without a label, and whether its tags are balanced.

    Of two thousand pages HTMLParser takes three times as long. What is no tag and yet has a `<` is wrong.
    """

    def __init__(self, text: str) -> None:
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.described: set[str] = set()
        self.inline: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text: list[str] = []
        at = 0
        for found in _TAG.finditer(text):
            self._said(text[at : found.start()])
            at = found.end()
            ends, tag, attributes, empty = found.groups()
            if not ends:
                self._begins(tag.lower(), {n.lower(): html.unescape(v) for n, v in _ATTRIBUTE.findall(attributes)})
            if ends or empty:
                self._ends(tag.lower())
        self._said(text[at:])

    def _begins(self, tag, given):
        if given:
            self._has(tag, given)
        if tag in HEADINGS:
            self.headings.append(int(tag[1]))
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def _has(self, tag, given):
        if "id" in given:
            self.ids.append(given["id"])
        if tag != "base":
            self.links += [given[key] for key in ("href", "src", "action") if given.get(key)]
        if "for" in given and tag == "label":
            self.labelled.add(given["for"])
        if "id" in given and tag in ("input", "textarea", "select"):
            self.fields.add(given["id"])
        if "aria-labelledby" in given:
            self.described |= set(given["aria-labelledby"].split())
        self.inline += [key for key in given if key == "style" or key.startswith("on")]

    def _ends(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def _said(self, words):
        if "<" not in words:
            self.text.append(html.unescape(words))
        elif words.strip().lower() != "<!doctype html>":
            self.wrong.append(words)


@pytest.fixture(scope="module")
def site(knowledge):
    return Site(knowledge)


@pytest.fixture(scope="module")
def folder(knowledge, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    assert write_site(out, knowledge) == len(list(out.rglob("*.html")))
    return out


@pytest.fixture(scope="module")
def pages(folder):
    return {file.relative_to(folder).as_posix(): Reader(file.read_text("utf-8")) for file in folder.rglob("*.html")}


def test_every_iri_has_a_page_and_every_fragment_an_anchor(knowledge, pages):
    ours = [iri for iri in knowledge.ontology.index if iri.startswith(BASE)]
    lost = []
    for iri in ours:
        path, _, fragment = iri.removeprefix(BASE).partition("#")
        page = pages.get(f"{path}.html")
        if page is None or (fragment and fragment not in page.ids):
            lost.append(iri)
    assert lost == []
    assert len(ours) > 5000


def test_an_anchor_stands_once_on_its_page(pages):
    assert {name: id for name, page in pages.items() for id, n in Counter(page.ids).items() if n > 1} == {}


def test_every_link_has_an_end(folder, pages):
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    ids = {name: set(page.ids) for name, page in pages.items()}
    broken, followed = [], 0
    for name, page in pages.items():
        for link in page.links:
            if link.startswith(("http://", "https://", "data:")):
                continue
            path, _, fragment = unquote(link).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            followed += 1
            if target not in files or (fragment and fragment not in ids[target]):
                broken.append((name, link))
    assert broken == []
    assert followed > 50_000


def test_pages_are_sound_for_a_strict_policy_and_a_screen_reader(pages):
    for name, page in pages.items():
        assert (page.wrong, page.open) == ([], []), name
        assert page.inline == [], name
        assert page.headings.count(1) == 1, name
        assert all(after - before < 2 for before, after in zip(page.headings, page.headings[1:], strict=False)), name
        assert page.fields <= page.labelled, name
        assert page.described <= set(page.ids), name


def test_file_names_differ_by_more_than_case(pages):
    assert len({name.lower() for name in pages}) == len(pages)


def test_every_recommendation_is_shown_with_its_criteria_and_how_they_are_known(knowledge, site):
    seen = 0
    for topic, advice in site.register.advice.items():
        page = site.pages[topic.removeprefix(BASE)]()
        shown = {a.id: a for a in page.data["advice"]}
        for r in advice:
            twigs = [twig for root in (shown[r.id].tree, shown[r.id].unless) if root for twig in _twigs(root)]
            twigs += [twig for root in shown[r.id].contraindications for twig in _twigs(root)]
            known = {t.id: t.known.verification for t in twigs if t.op == "criterion"}
            assert known == {c.id: c.source.verification for c in r.criteria()}
            seen += 1
    assert seen == len(knowledge.recommendations)


def _twigs(twig):
    yield twig
    for below in (*twig.children, *twig.readings):
        yield from _twigs(below)


def test_every_case_is_shown_with_what_it_expects(knowledge, site, pages):
    files = sorted((data_folder("ontology") / "guidelines").rglob("*.cases.yaml"))
    written = 0
    for file in files:
        names = [case["name"] for case in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)]
        topic = f"{file.parent.name}/{file.name.removesuffix('.cases.yaml')}"
        assert [case.name for case in site.pages[topic]().data["cases"]] == names
        written += len(names)
    assert written > 2000
    massage = site.pages["mtus-chronic-pain-2009/massage_therapy"]()
    shown = {case.name: (case.verdict, case.expects) for case in massage.data["cases"]}
    assert shown["two of six remain after four"] == ("supported_in_part", "supported in part, an amount of 2")
    [advice] = massage.data["advice"]
    assert len(advice.cases) == len(massage.data["cases"])


def test_a_topic_says_what_its_files_say(pages):
    text = " ".join("".join(pages["mtus-chronic-pain-2009/massage_therapy.html"].text).split())
    for said in (
        "an option", "at most 6 visits of massage therapy and myofascial release in total", "usual", "unless:",
        "documented finding: exceptional factor", "3 other ways to read the text", "caution:", "CM13-0050377",
        "page 60", "from 2009-07-18, until 2016-07-28", "six more visits after six are over the limit",
    ):  # fmt: skip
        assert said in text


def test_every_collected_statement_is_found_on_the_page_that_expresses_it(knowledge, pages):
    shown = {name: "".join(page.text) for name, page in pages.items()}
    missing, seen = [], 0
    for iri in knowledge.ontology.index:
        for number in knowledge.ontology.objects(iri, f"{BASE}schema#encodes"):
            path = iri.removeprefix(BASE).partition("#")[0]
            seen += 1
            if number.value not in shown[f"{path}.html"]:
                missing.append((iri, number.value))
    assert missing == []
    assert seen > 2000


def test_a_decision_lists_what_it_attests_and_tells_a_reviewers_own_rule_from_the_guideline(knowledge, site, pages):
    listed = 0
    for decision, statements in site.register.attested.items():
        groups = site.pages[decision.removeprefix(BASE)]().data["groups"]
        found = {ref.target: ref.words for group in groups for ref in group.refs}
        assert set(found) == set(statements)
        for iri, words in found.items():
            own = [v.removeprefix(f"{BASE}schema#") for v in knowledge.ontology.iris(iri, "verification")]
            assert ("(note, a reviewer's own rule)" in words) == (own == ["reviewer_rule"])
            listed += own == ["reviewer_rule"]
    assert listed > 20


def test_what_was_struck_down_or_replaced_says_so(pages):
    struck = "".join(pages["mtus-chronic-pain-2009/home_health.html"].text)
    assert "struck down 2015-10-28" in struck
    assert "Retired: struck down by Stevens v. WCAB" in struck
    replaced = "".join(pages["mtus-acoem-low-back-2004/passive_modalities.html"].text)
    assert "Retired: replaced by Massage therapy" in replaced


def test_explicit_and_narrower_recommendations_take_places(site):
    names = {iri: {m.iri for m in others} for iri, others in site.register.replaces.items()}
    stated = [(r.iri, m) for r in site.knowledge.recommendations.values() for m in r.overrides]
    assert stated
    assert all(m in names.get(k, set()) for k, m in stated if not site.knowledge.recommendations[k].general)
    assert all(k not in names.get(m, set()) for k, others in names.items() for m in others)


def test_counts_are_those_of_the_stored_question(site):
    rows = json.loads(_ask("criteria-by-verification", site))["rows"]
    wanted = {(row["guideline"], row["verification"]): row["criteria"] for row in rows}
    editions = [edition for _, group in site.pages["guidelines"]().data["rungs"] for edition in group]
    assert len(editions) == len(site.register.guidelines)
    found = {(e.ref.target.removeprefix(BASE), how): n for e in editions for how, n in e.known.items() if n}
    assert found == wanted


def _ask(name, site):
    from kb.ask.stored import ask

    return ask(name, {}, site.knowledge).as_json()


def test_the_hierarchy_is_listed_as_the_ontology_has_it(knowledge, site):
    for iri in (CONCEPT + name for name in sorted(knowledge.concepts)):
        parents = site.register.parents[iri]
        assert {a for p in parents for a in knowledge.above(p)} | {iri} == {
            a for a in knowledge.above(iri) if a.startswith(CONCEPT)
        }
        listed = site.pages[iri.removeprefix(BASE)]().data["listed"]
        assert len(listed) == max(1, len(parents))
    page = site.pages["concept/massage_therapy"]()
    path, limb = [], page.data["listed"][0]
    while not limb.here:
        path.append(limb.ref.words)
        siblings = limb.limbs
        limb = next(below for below in limb.limbs if below.here or below.limbs)
    assert path == ["treatment", "medical service", "physical medicine", "passive modality"]
    assert "iontophoresis" in [sibling.ref.words for sibling in siblings]


def test_a_concept_lists_what_speaks_of_it(knowledge, site):
    for name in ("massage_therapy", "low_back_pain", "lumbar_spine", "functional_gain"):
        data = site.pages[f"concept/{name}"]().data
        found = {s.ref.target for _, group in data["own"] for s in group}
        fields = ("services", "conditions", "regions")
        assert found == {
            r.iri for r in knowledge.recommendations.values() if any(CONCEPT + name in getattr(r, f) for f in fields)
        }
        asked = {ref.target.removeprefix(BASE) for _, group in data["asked"] for s in group for ref in s.asks}
        assert asked == {
            c.id
            for c in knowledge.criteria.values()
            if any(getattr(v, "value", None) == CONCEPT + name for values in c.slots.values() for v in values)
        }
    assert asked


def test_every_label_stands_in_the_index_from_a_to_z(knowledge, site):
    found = {(word, ref.target) for _, words in site.pages["a-z"]().data["letters"] for word, ref in words}
    wanted = {
        (o.value, CONCEPT + name)
        for name in knowledge.concepts
        for label in ("prefLabel", "altLabel")
        for o in knowledge.ontology.objects(CONCEPT + name, SKOS + label)
    }
    assert found == wanted


def test_what_needs_an_eye_is_complete_and_the_least_certain_first(knowledge, site):
    data = site.pages["to-verify"]().data
    assert [confidence for confidence, _ in data["recalled"]][:3] == ["low", "medium", "high"]
    found = [d.ref.target for _, groups in data["recalled"] for _, doubts in groups for d in doubts]
    assert sorted(found) == sorted(
        BASE + c.id for c in knowledge.criteria.values() if c.source.verification == "recalled"
    )
    notes = [d.ref.target for _, doubts in data["notes"] for d in doubts]
    assert sorted(notes) == sorted(knowledge.ontology.instances("Note"))
    changed = [iri for iri, said in knowledge.ontology.index.items() if SKOS + "changeNote" in said]
    assert {d.ref.target for d in data["changes"]} == set(changed)
    assert changed


def test_search_finds_by_label_synonym_code_and_the_beginning_of_words(site):
    def first(words):
        return site.finder.find(words)[0].path

    assert first("massage therapy") == "concept/massage_therapy"
    assert first("97124") == "concept/massage_therapy"
    assert first("soft tissue massage") == "concept/massage_therapy"
    assert first("CM13-0050377") == "decision/CM13-0050377"
    assert any(e.path == "mtus-chronic-pain-2009/opioids" for e in site.finder.find("opi crit"))
    assert site.finder.find("") == []
    assert site.finder.find("xyzzy") == []
    assert site.finder.near("masage therapy")[0].path == "concept/massage_therapy"


def test_the_search_on_a_disk_finds_the_same_in_the_same_order(folder, site, chromium):
    page = chromium.new_page()
    for words in ("massage", "opi crit", "97124", "MRI", "l5-s1", "no_such <b>"):
        page.goto(f"{(folder / 'search.html').as_uri()}?{urlencode({'q': words})}")
        results = page.locator("#results")
        links = results.locator("li > a:first-child").evaluate_all("links => links.map(a => a.getAttribute('href'))")
        assert links == [f"{e.path}.html" for e in site.finder.find(words)[:60]]
        assert results.locator("b").count() == 0
    page.close()


def test_rank_prefers_the_label():
    entry = Entry("Ice pack", "concept/ice_pack", "treatment", "cold pack | 97010")
    assert [rank(words.split(), entry) for words in ("ice pack", "cold pack", "ice", "pack", "97010 ice", "hot")] == [
        0, 1, 2, 3, 4, None,
    ]  # fmt: skip


@pytest.fixture
def tiny(tmp_path):
    shutil.copytree(TINY, tmp_path / "tiny")
    shutil.copytree(data_folder("ontology") / "core", tmp_path / "tiny" / "core")
    return tmp_path / "tiny"


def test_another_ontology_has_pages_too(tiny, tmp_path):
    out = tmp_path / "out"
    assert write_site(out, load_knowledge(tiny)) > 100
    assert "concept" in (out / "index.html").read_text("utf-8")


def test_text_of_a_curator_is_never_markup(tmp_path):
    hostile = """@prefix kb: <https://w3id.org/mtus-kb/schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix c: <https://w3id.org/mtus-kb/concept/> . @prefix dct: <http://purl.org/dc/terms/> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        c:bad a owl:Class ; skos:prefLabel "<script>alert(1)</script>"@en ; skos:definition "x"@en ;
            kb:seeAlso <javascript:alert(2)> ; skos:altLabel "</script><b>"@en .
        """
    (tmp_path / "a.ttl").write_text(hostile, encoding="utf-8")
    out = tmp_path / "out"
    write_site(out, load_knowledge(tmp_path))
    text = (out / "concept" / "bad.html").read_text("utf-8")
    assert "<script>alert" not in text
    assert html.escape("<script>alert(1)</script>") in text
    assert 'href="javascript' not in text
    assert "../javascript" not in text


@pytest.mark.parametrize("name", ["concept/..", "..", "concept/%2e", "a b", "concept//x", "concept/.hidden"])
def test_an_identifier_that_leaves_the_folder_is_refused(tmp_path, name):
    words = name.replace(" ", "\\u0020")
    (tmp_path / "a.ttl").write_text(f'<{BASE}{words}> <{RDFS}label> "x" .', encoding="utf-8")
    with pytest.raises(KnowledgeError):
        write_site(tmp_path / "out", load_knowledge(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ttl"]


def test_links_lead_from_any_depth():
    assert Links("a/b/c", ".html").to("concept/x") == "../../concept/x.html"
    assert Links("a/b", "").to(BASE) == "../"
    assert Links("a", "").asset("browse.css") == "assets/browse.css"


def test_the_page_of_a_report_says_what_its_json_says():
    defects = [
        Defect("error", "unknown-term", "t#x", "`kb:<i>` is no term.", "Use a term.", "t.ttl", 12),
        Defect("warning", "edition-gap", "g", "No edition is in force.", "Let one begin."),
        Defect("info", "hint", "h", "Something to know.", "Nothing to do."),
    ]
    text = report_page(Report(defects, {}, 7))
    page = Reader(text)
    said = " ".join("".join(page.text).split())
    assert (page.wrong, page.open) == ([], [])
    for defect in defects:
        for part in (defect.name, defect.subject, defect.message, defect.solution, defect.file or ""):
            assert part in said
    assert "t.ttl line 12" in said
    assert "7 cases run" in said
    assert "failed" in said
    assert "passed" in report_page(Report(defects[1:], {}, 7))


def test_the_page_of_a_report_holds_every_count(knowledge):
    counts = accounts(knowledge)
    said = " ".join("".join(Reader(report_page(Report([], counts, 0))).text).split())
    for guideline, account in counts.items():
        own = said.partition(guideline)[2]
        assert f"rows: {account.rows}" in own
        assert all(f"{n} {how.replace('_', ' ')}" in own for how, n in (account.criteria | account.notes).items())
    assert len(counts) > 20


def test_mtus_check_writes_its_report_as_a_page(tmp_path):
    (tmp_path / "bad.ttl").write_text("<a> <b> .", encoding="utf-8")
    page = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["check", "--ontology", str(tmp_path), "--html", str(page)])
    assert done.exit_code == 1
    assert "malformed Turtle in `bad.ttl`" in html.unescape(page.read_text("utf-8"))
    nowhere = CliRunner().invoke(app, ["check", "--ontology", str(tmp_path), "--html", str(tmp_path / "no" / "x.html")])
    assert nowhere.exit_code == 2


def test_mtus_docs_writes_a_folder_and_says_so(tiny, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["docs", str(out), "--ontology", str(tiny)])
    assert (done.exit_code, (out / "index.html").is_file(), (out / "assets" / "pages.js").is_file()) == (0, True, True)
    assert "open" in done.output
    (tmp_path / "file").write_text("x")
    refused = CliRunner().invoke(app, ["docs", str(tmp_path / "file"), "--ontology", str(tiny)])
    assert refused.exit_code == 2


def test_a_page_is_the_same_on_a_disk_and_on_a_server_but_for_its_links(site):
    for path in ("guidelines", "concept/massage_therapy", "mtus-chronic-pain-2009/massage_therapy"):
        page = site.pages[path]()
        served = render(page).replace('href="../"', 'href="../index"').replace('href="./"', 'href="index"')
        assert _menuless(render(page, ".html").replace(".html", "")) == _menuless(served)


def _menuless(text):
    """Leave the menu out: that of a server leads to pages that only a server has."""
    return re.sub(r'<nav aria-label="Site">.*?</nav>', "", text)


def test_every_asset_is_used_and_asks_no_other_host(folder, pages):
    used = {link.rpartition("/")[2] for page in pages.values() for link in page.links if "assets/" in link}
    assert used == {file.name for file in (folder / "assets").iterdir()}
    only_served = {"served", "review.css", "review.js"}
    assert used > {file.name for file in ASSETS.iterdir()} - only_served
    for file in (file for file in ASSETS.rglob("*.*") if "yasgui" not in file.parts):
        assert not re.search(r"https?://|@import|url\(", file.read_text("utf-8")), file
