"""Incident tasks under the contract of every connector, and what is special about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from tests.contract.connector_contract import ConnectorContract
from tests.contract.sentinel_connector.rig import SentinelRig

from watchkeeper.emulators.world import Exchange
from watchkeeper.errors import AlreadyExists, Ambiguous, PreconditionFailed, Protocol, Rejected
from watchkeeper.model.population import Feed
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, Absent, Draft, RawFields, Record, RecordRef
from watchkeeper.model.scan import Page
from watchkeeper_sentinel import hosts
from watchkeeper_sentinel.host_names import host_of

FIELDS = frozenset({"title", "description", "status"})
MARKER = "contract/defender-xdr-portal/soc-oversight@2026-11-16"


class TaskRig(SentinelRig):
    """The same connector, asked for tasks. People work in the portal: they add, edit and complete tasks of the host."""

    table = INCIDENT_TASKS
    closing: ClassVar[RawFields] = {"status": "Completed"}
    foreign_ref = RecordRef(
        SENTINEL, INCIDENT_TASKS, "01234567-89ab-4cde-8f01-23456789abcd/01234567-89ab-4cde-8f01-23456789abce"
    )

    def draft(self, marker: str, title: str) -> Draft:
        fields: RawFields = {"title": title, "description": "Do it", "status": "New"}
        return Draft(self.connector.chosen_ref(self.table, marker), marker, fields)

    def feed(self, created_since: datetime | None = None) -> Feed:
        return Feed(SENTINEL, INCIDENT_TASKS, FIELDS, (), created_since)

    def person_edits(self, ref: RecordRef) -> None:
        host, task = ref.id.split("/")
        self.people("reopen-task", incident=host, task=task, fields={"description": "edited"})

    def person_opens(self, title: str) -> RecordRef:
        """A person adds a task to this week's host."""
        name = f"by-hand-{title}".lower()
        made = self.people("task", incident=self.host(), text=title, fields={"name": name})
        return RecordRef(SENTINEL, INCIDENT_TASKS, f"{made.id}/{name}")

    def host(self) -> str:
        return next((item["name"] for item in self.arm.records() if not item["deleted"]), "")

    def tasks(self) -> list[str]:
        """Titles of all tasks, by host."""
        return [
            f"{item['properties']['title']}: {task['properties']['title']}"
            for item in self.arm.records()
            for task in item["tasks"]
        ]


@pytest.fixture
def rig() -> TaskRig:
    return TaskRig()


class OpenedRig(TaskRig):
    """One in which this week's host is open already, without a task."""

    def __init__(self) -> None:
        super().__init__()
        host = host_of(MARKER)
        fields = {"title": host.title, "severity": "Informational", "labels": list(host.labels)}
        self.people("create", incident=host.name, fields=fields)


class TestTheContract(ConnectorContract):
    @pytest.fixture
    def rig(self) -> OpenedRig:
        return OpenedRig()

    # A task has no comments, no history of its own and no number.
    test_comments_come_in_order_with_their_authors = None
    test_a_comment_of_ours_has_the_id_under_which_it_is_read = None
    test_a_comment_is_written_with_its_files_or_without_them = None
    test_a_record_without_comments_has_none = None
    test_activity_tells_who_commented_inside_the_window_only = None
    test_a_record_is_looked_up_by_what_people_call_it = None

    def test_a_watermark_never_passes_the_clock_of_the_side(self, rig: OpenedRig) -> None:
        """A version that was given is not given again, so it is the next one that must not be missed."""
        rig.person_opens("Before")
        titles(rig)
        rig.advance(timedelta(hours=-2))
        rig.person_opens("From a clock that was set back")
        _, watermark = titles(rig)
        rig.person_opens("After")
        assert "After" in titles(rig, watermark)[0]


def created(rig: TaskRig, marker: str = MARKER, title: str = "Check licences") -> Record:
    return rig.connector.create(rig.draft(marker, title)).record


def titles(rig: TaskRig, since: str | None = None) -> tuple[set[str], str | None]:
    *pages, end = rig.connector.scan(rig.feed(), since)
    found = {str(record.fields["title"]) for page in pages if isinstance(page, Page) for record in page.records}
    assert not isinstance(end, Page)
    return found, end.watermark


def test_a_scan_brings_the_tasks_of_hosts_that_changed(rig: TaskRig) -> None:
    ref = created(rig).ref
    rig.person_opens("By hand")
    rig.advance(timedelta(minutes=1))
    first, watermark = titles(rig)
    again, watermark = titles(rig, watermark)
    rig.person_edits(ref)
    changed, _ = titles(rig, watermark)
    assert (first, again, changed) == ({"Check licences", "By hand"}, set(), {"Check licences", "By hand"})


def test_a_task_of_a_person_is_nobodys_duty_even_with_our_line_copied_into_it(rig: TaskRig) -> None:
    ref = created(rig).ref
    host = ref.id.split("/")[0]
    copied = next(item for item in rig.arm.records())["tasks"][0]["properties"]["description"]
    rig.people("task", incident=host, text="A copy", fields={"description": copied})
    (page,) = [item for item in rig.connector.scan(rig.feed(), None) if isinstance(item, Page)]
    assert {str(record.fields["title"]): record.marker for record in page.records} == {
        "Check licences": MARKER,
        "A copy": "",
    }


def test_a_listing_that_is_cut_concludes_nothing(rig: TaskRig) -> None:
    created(rig)
    rig.cut_listings()
    assert titles(rig) == (set(), None)


def test_a_watermark_that_cannot_be_read_costs_a_full_look(rig: TaskRig) -> None:
    created(rig)
    for broken in ("", "{}", "[]", '{"at": "x", "hosts": {}}', '{"at": 1, "hosts": {"x": 1}}'):
        assert titles(rig, broken)[0] == {"Check licences"}


def test_a_task_is_found_by_the_ids_of_incident_and_task_alone(rig: TaskRig) -> None:
    ref = created(rig).ref
    assert [found.ref for found in rig.connector.look_up(rig.table, ref.id, FIELDS)] == [ref]
    assert rig.connector.look_up(rig.table, "1", FIELDS) == ()
    assert rig.connector.look_up(rig.table, rig.foreign_ref.id, FIELDS) == ()


def test_who_completed_a_task_is_told(rig: TaskRig) -> None:
    ref = created(rig).ref
    host, task = ref.id.split("/")
    rig.people("complete-task", who="aoife.murphy", incident=host, task=task)
    found = rig.connector.get([ref], FIELDS)[ref]
    assert isinstance(found, Record)
    assert (found.fields["status"], found.updated_by) == ("Completed", "Aoife Murphy")


def test_a_full_host_sends_the_next_task_to_another_one_where_it_is_found(rig: TaskRig) -> None:
    host = created(rig, f"{MARKER}~0", "first").ref.id.split("/")[0]
    for number in range(39):
        rig.people("task", incident=host, text=f"by hand {number}")
    fresh = rig.open(rig.transport)

    draft = rig.draft(MARKER, "the next one")
    written = fresh.create(draft).record

    assert written.ref != draft.ref
    found = rig.open(rig.transport).get([draft.ref], FIELDS)[draft.ref]
    assert isinstance(found, Record)
    assert found.ref == written.ref
    assert rig.tasks()[-1] == "SOC duties 2026-W47 (2): the next one"


def test_a_host_that_people_fill_in_the_same_moment_is_passed_over_in_the_next_round(rig: TaskRig) -> None:
    created(rig)
    rig.switch(most_tasks=1)
    draft = rig.draft(f"{MARKER}~0", "too late")
    with pytest.raises(Rejected, match="limit of 1 tasks"):
        rig.connector.create(draft)
    rig.switch(most_tasks=40)
    for number in range(39):
        rig.people("task", incident=rig.host(), text=f"by hand {number}")
    with pytest.raises(PreconditionFailed, match="decided again"):
        rig.connector.create(draft)
    assert rig.connector.create(draft).record.fields["title"] == "too late"
    assert len(rig.tasks()) == 41


def test_a_task_that_appeared_since_we_looked_is_not_written_over_twice(rig: TaskRig) -> None:
    created(rig)
    with pytest.raises(AlreadyExists):
        rig.open(rig.transport).create(rig.draft(MARKER, "again"))
    assert rig.tasks() == ["SOC duties 2026-W47: Check licences"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"severity": "High"}, "cannot write severity; a task has title, description, status"),
        ({"title": ""}, "title cannot be empty"),
        ({"title": ("a", "b")}, "title takes text, not a list"),
    ],
)
def test_what_a_task_does_not_have_is_refused_before_any_call(rig: TaskRig, changes: RawFields, told: str) -> None:
    record = created(rig)
    writes = rig.writes_made()
    with pytest.raises(Rejected, match=told):
        rig.connector.update(record.ref, changes, record.revision)
    assert rig.writes_made() == writes


def test_a_close_that_completes_nothing_is_refused(rig: TaskRig) -> None:
    record = created(rig)
    with pytest.raises(Rejected, match="has the status Completed, not 'New'"):
        rig.connector.close(record.ref, {"status": "New"}, record.revision)


def test_a_task_deleted_since_it_was_read_is_not_made_anew(rig: TaskRig) -> None:
    record = created(rig)
    host, task = record.ref.id.split("/")
    rig.people("delete-task", incident=host, task=task)
    with pytest.raises(Exception, match="is not there"):
        rig.connector.update(record.ref, {"title": "x"}, record.revision)
    assert isinstance(rig.connector.get([record.ref], FIELDS)[record.ref], Absent)
    assert rig.tasks() == []


def test_a_duty_whose_key_is_too_long_to_show_its_date_goes_to_a_host_without_a_week(rig: TaskRig) -> None:
    created(rig, "contract/~" + "0" * 64)
    assert rig.tasks() == ["SOC duties: Check licences"]


def test_the_page_of_a_task_is_that_of_its_incident(rig: TaskRig) -> None:
    record = created(rig)
    assert record.url == rig.connector.url_of(record.ref)
    assert record.url.endswith(f"/Incidents/{record.ref.id.split('/')[0]}")
    assert record.number == "1"


def test_a_broken_task_is_told_and_the_others_go_on(rig: TaskRig) -> None:
    created(rig)
    rig.switch(missing_keys=("createdTimeUtc", "lastModifiedTimeUtc"))
    (page,) = [item for item in rig.connector.scan(rig.feed(), None) if isinstance(item, Page)]
    assert (page.records, len(page.unreadable)) == ((), 1)
    assert "not a time" in page.unreadable[0].reason


# --- what happens between a look and a write ---


def test_a_host_that_is_deleted_while_it_is_read_holds_nothing(rig: TaskRig) -> None:
    ref = created(rig).ref
    rig.fault("status", method="GET", regex="/tasks$", status=404, times=1)
    assert isinstance(rig.connector.get([ref], FIELDS)[ref], Absent)


def test_a_conflict_with_nobody_while_a_task_is_created_is_decided_again(rig: TaskRig) -> None:
    rig.fault("status", method="PUT", regex="/tasks/", status=409, times=2)
    draft = rig.draft(MARKER, "Check licences")
    with pytest.raises(PreconditionFailed, match="decided again"):
        rig.connector.create(draft)
    assert rig.connector.create(draft).record.ref == draft.ref


def test_a_task_that_came_between_our_look_and_our_write_is_there_already(rig: TaskRig) -> None:
    host = created(rig, f"{MARKER}~0").ref.id.split("/")[0]
    draft = rig.draft(MARKER, "Check licences")
    rig.people("task", incident=host, text="theirs", fields={"name": draft.ref.id.split("/")[1]})
    with pytest.raises(AlreadyExists):
        rig.connector.create(draft)


def test_a_create_that_arrives_late_writes_over_no_task(rig: TaskRig) -> None:
    host = created(rig, f"{MARKER}~0").ref.id.split("/")[0]
    draft = rig.draft(MARKER, "Check licences")

    def meanwhile(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PUT":
            stop()
            rig.people("task", incident=host, text="renamed", fields={"name": draft.ref.id.split("/")[1]})

    stop = rig.world.listen(meanwhile)
    with pytest.raises(AlreadyExists):
        rig.connector.create(draft)
    assert "SOC duties 2026-W47: renamed" in rig.tasks()


def test_a_task_is_created_where_the_service_takes_no_version_for_what_is_not_there(rig: TaskRig) -> None:
    rig.switch(version_of_nothing="conflicts")
    assert created(rig).fields["status"] == "New"


def before_write(rig: TaskRig, number: int, deed: Callable[[], object]) -> None:
    """Let somebody do something just before our write of this number (from 1) arrives."""
    puts = iter(range(1, number + 1))

    def listener(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PUT" and next(puts) == number:
            stop()
            deed()

    stop = rig.world.listen(listener)


def test_a_task_that_came_before_the_write_without_a_version_is_there_already(rig: TaskRig) -> None:
    host = created(rig, f"{MARKER}~0").ref.id.split("/")[0]
    draft = rig.draft(MARKER, "Check licences")
    rig.switch(version_of_nothing="conflicts")
    task = draft.ref.id.split("/")[1]
    before_write(rig, 2, lambda: rig.people("task", incident=host, text="theirs", fields={"name": task}))
    with pytest.raises(AlreadyExists):
        rig.connector.create(draft)


def test_a_host_that_came_before_the_write_without_a_version_is_read_first(rig: TaskRig) -> None:
    draft, host = rig.draft(MARKER, "Check licences"), host_of(MARKER)
    fields = {"title": host.title, "severity": "Informational", "labels": list(host.labels)}
    rig.switch(version_of_nothing="conflicts")
    before_write(rig, 2, lambda: rig.people("create", incident=host.name, fields=fields))
    with pytest.raises(PreconditionFailed, match="was there already when we opened it"):
        rig.connector.create(draft)
    rig.connector.get([draft.ref], FIELDS)
    assert rig.connector.create(draft).record.ref == draft.ref


def test_a_host_that_came_between_our_look_and_our_write_is_read_before_a_task_goes_there(rig: TaskRig) -> None:
    draft = rig.draft(MARKER, "Check licences")
    host = host_of(MARKER)
    rig.connector.get([draft.ref], FIELDS)
    fields = {"title": host.title, "severity": "Informational", "labels": list(host.labels)}
    rig.people("create", incident=host.name, fields=fields)
    with pytest.raises(PreconditionFailed, match="was there already when we opened it"):
        rig.connector.create(draft)


def test_a_task_deleted_under_our_write_is_a_conflict_and_not_a_success(rig: TaskRig) -> None:
    record = created(rig)
    host, task = record.ref.id.split("/")

    def delete(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PUT":
            stop()
            rig.people("delete-task", incident=host, task=task)

    stop = rig.world.listen(delete)
    with pytest.raises(PreconditionFailed, match="had been deleted"):
        rig.connector.update(record.ref, {"title": "x"}, record.revision)


def test_an_answer_that_does_not_show_the_new_version_leaves_the_create_open(rig: TaskRig) -> None:
    rig.switch(missing_keys=("createdTimeUtc", "lastModifiedTimeUtc"))
    with pytest.raises(Ambiguous, match="may have happened"):
        created(rig)


def test_a_task_that_cannot_be_read_by_its_id_is_told(rig: TaskRig) -> None:
    ref = created(rig).ref
    rig.switch(missing_keys=("createdTimeUtc", "lastModifiedTimeUtc"))
    with pytest.raises(Protocol, match="cannot be read"):
        rig.connector.get([ref], FIELDS)


def test_a_week_whose_hosts_are_all_used_up_takes_no_more(rig: TaskRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MOST_HOSTS", 1)
    host = created(rig).ref.id.split("/")[0]
    rig.people("close", incident=host)
    with pytest.raises(Rejected, match="has 1 hosts already"):
        rig.open(rig.transport).create(rig.draft(f"{MARKER}~0", "one too many"))
