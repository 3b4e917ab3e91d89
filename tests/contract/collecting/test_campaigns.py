"""What is told of phishing and data loss, month by month, as far as the workspace knows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.contract.collecting.soc import Soc
from tests.invariants import story

TASK = "anti-phishing-dlp"


def sentence(soc: Soc) -> str:
    soc.collect(TASK)
    return soc.of(TASK).texts["en"].partition("\n")[0]


def test_a_month_that_the_workspace_no_longer_has_is_not_told_as_one_without_incidents(tmp_path: Path) -> None:
    soc = Soc(tmp_path)
    soc.past()
    assert sentence(soc).startswith("Closed in 2026-10: 11 phishing incidents, 8 data loss incidents and")
    assert "2026-09" not in soc.of(TASK).texts["en"]


def test_months_are_compared_as_far_back_as_there_is_something_of_the_month_before(tmp_path: Path) -> None:
    soc = Soc(tmp_path)
    soc.past(130)
    sentence(soc)
    told = soc.of(TASK).texts["en"]
    assert [f"2026-{month}" in told for month in ("10", "09", "08", "07")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("now", "zone", "month"),
    [
        ("2026-12-01T00:30", "UTC", "2026-11"),
        ("2026-11-30T14:59", "Asia/Tokyo", "2026-10"),
        ("2026-11-30T15:01", "Asia/Tokyo", "2026-11"),
        ("2027-01-01T05:01", "America/New_York", "2026-12"),
    ],
)
def test_a_month_is_over_when_it_is_where_the_deployment_is_at_home(
    tmp_path: Path, now: str, zone: str, month: str
) -> None:
    soc = Soc(tmp_path, start=datetime.fromisoformat(now).replace(tzinfo=UTC), mappings=story.mappings_with(TASK))
    soc.at_home(zone)
    assert sentence(soc).startswith(f"Closed in {month}: 0 phishing incidents")
