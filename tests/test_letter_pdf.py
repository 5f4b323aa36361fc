"""How pages of a PDF become text, and letters in PDF."""

import pytest
from invented import NAMES, facts, words_of
from pages import drawn, folded, printed

from kb.errors import UnreadableFileError
from kb.letter.pdf import MAX_PAGES
from kb.letter.reader import read_letter, read_text
from kb.letter.unfolding import MAX_STREAM


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


@pytest.mark.parametrize("folds", [1, 2])
def test_what_unfolds_without_end_is_refused_before_it_is_opened(folds: int) -> None:
    words = b"BT /F1 12 Tf 72 700 Td (Some words) Tj ET\n"
    assert read_text(folded(words, folds), "x.pdf") == "Some words"
    with pytest.raises(UnreadableFileError, match="unfolds to far more"):
        read_text(folded(words + b" " * MAX_STREAM, folds), "x.pdf")


def test_a_pdf_folded_again_and_again_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="unfolds to far more"):
        read_text(folded(b"words", 4), "x.pdf")


def test_a_pdf_has_no_more_pages_than_a_letter_may() -> None:
    page = [(72, 700, "F1", "Words.")]
    assert read_text(drawn([page] * MAX_PAGES), "x.pdf").startswith("Words.")
    with pytest.raises(UnreadableFileError, match="has more than 300 pages"):
        read_text(drawn([page] * (MAX_PAGES + 1)), "x.pdf")


def test_a_pdf_that_is_read_too_slowly_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.letter.pdf.MAX_SECONDS", -1)
    with pytest.raises(UnreadableFileError, match="seconds to read"):
        read_text(drawn([[(72, 700, "F1", "Words.")]]), "x.pdf")
