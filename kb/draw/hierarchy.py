"""Lay out a concept in its hierarchy: what is above it, what is below it, and what stands beside it.

Every concept is a box in a row of its own. Each one above stands on a lane of its own, further right than all before
it, so that no line runs through a box, whatever number of ways leads up.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

WIDTH = 360  # units of the drawing, about as many as a phone has points
_LANE, _LANES = 18, 126  # between two lanes, and for all of them
_LINE, _PAD, _GAP = 17, 6, 7  # height of a line, room above and below it, and between boxes
_LETTER, _ROOM = 7.4, 52  # a letter is seldom wider; room left for the edges and the count
_MOST_LINES, _MOST_BESIDE, _MOST_BELOW = 3, 8, 12
_BEND = 6
_GROUPS = {"above": "Above it", "here": "The concept", "below": "Directly below it", "beside": "Beside it"}

Names = Sequence[str]


@dataclass(frozen=True, slots=True)
class Box:
    """Hold one concept, or what stands for several that find no room; `count` of them are directly below it."""

    target: str
    words: str
    kind: str
    lines: list[str]
    x: int
    y: int
    count: int = 0

    @property
    def width(self) -> int:
        """Reach to the right edge: how wide letters are, only the browser knows."""
        return WIDTH - 1 - self.x

    @property
    def height(self) -> int:
        """Hold all lines."""
        return len(self.lines) * _LINE + 2 * _PAD

    @property
    def entry(self) -> int:
        """Give the height at which lines come in, beside the first line of words."""
        return self.y + _PAD + _LINE // 2

    @property
    def about(self) -> str:
        """Say it to whom cannot see it."""
        return f"{self.words}, {self.count} directly below it" if self.count else self.words


@dataclass(slots=True)
class Drawing:
    """Hold boxes by what they are to the concept, and the lines between them as paths."""

    title: str
    about: str
    boxes: dict[str, Box] = field(default_factory=dict)
    groups: dict[str, list[Box]] = field(default_factory=dict)
    ways: list[str] = field(default_factory=list)
    height: int = 1
    width: int = WIDTH

    def put(self, group: str, kind: str, target: str, words: str, x: int, parents: Names, count: int = 0) -> None:
        """Put a box below the last one, and lines to it from its parents."""
        lines = textwrap.wrap(words, int((WIDTH - x - _ROOM) / _LETTER), max_lines=_MOST_LINES, placeholder=" …")
        box = Box(target, words, kind, lines, x, self.height, count)
        self.groups.setdefault(_GROUPS[group], []).append(box)
        self.ways += [_way(self.boxes[parent], box) for parent in parents]
        if kind != "more":
            self.boxes[target] = box
        self.height += box.height + _GAP


class Hierarchy:
    """Draw concepts; `parents` and `children` name what is directly above and below each, `words` says one."""

    def __init__(self, parents: Mapping[str, Names], children: Mapping[str, Names],
                 words: Callable[[str], str]) -> None:  # fmt: skip
        """Take the hierarchy."""
        self._parents, self._children, self._words = parents, children, words

    def draw(self, here: str, rest: str) -> Drawing:
        """Draw one concept; `rest` is where the ones below it are listed that find no room."""
        above, below = self.above(here), self._children.get(here, ())
        step = min(_LANE, _LANES // max(len(above), 1))
        x = 1 + len(above) * step
        drawing = Drawing(f"{self._words(here)} in the hierarchy", self._about(here))
        for place, name in enumerate(above):
            self._put(drawing, "above", name, 1 + place * step, self._parents[name])
        self._put(drawing, "here", here, x, self._parents[here])
        for name in below[:_MOST_BELOW]:
            self._put(drawing, "below", name, x + step, [here])
        if left := len(below[_MOST_BELOW:]):
            drawing.put("below", "more", rest, f"{left} more", x + step, [here])
        self._beside(here, above, drawing, x)
        return drawing

    def above(self, name: str) -> list[str]:
        """List what is above a concept, the highest first; one way up is finished before the next begins."""
        found: dict[str, None] = {}
        for parent in sorted(self._parents[name], key=self._words):
            found |= dict.fromkeys([*self.above(parent), parent])
        return list(found)

    def _beside(self, here: str, above: Names, drawing: Drawing, x: int) -> None:
        """Put what else hangs on its parents, on the nearest lane first, so that no line crosses one that goes on."""
        parents = sorted(self._parents[here], key=above.index)
        hung: dict[str, list[tuple[str, list[str]]]] = {parent: [] for parent in reversed(parents)}
        for name in dict.fromkeys(name for parent in parents for name in self._children[parent]):
            if name != here and name not in above:
                on = [parent for parent in parents if parent in self._parents[name]]
                hung[on[0]].append((name, on))
        most = max(2, _MOST_BESIDE // max(len(parents), 1))
        for parent, found in hung.items():
            found.sort(key=lambda item: -len(item[1]))
            for name, on in found[:most]:
                self._put(drawing, "beside", name, x, on)
            if left := len(found[most:]):
                drawing.put("beside", "more", parent, f"{left} more below {self._words(parent)}", x, [parent])

    def _put(self, drawing: Drawing, kind: str, name: str, x: int, parents: Names) -> None:
        count = len(self._children.get(name, ())) if kind in ("below", "beside") else 0
        drawing.put(kind, kind, name, self._words(name), x, parents, count)

    def _about(self, here: str) -> str:
        above = " and ".join(self._words(name) for name in self._parents[here])
        count = len(self._children.get(here, ()))
        place = f"It stands directly below {above}" if above else "It is the top of its branch"
        return f"{place}; {count or 'nothing'} stand{'' if count > 1 else 's'} directly below it."


def _way(parent: Box, child: Box) -> str:
    """Draw a line down the lane of the parent and, with a bend, to the right."""
    x = parent.x + _BEND
    return f"M{x},{parent.y + parent.height}V{child.entry - _BEND}q0,{_BEND} {_BEND},{_BEND}H{child.x}"
