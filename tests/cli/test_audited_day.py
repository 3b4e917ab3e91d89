"""Two days of the daily duty through the command line: one on which all was done, one with a stale ticket."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

from tests.acceptance.worlds import mark, people, tickets, writes
from tests.cli.fixtures import open_all_valves
from tests.cli.program import Program
from tests.invariants.story import mappings_with

from watchkeeper.emulators.world import World

GOOD = "Isolated the host; next: image the disk by noon."


def until(world: World, text: str) -> None:
    world.clock.advance(datetime.fromisoformat(text).replace(tzinfo=UTC) - world.clock.now())


def daily(world: World, day: str) -> dict[str, Any]:
    return next(row for row in tickets(world) if row["correlation_id"].endswith(f"/escalation-tickets/all@{day}"))


def told(world: World, day: str) -> list[str]:
    return [row["value"] for row in daily(world, day)["journal"] if row["value"].startswith("Escalation audit")]


def test_the_daily_ticket_ends_with_the_audit_and_not_before(soc: Program, world: World) -> None:
    shutil.copytree(mappings_with("escalation-tickets"), soc.folder / "mappings")
    profile = soc.folder / "mappings" / "profiles" / "maintenance.yaml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(f"{text}\naudit_result:\n  close: true\n  shown_in: description\n", encoding="utf-8")
    fields = {"short_description": "Stolen laptop", "category": "security", "assignment_group": "SOC Monitoring"}
    made = people(world, "servicenow", "dana.desk", "create", fields=fields)["record"]["number"]
    open_all_valves(soc)
    until(world, "2026-11-16T03:00:00")
    people(world, "servicenow", "keiko.tanaka", "note", number=made, text=GOOD)

    until(world, "2026-11-17T09:00:00")
    assert soc.run("sync").code == 0
    assert told(world, "2026-11-16") == [], "no audit has judged the day"
    audited = soc.run("audit", "--json").json("audit")
    assert soc.run("sync").code == 0
    ticket = daily(world, "2026-11-16")
    [note] = told(world, "2026-11-16")
    assert ticket["state"] == "6"
    assert f"Evidence: audit {audited['run_id']}, digest " in note
    assert note.splitlines()[-1] in ticket["close_notes"]

    # Nobody writes on Tuesday; somebody argues with what the ticket shows of it.
    until(world, "2026-11-17T10:00:00")
    assert soc.run("sync").code == 0, "opens Tuesday's ticket"
    until(world, "2026-11-17T17:00:00")
    for command in ("audit", "sync"):
        assert soc.run(command).code == 0
    shown = daily(world, "2026-11-17")["description"]
    assert "as it stands." in shown
    theirs = shown.replace("(so far)", "(keiko is on leave)")
    people(world, "servicenow", "aoife.murphy", "edit", number=daily(world, "2026-11-17")["number"], fields={"description": theirs})  # fmt: skip
    until(world, "2026-11-18T09:00:00")
    assert soc.run("sync").code == 0
    assert soc.run("audit", "--fail-on", "stale").code == 6
    assert soc.run("sync").code == 0
    ticket = daily(world, "2026-11-17")
    [note] = told(world, "2026-11-17")
    assert note.startswith("Escalation audit of 2026-11-17: 0 of 1 updated.")
    assert "- Monitoring: 1 owed, 0 updated, 0 due, 1 stale, 0 unknown, 0 exempt; 0%" in note
    assert (ticket["state"], ticket["description"]) == ("1", theirs)

    before = mark(world)
    assert soc.run("audit").code == 0
    assert soc.run("sync").code == 0
    assert writes(world, before) == []
    report = soc.run("report", "compliance", "--period", "2026-11-17", "--json").json("report-compliance")
    (monitoring,) = [day for day in report["days"] if day["team"] == "monitoring"]
    assert (monitoring["totals"]["stale"], monitoring["final"]) == (1, True)
