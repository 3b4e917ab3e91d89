"""What an owner's folder is called: a name for access rules, and never another owner's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.portal.folders import LONGEST, folder_name

IDS = st.one_of(st.text(max_size=80), st.from_regex(r"[a-zA-Z0-9_ .-]{0,20}", fullmatch=True))


@pytest.mark.parametrize("owner", ["finance", "tokyo-workplace", "a", "7-zip"])
def test_a_slug_is_its_own_folder(owner: str) -> None:
    assert folder_name(owner) == owner


@pytest.mark.parametrize(
    ("owner", "begins"),
    [
        ("../../etc", "etc_"),
        ("..", "owner_"),
        ("", "owner_"),
        ("a/b", "a-b_"),
        ("con", "con_"),
        ("lpt9", "lpt9_"),
        ("Finance", "finance_"),
        ("東京", "owner_"),
        ("nul.txt", "nul-txt_"),
        ("x" * 100, "x" * 40 + "_"),
    ],
)
def test_any_other_id_gets_a_safe_name(owner: str, begins: str) -> None:
    assert folder_name(owner).startswith(begins)


@given(IDS)
def test_a_name_is_safe_in_a_path_an_address_and_on_windows(owner: str) -> None:
    name = folder_name(owner)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?", name)
    assert len(name) <= LONGEST
    assert not re.fullmatch(r"con|prn|aux|nul|(com|lpt)[0-9]", name)


@given(IDS, IDS)
def test_two_ids_never_share_a_folder_whatever_the_case_means(one: str, other: str) -> None:
    if one != other:
        assert folder_name(one).casefold() != folder_name(other).casefold()


@pytest.mark.parametrize(("one", "other"), [("finance", "Finance"), ("é", "e\u0301"), ("a b", "a-b"), ("ss", "ß")])
def test_ids_that_look_alike_have_folders_of_their_own(one: str, other: str) -> None:
    assert folder_name(one) != folder_name(other)
