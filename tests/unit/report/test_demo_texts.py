"""What the demo says, in both languages."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime

import pytest

from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.texts import TEXTS
from watchkeeper.report.texts import LANGUAGES

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_exists_in_every_language_and_names_the_same_values(name: str) -> None:
    assert set(TEXTS[name]) == set(LANGUAGES)
    assert len({frozenset(placeholders(text)) for text in TEXTS[name].values()}) == 1


@pytest.mark.parametrize("name", TEXTS)
def test_japanese_has_full_width_punctuation(name: str) -> None:
    assert re.findall("[,;:()!?]", TEXTS[name]["ja"]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_valve_has_the_name_that_reports_give_it(name: str) -> None:
    assert "バルブ" not in TEXTS[name]["ja"]


def test_a_day_and_an_instant_read_as_people_write_them() -> None:
    english, japanese = Narrator("en"), Narrator("ja")
    assert (english.day(MONDAY), japanese.day(MONDAY)) == ("Monday 2026-11-16", "2026-11-16（月曜日）")
    assert (english.moment(MONDAY), japanese.moment(MONDAY)) == ("Mon 11-16 08:00 UTC", "11-16（月）08:00 UTC")


def test_one_is_told_from_many() -> None:
    assert Narrator("en").seen(writes=0, calls=1) == "0 writes, 1 call"
    assert Narrator("ja").seen(opened=1, duties=1) == "起票 1 件、作業 1 件"
