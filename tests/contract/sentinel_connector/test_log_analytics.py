"""What a connector gets wrong about Log Analytics, and that ours does not: mistakes 1, 6, 12, 13 and 14 of Sentinel clients."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.sentinel_connector.rig import SentinelRig
from tests.effort import tried

from watchkeeper.emulators.azure import AzureOptions
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.errors import Protocol, WatchkeeperError
from watchkeeper.model.activity import ActivityKind, ActivityReport
from watchkeeper.model.record import Absent, Record, RecordRef
from watchkeeper_sentinel.auth import SharedCredential, open_credential
from watchkeeper_sentinel.logs import Logs

MARKER = "contract/defender-xdr-portal/soc-oversight@2026-11-16"
FIELDS = frozenset({"title", "status", "severity"})
HOSTILE = "\"]); SecurityIncident | take 1 // ' or 1 eq 1 \\ \n | where true"


@pytest.fixture
def rig() -> SentinelRig:
    return SentinelRig()


@pytest.fixture
def logs(rig: SentinelRig) -> Logs:
    config = rig.config()
    credential = SharedCredential(config, lambda: open_credential(config, rig.transport.session("sentinel")))
    return Logs(config, rig.transport, credential, lambda: rig.options.workspace_id)


def told(rig: SentinelRig, **switches: Any) -> None:
    rig.logs.seed({"system": "loganalytics", **switches})


def asked(rig: SentinelRig, days: float = 1, ids: list[str] | None = None) -> ActivityReport:
    now = rig.clock.now()
    return rig.connector.activity(rig.table, now - timedelta(days=days), now, ids)


def queries(rig: SentinelRig) -> int:
    return sum(entry.system == "loganalytics" for entry in rig.requests())


def queried(rig: SentinelRig, text: str) -> tuple[dict[str, Any], ...]:
    config = rig.config()
    credential = SharedCredential(config, lambda: open_credential(config, rig.transport.session("sentinel")))
    return Logs(config, rig.transport, credential, lambda: rig.options.workspace_id).query(text).cells


def deeds(report: ActivityReport) -> list[tuple[str, str, str]]:
    return [(deed.author.id, deed.field, deed.new) for deed in report.activities if deed.field]


def a_days_work(rig: SentinelRig) -> list[RecordRef]:
    """Twelve incidents over the day, each edited by a person."""
    refs = []
    for number in range(12):
        refs.append(rig.person_opens(f"Alert {number}"))
        rig.advance(timedelta(minutes=30))
        rig.person_edits(refs[-1])
        rig.advance(timedelta(minutes=90))
    return refs


# --- mistake 1: reading back through KQL after a write ---


def test_mistake_1_a_write_is_confirmed_by_arm_and_never_by_the_table_that_lags_behind(rig: SentinelRig) -> None:
    written = rig.connector.create(rig.draft(MARKER, "Check licences")).record
    changed = rig.connector.update(written.ref, {"severity": "High"}, written.revision).record
    read = rig.connector.get([written.ref], FIELDS)[written.ref]

    assert isinstance(read, Record)
    assert (changed.fields["severity"], read.fields["severity"]) == ("High", "High")
    assert read.revision == changed.revision
    assert queries(rig) == 0


def test_mistake_1_a_lost_answer_is_cleared_up_by_arm_although_the_table_does_not_know_the_incident(
    rig: SentinelRig,
) -> None:
    draft = rig.draft(MARKER, "Check licences")
    rig.lose_reply("create")
    with pytest.raises(WatchkeeperError):
        rig.connector.create(draft)
    rig.heal()

    assert isinstance(rig.connector.get([draft.ref], FIELDS)[draft.ref], Record)
    assert queries(rig) == 0


@pytest.mark.parametrize("lag", [0, 3600])
def test_mistake_1_however_far_the_table_lags_a_read_is_what_was_written(lag: float) -> None:
    rig = SentinelRig(WorldOptions(ingestion_lag=lag))
    written = rig.connector.create(rig.draft(MARKER, "Check licences")).record
    rig.connector.update(written.ref, {"severity": "High"}, written.revision)

    assert {ref: record.fields["severity"] for ref, record in rig.connector.get([written.ref], FIELDS).items()} == {
        written.ref: "High"
    }
    rows = queried(rig, "SecurityIncident | where Severity == 'High'")
    assert len(rows) == (0 if lag else 1)


# --- comments that a row has no room for ---


def test_of_many_comments_the_row_keeps_the_newest_and_all_of_them_are_read(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    for number in range(5):
        rig.advance(timedelta(seconds=1))
        rig.person_comments(ref, f"{number} " + "x" * 20_000)
    rig.advance(timedelta(minutes=10))

    (row,) = queried(rig, "SecurityIncident | summarize arg_max(LastModifiedTime, *) by IncidentName")
    assert [comment["Message"][0] for comment in json.loads(row["Comments"])] == ["2", "3", "4"]
    assert [comment.text[0] for comment in rig.connector.comments([ref])[ref]] == ["0", "1", "2", "3", "4"]
    spoken = [deed for deed in asked(rig).activities if deed.kind is ActivityKind.COMMENT]
    assert len(spoken) == 5


# --- mistake 6: a call per incident ---


def test_mistake_6_comments_are_asked_for_where_an_incident_has_some_and_nowhere_else(rig: SentinelRig) -> None:
    quiet, spoken = rig.person_opens("Alert 1"), rig.person_opens("Alert 2")
    rig.person_comments(spoken, "Looked at it.")
    before = rig.requests_made()

    report = asked(rig)

    assert {deed.ref for deed in report.activities if deed.kind is ActivityKind.COMMENT} == {spoken}
    read = {entry.path.split("/")[-2] for entry in rig.requests()[before:] if entry.path.endswith("/comments")}
    assert (spoken.id in read, quiet.id in read) == (True, False)


# --- mistake 12: injection ---


@pytest.mark.parametrize("ids", [[HOSTILE], [HOSTILE, "73e01a99-5cd7-4139-a149-9f2736ff2ab5"]])
def test_mistake_12_what_somebody_wrote_never_becomes_part_of_a_query(rig: SentinelRig, ids: list[str]) -> None:
    ref = rig.person_opens(HOSTILE)
    rig.people("edit", incident=ref.id, fields={"labels": [HOSTILE], "description": HOSTILE})
    rig.advance(timedelta(minutes=10))

    nothing, everything = asked(rig, ids=ids), asked(rig)

    assert (nothing.activities, nothing.readable) == ((), True)
    assert deeds(everything) == [("keiko.tanaka@soc.example", "labels", HOSTILE)]


# --- mistake 13: ModifiedBy trusted ---


def test_mistake_13_whoever_modified_an_incident_last_has_not_therefore_worked_on_it(rig: SentinelRig) -> None:
    """A person's name in ModifiedBy without a change of what people set is no deed; a robot's change is the robot's."""
    touched, automated = rig.person_opens("Touched only"), rig.person_opens("Enriched")
    rig.advance(timedelta(hours=1))
    rig.people("edit", incident=touched.id, fields={"severity": "Medium"})
    rig.people("edit", who="automation", incident=automated.id, fields={"severity": "Low"})
    rig.advance(timedelta(minutes=10))

    report = asked(rig, days=0.03)

    assert report.readable
    assert deeds(report) == [("Incident automation playbook", "severity", "Low")]


def test_mistake_13_a_change_whose_author_is_hidden_by_batching_is_the_last_writers_and_nobody_elses() -> None:
    """In a workspace of the Defender portal several changes arrive as one row: then one author is told, and only one."""
    rig = SentinelRig(azure=AzureOptions(onboarded=True))
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(hours=1))
    rig.people("edit", who="keiko.tanaka", incident=ref.id, fields={"status": "Active"})
    rig.people("edit", who="automation", incident=ref.id, fields={"severity": "Low"})
    rig.advance(timedelta(minutes=20))

    assert {author for author, _, _ in deeds(asked(rig))} == {"Incident automation playbook"}


# --- mistake 14: partial results, empty bodies, 429 without Retry-After ---


def test_mistake_14_a_cut_answer_is_asked_for_again_in_smaller_windows_until_nothing_is_missing(
    rig: SentinelRig,
) -> None:
    refs = a_days_work(rig)
    told(rig, options={"most_rows": 5})

    report = asked(rig, days=2)

    assert report.readable, report.reason
    assert [deed.ref for deed in report.activities] == refs
    assert queries(rig) > 3


def test_mistake_14_an_answer_that_is_too_large_in_bytes_is_divided_likewise(rig: SentinelRig) -> None:
    a_days_work(rig)
    told(rig, options={"most_bytes": 4_000})

    report = asked(rig, days=2)

    assert report.readable, report.reason
    assert len(report.activities) == 12


def test_mistake_14_a_window_that_takes_too_long_is_divided_as_well(rig: SentinelRig, logs: Logs) -> None:
    a_days_work(rig)
    until = rig.clock.now()
    window = (until - timedelta(days=2), until, None)
    whole = logs.told(*window)
    told(rig, options={"widest_hours": 4 * 24 + 12})

    divided = logs.told(*window)

    assert divided.complete, divided.reason
    assert {row.stamp for row in divided.rows} == {row.stamp for row in whole.rows}


def test_mistake_14_the_states_before_a_window_are_asked_for_in_smaller_lists(rig: SentinelRig) -> None:
    refs = [rig.person_opens(f"Alert {number}") for number in range(8)]
    rig.advance(timedelta(days=3))
    for ref in refs:
        rig.person_edits(ref)
        rig.advance(timedelta(hours=2))
    told(rig, options={"most_rows": 3})

    report = asked(rig)

    assert report.readable, report.reason
    assert (len(deeds(report)), report.unclear) == (8, frozenset())


def test_mistake_14_a_single_state_that_stays_cut_off_is_not_readable(rig: SentinelRig) -> None:
    ref = rig.person_opens("Alert")
    rig.advance(timedelta(days=3))
    rig.person_edits(ref)
    rig.advance(timedelta(minutes=10))
    told(rig, options={"most_rows": 0})

    assert not asked(rig).readable


def test_mistake_14_what_stays_partial_is_used_and_reported_as_not_readable(rig: SentinelRig) -> None:
    a_days_work(rig)
    told(rig, next=["partial"] * 60)

    report = asked(rig, days=2)

    assert not report.readable
    assert "partial answer" in report.reason
    assert 0 < len(report.activities) < 12
    assert queries(rig) < 40


def test_mistake_14_not_to_know_all_of_our_own_names_is_not_to_know_who_did_what(rig: SentinelRig) -> None:
    """With one row per answer the states can still be told window by window, our makers' names not."""
    for number in range(2):
        rig.connector.create(rig.draft(f"{MARKER}-{number}", "Check licences"))
        rig.advance(timedelta(hours=6))
    told(rig, options={"most_rows": 1})

    report = asked(rig)

    assert not report.readable
    assert "1 records" in report.reason


def test_mistake_14_a_wait_that_is_asked_for_is_kept(rig: SentinelRig) -> None:
    a_days_work(rig)
    rig.fault("status", system="loganalytics", status=429, retry_after=17, times=1)

    report = asked(rig, days=2)

    assert report.readable, report.reason
    assert 17 in rig.slept


@pytest.mark.parametrize("order", ["gateway", "timeout", "throttled"])
def test_mistake_14_a_passing_failure_is_asked_again(rig: SentinelRig, order: str) -> None:
    a_days_work(rig)
    told(rig, next=[order, order])

    report = asked(rig, days=2)

    assert report.readable, report.reason
    assert len(report.activities) == 12
    assert rig.slept


@pytest.mark.parametrize("order", ["empty", "nothing", "gateway", "timeout", "throttled"])
def test_mistake_14_an_answer_that_is_none_is_neither_success_nor_a_crash(rig: SentinelRig, order: str) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.person_comments(ref, "on it")
    rig.advance(timedelta(minutes=10))
    told(rig, next=[order] * 200)

    report = asked(rig)

    assert not report.readable
    assert report.reason
    assert [deed.author.id for deed in report.activities] == ["keiko.tanaka@soc.example"]


@pytest.mark.parametrize("order", ["empty", "nothing", "partial"])
def test_mistake_14_without_a_whole_answer_nothing_is_proven_deleted(rig: SentinelRig, order: str) -> None:
    told(rig, next=[order] * 10)

    found = rig.connector.get([rig.foreign_ref], FIELDS)[rig.foreign_ref]

    assert isinstance(found, Absent)
    assert not found.deleted
    assert found.reason


# --- rows that come late, in whatever order ---


def robot_after_person(rig: SentinelRig) -> RecordRef:
    """A person's change whose row is late, and a robot's right after it whose row is not."""
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(hours=1))
    rig.people("edit", who="keiko.tanaka", incident=ref.id, fields={"status": "Active"})
    rig.advance(timedelta(seconds=10))
    rig.people("edit", who="automation", incident=ref.id, fields={"severity": "Low"})
    return ref


def test_a_late_row_never_costs_its_author(rig: SentinelRig) -> None:
    told(rig, options={"late_every": 2, "late_seconds": 1800})
    robot_after_person(rig)
    rig.advance(timedelta(hours=1))

    assert deeds(asked(rig)) == [
        ("keiko.tanaka@soc.example", "status", "Active"),
        ("Incident automation playbook", "severity", "Low"),
    ]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["keiko.tanaka", "liam.byrne", "automation"]), st.sampled_from(["High", "Low", "Medium"])
    ),
    min_size=1,
    max_size=8,
)


@tried(25)
@given(EDITS, st.integers(1, 4), st.integers(60, 3000), st.integers(0, 60))
def test_whoever_changed_what_is_told_once_all_rows_are_there_in_whatever_order_they_came(
    edits: list[tuple[str, str]], every: int, late: int, apart: int
) -> None:
    rig = SentinelRig()
    told(rig, options={"late_every": every, "late_seconds": late})
    ref = rig.person_opens("Suspicious sign-in")
    expected, severity = [], "Medium"
    for who, wanted in edits:
        rig.advance(timedelta(seconds=apart))
        rig.people("edit", who=who, incident=ref.id, fields={"severity": wanted})
        author = "Incident automation playbook" if who == "automation" else f"{who}@soc.example"
        expected += [(author, "severity", wanted)] * (wanted != severity)
        severity = wanted
    rig.advance(timedelta(hours=2))

    report = asked(rig)

    assert (report.readable, report.unclear) == (True, frozenset())
    assert deeds(report) == expected


def test_where_rows_are_known_to_be_late_a_young_change_is_nobodys_for_sure(rig: SentinelRig) -> None:
    told(rig, options={"late_every": 2, "late_seconds": 1800})
    robot_after_person(rig)
    rig.advance(timedelta(hours=2))
    ref = robot_after_person(rig)
    rig.advance(timedelta(minutes=10))

    early = asked(rig)
    rig.advance(timedelta(hours=1))
    later = asked(rig)

    assert ref in early.unclear
    assert (later.readable, later.unclear) == (True, frozenset())
    assert [author for author, _, _ in deeds(later)] == ["keiko.tanaka@soc.example", "Incident automation playbook"] * 2


# --- how a workspace spells things ---


@pytest.mark.parametrize("case", ["mixed", "camel", "pascal"])
def test_owners_and_labels_are_read_however_their_properties_are_spelled(rig: SentinelRig, case: str) -> None:
    told(rig, options={"key_case": case})
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(minutes=1))
    rig.people("assign", who="ava.nguyen", incident=ref.id)
    rig.people("edit", who="liam.byrne", incident=ref.id, fields={"add_labels": ["vip"]})
    rig.advance(timedelta(minutes=10))

    assert deeds(asked(rig)) == [
        ("ava.nguyen@soc.example", "owner.userPrincipalName", "ava.nguyen@soc.example"),
        ("liam.byrne@soc.example", "labels", "escalation, vip"),
    ]


def test_columns_that_go_with_onboarding_are_not_missed(rig: SentinelRig) -> None:
    told(rig, options={"missing_columns": ["Description", "ProviderName", "ProviderIncidentId", "Tasks", "Comments"]})
    a_days_work(rig)

    report = asked(rig)

    assert report.readable, report.reason
    assert len(deeds(report)) == 12


def test_a_column_that_we_need_and_miss_is_said(rig: SentinelRig) -> None:
    told(rig, options={"missing_columns": ["ModifiedBy"]})

    report = asked(rig)

    assert not report.readable
    assert "ModifiedBy" in report.reason


# --- the query client itself ---


def test_a_null_guid_or_timespan_is_null_and_the_text_none_is_text(logs: Logs) -> None:
    """azure-monitor-query turns both nulls into the text "None"."""
    (cells,) = logs.query('print g = guid(null), t = timespan(null), s = "None"').cells
    assert cells == {"g": None, "t": None, "s": "None"}


@pytest.mark.parametrize("order", ["empty", "nothing"])
def test_an_answer_without_a_body_is_a_breach_of_protocol(rig: SentinelRig, logs: Logs, order: str) -> None:
    told(rig, next=[order] * 10)
    with pytest.raises(Protocol):
        logs.query("print 1")


def test_an_empty_table_has_no_lag(logs: Logs) -> None:
    assert logs.lag() is None
