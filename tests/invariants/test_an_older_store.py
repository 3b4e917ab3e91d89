"""A store of some runs ago put back in place: it is recognised, and no record, no comment and no edit of a person suffers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.reasons import parts_of
from watchkeeper.model.run import RunReport
from watchkeeper.model.troubles import Trouble

pytestmark = pytest.mark.thorough

MARK = "watchkeeper.db-mark-test"


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """An escalation mirrored, in step on both sides."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment, severity="Medium")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def keep_copy(deployment: Deployment) -> None:
    with deployment.store() as store, store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(deployment.database, f"{deployment.database}.kept")


def put_back(deployment: Deployment, *, with_mark: bool = True) -> None:
    """The kept copy in the place of the store. `with_mark`: the file beside it stays, as when somebody copies one file back."""
    kept = Path(f"{deployment.database}.kept")
    mark = deployment.database.with_name(MARK)
    held = mark.read_bytes()
    for file in deployment.database.parent.glob(f"{deployment.database.name}*"):
        if file != kept:
            file.unlink()
    shutil.copy(kept, deployment.database)
    if with_mark:
        mark.write_bytes(held)


def said(report: RunReport) -> set[object]:
    return {part.code for note in report.notes for part in parts_of(note)}


def set_status(deployment: Deployment, status: str) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": status})


def statuses(deployment: Deployment) -> tuple[str, str]:
    """Of the ticket and of the incident."""
    return story.state(story.mirror_of(deployment, 1)), story.status(story.incident(deployment, 1))


def three_runs(deployment: Deployment) -> None:
    """An edit carried over, a comment carried over, and a new escalation imported, a run each."""
    set_status(deployment, "Active")
    story.settle(deployment, runs=1)
    number = story.mirror_of(deployment, 1)["number"]
    story.in_servicenow(deployment, "ava.nguyen", "note", number, text="Called the user.")
    story.settle(deployment, runs=1)
    story.escalate(deployment, "Second wave")
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ("active", "active")


@pytest.mark.parametrize(("with_mark", "sign"), [(True, Trouble.OLDER_COPY), (False, Trouble.OLDER_SEEN)])
def test_it_is_recognised_and_nothing_is_made_or_written_again(
    deployment: Deployment, *, with_mark: bool, sign: Trouble
) -> None:
    keep_copy(deployment)
    three_runs(deployment)
    before, keys = story.everything(deployment), set(story.pairs(deployment))
    put_back(deployment, with_mark=with_mark)
    story.later(deployment)
    watch = Watch.of(deployment.world)

    report = deployment.sync()

    assert sign in said(report)
    assert watch.writes() == []
    assert story.everything(deployment) == before
    assert set(story.pairs(deployment)) == keys
    assert report.swept or reads_all_next(deployment)
    assert story.settle(deployment, runs=1).notes == ()


def reads_all_next(deployment: Deployment) -> bool:
    report = story.settle(deployment, runs=1)
    return report.swept and Trouble.OLDER_COPY in said(report)


def test_a_plan_says_so_too_and_changes_nothing(deployment: Deployment) -> None:
    keep_copy(deployment)
    three_runs(deployment)
    put_back(deployment)
    held = deployment.database.read_bytes()
    assert Trouble.OLDER_COPY in said(deployment.plan())
    assert deployment.database.read_bytes() == held


def test_a_person_who_took_an_edit_back_meanwhile_is_not_overruled(deployment: Deployment) -> None:
    """New when the copy was made; active by a person, and carried over; new again by a person, who is the last to have spoken."""
    keep_copy(deployment)
    three_runs(deployment)
    story.later(deployment)
    set_status(deployment, "New")
    put_back(deployment)
    story.later(deployment)

    report = deployment.sync()

    assert statuses(deployment) == ("new", "new")
    assert not report.plan.conflicts
    assert not story.idle_writes(deployment)


@pytest.mark.parametrize("with_mark", [False, *story.also_slowly(True)])
def test_what_people_did_in_between_ends_on_both_sides(deployment: Deployment, *, with_mark: bool) -> None:
    keep_copy(deployment)
    three_runs(deployment)
    story.later(deployment)
    number = story.mirror_of(deployment, 1)["number"]
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"impact": "1", "urgency": "1"})
    story.in_servicenow(deployment, "ava.nguyen", "note", number, text="Second call.")
    put_back(deployment, with_mark=with_mark)
    story.later(deployment)

    report = deployment.sync()

    assert report.exit_code == 0
    assert story.incident(deployment, 1)["properties"]["severity"] == "High"
    assert not report.plan.conflicts
    assert [text.count("call") for text in map(str.lower, story.comments(story.incident(deployment, 1)))] == [1, 1]
    assert not story.idle_writes(deployment)


def test_what_no_history_tells_is_never_taken_for_agreed_upon(deployment: Deployment) -> None:
    """Without the rows of the workspace nobody can say who wrote last: the edit that loses is named."""
    keep_copy(deployment)
    three_runs(deployment)
    story.later(deployment)
    set_status(deployment, "New")
    put_back(deployment)
    story.later(deployment)
    story.fault(deployment, "status", "loganalytics", "POST", times=None, status=500)
    story.fault(deployment, "status", "servicenow", "GET", regex="sys_audit", times=None, status=403)

    report = deployment.sync()

    assert statuses(deployment) == ("active", "active")
    assert [(row.field, row.losing) for row in report.plan.conflicts] == [("status", "new")]


def test_an_edit_that_no_history_shows_yet_is_waited_for(deployment: Deployment) -> None:
    """The rows of the workspace come minutes late: until they tell who wrote last, nothing is written for the pair."""
    keep_copy(deployment)
    three_runs(deployment)
    story.later(deployment)
    put_back(deployment)
    set_status(deployment, "New")
    story.later(deployment, 1)

    report = deployment.sync()

    assert statuses(deployment) == ("active", "new")
    assert [row.key.split("/")[0] for row in report.parked] == ["escalation"]
    assert Trouble.OLDER_COPY in said(story.settle(deployment, runs=1))
    assert statuses(deployment) == ("new", "new")
    assert story.settle(deployment, runs=1).notes == ()


def test_only_fields_were_written_and_the_mark_is_gone_the_histories_tell(deployment: Deployment) -> None:
    """No record and no comment was made that would give it away: a person's edit was carried over, and taken back since."""
    number = story.mirror_of(deployment, 1)["number"]
    keep_copy(deployment)
    set_status(deployment, "Active")
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ("active", "active")
    story.later(deployment)
    set_status(deployment, "New")
    put_back(deployment, with_mark=False)
    story.later(deployment)
    assert story.ticket(deployment, number)["sys_updated_by"] == "watchkeeper"

    report = deployment.sync()

    assert Trouble.OLDER_TOLD in said(report)
    assert statuses(deployment) == ("new", "new")


def test_what_a_rule_does_in_our_name_is_no_sign_of_age(deployment: Deployment) -> None:
    """An asynchronous rule runs as whoever wrote, minutes after the run; a person edits the incident meanwhile."""
    number = story.mirror_of(deployment, 1)["number"]
    story.in_servicenow(deployment, "watchkeeper", "edit", number, fields={"impact": "1", "urgency": "1"})
    set_status(deployment, "Active")
    story.later(deployment, 5)

    assert story.settle(deployment, runs=1).notes == ()


def test_a_run_that_dies_leaves_the_next_one_to_know(deployment: Deployment) -> None:
    keep_copy(deployment)
    three_runs(deployment)
    story.later(deployment)
    set_status(deployment, "New")
    put_back(deployment)
    story.later(deployment)
    with story.killing(deployment, story.at_call(8, "before")) as seen:
        deployment.sync()
    assert len(seen) > 1

    report = story.settle(deployment, runs=1)

    assert Trouble.OLDER_COPY in said(report)
    assert statuses(deployment) == ("new", "new")


def test_a_lost_store_is_said_to_be_one(deployment: Deployment) -> None:
    deployment.lose_the_database()
    story.later(deployment)
    assert Trouble.MEMORY_LOST in said(deployment.sync())
    assert story.settle(deployment, runs=1).notes == ()


def test_a_store_that_is_up_to_date_says_nothing(deployment: Deployment) -> None:
    keep_copy(deployment)
    put_back(deployment)
    assert story.settle(deployment, runs=1).notes == ()
