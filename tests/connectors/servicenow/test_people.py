from __future__ import annotations

from datetime import timedelta

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig
from tests.scopes import shipped_scope

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.errors import AuthFailed, NotFound, Protocol, Rejected
from watchkeeper.model.activity import ActivityKind, ReferenceKind, Resolved
from watchkeeper.model.findings import Check, ProbeOutcome
from watchkeeper.model.record import SERVICENOW, RecordRef


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


# --- names in the mappings ---


@pytest.mark.parametrize(
    ("kind", "name", "table", "of"),
    [
        (ReferenceKind.GROUP, "SOC Oversight", "sys_user_group", "SOC Oversight"),
        (ReferenceKind.GROUP, sys_id("sys_user_group", "CSIRT"), "sys_user_group", "CSIRT"),
        (ReferenceKind.USER, "keiko.tanaka", "sys_user", "keiko.tanaka"),
        (ReferenceKind.USER, "liam.byrne@soc.example", "sys_user", "liam.byrne"),
        (ReferenceKind.USER, sys_id("sys_user", "ava.nguyen"), "sys_user", "ava.nguyen"),
    ],
)
def test_a_name_stands_for_exactly_one_active_record(
    rig: ServiceNowRig, kind: ReferenceKind, name: str, table: str, of: str
) -> None:
    resolution = rig.connector.resolve(kind, [name])[name]
    assert (resolution.outcome, resolution.id) == (Resolved.ONE, sys_id(table, of))


def test_a_mistyped_group_gets_near_names(rig: ServiceNowRig) -> None:
    resolution = rig.connector.resolve(ReferenceKind.GROUP, ["SOC Oversigth"])["SOC Oversigth"]
    assert resolution.outcome is Resolved.NONE
    assert resolution.near[0] == "SOC Oversight"


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (ReferenceKind.GROUP, "soc", ("SOC Engineering", "SOC Monitoring", "SOC Oversight", "SOC Threat Intelligence")),
        (ReferenceKind.GROUP, " desk ", ("Service Desk",)),
        (ReferenceKind.GROUP, "SOC Monitorin", ("SOC Monitoring",)),
        (ReferenceKind.GROUP, "SOC Monitorign", ("SOC Monitoring", "SOC Engineering")),
        (ReferenceKind.GROUP, "zzz", ()),
        (ReferenceKind.GROUP, "  ", ()),
        (ReferenceKind.USER, "tanaka", ("keiko.tanaka",)),
        (ReferenceKind.USER, "keiko.tanaka@", ("keiko.tanaka@soc.example",)),
    ],
)
def test_names_to_choose_from_contain_the_text_or_look_like_it(
    rig: ServiceNowRig, kind: ReferenceKind, text: str, found: tuple[str, ...]
) -> None:
    listed = rig.connector.names_like(kind, text)
    assert listed[: len(found)] == found
    assert found or not listed


def test_a_name_that_begins_with_the_text_is_offered_before_one_that_only_contains_it(rig: ServiceNowRig) -> None:
    store = rig.servicenow._store
    other = {**store.row("sys_user_group", sys_id("sys_user_group", "CSIRT")), "sys_id": "e" * 32, "name": "A SOC desk"}  # type: ignore[dict-item]
    store.insert("sys_user_group", other, "system", "2024-04-01 00:00:00")
    listed = rig.connector.names_like(ReferenceKind.GROUP, "SOC")
    assert (listed[0], listed[4]) == ("SOC Engineering", "A SOC desk")


def test_where_names_may_not_be_looked_for_there_are_none_to_choose_from(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_user_group", status=403)
    assert rig.connector.names_like(ReferenceKind.GROUP, "SOC") == ()


def test_a_text_that_could_not_be_searched_for_is_refused(rig: ServiceNowRig) -> None:
    with pytest.raises(Rejected):
        rig.connector.names_like(ReferenceKind.GROUP, "javascript:gs.getUserID()")


def test_a_mistyped_user_gets_near_names(rig: ServiceNowRig) -> None:
    assert rig.connector.resolve(ReferenceKind.USER, ["keiko.tanak"])["keiko.tanak"].near == ("keiko.tanaka",)


@pytest.mark.parametrize("name", ["soc oversight", "SOC", "", "x^NQactive=true"])
def test_only_the_very_name_counts(rig: ServiceNowRig, name: str) -> None:
    assert rig.connector.resolve(ReferenceKind.GROUP, [name])[name].outcome is Resolved.NONE


def test_all_names_are_answered_in_two_calls_at_most(rig: ServiceNowRig) -> None:
    names = ["SOC Oversight", "CSIRT", "SOC Monitoring"]
    assert set(rig.connector.resolve(ReferenceKind.GROUP, names)) == set(names)
    assert rig.requests_made() == 1


def test_a_name_that_several_groups_have_is_not_guessed(rig: ServiceNowRig) -> None:
    store = rig.servicenow._store
    twin = {**store.row("sys_user_group", sys_id("sys_user_group", "CSIRT")), "sys_id": "e" * 32}  # type: ignore[dict-item]
    store.insert("sys_user_group", twin, "system", "2024-04-01 00:00:00")
    resolution = rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"])["CSIRT"]
    assert resolution.outcome is Resolved.SEVERAL
    assert set(resolution.near) == {"e" * 32, sys_id("sys_user_group", "CSIRT")}


def test_an_inactive_group_does_not_count(rig: ServiceNowRig) -> None:
    store = rig.servicenow._store
    gone = {**store.row("sys_user_group", sys_id("sys_user_group", "CSIRT")), "active": "false"}  # type: ignore[dict-item]
    store.update("sys_user_group", gone, "system", "2024-04-01 00:00:00")
    assert rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"])["CSIRT"].outcome is Resolved.NONE


def test_a_name_that_nobody_has_is_known_as_such_where_near_ones_may_not_be_looked_for(rig: ServiceNowRig) -> None:
    deny = {"table": "sys_user", "operation": "query_range", "field": "email", "deny": ["watchkeeper"]}
    rig.servicenow.seed({"acl": [deny]})
    names = ["keiko.tanak@soc.example", "liam.byrne"]
    found = rig.connector.resolve(ReferenceKind.USER, names)
    assert [(found[name].outcome, found[name].near) for name in names] == [(Resolved.NONE, ()), (Resolved.ONE, ())]


def test_names_cannot_be_verified_where_the_directory_is_closed(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_user_group", status=403)
    resolution = rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"])["CSIRT"]
    assert resolution.outcome is Resolved.UNVERIFIABLE


def test_a_sign_in_that_ends_under_a_look_into_the_directory_is_no_doubt_about_one_name(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_user_group", status=401)
    with pytest.raises(AuthFailed):
        rig.connector.resolve(ReferenceKind.GROUP, ["CSIRT"])


def test_a_sign_in_that_ends_under_the_question_who_we_are_leaves_no_nameless_account(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_user", status=401)
    with pytest.raises(AuthFailed):
        rig.connector.identity()


# --- accounts ---


@pytest.mark.parametrize("table", ["sys_user", "sys_user_grmember"])
def test_accounts_that_a_table_hides_from_us_are_a_refusal_and_no_lost_sign_in(rig: ServiceNowRig, table: str) -> None:
    rig.servicenow.seed({"acl": [{"table": table, "operation": "api", "deny": ["watchkeeper"]}]})
    with pytest.raises(Rejected, match=table):
        rig.connector.principals(["keiko.tanaka"])


def test_a_sign_in_that_ends_under_a_look_at_accounts_is_no_doubt_about_one_of_them(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_user", status=401, times=None)
    with pytest.raises(AuthFailed):
        rig.connector.principals(["keiko.tanaka"])


def test_people_and_machines_are_told_apart(rig: ServiceNowRig) -> None:
    known = rig.connector.principals(["keiko.tanaka", "scanner.bot", "watchkeeper", "nobody.here"])
    assert {name: principal.integration for name, principal in known.items()} == {
        "keiko.tanaka": False,
        "scanner.bot": True,
        "watchkeeper": True,
    }
    keiko = known["keiko.tanaka"]
    assert (keiko.actor.name, keiko.email, keiko.active) == ("田中 恵子", "keiko.tanaka@soc.example", True)
    assert keiko.groups == {sys_id("sys_user_group", "SOC Monitoring")}


def test_an_account_is_known_by_its_sys_id_too(rig: ServiceNowRig) -> None:
    ids = [sys_id("sys_user", "keiko.tanaka"), "liam.byrne"]
    known = rig.connector.principals(ids)
    assert {asked: principal.actor.id for asked, principal in known.items()} == {
        ids[0]: "keiko.tanaka",
        "liam.byrne": "liam.byrne",
    }


@pytest.mark.parametrize("name", ["{:032x}", "account.number.{}@soc.example", "担当者{}"])
def test_many_accounts_and_names_are_asked_for_in_short_addresses(rig: ServiceNowRig, name: str) -> None:
    names = [name.format(number) for number in range(60)]
    rig.connector.principals(names)
    rig.connector.resolve(ReferenceKind.USER, names)
    rig.connector.resolve(ReferenceKind.GROUP, names)
    addresses = [f"https://instance.service-now.com{entry.path}?{entry.query}" for entry in rig.requests()]
    assert max(map(len, addresses)) < 2048


def test_our_account_is_asked_of_the_instance_once(rig: ServiceNowRig) -> None:
    assert rig.connector.identity().account == "watchkeeper"
    before = rig.requests_made()
    rig.connector.identity()
    assert rig.requests_made() == before + 1


def test_an_instance_is_known_by_its_own_id(rig: ServiceNowRig) -> None:
    identity = rig.connector.identity()
    assert (len(identity.id), identity.name) == (32, "emulator")


def test_where_properties_are_closed_an_instance_is_known_by_its_address(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_properties", status=403)
    assert rig.connector.identity().id == "servicenow.emulator"


# --- comments and deeds ---


def opened(rig: ServiceNowRig) -> RecordRef:
    return rig.person_opens("Suspicious sign-in")


def test_customer_comments_are_no_work_notes(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    rig.people("comment", sys_id=ref.id, text="Dear customer")
    rig.people("note", sys_id=ref.id, text="Internal")
    assert [comment.text for comment in rig.connector.comments([ref])[ref]] == ["Internal"]


def test_notes_of_many_records_are_read_together(rig: ServiceNowRig) -> None:
    refs = [rig.person_opens(f"Alert {number}") for number in range(5)]
    for ref in refs:
        rig.people("note", sys_id=ref.id, text=f"about {ref.id}")
    before = rig.requests_made()
    comments = rig.connector.comments(refs)
    assert {ref: [comment.text for comment in told] for ref, told in comments.items()} == {
        ref: [f"about {ref.id}"] for ref in refs
    }
    assert rig.requests_made() == before + 1


def test_a_journal_longer_than_a_page_is_read_whole(rig: ServiceNowRig) -> None:
    connector = rig.open(rig.transport, page_size=3)
    ref = opened(rig)
    for number in range(10):
        rig.advance(timedelta(seconds=1))
        rig.people("note", sys_id=ref.id, text=str(number))
    assert [comment.text for comment in connector.comments([ref])[ref]] == [str(number) for number in range(10)]


def test_deeds_name_author_field_and_values(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    start = rig.clock.now() + timedelta(minutes=1)
    rig.advance(timedelta(minutes=5))
    rig.people("edit", who="liam.byrne", sys_id=ref.id, fields={"urgency": "2"})
    rig.people("note", who="scanner.bot", sys_id=ref.id, text="automatic")
    rig.people("comment", who="ava.nguyen", sys_id=ref.id, text="hello")
    rig.advance(timedelta(minutes=5))
    report = rig.connector.activity("incident", start, rig.clock.now(), [ref.id])
    assert report.readable
    told = {(deed.author.id, deed.kind, deed.field, deed.old, deed.new) for deed in report.activities}
    assert ("liam.byrne", ActivityKind.FIELD, "urgency", "3", "2") in told
    assert ("scanner.bot", ActivityKind.COMMENT, "work_notes", "", "") in told
    assert ("ava.nguyen", ActivityKind.COMMENT, "comments", "", "") in told
    assert not [deed for deed in report.activities if deed.kind is ActivityKind.FIELD and deed.field == "work_notes"]
    assert {deed.ref for deed in report.activities} == {ref}


def test_a_deed_in_the_very_second_that_ends_the_window_belongs_to_it(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    rig.advance(timedelta(seconds=9))
    rig.people("note", sys_id=ref.id, text="just now")
    rig.connector.get([ref], frozenset())
    now = rig.connector.server_now()
    report = rig.connector.activity("incident", now - timedelta(seconds=5), now, [ref.id])
    assert [deed.text_length for deed in report.activities] == [len("just now")]


def test_deeds_of_a_whole_table_need_no_ids(rig: ServiceNowRig) -> None:
    start = rig.clock.now()
    refs = {rig.person_opens(f"Alert {number}") for number in range(3)}
    for ref in refs:
        rig.people("note", sys_id=ref.id, text="seen")
    report = rig.connector.activity("incident", start, rig.clock.now() + timedelta(seconds=1))
    assert {deed.ref for deed in report.activities if deed.kind is ActivityKind.COMMENT} == refs


@pytest.mark.parametrize("table", ["sys_journal_field", "sys_audit"])
def test_silence_of_a_closed_history_is_no_proof(rig: ServiceNowRig, table: str) -> None:
    ref = opened(rig)
    rig.fault("status", path_prefix=f"/api/now/table/{table}", status=403)
    report = rig.connector.activity("incident", rig.clock.now() - timedelta(days=1), rig.clock.now(), [ref.id])
    assert not report.readable
    assert table in report.reason


def test_a_journal_that_is_cut_is_no_silence_and_hides_no_edit(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    rig.people("note", sys_id=ref.id, text="seen")
    rig.people("edit", who="liam.byrne", sys_id=ref.id, fields={"urgency": "2"})
    rig.fault("truncate", path_prefix="/api/now/table/sys_journal_field", shape="error_row")
    report = rig.connector.activity("incident", rig.clock.now() - timedelta(days=1), rig.clock.now(), [ref.id])
    assert not report.readable
    assert report.error == "CutAnswer"
    assert ("liam.byrne", "urgency") in {(deed.author.id, deed.field) for deed in report.activities}


def test_an_audit_history_that_is_cut_is_an_error(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    rig.fault("truncate", path_prefix="/api/now/table/sys_audit", shape="error_row")
    with pytest.raises(Protocol):
        rig.connector.activity("incident", rig.clock.now() - timedelta(days=1), rig.clock.now(), [ref.id])


# --- marks and probes ---


def test_a_foreign_ticket_gets_our_mark_only_where_nobody_left_one(rig: ServiceNowRig) -> None:
    ref = opened(rig)
    record = rig.connector.get([ref], frozenset({"correlation_display"}))[ref]
    mark = rig.connector.mark(record, "prod/escalation/x")  # type: ignore[arg-type]
    assert mark == {"correlation_id": "prod/escalation/x", "correlation_display": "watchkeeper"}
    written = rig.connector.update(ref, mark, record.revision)  # type: ignore[union-attr]
    assert (written.record.marker, written.record.ours) == ("prod/escalation/x", True)
    assert rig.connector.mark(written.record, "prod/escalation/x") == {}
    assert rig.connector.mark(written.record, "prod/escalation/y") == {}


def probes(rig: ServiceNowRig) -> dict[tuple[Check, str], ProbeOutcome]:
    found = rig.connector.probes(shipped_scope(SERVICENOW))
    return {(probe.check, probe.subject): probe.outcome for probe in found}


def not_ok(rig: ServiceNowRig) -> dict[tuple[Check, str], ProbeOutcome]:
    return {name: outcome for name, outcome in probes(rig).items() if outcome in {ProbeOutcome.WARN, ProbeOutcome.FAIL}}


def test_a_sound_instance_passes(rig: ServiceNowRig) -> None:
    opened(rig)
    as_it_comes = {(Check.INVALID_QUERY, ""), (Check.MARKUP, ""), (Check.PRIVATE, "sys_user"), (Check.ZONE, "")}
    assert not_ok(rig) == dict.fromkeys(as_it_comes, ProbeOutcome.WARN)


def test_the_strict_mode_for_invalid_queries_is_recognised() -> None:
    rig = ServiceNowRig(WorldOptions(invalid_query_returns_no_rows=True))
    opened(rig)
    assert probes(rig)[Check.INVALID_QUERY, ""] is ProbeOutcome.OK


def test_a_closed_journal_fails_its_own_probes_only(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/table/sys_journal_field", status=403)
    failed = {name for name, outcome in probes(rig).items() if outcome is ProbeOutcome.FAIL}
    assert failed == {(check, "sys_journal_field") for check in (Check.READ, Check.MATCH, Check.RANGE)}


def test_a_refused_login_is_one_finding(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/oauth_token.do", status=401)
    assert probes(rig) == {(Check.SIGN_IN, ""): ProbeOutcome.FAIL, (Check.OTHERS, ""): ProbeOutcome.SKIPPED}


def test_probing_writes_nothing(rig: ServiceNowRig) -> None:
    rig.connector.probes(shipped_scope(SERVICENOW))
    assert rig.writes_made() == 0


def test_an_unknown_table_is_named(rig: ServiceNowRig) -> None:
    with pytest.raises((Rejected, NotFound), match="no_such_table"):
        rig.connector.get([RecordRef("servicenow", "no_such_table", "f" * 32)], frozenset())
