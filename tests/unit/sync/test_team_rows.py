from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.engine import make_deployment

LABOUR_THANKSGIVING_DAY = datetime.fromisoformat("2026-11-23T00:30:00+00:00")
"""A Monday that is a holiday in Japan only."""


def test_the_shared_daily_ticket_has_a_row_per_team_with_the_day_that_counts_there(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, start=LABOUR_THANKSGIVING_DAY)
    deployment.sync()

    ticket = next(
        row
        for row in deployment.world.systems["servicenow"].records()
        if row["correlation_id"] == "test/escalation-tickets/all@2026-11-23"
    )

    lines = ticket["description"].splitlines()
    assert "- SOC Oversight: 2026-11-23 (Europe/Dublin)" in lines
    assert "- Threat Intelligence and Analytics: 2026-11-23 (America/Los_Angeles)" in lines
    assert "- Monitoring: day off" in lines


def test_a_ticket_says_how_urgent_its_duty_is_in_its_own_language(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    deployment.sync()

    descriptions = {
        row["correlation_id"].removeprefix("test/").partition("@")[0]: row["description"].splitlines()
        for row in deployment.world.systems["servicenow"].records()
    }
    assert "Priority: High" in descriptions["escalation-tickets/all"]
    assert "Priority: Medium" in descriptions["portal-licences/soc-oversight"]
    assert "優先度: 中" in descriptions["secure-score/monitoring"]
