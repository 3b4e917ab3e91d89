"""What only Sentinel does: whole PUTs, versions moved by comments, deleted and merged incidents, history that lags."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.contract.sentinel_connector.rig import SentinelRig
from tests.scopes import shipped_scope

from watchkeeper.emulators.azure import (
    ADMINISTRATION_CLIENT_ID,
    ADMINISTRATION_SECRET,
    OBSERVER_CLIENT_ID,
    OBSERVER_SECRET,
    AzureOptions,
)
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.errors import AuthFailed, PreconditionFailed, Rejected
from watchkeeper.model.activity import Activity, CommentDraft, Principal, ReferenceKind, Resolved
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.record import SENTINEL, Absent, Record, RecordRef
from watchkeeper.model.scan import Page, ScanEnd

MARKER = "contract/defender-xdr-portal/soc-oversight@2026-11-16"
ALL = frozenset({"title", "description", "status", "severity", "labels", "owner.userPrincipalName", "owner.objectId"})


@pytest.fixture
def rig() -> SentinelRig:
    return SentinelRig()


def created(rig: SentinelRig) -> Record:
    return rig.connector.create(rig.draft(MARKER, "Check licences")).record


def read(rig: SentinelRig, ref: RecordRef) -> Record:
    found = rig.connector.get([ref], ALL)[ref]
    assert isinstance(found, Record)
    return found


def test_an_update_from_the_list_costs_one_write_and_no_read(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    page = next(item for item in rig.connector.scan(rig.feed(), None) if isinstance(item, Page))
    before = rig.requests_made()

    rig.connector.update(ref, {"labels": ("INC0010001", "escalation")}, page.records[0].revision)

    assert [entry.method for entry in rig.requests()[before:]] == ["PUT"]


def test_a_whole_put_leaves_the_owner_the_description_and_the_comments_alone(rig: SentinelRig) -> None:
    seeded = rig.arm.seed({"owner": "ava.nguyen", "labels": ["escalation"], "description": "Seen twice"})["incidents"]
    ref = RecordRef("sentinel", "incidents", seeded[0]["name"])
    rig.person_comments(ref, "on it")
    before = read(rig, ref)

    after = rig.connector.update(ref, {"severity": "Low"}, before.revision).record

    assert dict(after.fields) | {"severity": before.fields["severity"]} == dict(after.fields) | dict(before.fields)
    assert after.fields["severity"] == "Low"
    assert after.comments == 1


def test_our_own_comment_does_not_make_the_close_after_it_a_conflict(rig: SentinelRig) -> None:
    before = created(rig)
    rig.connector.add_comment(CommentDraft(before.ref, "origin-1", "done by Keiko"))
    rig.connector.add_comment(CommentDraft(before.ref, "origin-2", "and by Liam"))

    closed = rig.connector.close(before.ref, rig.closing, before.revision)

    assert (closed.record.fields["status"], closed.record.comments) == ("Closed", 2)


def test_somebody_elses_comment_beside_ours_is_a_conflict(rig: SentinelRig) -> None:
    before = created(rig)
    rig.connector.add_comment(CommentDraft(before.ref, "origin-1", "ours"))
    rig.person_comments(before.ref, "wait, not yet")

    with pytest.raises(PreconditionFailed):
        rig.connector.close(before.ref, rig.closing, before.revision)


def test_somebody_elses_edit_beside_our_comment_is_a_conflict(rig: SentinelRig) -> None:
    before = created(rig)
    rig.connector.add_comment(CommentDraft(before.ref, "origin-1", "ours"))
    rig.person_edits(before.ref)

    with pytest.raises(PreconditionFailed):
        rig.connector.close(before.ref, rig.closing, before.revision)


def test_a_comment_written_twice_stands_once(rig: SentinelRig) -> None:
    ref = created(rig).ref
    draft = CommentDraft(ref, "origin-1", "a < b\nsee https://soc.example")

    assert rig.connector.add_comment(draft) == rig.connector.add_comment(draft)
    assert [comment.text for comment in rig.connector.comments([ref])[ref]] == [draft.text]


def test_comments_on_several_pages_are_all_read(rig: SentinelRig) -> None:
    rig = SentinelRig(azure=AzureOptions(comment_page_size=2))
    ref = created(rig).ref
    for number in range(5):
        rig.advance(timedelta(seconds=1))
        rig.person_comments(ref, f"note {number}")

    assert [comment.text for comment in rig.connector.comments([ref])[ref]] == [f"note {number}" for number in range(5)]


def test_a_close_needs_the_reason_that_goes_with_its_classification(rig: SentinelRig) -> None:
    before = created(rig)
    writes = rig.writes_made()

    with pytest.raises(Rejected, match="FalsePositive goes with InaccurateData or IncorrectAlertLogic"):
        rig.connector.close(before.ref, {"status": "Closed", "classification": "FalsePositive"}, before.revision)
    assert rig.writes_made() == writes


def test_a_reason_left_over_from_an_earlier_close_is_cleared(rig: SentinelRig) -> None:
    before = created(rig)
    wrong = {"status": "Closed", "classification": "FalsePositive", "classificationReason": "InaccurateData"}
    closed = rig.connector.close(before.ref, wrong, before.revision).record
    opened = rig.connector.update(before.ref, {"status": "Active"}, closed.revision).record

    again = rig.connector.close(before.ref, rig.closing, opened.revision).record

    assert (again.fields["classification"], again.fields["classificationReason"]) == ("Undetermined", None)


def test_a_deleted_incident_is_proven_deleted_once_the_table_shows_it(rig: SentinelRig) -> None:
    ref = created(rig).ref
    rig.people("delete", incident=ref.id)

    assert rig.connector.get([ref], ALL)[ref] == Absent(
        ref, reason="ARM has no incident of that name, and the table no Deleted row"
    )
    rig.advance(timedelta(minutes=10))
    assert rig.connector.get([ref], ALL)[ref] == Absent(
        ref, deleted=True, reason="the SecurityIncident table has a Deleted row for it"
    )


def test_an_incident_made_anew_after_its_deletion_is_not_proven_deleted_by_the_old_row(rig: SentinelRig) -> None:
    ref = created(rig).ref
    rig.people("delete", incident=ref.id)
    created(rig)
    rig.advance(timedelta(minutes=10))
    rig.fault("status", method="GET", status=404)

    answer = rig.connector.get([ref], ALL)[ref]

    assert isinstance(answer, Absent)
    assert not answer.deleted


def test_without_the_table_a_missing_incident_is_only_missing(rig: SentinelRig) -> None:
    rig.world.faults.add(FaultRule(kind="status", system="loganalytics", status=503))

    answer = rig.connector.get([rig.foreign_ref], ALL)[rig.foreign_ref]

    assert isinstance(answer, Absent)
    assert not answer.deleted
    assert "Log Analytics could not be asked" in answer.reason


def test_a_merged_incident_is_redirected_and_its_key_label_stays_with_its_own_name(rig: SentinelRig) -> None:
    source = created(rig)
    target = rig.person_opens("The bigger picture")
    rig.people("merge", who="system", incident=source.ref.id, into=target.id)

    found = rig.connector.find(rig.table, [MARKER], ALL)[MARKER]

    assert {record.ref: record.redirected_to is not None for record in found} == {source.ref: True, target: False}


def test_a_merged_incident_is_still_read_by_id_and_says_that_it_was_redirected(rig: SentinelRig) -> None:
    source = created(rig)
    rig.people("merge", who="system", incident=source.ref.id, into=rig.person_opens("The bigger picture").id)

    found = rig.connector.get([source.ref], ALL)[source.ref]

    assert isinstance(found, Record)
    assert (found.fields["status"], found.redirected_to) == ("Closed", "unknown")


def test_an_incident_is_found_by_its_chosen_name_when_somebody_took_the_label_away(rig: SentinelRig) -> None:
    ref = created(rig).ref
    rig.people("edit", incident=ref.id, fields={"labels": []})

    assert [record.ref for record in rig.connector.find(rig.table, [MARKER], ALL)[MARKER]] == [ref]


@pytest.mark.parametrize("form", ["{number}", "#{number}", "{name}", "{url}", "{path}"])
def test_people_name_an_incident_by_number_name_id_or_address(rig: SentinelRig, form: str) -> None:
    record, _ = created(rig), rig.person_opens("Another one")
    path = f"/subscriptions/s/resourceGroups/r/incidents/{record.ref.id.upper()}"
    name = form.format(number=record.number, name=record.ref.id, url=record.url, path=path)

    assert [found.ref for found in rig.connector.look_up(rig.table, name, ALL)] == [record.ref]


def test_an_incident_of_defender_is_found_by_its_defender_page(rig: SentinelRig) -> None:
    seeded = rig.arm.seed({"provider": "xdr", "count": 2})["incidents"]
    ref = RecordRef("sentinel", "incidents", seeded[1]["name"])

    assert [found.ref for found in rig.connector.look_up(rig.table, read(rig, ref).url, ALL)] == [ref]


@pytest.mark.parametrize(
    "name", ["", "999", "9" * 5000, "INC0010001", "x' or 1 eq 1", "\ud800", "https://soc.example/"]
)
def test_a_name_that_means_no_incident_finds_none(rig: SentinelRig, name: str) -> None:
    created(rig)

    assert rig.connector.look_up(rig.table, name, ALL) == ()


def test_a_listing_of_more_than_one_page_is_read_to_its_end(rig: SentinelRig) -> None:
    rig.arm.seed({"count": 1003, "labels": ["escalation"]})

    items = list(rig.connector.scan(rig.feed(), None))

    assert sum(len(item.records) for item in items if isinstance(item, Page)) == 1003
    assert isinstance(items[-1], ScanEnd)
    assert items[-1].complete


# --- history ---


def deeds(rig: SentinelRig, ref: RecordRef | None = None) -> list[Activity]:
    """The field changes of the last day, after the table has caught up."""
    rig.advance(timedelta(minutes=10))
    now = rig.clock.now()
    report = rig.connector.activity(rig.table, now - timedelta(days=1), now, None if ref is None else [ref.id])
    assert (report.readable, report.unclear) == (True, frozenset()), report.reason
    return [deed for deed in report.activities if deed.field]


def test_history_tells_which_field_somebody_changed_and_from_what_to_what(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(minutes=1))
    rig.people("edit", who="liam.byrne", incident=ref.id, fields={"status": "Active", "severity": "High"})
    rig.people("assign", who="ava.nguyen", incident=ref.id)

    assert [(deed.author.id, deed.field, deed.old, deed.new) for deed in deeds(rig, ref)] == [
        ("liam.byrne@soc.example", "severity", "Medium", "High"),
        ("liam.byrne@soc.example", "status", "New", "Active"),
        ("ava.nguyen@soc.example", "owner.userPrincipalName", "", "ava.nguyen@soc.example"),
    ]


def test_the_first_change_in_a_window_is_compared_with_the_state_before_it(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(days=3))
    rig.person_edits(ref)

    assert [(deed.ref, deed.field, deed.new) for deed in deeds(rig)] == [(ref, "severity", "High")]


def test_our_own_changes_are_ours_under_whatever_name_the_table_gives_us(rig: SentinelRig) -> None:
    record = created(rig)
    rig.connector.update(record.ref, {"status": "Active"}, record.revision)

    assert [deed.author.id for deed in deeds(rig)] == [rig.connector.identity().account]


def test_a_robots_change_is_not_a_persons(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.people("edit", who="automation", incident=ref.id, fields={"severity": "Low"})

    (deed,) = deeds(rig)
    assert deed.author.id == "Incident automation playbook"


def test_a_change_that_the_table_does_not_show_yet_makes_its_incident_unclear(rig: SentinelRig) -> None:
    late, quiet = rig.person_opens("Suspicious sign-in"), rig.person_opens("Another one")
    rig.advance(timedelta(minutes=30))
    rig.person_edits(late)
    rig.advance(timedelta(minutes=1))
    now = rig.clock.now()

    report = rig.connector.activity(rig.table, now - timedelta(minutes=20), now, [late.id, quiet.id])

    assert (report.readable, report.unclear) == (True, frozenset({late}))
    assert report.reason


def test_without_the_table_the_comments_are_told_and_the_report_says_that_it_is_not_all(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.person_comments(ref, "調査中")
    rig.world.faults.add(FaultRule(kind="status", system="loganalytics", status=503))
    now = rig.clock.now()

    report = rig.connector.activity(rig.table, now - timedelta(days=1), now, None)

    assert not report.readable
    assert report.reason.startswith("Log Analytics: ")
    assert [(deed.ref, deed.author.id) for deed in report.activities] == [(ref, "keiko.tanaka@soc.example")]


def test_people_who_commented_are_known_and_applications_are_told_apart(rig: SentinelRig) -> None:
    ref = rig.person_opens("Suspicious sign-in")
    rig.person_comments(ref, "on it")
    rig.people("comment", who="automation", incident=ref.id, text="enriched")
    person, robot = (comment.author for comment in rig.connector.comments([ref])[ref])

    assert rig.connector.principals([person.id, robot.id, "nobody@soc.example"]) == {
        person.id: Principal(person, email="keiko.tanaka@soc.example"),
        robot.id: Principal(robot, integration=True),
    }


# --- names, rights ---


def test_a_name_is_judged_by_its_form_because_there_is_no_directory_to_ask(rig: SentinelRig) -> None:
    answers = rig.connector.resolve(ReferenceKind.USER, ["Keiko.Tanaka@soc.example", "keiko", "a b@soc.example"])

    assert {name: (answer.outcome, answer.id) for name, answer in answers.items()} == {
        "Keiko.Tanaka@soc.example": (Resolved.UNVERIFIABLE, "keiko.tanaka@soc.example"),
        "keiko": (Resolved.NONE, ""),
        "a b@soc.example": (Resolved.NONE, ""),
    }


def test_an_account_that_may_only_read_is_told_by_the_probes_and_by_its_first_write() -> None:
    rig = SentinelRig(WorldOptions())
    reader = rig.open(rig.transport, client_id=OBSERVER_CLIENT_ID, client_secret=OBSERVER_SECRET)

    outcomes = {probe.check: probe.outcome for probe in reader.probes(shipped_scope(SENTINEL))}
    assert outcomes[Check.RIGHTS] == ProbeOutcome.FAIL
    assert outcomes[Check.INCIDENTS] == ProbeOutcome.OK
    observing = {probe.check: probe.outcome for probe in reader.probes(shipped_scope(SENTINEL, "observe"))}
    assert observing[Check.RIGHTS] == ProbeOutcome.OK
    with pytest.raises(AuthFailed):
        reader.create(rig.draft(MARKER, "Check licences"))


def test_an_account_with_more_rights_than_needed_is_pointed_out(rig: SentinelRig) -> None:
    administrator = rig.open(rig.transport, client_id=ADMINISTRATION_CLIENT_ID, client_secret=ADMINISTRATION_SECRET)

    (excess,) = [probe for probe in administrator.probes(shipped_scope(SENTINEL)) if probe.check is Check.EXCESS]
    assert excess.outcome is ProbeOutcome.FAIL
    assert "alertRules/write" in excess.args["actions"]


def test_a_workspace_in_the_defender_portal_is_pointed_out(rig: SentinelRig) -> None:
    rig.arm.seed({"provider": "xdr"})

    (portal,) = [probe for probe in rig.connector.probes(shipped_scope(SENTINEL)) if probe.check is Check.PORTAL]
    assert (portal.outcome, portal.finding) == (ProbeOutcome.WARN, Finding.PORTAL_INCIDENT)


def test_a_wrong_secret_names_its_setting(rig: SentinelRig) -> None:
    broken = rig.open(rig.transport, client_secret="wrong")

    with pytest.raises(AuthFailed, match=r"AADSTS7000215.*AZURE_CLIENT_SECRET"):
        broken.identity()


def test_a_token_that_expires_during_the_run_is_renewed_once(rig: SentinelRig) -> None:
    rig.connector.identity()
    rig.world.faults.add(FaultRule(kind="status", system="arm", status=401, times=1))

    list(rig.connector.scan(rig.feed(), None))

    tokens = [entry for entry in rig.world.log.entries() if entry.path.endswith("/token")]
    assert len(tokens) == 2
