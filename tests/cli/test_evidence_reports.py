"""Reports of evidence through the command line: what was collected is told, and a ticket that was closed without it is flagged."""

from __future__ import annotations

from datetime import timedelta

from tests.acceptance.worlds import people, tickets
from tests.cli.fixtures import open_all_valves
from tests.cli.program import Program

from watchkeeper.emulators.world import World


def resolve(world: World, task: str) -> str:
    """Somebody resolves a duty's ticket."""
    ticket = next(row for row in tickets(world) if f"/{task}/" in row["correlation_id"])
    people(world, "servicenow", "liam.byrne", "resolve", number=ticket["number"], text="Done.")
    return str(ticket["number"])


def test_evidence_is_reported_and_a_ticket_that_was_closed_without_it_is_flagged(soc: Program, world: World) -> None:
    open_all_valves(soc)
    assert soc.run("evidence", "collect", "--task", "secure-score", "--task", "vulnerability-remediation").code == 0
    with_it, without = resolve(world, "secure-score"), resolve(world, "portal-licences")
    world.clock.advance(timedelta(minutes=10))
    assert soc.run("sync").code == 0

    score = soc.run("report", "secure-score", "--actions", "2", "--json").json("report-secure-score")
    assert (score["latest"]["day"], len(score["next_actions"])) == ("2026-11-16", 2)
    assert score["since_week"]["before"]["day"] == "2026-11-09"
    remediation = soc.run("report", "remediation", "--json").json("report-remediation")
    waiting = [each for each in remediation["tasks"] if each["standing"] not in {"done", "exempt"}]
    assert remediation["latest"]["open_tasks"] == len(waiting) > 0
    assert {"tokyo-workplace", "dublin-workplace"} <= {each["id"] for each in remediation["owners"]}

    oversight = soc.run("report", "oversight", "--period", "2026-11-16", "--json").json("report-oversight")
    told = {each["ticket"]: (each["end"], [gap["lack"] for gap in each["lacks"]]) for each in oversight["duties"]}
    assert told[with_it] == ("in-time", [])
    assert told[without] == ("in-time", ["not-gathered"])
    assert oversight["without_evidence"] == ["portal-licences/soc-oversight@2026-11-16"]
    assert next(row for row in tickets(world) if row["number"] == without)["state"] == "6", "nothing is reverted"
