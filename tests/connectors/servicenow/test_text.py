from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper_servicenow.text import WORK_NOTE_LENGTH, incoming, outgoing, same_text, work_note

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_CASE = re.compile(r"\[\s*/?\s*code", re.IGNORECASE)


@pytest.mark.parametrize(
    "tag",
    [
        "[code]",
        "[CODE]",
        "[/code]",
        "[ code ]",
        "[\u200bcode]",
        "[co\u200bde]",
        "[ｃｏｄｅ]",
        "［code］",
        "[/ Code]",
        "[\tcode]",
        "[c\x00ode]",
        "[[code]]",
    ],
)
def test_no_spelling_of_the_code_tag_stays_one(tag: str) -> None:
    note = work_note(f"before {tag}<img src=x onerror=alert(1)> after")
    cleaned = "".join(c for c in unicodedata.normalize("NFKC", note) if unicodedata.category(c) not in {"Cf", "Cc"})
    assert not ANY_CASE.search(cleaned)
    assert note.startswith("before ")


@example("[[code]code]")
@example("[\x00code]")
@given(ANY_TEXT)
def test_a_note_is_stable_and_free_of_control_characters(text: str) -> None:
    note = work_note(text)
    assert work_note(note) == note
    assert len(note) <= WORK_NOTE_LENGTH
    assert not [c for c in note if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="[［")))
def test_ordinary_text_is_sent_as_it_is(text: str) -> None:
    assert outgoing("u_anything", text, None) == text


def test_text_is_cut_where_the_instance_would_cut_it() -> None:
    assert outgoing("short_description", "長" * 200, 160) == "長" * 160
    assert outgoing("work_notes", "x" * 40_000, None) == "x" * (WORK_NOTE_LENGTH - 1) + "…"
    assert outgoing("watch_list", ("a", "b"), None) == "a,b"
    assert outgoing("assigned_to", None, None) == ""


@given(ANY_TEXT)
def test_what_comes_in_can_be_stored(text: str) -> None:
    stored = incoming(text)
    stored.encode()
    assert "\x00" not in stored
    assert len(stored) == len(text)


def test_texts_are_the_same_whatever_their_line_ends() -> None:
    assert same_text("a\r\nb\r\n", "a\nb")
    assert not same_text("a b", "a\nb")
