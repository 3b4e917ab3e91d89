from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import Record, calls, incidents, mark, people, tickets, writes
from tests.cli.fixtures import PLAIN
from tests.cli.led import Led, led
from tests.cli.program import Program
from tests.effort import thoroughly
from tests.engine import MONDAY

from watchkeeper.emulators.world import World, build_world

pytestmark = pytest.mark.thorough

DUTY = "portal-licences"


@pytest.fixture(scope="module")
def on_monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Led]:
    """Monday's duties and one escalation on both sides, and ten minutes gone by."""
    with led(build_world(MONDAY, frozen=True), tmp_path_factory.mktemp("monday"), PLAIN, sync) as kept:
        yield kept


@pytest.fixture
def world(on_monday: Led) -> World:
    return on_monday.again()


@pytest.fixture
def synced(on_monday: Led, tmp_path: Path) -> Program:
    return on_monday.shell(tmp_path)


def sync(soc: Program, world: World) -> None:
    fields = {"title": "Mailbox rule", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)
    valves = soc.run("sync", "--json").json("run")["valves"]
    opened = [each for valve in valves for each in ("--open-valve", f"{valve['name']}:{valve['digest']}")]
    assert soc.run("sync", *opened).code == 0
    later(world)
    assert soc.run("sync").code == 0


def later(world: World, minutes: int = 10) -> None:
    world.clock.advance(timedelta(minutes=minutes))


def pair(world: World, word: str) -> tuple[Record, Record]:
    """The ticket and the incident whose titles hold a word."""
    ticket = next(row for row in tickets(world) if word in row["short_description"])
    incident = next(row for row in incidents(world) if word in row["properties"]["title"])
    return ticket, incident


def one_write_then_none(soc: Program, world: World, write: str) -> None:
    """One run makes exactly this write, and the runs after it make none."""
    later(world)
    seen = mark(world)
    assert soc.run("sync").code == 0
    assert writes(world, seen) == [write]
    for _ in range(2):
        later(world)
        seen = mark(world)
        assert soc.run("sync").code == 0
        assert calls(world, seen)
        assert writes(world, seen) == []


def test_resolving_a_duty_s_ticket_closes_its_incident_without_a_verdict(synced: Program, world: World) -> None:
    ticket, _ = pair(world, "Review portal news")
    people(world, "servicenow", "liam.byrne", "resolve", number=ticket["number"], text="Read; nothing to do.")
    one_write_then_none(synced, world, "arm PUT")
    closed = pair(world, "Review portal news")[1]["properties"]
    assert (closed["status"], closed["classification"]) == ("Closed", "Undetermined")
    assert closed["classificationComment"] == (
        "SOC maintenance duty, closed in ServiceNow by liam.byrne. Not a security finding.\n\nRead; nothing to do."
    )


def test_closing_a_duty_s_incident_resolves_its_ticket_with_code_and_notes(synced: Program, world: World) -> None:
    _, incident = pair(world, "Review portal news")
    number = incident["properties"]["incidentNumber"]
    people(world, "arm", "liam.byrne", "close", incident=number, text="Read.")
    one_write_then_none(synced, world, "servicenow PATCH")
    ticket, _ = pair(world, "Review portal news")
    assert (ticket["state"], ticket["close_code"]) == ("6", "Solution provided")
    assert ticket["close_notes"].startswith(f"Closed in Microsoft Sentinel (incident {number})")
    assert ticket["close_notes"].endswith("Read.")


@pytest.mark.parametrize(
    ("code", "classification", "reason"),
    [
        ("True positive", "TruePositive", "SuspiciousActivity"),
        *thoroughly(("Benign positive", "BenignPositive", "SuspiciousButExpected")),
        ("Solution provided", "Undetermined", None),
    ],
)
def test_an_escalation_s_close_code_becomes_the_mapped_classification(
    synced: Program, world: World, code: str, classification: str, reason: str | None
) -> None:
    ticket, _ = pair(world, "Mailbox rule")
    if code != "Solution provided":
        choice = {"name": "incident", "element": "close_code", "value": code, "label": code, "language": "en"}
        seeds = world.systems["servicenow"]
        seeds.seed({"rows": [{"table": "sys_choice", "fields": choice}]})  # type: ignore[attr-defined]
    fields = {"close_code": code, "close_notes": "Rule removed."}
    people(world, "servicenow", "keiko.tanaka", "resolve", number=ticket["number"], fields=fields)
    one_write_then_none(synced, world, "arm PUT")
    closed = pair(world, "Mailbox rule")[1]["properties"]
    assert (closed["status"], closed["classification"]) == ("Closed", classification)
    assert closed.get("classificationReason") == reason
    assert "Rule removed." in closed["classificationComment"]


def test_closing_an_escalation_s_incident_resolves_the_ticket_and_says_how_it_was_judged(
    synced: Program, world: World
) -> None:
    _, incident = pair(world, "Mailbox rule")
    verdict = {"classification": "FalsePositive", "classificationReason": "InaccurateData"}
    number = incident["properties"]["incidentNumber"]
    people(world, "arm", "niamh.kelly", "close", incident=number, text="Test mailbox.", fields=verdict)
    one_write_then_none(synced, world, "servicenow PATCH")
    ticket, _ = pair(world, "Mailbox rule")
    assert (ticket["state"], ticket["close_code"]) == ("6", "Solution provided")
    assert "FalsePositive" in ticket["close_notes"]
    assert "Test mailbox." in ticket["close_notes"]


@pytest.mark.parametrize("side", ["servicenow", "arm"])
def test_a_person_s_reopen_is_followed_and_never_undone(synced: Program, world: World, side: str) -> None:
    ticket, incident = pair(world, "Review portal news")
    name = incident["properties"]["incidentNumber"]
    people(world, "servicenow", "liam.byrne", "resolve", number=ticket["number"], text="Read.")
    later(world)
    assert synced.run("sync").code == 0
    later(world)
    if side == "servicenow":
        people(world, "servicenow", "liam.byrne", "reopen", number=ticket["number"])
        one_write_then_none(synced, world, "arm PUT")
    else:
        people(world, "arm", "liam.byrne", "reopen", incident=name)
        one_write_then_none(synced, world, "servicenow PATCH")
    ticket, incident = pair(world, "Review portal news")
    assert (ticket["state"], incident["properties"]["status"]) == ("2", "Active")


def test_a_reopen_stays_open_without_any_memory(synced: Program, world: World) -> None:
    """One side closed, one open, and nothing known about either: the open one is not closed on a guess."""
    ticket, incident = pair(world, "Review portal news")
    people(world, "servicenow", "liam.byrne", "resolve", number=ticket["number"], text="Read.")
    later(world)
    synced.run("sync")
    later(world)
    people(world, "arm", "liam.byrne", "reopen", incident=incident["properties"]["incidentNumber"])
    for file in synced.folder.glob("watchkeeper.db*"):
        file.unlink()
    for _ in range(3):
        later(world)
        assert synced.run("sync").code == 0
        assert pair(world, "Review portal news")[1]["properties"]["status"] == "Active"
