"""A duty's ticket is told once what was gathered for it, whatever is lost or repeated in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.emulators.inprocess import BASE_URLS, in_process_session
from watchkeeper.evidence.kept import COLLECTED_AT, gathering_of
from watchkeeper.model.gathering import BriefedFile, Found, Gathering, Piece
from watchkeeper.model.run import Outcome
from watchkeeper.model.snapshot import Snapshot

pytestmark = pytest.mark.thorough

TASK = "secure-score"
SAID = "58.3 % of the points, 2.1 more than a week before"


def deployed(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with(TASK))


def gather(
    deployment: Deployment,
    said: str = SAID,
    *,
    complete: bool = True,
    ago: timedelta = timedelta(0),
    files: tuple[BriefedFile, ...] = (),
) -> None:
    now = deployment.world.clock.now() - ago
    pieces = [Piece("graph/secure-scores", Found.COLLECTED, now)]
    pieces += [] if complete else [Piece("graph/control-profiles", Found.MISSING, None, "403")]
    gathered = Gathering(TASK, now, tuple(pieces), {"en": said, "ja": f"（{said}）"} if said else {}, files)
    with deployment.store() as store:
        store.keep_snapshots([Snapshot(gathering_of(TASK), now.date(), now, gathered)])
        store.remember({COLLECTED_AT: now.isoformat()})


def our_notes(deployment: Deployment) -> list[str]:
    tickets = deployment.world.systems["servicenow"].records()
    return [row["value"] for ticket in tickets for row in ticket["journal"] if row["sys_created_by"] == "watchkeeper"]


def test_a_new_ticket_has_the_evidence_from_the_beginning_and_is_told_it_once(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    gather(deployment)
    deployment.sync()
    [note] = our_notes(deployment)
    assert SAID in note
    assert "の証跡を集めました。" in note  # the team of this duty reads Japanese
    story.later(deployment)
    gather(deployment, "58.4 %")
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert watch.writes() == []


def test_a_ticket_that_was_open_before_gets_it_and_one_that_is_closed_does_not(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    deployment.sync()
    [ticket] = deployment.world.systems["servicenow"].records()
    gather(deployment)
    story.in_servicenow(deployment, "keiko.tanaka", "resolve", ticket["number"])
    story.later(deployment)
    deployment.sync()
    assert our_notes(deployment) == []
    story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket["number"], fields={"state": "2"})
    for _ in range(2):  # the reopening has to cross first
        story.later(deployment)
        deployment.sync()
    assert len(our_notes(deployment)) == 1


def test_what_was_missing_is_told_when_it_has_come(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    for complete in (False, False, True, True, False):
        gather(deployment, complete=complete)
        deployment.sync()
        story.later(deployment)
    partial, whole = our_notes(deployment)
    assert "一部が不足しています" in partial
    assert "一部が不足しています" not in whole


def test_nothing_is_said_twice_although_the_store_is_lost(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    gather(deployment)
    deployment.sync()
    deployment.lose_the_database()
    gather(deployment, "58.9 %")
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert watch.writes() == []


@pytest.mark.parametrize("first", [True, False])
def test_two_notes_are_the_most_whatever_is_lost_and_whatever_fails_in_between(tmp_path: Path, first: bool) -> None:
    deployment = deployed(tmp_path)
    for complete in (first, True, False, True):
        gather(deployment, complete=complete)
        deployment.sync()
        deployment.lose_the_database()
    assert len(our_notes(deployment)) == (1 if first else 2)


@pytest.mark.parametrize(("said", "ago"), [("", timedelta(0)), (SAID, timedelta(hours=37))])
def test_what_is_empty_or_old_is_no_news(tmp_path: Path, said: str, ago: timedelta) -> None:
    deployment = deployed(tmp_path)
    gather(deployment, said, ago=ago)
    deployment.sync()
    assert our_notes(deployment) == []


def test_of_two_open_tickets_of_a_duty_only_the_newer_is_told(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    deployment.sync()
    deployment.world.clock.advance(timedelta(days=7))
    gather(deployment)
    deployment.sync()
    told = [note for note in our_notes(deployment) if SAID in note]
    assert len(told) == 1
    assert "2026-11-23" in told[0]


def test_the_note_says_in_the_plan_why_it_is_written(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    deployment.sync()
    gather(deployment)
    [action] = deployment.plan().plan.actions
    assert action.reason == f"brings the evidence gathered for {TASK}"


CONTROLS = BriefedFile("controls", "csv", "text/csv", {"en": "control,points"})
CHART = BriefedFile("trend", "svg", "image/svg+xml", {"en": "<svg/>", "ja": "<svg lang='ja'/>"})


def attached(deployment: Deployment) -> list[str]:
    rows = in_process_session(deployment.world).get(
        f"{BASE_URLS['servicenow']}/api/now/table/sys_attachment",
        auth=("keiko.tanaka", deployment.world.options.servicenow_password),
    )
    return sorted(row["file_name"] for row in rows.json()["result"])


def test_its_files_are_on_the_ticket_once_although_answers_were_lost(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    deployment.sync()
    gather(deployment, files=(CONTROLS, CHART))
    for method, prefix in (("POST", "/api/now/attachment"), ("PATCH", "/api/now/table/incident")):
        story.fault(deployment, "drop_after", "servicenow", method, path_prefix=prefix)
    for _ in range(3):
        deployment.sync()
        story.later(deployment)
    assert attached(deployment) == ["controls-2026-11-16.csv", "trend-2026-11-16.svg"]
    assert len(our_notes(deployment)) == 1


def test_a_file_that_the_instance_refuses_is_reported_and_keeps_nothing_back(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    deployment.sync()
    deployment.world.systems["servicenow"].seed({"properties": {"glide.attachment.extensions": "csv"}})  # type: ignore[attr-defined]
    gather(deployment, files=(CONTROLS, CHART))
    [result] = deployment.sync().results
    assert (result.outcome, result.refused) == (Outcome.DONE, ("trend-2026-11-16.svg",))
    assert result.message == (
        "trend-2026-11-16.svg could not be attached: "
        "Failed to create the attachment: File type is not allowed: trend-2026-11-16.svg"
    )
    assert attached(deployment) == ["controls-2026-11-16.csv"]
    assert len(our_notes(deployment)) == 1
    story.later(deployment)
    assert deployment.sync().results == ()
