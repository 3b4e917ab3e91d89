"""The audit end to end: people and machines work in the emulated systems, the real connectors and SDKs tell of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.unit.escalation.world import TOKYO, at

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.escalation import concluded, run_audit
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.sync.references import with_groups

FRESH, DUE, STALE, VERY_STALE, EXEMPT, UNKNOWN = VerdictKind
GOOD = "Isolated the host; next: image the disk by noon."


class Week:
    """The week of 16 November 2026 in Tokyo; the world's clock stands still unless it is moved."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.world = deployment.world

    def until(self, tokyo: str) -> None:
        self.world.clock.advance(at(TOKYO, tokyo) - self.world.clock.now())

    def snow(self, who: str, do: str, **command: Any) -> dict[str, Any]:
        people: Any = self.world.systems["servicenow"]
        record: dict[str, Any] = people.people({"who": who, "do": do, **command})["record"]
        return record

    def arm(self, who: str, do: str, **command: Any) -> dict[str, Any]:
        people: Any = self.world.systems["arm"]
        incident: dict[str, Any] = people.people({"who": who, "do": do, **command})
        return incident

    def ticket(self, since: str = "2026-11-12 10:00", **fields: str) -> str:
        """A ticket in the Monitoring team's hands; its number."""
        base = {"short_description": "Ransom note", "category": "security", "assignment_group": "SOC Monitoring"}
        return str(
            self.snow("keiko.tanaka", "create", fields={**base, **fields}, at=at(TOKYO, since).isoformat())["number"]
        )

    def incident(self, since: str = "2026-11-12 10:00") -> int:
        fields = {"title": "Impossible travel", "severity": "High", "status": "Active", "labels": ["escalation"]}
        made = self.arm("keiko.tanaka", "create", fields=fields, at=at(TOKYO, since).isoformat())
        self.arm("keiko.tanaka", "assign", incident=made["number"], at=at(TOKYO, since).isoformat())
        return int(made["number"])

    def audit(self, as_of: str | None = None) -> AuditReport:
        with self.deployment.store() as store:
            systems = with_groups(self.deployment._systems(store))
            return run_audit(
                connectors=systems.connectors,
                store=store,
                catalog=systems.catalog,
                profiles=list(systems.profiles.values()),
                clock=systems.clock,
                run_id="audit",
                as_of=at(TOKYO, as_of) if as_of else None,
            )

    def verdicts(self, as_of: str | None = None) -> dict[str, Verdict]:
        return {verdict.numbers[0]: verdict for verdict in self.audit(as_of).verdicts}


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(make_deployment(tmp_path))


def test_each_of_the_six_verdicts_is_given_and_explained(week: Week) -> None:
    fresh, stale, very_stale, held, strange, bot = (week.ticket() for _ in range(6))
    week.until("2026-11-17 10:00")
    for number in (stale, held, strange, bot):
        week.snow("keiko.tanaka", "note", number=number, text=GOOD)
    week.snow("keiko.tanaka", "hold", number=held, text="The vendor sends a patch on Friday.")
    week.until("2026-11-18 10:00")
    week.snow("haruto.sato", "note", number=fresh, text=GOOD)
    week.snow("dana.desk", "note", number=strange, text=GOOD)
    week.snow("scanner.bot", "note", number=bot, text="Scan complete, nothing found.")
    week.snow("system", "edit", number=bot, fields={"urgency": "1"})
    week.until("2026-11-18 18:00")
    found = week.verdicts()
    assert {number: found[number].kind for number in (fresh, stale, very_stale, held, strange, bot)} == {
        fresh: FRESH,
        stale: STALE,
        very_stale: VERY_STALE,
        held: EXEMPT,
        strange: UNKNOWN,
        bot: STALE,
    }
    assert "佐藤 陽翔" in found[fresh].reason or "haruto.sato" in found[fresh].reason
    assert found[very_stale].working_days == 4
    assert "dana.desk" in found[strange].reason or "Dana Desk" in found[strange].reason
    week.until("2026-11-19 09:00")
    assert week.verdicts()[fresh].kind is DUE


def test_an_incident_in_sentinel_is_judged_by_its_comments_and_its_history(week: Week) -> None:
    commented, assigned, grouped, silent = (week.incident() for _ in range(4))
    week.until("2026-11-18 10:00")
    week.arm("keiko.tanaka", "comment", incident=commented, text=GOOD)
    week.arm("haruto.sato", "edit", incident=assigned, fields={"severity": "Low"})
    week.arm("system", "edit", incident=grouped, fields={"severity": "Medium"})
    week.arm("automation", "comment", incident=grouped, text="Playbook finished.")
    week.until("2026-11-18 18:00")
    found = week.verdicts()
    assert [found[str(number)].kind for number in (commented, assigned, grouped, silent)] == [
        FRESH,
        FRESH,
        VERY_STALE,
        VERY_STALE,
    ]
    assert {found[str(number)].team for number in (commented, assigned)} == {"monitoring"}


def test_comments_are_read_incident_by_incident_only_where_nothing_else_decides(week: Week) -> None:
    decided, undecided, silent = (week.incident() for _ in range(3))
    week.until("2026-11-18 00:30")
    week.audit()
    week.until("2026-11-18 10:00")
    week.arm("haruto.sato", "edit", incident=decided, fields={"severity": "Low"})
    for number in (decided, undecided):
        week.arm("keiko.tanaka", "comment", incident=number, text=GOOD)
    week.until("2026-11-18 18:00")
    watch = Watch.of(week.world)
    report = week.audit()
    found = {verdict.numbers[0]: verdict.kind for verdict in report.verdicts}
    assert [found[str(number)] for number in (decided, undecided, silent)] == [FRESH, FRESH, VERY_STALE]
    assert len([entry for entry in watch.entries() if entry.path.endswith("/comments")]) == 1
    assert sum(side.comments_read for side in report.sides) == 1


def test_after_a_sync_a_pair_is_one_ticket_and_our_own_notes_and_writes_do_not_count(week: Week) -> None:
    number, incident = week.ticket(), week.incident()
    first = week.deployment.sync()
    week.deployment.sync(open_valves=week.deployment.open_valves(first))
    week.until("2026-11-17 10:00")
    week.snow("keiko.tanaka", "note", number=number, text=GOOD)
    week.arm("keiko.tanaka", "comment", incident=incident, text=GOOD)
    week.until("2026-11-18 10:00")
    # The engine carries yesterday's notes over only today.
    week.deployment.sync()
    week.until("2026-11-18 18:00")
    verdicts = week.audit().verdicts
    assert [(len(verdict.refs), verdict.kind, verdict.working_days) for verdict in verdicts] == [(2, STALE, 1)] * 2
    week.deployment.lose_the_database()
    assert [(len(verdict.refs), verdict.kind) for verdict in week.audit().verdicts] == [(2, STALE)] * 2


def test_maintenance_records_are_left_out_and_counted(week: Week) -> None:
    first = week.deployment.sync()
    week.deployment.sync(open_valves=week.deployment.open_valves(first))
    assert week.audit().verdicts == ()


def test_a_past_instant_is_judged_as_it_was_then(week: Week) -> None:
    number = week.ticket()
    week.until("2026-11-17 10:00")
    week.snow("keiko.tanaka", "note", number=number, text=GOOD)
    week.until("2026-11-20 10:00")
    week.snow("keiko.tanaka", "resolve", number=number, text="False alarm, the note was a drill.")
    week.until("2026-11-20 18:00")
    kinds = [week.verdicts(f"2026-11-{day} 18:00")[number].kind for day in (17, 18, 19, 20)]
    assert kinds == [FRESH, STALE, VERY_STALE, FRESH]


def test_an_audit_writes_to_no_system_and_needs_few_calls(week: Week) -> None:
    for _ in range(30):
        week.ticket()
    for _ in range(5):
        week.incident()
    week.until("2026-11-18 18:00")
    watch = Watch.of(week.world)
    report = week.audit()
    assert len(report.verdicts) == 35
    assert watch.writes() == []
    assert len([entry for entry in watch.entries() if entry.system == "servicenow"]) <= 12


def test_a_system_that_is_down_leaves_the_other_s_tickets_judged(week: Week) -> None:
    number = week.ticket()
    week.incident()
    week.until("2026-11-18 18:00")
    week.world.faults.add(FaultRule("status", system="arm", status=503))
    report = concluded(week.audit(), ["stale"])
    assert [verdict.numbers[0] for verdict in report.verdicts] == [number]
    assert report.exit_code == 75


def test_a_journal_that_may_not_be_read_makes_unknown_and_never_stale(week: Week) -> None:
    number = week.ticket()
    week.until("2026-11-18 18:00")
    week.world.faults.add(FaultRule("status", system="servicenow", status=403, regex="sys_audit|sys_journal_field"))
    report = week.audit()
    assert {verdict.numbers[0]: verdict.kind for verdict in report.verdicts} == {number: UNKNOWN}
    assert concluded(report, ["unknown"]).exit_code == 4


@pytest.mark.parametrize(("status", "code"), [(503, 75), (401, 5), (404, 4)])
def test_a_log_analytics_that_does_not_tell_is_never_fine(week: Week, status: int, code: int) -> None:
    week.incident()
    week.until("2026-11-18 18:00")
    week.world.faults.add(FaultRule("status", system="loganalytics", status=status))
    assert concluded(week.audit(), []).exit_code == code


def test_the_same_audit_twice_gives_the_same_answer(week: Week) -> None:
    week.ticket()
    week.incident()
    week.until("2026-11-18 18:00")
    assert week.audit() == week.audit()
    assert week.world.clock.now() - at(TOKYO, "2026-11-18 18:00") < timedelta(minutes=1)
