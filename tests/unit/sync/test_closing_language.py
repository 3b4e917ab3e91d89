from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.engine import make_deployment


def test_a_close_is_told_in_the_language_of_the_team_whose_duty_it_is(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    deployment.sync()
    incidents = deployment.world.systems["arm"]
    closed = {
        marker: next(
            row
            for row in incidents.records()
            if any(marker in label["labelName"] for label in row["properties"]["labels"])
        )
        for marker in ("secure-score/monitoring", "portal-licences/soc-oversight")
    }
    for row in closed.values():
        fields = {"classification": "Undetermined"}
        incidents.people({"who": "keiko.tanaka", "do": "close", "incident": row["name"], "fields": fields})
    deployment.world.clock.advance(timedelta(minutes=10))
    deployment.sync()

    notes = {row["correlation_id"]: row["close_notes"] for row in deployment.world.systems["servicenow"].records()}
    assert "クローズ" in notes["test/secure-score/monitoring@2026-11-16"]
    assert "Closed in Microsoft Sentinel" in notes["test/portal-licences/soc-oversight@2026-11-16"]
