"""Show answers on a terminal, so that a nurse can read them."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text
from rich.tree import Tree

from kb.answer.sheet import Branch, Sheet, Shown, Told, Voice
from kb.answer.shown import arrange, legend
from kb.answer.words import MARKS, NOTICE, Words, header
from kb.knowledge.base import Knowledge

Json = dict[str, Any]

_COLOURS = {"met": "green", "not_met": "red", "unknown": "yellow", "advice": "cyan"}
_ALSO = 12


def show_answers(answers: list[Json], knowledge: Knowledge, console: Console) -> None:
    """Print every request of answers with its determination, and at the end what the words mean."""
    with console.capture() as capture:
        for answer in answers:
            _show(arrange(answer, knowledge), console)
    text = capture.get()
    console.out(text, end="", highlight=False)
    for word, said in legend(text):
        console.print(Text.assemble((word, "bold"), f": {said}", style="dim"))
    if answers:
        console.print(Text(NOTICE, style="dim"))


def _show(sheet: Sheet, console: Console) -> None:
    console.print(Text.assemble((sheet.title, "bold"), f"  {sheet.header}"))
    for shown in sheet.requests:
        console.print(Panel(Group(Text(shown.title, "bold"), *_item(shown)), title_align="left"))
        for part in shown.parts:
            group = Group(Text(f"part: {part.title}", "bold"), *_item(part))
            console.print(Padding(Panel(group, title_align="left"), (0, 0, 0, 2)))
    if sheet.facts:
        console.print(Group(*_facts(sheet)))
    console.print(Group(*_list("removed", [told.text for told in sheet.removed]), *_list("header", sheet.corrected)))


def _item(shown: Shown) -> Iterable[Any]:
    if shown.corrected:
        yield Text(shown.corrected, "dim")
    if shown.error:
        yield Text.assemble(("not decided: ", "red"), shown.error)
        return
    granted = f" ({shown.amount})" if shown.amount else ""
    yield Text.assemble((f"{shown.said}{granted}", "bold"), f": {shown.meaning}")
    if shown.remaining:
        yield Text(shown.remaining)
    published = f"; published: {shown.published}" if shown.published else ""
    yield Text(f"proposed IMR outcome: {shown.imr}{published}")
    yield from _list("because", shown.because)
    if not shown.parts:
        for voice in shown.voices:
            yield _voice(voice)
    yield from _list("missing", shown.missing)
    yield from _list("contraindications", shown.contraindications)
    yield from _list("remarks", shown.remarks)
    yield from _list("citations", shown.citations)
    if shown.readings:
        yield from _list(f"{shown.readings}{'; changed by' if shown.changed else ''}", shown.changed, empty=True)
    yield from _list("assumptions", shown.assumptions)


def _list(title: str, items: list[str], empty: bool = False) -> Iterable[Any]:
    if items or empty:
        yield Text(f"{title}:" if items else title)
    if items:
        yield Padding(Group(*(Text(f"- {item}") for item in items)), (0, 0, 0, 2))


def _mark(name: str | None) -> tuple[str, str]:
    return (f"{MARKS[name]} ", _COLOURS[name]) if name else ("", "")


def _voice(voice: Voice) -> Tree:
    root = Tree(
        Text.assemble(
            _mark(voice.mark), (voice.topic, "bold"), f": {voice.text}\n", (f"{voice.where}\n{voice.id}", "dim")
        )
    )
    if voice.branch:
        _grow(root, voice.branch)
    return root


def _grow(tree: Tree, branch: Branch) -> None:
    notes = ", ".join(dict.fromkeys([*branch.notes, *(text for _, text in branch.facts)]))
    verified = f" ({branch.verification})" if branch.verification else ""
    said = f" – {notes}" if notes else ""
    grown = tree.add(Text.assemble(_mark(branch.mark), branch.text, (f"{said}{verified}", "dim")))
    for child in branch.children:
        _grow(grown, child)


def _facts(sheet: Sheet) -> Iterable[Any]:
    """Say the facts that decided in full, and the others in short."""
    decided = [told for told in sheet.facts if told.decided]
    yield Text("read in the letter:" if sheet.answer["text"] else "facts of the case:", "bold")
    if decided:
        yield Padding(Group(*(_told(told) for told in decided)), (0, 0, 0, 2))
    others = [told.text for told in sheet.facts if not told.decided]
    if others:
        rest = f"; and {len(others) - _ALSO} more" if len(others) > _ALSO else ""
        also = "also: " if decided else ""
        yield Padding(Text(f"{also}{'; '.join(others[:_ALSO])}{rest}", "dim"), (0, 0, 0, 2))


def show_facts(found: Json, knowledge: Knowledge, console: Console) -> None:
    """Print what was read: the header, each fact with its sentence, the request lines."""
    words, case = Words(knowledge), found["case"]
    console.print(Text.assemble((case["number"] or "Case", "bold"), f"  {header(case)}"))
    for kind in dict.fromkeys(fact["kind"] for fact in found["facts"]):
        alike = [fact for fact in found["facts"] if fact["kind"] == kind]
        told = (_told(Told(fact["id"], words.fact(fact), kind, fact["sentence"], False)) for fact in alike)
        console.print(Text(f"{kind}:", "bold"), Padding(Group(*told), (0, 0, 0, 2)))
    console.print(Text("request:", "bold"))
    lines = (Text(f"- {words.request(request)}") for request in case["requests"])
    console.print(Padding(Group(*lines), (0, 0, 0, 2)))


def _told(told: Told) -> Text:
    quote = f': "{told.quote}"' if told.quote else ""
    return Text(f"- {told.text}{quote}")
