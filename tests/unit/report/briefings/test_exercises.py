"""What is said of teams' last exercises, as far as anybody knows since when they had none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from watchkeeper.evidence.exercises import exercises
from watchkeeper.report.briefings.exercises import exercises_document
from watchkeeper.report.document import Mark

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "counted"),
    [(None, ""), (date(2026, 1, 1), "0 of 2 teams have had none"), (date(2025, 1, 1), "2 of 2 teams have had none")],
)
def test_without_a_go_live_nobody_counts_how_long_there_was_none(begin: date | None, counted: str) -> None:
    sentence = exercises_document(exercises(["a", "b"], [], [], [], now=NOW, begin=begin)).sentence
    assert "no completed one is known" in sentence
    assert ("teams have had none" in sentence) is bool(counted)
    assert counted in sentence


@pytest.mark.parametrize(("had", "mark"), [(["a", "b"], Mark.GOOD), (["a"], Mark.WARN)])
def test_that_a_team_has_had_none_at_all_is_no_good_news(had: list[str], mark: Mark) -> None:
    done = [(each, NOW) for each in had]
    assert exercises_document(exercises(["a", "b"], done, [], [], now=NOW, begin=None)).mark is mark
