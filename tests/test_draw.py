"""Drawings of the hierarchy: every way up is drawn, no line runs through a box, nothing is lost without being said."""

import re
from itertools import pairwise

import pytest

from kb.browse.render import render
from kb.browse.site import Site
from kb.draw.hierarchy import WIDTH, Hierarchy
from kb.terms import CONCEPT

# a diamond with a tail: ice stands below cold and below pack, which both stand below thing
PARENTS = {"thing": [], "cold": ["thing"], "pack": ["thing"], "ice": ["cold", "pack"], "cube": ["ice"],
           "heat pack": ["pack"], "draught": ["cold"], "cold pack": ["cold", "pack"]}  # fmt: skip
REST = "ice#listed"


def _drawn(here, parents=PARENTS):
    children = {name: [c for c, above in parents.items() if name in above] for name in parents}
    return Hierarchy(parents, children, str).draw(here, REST)


def _ends(way):
    """Read where a way begins, on which lane, and the box it enters."""
    x, top, x2 = re.fullmatch(r"M(\d+),(\d+)V[\d.]+q0,6 6,6H(\d+)", way).groups()
    return int(x), int(top), int(x2)


def test_both_ways_up_are_drawn():
    drawing = _drawn("ice")
    groups = {name: [box.words for box in boxes] for name, boxes in drawing.groups.items()}
    assert groups == {
        "Above it": ["thing", "cold", "pack"],
        "The concept": ["ice"],
        "Directly below it": ["cube"],
        "Beside it": ["heat pack", "cold pack", "draught"],
    }
    assert len(drawing.ways) == 2 + 2 + 1 + 4  # of cold and pack; of ice; of cube; cold pack hangs on both
    assert drawing.about == "It stands directly below cold and pack; 1 stands directly below it."


def test_the_top_of_a_branch_has_nothing_above_or_beside_it():
    drawing = _drawn("thing")
    assert list(drawing.groups) == ["The concept", "Directly below it"]
    assert drawing.about == "It is the top of its branch; 2 stand directly below it."
    assert [box.count for box in drawing.groups["Directly below it"]] == [3, 3]


def test_what_finds_no_room_is_counted_and_led_to():
    wide = {"top": [], "other": ["top"], **{f"twig {n:02}": ["top"] for n in range(20)}}
    below = _drawn("top", wide).groups["Directly below it"]
    assert (len(below), below[-1].words, below[-1].target) == (13, "9 more", REST)
    beside = _drawn("other", wide).groups["Beside it"]
    assert (len(beside), beside[-1].words, beside[-1].target) == (9, "12 more below top", "top")


def test_a_long_label_is_broken_and_at_last_cut():
    names = {"a": [], "word " * 30: ["a"]}
    box = _drawn("a", names).groups["Directly below it"][0]
    assert len(box.lines) == 3
    assert box.lines[-1].endswith("…")
    assert all(len(line) * 7 < box.width for line in box.lines)


@pytest.fixture(scope="module")
def site(knowledge):
    return Site(knowledge)


def test_every_concept_is_drawn_as_the_ontology_has_it(site):
    register = site.register
    hierarchy, seen = Hierarchy(register.parents, register.children, register.knowledge.ontology.label), 0
    for iri, parents in register.parents.items():
        drawing = hierarchy.draw(iri, REST)
        above = {box.target for box in drawing.groups.get("Above it", ())}
        wider = {a for a in register.knowledge.above(iri) if a.startswith(CONCEPT)}
        assert above == {a for a in wider if iri not in register.knowledge.above(a)}
        entered = drawing.boxes[iri].entry
        into = [way for way in drawing.ways if int(re.search(r"V(\d+)", way)[1]) + 6 == entered]
        assert len(into) == len(parents)
        _no_line_through_a_box(drawing)
        seen += 1
    assert seen == len(register.knowledge.concepts)


def _no_line_through_a_box(drawing):
    boxes = [box for found in drawing.groups.values() for box in found]
    assert all(0 < box.x < box.x + box.width < WIDTH for box in boxes)
    assert all(one.y + one.height < other.y for one, other in pairwise(boxes))
    for way in drawing.ways:
        x, top, _ = _ends(way)
        bottom = int(re.search(r"V(\d+)", way)[1]) + 6
        assert not [box for box in boxes if top < box.y < box.entry < bottom and box.x <= x]


def test_a_reader_hears_the_drawing(site):
    page = render(site.pages["concept/massage_therapy"]())
    svg = page[page.index('<svg class="hierarchy"') : page.index("</svg>")]
    assert '<title id="drawn">massage therapy in the hierarchy</title>' in svg
    assert "It stands directly below passive modality" in svg
    assert re.findall(r'aria-label="([^"]+)" aria-current="page"', svg) == ["massage therapy"]
    assert "electrical stimulation, 2 directly below it" in svg
    assert "The same as a list" in page
