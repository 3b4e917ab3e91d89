"""What becomes of duties over days: carried, missed, caught up; and of runs that may do only a part."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.effort import thoroughly
from tests.engine import MONDAY, Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.model.occurrence import Decision

pytestmark = pytest.mark.thorough

HOURS = 60
"""Minutes in an hour."""


def daily(folder: Path, **changes: object) -> Deployment:
    """One daily duty that all teams share."""
    return make_deployment(folder, mappings=story.mappings_with("escalation-tickets", **changes))


def decisions(deployment: Deployment) -> dict[str, Decision]:
    with deployment.store() as store:
        return {key: each.decision for key, each in store.decisions().items()}


class TestDaily:
    def test_a_day_that_falls_due_while_the_last_one_is_open_becomes_a_line_in_it(self, tmp_path: Path) -> None:
        deployment = daily(tmp_path)
        deployment.sync()
        for _ in range(9):
            story.later(deployment, 12 * HOURS)
            assert deployment.sync().exit_code == 0
        assert len(story.tickets(deployment)) <= 2
        carried = [key for key, decision in decisions(deployment).items() if decision is Decision.CARRIED]
        assert carried
        lines = [text for row in story.tickets(deployment) for _, text in story.notes(row)]
        for key in carried:
            assert sum(key.rpartition("@")[2] in line for line in lines) == 1
        assert not story.idle_writes(deployment)

    def test_closed_in_time_every_day_has_its_own_ticket(self, tmp_path: Path) -> None:
        deployment = daily(tmp_path)
        for _ in range(10):
            deployment.sync()
            for row in story.tickets(deployment):
                if row["state"] == "1" and row["due_date"] < str(deployment.world.clock.now())[:19]:
                    story.in_servicenow(deployment, "liam.byrne", "resolve", row["number"])
            story.later(deployment, 12 * HOURS)
        assert not [decision for decision in decisions(deployment).values() if decision is Decision.CARRIED]
        assert len(story.tickets(deployment)) >= 4
        assert set(story.keys_in_servicenow(deployment).values()) == {1}

    def test_days_missed_in_an_outage_are_recorded_once_and_told_in_one_line(self, tmp_path: Path) -> None:
        deployment = daily(tmp_path)
        deployment.sync()
        for row in story.tickets(deployment):
            story.in_servicenow(deployment, "liam.byrne", "resolve", row["number"])
        story.later(deployment, 24 * HOURS)
        deployment.sync()
        for row in story.tickets(deployment):
            if row["state"] == "1":
                story.in_servicenow(deployment, "liam.byrne", "resolve", row["number"])
        story.later(deployment, 8 * 24 * HOURS)
        deployment.sync()
        missed = sorted(
            key.rpartition("@")[2] for key, each in decisions(deployment).items() if each is Decision.MISSED
        )
        assert len(missed) >= 3
        lines = [text for row in story.tickets(deployment) for _, text in story.notes(row) if "Missed" in text]
        assert len(lines) == 1
        assert all(period in lines[0] for period in missed)
        assert not story.idle_writes(deployment)

    @pytest.mark.parametrize("phase", ["after", *thoroughly("before")])
    def test_a_line_survives_a_crash_and_is_written_once(self, tmp_path: Path, phase: str) -> None:
        deployment = daily(tmp_path)
        deployment.sync()
        struck = False
        for _ in range(9):
            story.later(deployment, 12 * HOURS)
            with story.killing(
                deployment, lambda _, exchange: exchange.phase == phase and exchange.request.method == "PATCH"
            ):
                deployment.sync()
                continue
            struck = True
            break
        assert struck
        story.settle(deployment, runs=2)
        [line] = [text for row in story.tickets(deployment) for _, text in story.notes(row)]
        carried = [key for key, decision in decisions(deployment).items() if decision is Decision.CARRIED]
        assert [key.rpartition("@")[2] in line for key in carried] == [True]

    def test_a_line_that_cannot_be_written_is_written_later(self, tmp_path: Path) -> None:
        deployment = daily(tmp_path)
        deployment.sync()
        story.fault(deployment, "status", "servicenow", "PATCH", status=503, times=None)
        for _ in range(7):
            story.later(deployment, 12 * HOURS)
            deployment.sync()
        assert not [text for row in story.tickets(deployment) for _, text in story.notes(row)]
        story.heal(deployment)
        story.settle(deployment, runs=2)
        lines = [text for row in story.tickets(deployment) for _, text in story.notes(row)]
        assert len(lines) == 1
        assert not story.idle_writes(deployment)


class TestWeekly:
    """Two weeks, and nobody does anything."""

    def a_fortnight(self, folder: Path, overlap: str, *, kill: str = "") -> Deployment:
        deployment = make_deployment(folder, mappings=story.mappings_with("secure-score", overlap=overlap))
        deployment.sync()
        blows = [kill] if kill else []
        for _ in range(8):
            story.later(deployment, 24 * HOURS)
            with story.killing(
                deployment,
                lambda _, exchange: [exchange.phase] == blows and exchange.request.method == "PATCH",
            ):
                deployment.sync()
                continue
            blows.clear()
        assert not blows
        story.settle(deployment, runs=2)
        return deployment

    def test_allowed_side_by_side_the_late_one_says_that_there_is_a_newer_one(self, tmp_path: Path) -> None:
        deployment = self.a_fortnight(tmp_path, "allow")
        first, second = story.tickets(deployment)
        assert [row["state"] for row in (first, second)] == ["1", "1"]
        [(author, text)] = story.notes(first)
        assert author == story.OURS
        assert "2026-11-23" in text
        assert not story.notes(second)
        assert not story.idle_writes(deployment)

    @pytest.mark.parametrize("kill", ["", "after", *thoroughly("before")])
    def test_superseded_the_older_one_is_cancelled_on_both_sides(self, tmp_path: Path, kill: str) -> None:
        deployment = self.a_fortnight(tmp_path, "supersede", kill=kill)
        first, second = story.tickets(deployment)
        assert [row["state"] for row in (first, second)] == ["8", "1"]
        assert [story.status(item) for item in story.incidents(deployment)] == ["closed", "new"]
        [(_, text)] = story.notes(first)
        assert "2026-11-23" in text
        assert not story.idle_writes(deployment)

    def test_a_superseded_one_that_somebody_takes_up_again_stays_open(self, tmp_path: Path) -> None:
        deployment = self.a_fortnight(tmp_path, "supersede")
        story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
        story.settle(deployment, runs=3)
        assert story.status(story.incident(deployment, 1)) == "active"


class TestWithoutAnIncident:
    def test_a_task_may_do_without_sentinel(self, tmp_path: Path) -> None:
        mappings = story.mappings_with("secure-score", sentinel={"mode": "none"})
        deployment = make_deployment(tmp_path, mappings=mappings)
        deployment.sync()
        assert len(story.tickets(deployment)) == 1
        assert not story.incidents(deployment)
        story.later(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "resolve", "INC0010001")
        assert not story.idle_writes(deployment)
        deployment.lose_the_database()
        assert not story.idle_writes(deployment)
        assert len(story.tickets(deployment)) == 1


class TestModes:
    def test_observe_writes_nothing_and_decides_nothing(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mode="observe")
        watch = Watch.of(deployment.world)
        report = deployment.sync()
        assert report.plan.actions
        assert not report.results
        assert not watch.writes()
        deployment.mode = "full"
        deployment.sync()
        assert set(story.keys_in_servicenow(deployment).values()) == {1}
        assert len(story.incidents(deployment)) == len(story.tickets(deployment))

    def test_maintenance_leaves_escalations_alone_until_they_are_allowed(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mode="maintenance")
        number = story.escalate(deployment)
        report = deployment.sync()
        assert any("WATCHKEEPER_MODE=maintenance" in row.reason for row in report.parked)
        assert "escalation" not in {key.split("/")[0] for key in story.keys_in_servicenow(deployment)}
        assert len(story.pairs(deployment)) == len(story.tickets(deployment))
        assert not story.idle_writes(deployment)
        deployment.mode = "full"
        story.settle(deployment, runs=1)
        assert story.mirror_of(deployment, number)


class TestParts:
    """`--profile` and `--task` leave the rest for the next whole run."""

    def test_one_task_then_everything(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path)
        deployment.sync(task="secure-score")
        assert [key.split("/")[0] for key in story.keys_in_servicenow(deployment)] == ["secure-score"]
        story.settle(deployment, runs=1)
        assert len(story.tickets(deployment)) == len(story.incidents(deployment)) == 7

    def test_one_profile_then_everything(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path)
        number = story.escalate(deployment)
        report = deployment.sync(profile="escalation")
        deployment.sync(profile="escalation", open_valves=deployment.open_valves(report))
        assert len(story.tickets(deployment)) == 1
        assert story.mirror_of(deployment, number)
        story.settle(deployment, runs=1)
        assert len(story.tickets(deployment)) == len(story.incidents(deployment)) == 8


class TestFirstDay:
    def go_live(self, folder: Path, day: str) -> Deployment:
        deployment = make_deployment(folder, mappings=story.mappings_with("secure-score"))
        story.rewrite(deployment, "teams.yaml", "# go_live: 2026-12-01", f"go_live: {day}")
        return deployment

    def test_nothing_from_before_is_imported_or_opened(self, tmp_path: Path) -> None:
        deployment = self.go_live(tmp_path, "2026-11-17")
        story.escalate(deployment)
        story.settle(deployment, runs=2)
        assert not story.tickets(deployment)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Low"})
        story.settle(deployment, runs=2)
        assert not story.tickets(deployment)

    def test_a_profile_may_begin_later_than_the_deployment(self, tmp_path: Path) -> None:
        deployment = self.go_live(tmp_path, "2026-11-01")
        profile = "profiles/escalation.yaml"
        story.rewrite(deployment, profile, "kind: escalation", "kind: escalation\ngo_live: 2026-11-17")
        story.escalate(deployment)
        assert not story.settle(deployment, runs=1).valves
        story.rewrite(deployment, profile, "go_live: 2026-11-17", "go_live: 2026-11-16")
        report = story.settle(deployment, runs=1)
        assert [trip.name for trip in report.valves] == ["first-import"]

    def test_a_backfill_imports_it_after_all(self, tmp_path: Path) -> None:
        deployment = self.go_live(tmp_path, "2026-11-17")
        number = story.escalate(deployment)
        story.settle(deployment, runs=1)
        since = MONDAY - timedelta(days=1)
        report = deployment.sync(backfill_since=since)
        assert [trip.name for trip in report.valves] == ["first-import"]
        deployment.sync(backfill_since=since, open_valves=deployment.open_valves(report))
        assert story.mirror_of(deployment, number)

    def test_what_happens_after_is_imported(self, tmp_path: Path) -> None:
        deployment = self.go_live(tmp_path, "2026-11-17")
        story.escalate(deployment)
        story.settle(deployment, runs=1)
        story.later(deployment, 48 * HOURS)
        number = story.escalate(deployment, title="The first one that counts")
        story.settle(deployment, runs=1)
        assert [row["short_description"] for row in story.tickets(deployment) if row["category"] == "security"] == [
            "The first one that counts"
        ]
        assert story.mirror_of(deployment, number)

    def test_a_closed_escalation_is_no_business_of_ours_until_it_is_reopened(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with())
        number = story.escalate(deployment, status="Closed", classification="Undetermined")
        story.settle(deployment, runs=2)
        assert not story.tickets(deployment)
        story.in_sentinel(deployment, "keiko.tanaka", "reopen", number)
        story.settle(deployment, runs=1)
        assert story.mirror_of(deployment, number)


class TestChangedMapping:
    def test_what_was_parked_under_the_old_mapping_is_decided_under_the_new_one(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with())
        number = story.escalate(deployment)
        for turn in range(6):
            story.escalate(deployment, title=f"Other {turn}")
        story.import_all(deployment)
        story.later(deployment)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields={"severity": "Low"})
        story.later(deployment)
        assert [row.field for row in deployment.sync().parked] == ["severity"]
        assert story.severity(story.mirror_of(deployment, number)) == "High"
        story.rewrite(deployment, "profiles/escalation.yaml", "may_lower: false", "may_lower: true")
        story.later(deployment)
        report = deployment.sync()
        assert report.exit_code == 0
        assert story.severity(story.mirror_of(deployment, number)) == "Low"
        assert not story.idle_writes(deployment)


class TestWhoMayClose:
    def test_a_close_by_a_soc_team_crosses(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with())
        number = story.escalate(deployment)
        story.import_all(deployment)
        story.later(deployment)
        story.in_servicenow(deployment, "haruto.sato", "resolve", story.mirror_of(deployment, number)["number"])
        deployment.sync()
        properties = story.incident(deployment, number)["properties"]
        assert (properties["status"], properties["classification"]) == ("Closed", "Undetermined")
        assert "佐藤 陽翔" in properties["classificationComment"]

    def test_a_close_by_anybody_else_is_parked_with_the_actor(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with())
        number = story.escalate(deployment)
        story.import_all(deployment)
        story.later(deployment)
        story.in_servicenow(deployment, "dana.desk", "resolve", story.mirror_of(deployment, number)["number"])
        report = deployment.sync()
        assert story.status(story.incident(deployment, number)) == "new"
        [row] = report.parked
        assert row.field == "status"
        assert "Dana Desk" in row.reason

    def test_a_close_code_without_a_counterpart_is_parked_and_named(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with())
        number = story.escalate(deployment)
        story.import_all(deployment)
        story.later(deployment)
        choice = {"name": "incident", "element": "close_code", "value": "Magic", "label": "Magic"}
        story.seed_servicenow(deployment, rows=[{"table": "sys_choice", "fields": choice}])
        mirror = story.mirror_of(deployment, number)["number"]
        story.in_servicenow(deployment, "haruto.sato", "resolve", mirror, fields={"close_code": "Magic"})
        report = deployment.sync()
        assert story.status(story.incident(deployment, number)) == "new"
        assert ["close_code" in row.reason and "Magic" in row.reason for row in report.parked] == [True]
