"""The part of a ticket's text that shows how the audit stands: replaced while it is ours, left alone once it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.sync.audit_block import with_block

TEXT = "Every team updates its tickets.\n\nDone when: nothing is stale."
FIRST = with_block(TEXT, "", "one\n- row") or ""
WORDS = st.text("ab \n-", max_size=30)


def test_it_stands_at_the_end_of_what_was_there() -> None:
    assert FIRST.startswith(TEXT + "\n\n[watchkeeper:audit]\none\n- row\n[watchkeeper:audit:")


def test_another_result_takes_its_place() -> None:
    second = with_block(FIRST, FIRST, "two")
    assert second is not None
    assert second == with_block(TEXT, "", "two")


def test_the_same_result_is_nothing_to_write() -> None:
    assert with_block(FIRST, FIRST, "one\n- row") is None


@pytest.mark.parametrize(
    "edited",
    [
        FIRST.replace("- row", "- row (disputed)"),
        FIRST.replace("one\n", ""),
        FIRST.replace("[watchkeeper:audit]\n", ""),
        FIRST.rsplit("\n", 1)[0],
        TEXT,
    ],
    ids=["a line changed", "a line taken out", "its beginning taken out", "its end taken out", "taken out"],
)
def test_whoever_touches_it_takes_it_over(edited: str) -> None:
    assert with_block(edited, FIRST, "two") is None


def test_what_people_write_around_it_stays() -> None:
    theirs = f"Note of the lead.\n{FIRST}\nPS: see the wiki."
    written = with_block(theirs, FIRST, "two")
    assert written is not None
    assert written.startswith(f"Note of the lead.\n{TEXT}")
    assert written.endswith("\nPS: see the wiki.")


def test_a_side_that_spells_line_ends_in_its_own_way_does_not_make_it_a_person_s() -> None:
    spelt = FIRST.replace("\n", " \r\n")
    assert with_block(spelt, FIRST, "one\n- row") is None
    assert with_block(spelt, FIRST, "two") is not None


@pytest.mark.parametrize("ending", ["\r\n", "\u2028", "\x0c", "\x85", "\n\n\n"], ids=ascii)
def test_what_people_use_to_end_a_line_stays_what_it_is(ending: str) -> None:
    text = f"one{ending}two{ending}"
    once = with_block(text, "", "first") or ""
    assert once.startswith(text)
    again = with_block(f"{once}\nPS{ending}PPS", once, "second") or ""
    assert again.startswith(text)
    assert again.endswith(f"\nPS{ending}PPS")


@given(WORDS, WORDS, WORDS)
def test_writing_twice_is_writing_once(text: str, first: str, second: str) -> None:
    once = with_block(text, "", first)
    assert once is not None
    assert with_block(once, once, first) is None
    again = with_block(once, once, second)
    assert (again or once) == with_block(text, "", second)
