from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper_sentinel.rich_text import CUT_NOTICE, plain_text, rich_text

printable = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.just("\n"))


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[look](https://evil.example)", "&#91;look&#93;(https://evil.example)"),
        ("![x](https://evil.example/p.png)", "!&#91;x&#93;(https://evil.example/p.png)"),
        ("a & b\r\nc", "a &amp; b<br>c"),
        ("`code`", "&#96;code&#96;"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_nothing_that_could_become_markup_survives(hostile: str, harmless: str) -> None:
    assert rich_text(hostile) == harmless


@given(printable)
def test_only_line_breaks_are_markup(text: str) -> None:
    assert set(re.findall(r"<[^>]*>", rich_text(text))) <= {"<br>"}


@given(printable)
def test_what_was_written_reads_back_as_it_was(text: str) -> None:
    assert plain_text(rich_text(text)) == text.strip("\n")


@given(printable, st.integers(40, 200))
def test_a_message_never_exceeds_its_limit_and_is_never_cut_within_an_escape(text: str, limit: int) -> None:
    message = rich_text(text, limit)

    assert len(message) <= limit
    if message.endswith(CUT_NOTICE):
        assert text.strip("\n").startswith(plain_text(message.removesuffix(CUT_NOTICE)))


def test_a_message_that_is_too_long_says_that_it_was_cut() -> None:
    message = rich_text("<" * 20_000)

    assert message.endswith("&lt;" + CUT_NOTICE)
    assert 29_990 < len(message) <= 30_000


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("<p>First</p><p>Second</p>", "First\nSecond"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        (
            'see <a href="https://soc.example/kb" target="_blank">the page</a>!',
            "see the page (https://soc.example/kb)!",
        ),
        ("<b>bold</b> &amp; <i>italic</i>", "bold & italic"),
        ("if a <b and c> d", "if a <b and c> d"),
        ("use <redacted> & co", "use <redacted> & co"),
        ("日本語のメモ", "日本語のメモ"),
    ],
)
def test_what_people_type_in_the_portal_reads_as_plain_text(message: str, text: str) -> None:
    assert plain_text(message) == text
