from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper.report.neutralise import plain
from watchkeeper.report.width import cut, pad, width, wrap

UNHURRIED = settings(deadline=None)
"""Machines that run the tests may be busy."""

SHOWN = st.text(st.characters(codec="utf-8")).map(plain)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本語", 6),
        ("ﾊﾝｶｸ", 4),
        ("ＡＢ", 4),
        ("e\u0301", 1),
        ("が", 2),
        ("か\u3099", 2),
        ("→…", 2),
        ("", 0),
        ("😀", 2),
    ],
)
def test_wide_characters_take_two_columns_and_combining_ones_none(text: str, columns: int) -> None:
    assert width(text) == columns


@UNHURRIED
@given(SHOWN, st.integers(2, 40))
def test_every_wrapped_line_fits_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@UNHURRIED
@given(SHOWN, st.integers(1, 40))
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, columns: int) -> None:
    shortened = cut(text, columns)
    assert width(shortened) <= columns
    assert shortened == text or (shortened.endswith("…") and text.startswith(shortened[:-1]))


@UNHURRIED
@given(SHOWN, st.integers(0, 40), st.booleans())
def test_padding_reaches_the_column_on_the_side_that_is_asked(text: str, columns: int, right: bool) -> None:
    padded = pad(text, columns, right=right)
    assert width(padded) == max(columns, width(text))
    assert padded.endswith(text) if right else padded.startswith(text)


def test_lines_break_at_spaces_between_wide_characters_and_in_words_that_are_too_wide() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("チケットの更新", 8) == ["チケット", "の更新"]
    assert wrap("aaaaaaaaaa b", 4) == ["aaaa", "aaaa", "aa b"]
    assert wrap("", 10) == [""]


def test_japanese_punctuation_neither_begins_nor_ends_a_line_wrongly() -> None:
    assert wrap("更新した。次へ", 8) == ["更新し", "た。次へ"]
    assert wrap("更新（重要）", 6) == ["更新", "（重", "要）"]
