"""What the demo says, in both languages."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime

from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.texts import TEXTS
from watchkeeper.report.texts import LANGUAGES

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_exists_in_every_language_and_names_the_same_values() -> None:
    assert {name for name, text in TEXTS.items() if set(text) != set(LANGUAGES)} == set()
    named = {name: {frozenset(placeholders(each)) for each in text.values()} for name, text in TEXTS.items()}
    assert {name: values for name, values in named.items() if len(values) > 1} == {}


def test_japanese_has_full_width_punctuation() -> None:
    narrow = {name: re.findall("[,;:()!?]", text["ja"]) for name, text in TEXTS.items()}
    assert {name: found for name, found in narrow.items() if found} == {}


def test_a_valve_has_the_name_that_reports_give_it() -> None:
    assert {name for name, text in TEXTS.items() if "バルブ" in text["ja"]} == set()


def test_a_day_and_an_instant_read_as_people_write_them() -> None:
    english, japanese = Narrator("en"), Narrator("ja")
    assert (english.day(MONDAY), japanese.day(MONDAY)) == ("Monday 2026-11-16", "2026-11-16（月曜日）")
    assert (english.moment(MONDAY), japanese.moment(MONDAY)) == ("Mon 11-16 08:00 UTC", "11-16（月）08:00 UTC")


def test_one_is_told_from_many() -> None:
    assert Narrator("en").seen(writes=0, calls=1) == "0 writes, 1 call"
    assert Narrator("ja").seen(opened=1, duties=1) == "起票 1 件、作業 1 件"
