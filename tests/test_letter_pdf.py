"""How pages of a PDF become text, and letters in PDF."""

import pytest
from invented import NAMES, facts, words_of
from pages import drawn, printed

from kb.errors import UnreadableFileError
from kb.letter.reader import read_letter, read_text


def test_joins_wrapped_lines_and_parts_paragraphs_of_a_pdf() -> None:
    page = [
        (72, 700, "F1", "A line that wraps "),
        (72, 686, "F1", "into the next one."),
        (72, 658, "F1", "A new paragraph about electro-"),
        (72, 644, "F1", "therapy and a line that fills the whole of the width of the page x"),
        (72, 630, "F1", "Wrapped."),
    ]
    assert read_text(drawn([page]), "x.pdf") == (
        "A line that wraps into the next one.\n\nA new paragraph about electro-therapy and a line that fills "
        "the whole of the width of the page x Wrapped."
    )


def test_a_page_break_parts_only_what_ends() -> None:
    first = [(72, 100, "F1", "Decision rationale: it goes on ")]
    second = [(72, 700, "F1", "and ends here."), (72, 100, "F1", "One more filling line.")]
    third = [(72, 700, "F2", "MRI of the neck: Upheld")]
    assert read_text(drawn([first, second, third]), "x.pdf") == (
        "Decision rationale: it goes on and ends here.\n\nOne more filling line.\n\nMRI of the neck: Upheld"
    )


def test_a_pdf_of_empty_pages_is_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="holds no text; hand in a PDF with text"):
        read_text(drawn([[], []]), "x.pdf")


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_reads_the_same_in_pdf(name: str) -> None:
    text = words_of(name)
    found = read_letter(read_text(drawn(printed(text)), "letter.pdf"))
    assert flat(facts(found)) == flat(facts(read_letter(text)))
    assert [r.outcome for r in found.requests] == [r.outcome for r in read_letter(text).requests]


def flat(said: list[object]) -> list[object]:
    """Leave out how lines are broken."""
    return [" ".join(words.split()) if isinstance(words, str) else words for words in said]


def test_a_pdf_without_a_user_password_is_opened() -> None:
    text = words_of("massage_2014.txt")
    locked = drawn(printed(text), password=b"")
    assert b"Massage" not in locked
    assert flat(facts(read_letter(read_text(locked, "x.pdf")))) == flat(facts(read_letter(text)))


def test_a_pdf_with_a_user_password_says_so() -> None:
    with pytest.raises(UnreadableFileError, match=r"`x\.pdf` is locked by a password; save a copy without one"):
        read_text(drawn(printed("Case Number: CM16-1"), password=b"secret"), "x.pdf")


def test_heads_and_feet_of_pages_are_left_out() -> None:
    first = [(72, 760, "F1", "Case Number: CM16-1 Page 1 of 2"), (72, 700, "F1", "Physical therapy of the ")]
    first += [(300, 30, "F1", "1")]
    second = [(72, 760, "F1", "Case Number: CM16-1 Page 2 of 2"), (72, 700, "F1", "left shoulder")]
    second += [(72, 30, "F1", "Final Determination Letter for IMR Case Number CM16-1 2")]
    assert read_text(drawn([first, second]), "x.pdf") == "Physical therapy of the left shoulder"
