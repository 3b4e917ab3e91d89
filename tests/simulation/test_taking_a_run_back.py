"""What an undo leaves behind: for the next runs, for whoever kills it, and for whoever changes their mind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.effort import thoroughly
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.model.link import Link
from watchkeeper.model.run import Outcome, RunReport
from watchkeeper.sync.halt import end_halt, put_halt, standing_halt
from watchkeeper.sync.undone import is_undone

pytestmark = pytest.mark.thorough

PROFILE = "profiles/maintenance.yaml"
RIGHT = "- { is: Active, means: active, writes: [active, on-hold] }"
WRONG = "- { is: Active, means: resolved }"
RIGHT_NEW = "- { is: New, means: new }"
WRONG_NEW = "- { is: New, means: new, writes: [new, active, on-hold] }"
TASKS = ("portal-licences", "secure-score", "service-administration")


def let_pass(deployment: Deployment) -> RunReport:
    """Sync; open whatever valve trips, as a person would."""
    report = deployment.sync()
    return deployment.sync(open_valves=deployment.open_valves(report)) if report.valves else report


def correct(deployment: Deployment) -> None:
    story.rewrite(deployment, PROFILE, WRONG, RIGHT)
    story.rewrite(deployment, PROFILE, WRONG_NEW, RIGHT_NEW)


@done_once
def with_a_mistake(folder: Path) -> Deployment:
    """A deployment whose last run resolved every ticket, because a mapping took Active for resolved."""
    deployment = make_deployment(folder, mappings=story.mappings_with(*TASKS))
    deployment.sync()
    story.rewrite(deployment, PROFILE, RIGHT, WRONG)
    story.rewrite(deployment, PROFILE, RIGHT_NEW, WRONG_NEW)
    story.later(deployment)
    for item in story.incidents(deployment):
        number = item["properties"]["incidentNumber"]
        story.in_sentinel(deployment, "liam.byrne", "edit", number, fields={"status": "Active"})
    story.later(deployment)
    let_pass(deployment)
    story.later(deployment)
    assert states(deployment) == {"6"}
    return deployment


@pytest.fixture
def mistaken(tmp_path: Path) -> tuple[Deployment, str]:
    """The deployment, and the run: the second of two at one time, whose ids count upwards."""
    deployment = with_a_mistake(tmp_path)
    with deployment.store() as store:
        return deployment, max(str(run["run_id"]) for run in store.runs(limit=2))


def states(deployment: Deployment) -> set[str]:
    return {row["state"] for row in story.tickets(deployment)}


def bases(deployment: Deployment) -> dict[tuple[str, str], Link]:
    with deployment.store() as store:
        return {(key, side): link for key, sides in store.links().items() for side, link in sides.items()}


def marks(deployment: Deployment) -> int:
    with deployment.store() as store:
        return sum(is_undone(row.reason) for row in store.dirty())


def undone(mistaken: tuple[Deployment, str]) -> Deployment:
    deployment, run = mistaken
    report = deployment.undo(run)
    assert {result.outcome for result in report.results} == {Outcome.DONE}
    assert states(deployment) == {"1"}
    story.later(deployment)
    return deployment


def resume(deployment: Deployment) -> None:
    with deployment.store() as store:
        end_halt(store)


def test_both_sides_have_agreed_on_what_they_had_before_and_nothing_is_written_for_now(
    mistaken: tuple[Deployment, str],
) -> None:
    deployment = undone(mistaken)
    links = bases(deployment)
    assert {link.base["state"] for (_, side), link in links.items() if side == "servicenow"} == {"1"}
    assert {link.base["status"] for (_, side), link in links.items() if side == "sentinel"} == {"New"}
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert (report.exit_code, watch.entries()) == (75, [])
    assert mistaken[1] in report.reasons[0]
    assert "its mapping is to be looked at" in report.reasons[0]


def test_under_the_same_mapping_it_is_never_done_again_and_always_named(mistaken: tuple[Deployment, str]) -> None:
    deployment = undone(mistaken)
    resume(deployment)
    deployment.limits = replace(deployment.limits, changed_over=1)
    for full in (False, True, False):
        watch = Watch.of(deployment.world)
        report = deployment.sync(full=full)
        assert (report.exit_code, watch.writes()) == (0, [])
        assert {(row.field, "was undone" in row.reason) for row in report.parked} == {("status", True)}
        assert len(report.parked) == len(story.tickets(deployment))
        story.later(deployment)
    assert states(deployment) == {"1"}


def test_the_corrected_mapping_carries_what_people_had_meant(mistaken: tuple[Deployment, str]) -> None:
    deployment = undone(mistaken)
    correct(deployment)
    resume(deployment)
    report = let_pass(deployment)
    assert (report.exit_code, states(deployment)) == (0, {"2"})
    assert story.idle_writes(deployment) == []
    assert marks(deployment) == 0


def test_what_people_change_afterwards_crosses_as_ever(mistaken: tuple[Deployment, str]) -> None:
    deployment = undone(mistaken)
    resume(deployment)
    for item in story.incidents(deployment):
        number = item["properties"]["incidentNumber"]
        story.in_sentinel(deployment, "liam.byrne", "edit", number, fields={"status": "New", "severity": "High"})
    story.later(deployment)
    report = let_pass(deployment)
    assert report.exit_code == 0
    assert {story.severity(row) for row in story.tickets(deployment)} == {"High"}
    assert marks(deployment) == 0


def test_an_undo_can_be_undone(mistaken: tuple[Deployment, str]) -> None:
    deployment, run = mistaken
    first = deployment.undo(run)
    story.later(deployment)
    second = deployment.undo(first.run_id)
    trips = deployment.open_valves(second)
    second = deployment.undo(first.run_id, open_valves=trips) if trips else second
    assert (second.exit_code, states(deployment)) == (0, {"6"})
    assert {row["close_code"] for row in story.tickets(deployment)} == {"Solution provided"}
    story.later(deployment)
    resume(deployment)
    watch = Watch.of(deployment.world)
    assert (deployment.sync().exit_code, watch.writes(), marks(deployment)) == (0, [], 0)


def test_a_person_s_pause_holds_it_too_unless_it_is_told_otherwise(mistaken: tuple[Deployment, str]) -> None:
    deployment, run = mistaken
    order = Halt(HaltKind.PAUSED, "1", "aiko", "laptop", deployment.time.now(), "an upgrade")
    with deployment.store() as store:
        put_halt(store, order)
    watch = Watch.of(deployment.world)
    refused = deployment.undo(run)
    assert (refused.exit_code, watch.entries()) == (75, [])
    assert "--while-paused" in refused.reasons[0]
    assert deployment.undo(run, while_paused=True).exit_code == 0
    with deployment.store() as store:
        assert standing_halt(store, deployment.time.now()) == order


def test_without_a_pause_the_next_run_goes_on_at_once(mistaken: tuple[Deployment, str]) -> None:
    deployment, run = mistaken
    assert deployment.undo(run, pauses=False).exit_code == 0
    story.later(deployment)
    watch = Watch.of(deployment.world)
    assert (deployment.sync().exit_code, watch.writes()) == (0, [])


@pytest.mark.parametrize("phase", ["after", *thoroughly("before")])
@pytest.mark.parametrize("number", [2, *story.also_slowly(1)])
def test_killed_around_any_write_it_is_finished_by_the_next_undo(
    mistaken: tuple[Deployment, str], phase: str, number: int
) -> None:
    deployment, run = mistaken
    count = 0

    def doomed(_: int, exchange: story.Exchange) -> bool:
        nonlocal count
        count += exchange.phase == phase and story.is_write(exchange)
        return count == number

    with story.killing(deployment, doomed):
        deployment.undo(run)
    assert "6" in states(deployment)
    deployment.world.clock.advance(timedelta(hours=1))
    report = deployment.undo(run)
    assert (report.exit_code, states(deployment)) == (0, {"1"})
    assert {link.base["status"] for (_, side), link in bases(deployment).items() if side == "sentinel"} == {"New"}
    with deployment.store() as store:
        assert store.intents() == []
    resume(deployment)
    watch = Watch.of(deployment.world)
    story.later(deployment)
    assert (deployment.sync().exit_code, watch.writes()) == (0, [])


def test_killed_undo_and_then_an_ordinary_run_do_nothing_wrong(mistaken: tuple[Deployment, str]) -> None:
    deployment, run = mistaken
    with story.killing(deployment, lambda _, exchange: exchange.phase == "after" and story.is_write(exchange)):
        deployment.undo(run)
    deployment.world.clock.advance(timedelta(hours=1))
    resume(deployment)
    before = sorted(row["state"] for row in story.tickets(deployment))
    assert deployment.sync().exit_code == 0
    assert sorted(row["state"] for row in story.tickets(deployment)) == before


def test_what_a_run_created_and_said_is_named_and_stays(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with(*TASKS))
    first = deployment.sync()
    story.later(deployment)
    watch = Watch.of(deployment.world)
    report = deployment.undo(first.run_id)
    assert (report.exit_code, report.plan.actions, watch.writes()) == (0, (), [])
    assert len(report.parked) == len(story.tickets(deployment)) + len(story.incidents(deployment))
    assert all("stays" in row.reason and "ever deleted" in row.remedy for row in report.parked)
    with deployment.store() as store:
        assert store.recall("halt") in (None, "")


def test_incidents_are_opened_again_once_their_history_has_caught_up(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with(*TASKS))
    deployment.sync()
    story.later(deployment)
    for row in story.tickets(deployment):
        story.in_servicenow(deployment, "ava.nguyen", "resolve", row["number"], text="Done.")
    story.later(deployment)
    run = let_pass(deployment).run_id
    assert {story.status(item) for item in story.incidents(deployment)} == {"closed"}
    story.later(deployment, 1)
    moved = story.incidents(deployment)[0]["properties"]["incidentNumber"]
    story.in_sentinel(deployment, "keiko.tanaka", "edit", moved, fields={"add_labels": ["seen"]})
    early = deployment.undo(run)
    assert [row.number for row in early.parked if "does not show yet" in row.reason] == [str(moved)]
    story.later(deployment, 60)
    assert deployment.undo(run).exit_code == 0
    held = [item["properties"] for item in story.incidents(deployment)]
    assert {(each["status"], each.get("classification")) for each in held} == {("New", None)}
    assert "seen" in story.labels(story.incident(deployment, moved))


def test_what_a_system_refuses_to_take_back_is_an_item_that_failed(mistaken: tuple[Deployment, str]) -> None:
    deployment, run = mistaken
    deployment.world.faults.add(FaultRule("status", system="servicenow", method="PATCH", status=400, times=1))
    report = deployment.undo(run)
    assert (report.exit_code, sorted(row.outcome.value for row in report.results)) == (4, ["done", "done", "failed"])
    assert states(deployment) == {"1", "6"}
    deployment.world.faults.clear()
    story.later(deployment)
    assert (deployment.undo(run).exit_code, states(deployment)) == (0, {"1"})
