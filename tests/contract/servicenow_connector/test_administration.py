"""What ServiceNow tells besides tickets: each list to its end, in its order, with what people see; or the right that is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from tests.contract.servicenow_connector.rig import INSTANCE, ServiceNowRig
from tests.scopes import shipped_scope

from watchkeeper.doctor.permissions import shipped
from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.emulators.servicenow.store import ALL_TABLES
from watchkeeper.errors import AuthFailed, NotTheApi, Protocol, Throttled, Unavailable, WatchkeeperError
from watchkeeper.evidence_ports import AdministrationEvidence
from watchkeeper.model.administration import ChangeRequest, ServiceOwner
from watchkeeper.model.evidence import Emptiness, Listing
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import TableRight
from watchkeeper.model.record import SERVICENOW

SINCE: Final = FIRST_MONDAY - timedelta(days=14)
PARENT: Final = "ab" * 16
READS: Final[Mapping[str, Callable[[AdministrationEvidence], Listing[Any]]]] = {
    "cmdb_ci": lambda told: told.configuration_changes(SINCE),
    "change_request": lambda told: told.open_changes(),
    "cmdb_ci_service": lambda told: told.service_owners(),
    "task": lambda told: told.follow_ups([PARENT]),
}
"""Every read, by the table that it reads."""


@pytest.fixture
def rig() -> ServiceNowRig:
    """A ticket of ours with a change, a task and an incident that hang on it."""
    rig = ServiceNowRig()
    rig.servicenow.seed({"rows": [{"table": "incident", "sys_id": PARENT, "fields": {"short_description": "Duty"}}]})
    for table, title in (("change_request", "Onboard 3 devices"), ("sc_task", "Order licences"), ("incident", "Call")):
        fields = {"short_description": title, "parent": PARENT, "due_date": "2026-11-20 08:00:00"}
        rig.people("create", "dana.desk", table=table, fields=fields)
    return rig


def read(rig: ServiceNowRig, table: str, **config: Any) -> Listing[Any]:
    connector = rig.open(rig.open_transport(writes_allowed=False), **config)
    return READS[table](connector.administration)


def forbid(rig: ServiceNowRig, **rule: Any) -> None:
    rig.servicenow.seed({"acl": [{"deny": ["itil"], **rule}]})


def fault(rig: ServiceNowRig, kind: str, **rule: Any) -> None:
    rig.world.faults.add(FaultRule.of_json({"kind": kind, "path_prefix": "/api/now/table", **rule}))


@pytest.mark.parametrize("table", READS)
class TestEveryRead:
    def test_brings_rows_and_tells_as_of_when(self, rig: ServiceNowRig, table: str) -> None:
        found = read(rig, table)
        assert found.rows
        assert (found.set_aside, found.empty, found.as_of) == ((), None, rig.clock.now())

    def test_reads_the_table_and_nothing_else(self, rig: ServiceNowRig, table: str) -> None:
        read(rig, table)
        assert {(entry.method, entry.path) for entry in rig.requests()} == {("GET", f"/api/now/table/{table}")}

    def test_is_read_to_its_end_whatever_the_page(self, rig: ServiceNowRig, table: str) -> None:
        whole = read(rig, table)
        before = rig.requests_made()
        assert read(rig, table, page_size=2).rows == whole.rows
        assert rig.requests_made() - before >= len(whole.rows) // 2

    def test_of_nothing_is_empty_with_a_reason(self, rig: ServiceNowRig, table: str) -> None:
        rig.servicenow.reset()
        rig.servicenow.seed({"estate": False})
        found = read(rig, table)
        assert (found.rows, found.set_aside, found.empty) == ((), (), Emptiness.NOTHING_LISTED)

    @pytest.mark.parametrize("page_size", [1000, 2])
    @pytest.mark.parametrize(
        "rule",
        [
            {"operation": "read"},
            {"operation": "read", "answer": "refuse"},
            {"operation": "api"},
            {"operation": "query_range"},
            {"operation": "query_range", "named": False},
        ],
        ids=lambda rule: "-".join(map(str, rule.values())),
    )
    def test_of_a_table_that_is_closed_names_it(
        self, rig: ServiceNowRig, table: str, rule: dict[str, Any], page_size: int
    ) -> None:
        forbid(rig, table=table, **rule)
        with pytest.raises(AuthFailed, match=table) as refused:
            read(rig, table, page_size=page_size)
        assert "servicenow.csv" in refused.value.remedy

    def test_of_a_table_with_a_hidden_row_is_no_shorter_list(self, rig: ServiceNowRig, table: str) -> None:
        one = read(rig, table).rows[-1].id
        forbid(rig, table=table, operation="read", condition=f"sys_id={one}")
        for page_size in (1000, 2):
            with pytest.raises(AuthFailed, match=f"{table} has rows that are hidden"):
                read(rig, table, page_size=page_size)

    def test_without_a_field_names_it(self, rig: ServiceNowRig, table: str) -> None:
        field = {"cmdb_ci": "name", "change_request": "risk", "cmdb_ci_service": "owned_by", "task": "due_date"}[table]
        forbid(rig, table=table, operation="read", field=field)
        with pytest.raises(AuthFailed, match=f"{table} does not show .*{field}"):
            read(rig, table)

    def test_waits_as_long_as_it_is_asked_to(self, rig: ServiceNowRig, table: str) -> None:
        fault(rig, "status", status=429, retry_after=17, times=1)
        assert read(rig, table).rows
        assert 17 <= sum(rig.slept) < 18

    def test_gives_up_on_a_limit_that_lasts_longer_than_a_call_waits(self, rig: ServiceNowRig, table: str) -> None:
        fault(rig, "status", status=429, retry_after=3600)
        with pytest.raises(Throttled) as throttled:
            read(rig, table)
        assert throttled.value.retry_after == timedelta(hours=1)

    @pytest.mark.parametrize(
        ("rule", "error"),
        [
            ({"kind": "status", "status": 503}, Unavailable),
            ({"kind": "truncate"}, Protocol),
            ({"kind": "truncate", "shape": "error_row"}, Protocol),
            ({"kind": "truncate", "shape": "fewer_rows"}, AuthFailed),
            ({"kind": "truncate", "shape": "empty_list"}, AuthFailed),
            ({"kind": "html200"}, NotTheApi),
            ({"kind": "empty"}, Protocol),
            ({"kind": "hostile", "shape": "deep"}, Protocol),
            ({"kind": "redirect"}, WatchkeeperError),
        ],
        ids=lambda each: "-".join(map(str, each.values())) if isinstance(each, dict) else "",
    )
    def test_never_takes_an_answer_that_is_none_for_a_shorter_list(
        self, rig: ServiceNowRig, table: str, rule: dict[str, Any], error: type[WatchkeeperError]
    ) -> None:
        fault(rig, **rule)
        with pytest.raises(error):
            read(rig, table)

    @pytest.mark.parametrize("shape", ["error_row", "malformed", "fewer_rows"])
    def test_asks_again_for_what_was_cut_once(self, rig: ServiceNowRig, table: str, shape: str) -> None:
        whole = read(rig, table).rows
        fault(rig, "truncate", shape=shape, times=1)
        assert read(rig, table).rows == whole


def test_nothing_is_called_before_something_is_asked() -> None:
    rig = ServiceNowRig()
    assert rig.connector.administration.follow_ups([]).empty is Emptiness.NOTHING_LISTED
    assert rig.world.log.entries() == []


def test_items_that_were_made_or_changed_since_come_newest_first(rig: ServiceNowRig) -> None:
    found = rig.connector.administration.configuration_changes(SINCE).rows
    assert [(item.name, item.created, item.changed_by) for item in found] == [
        ("pc-seattle-005", False, "scanner.bot"),
        ("pc-tokyo-051", True, "dana.desk"),
        ("pc-tokyo-042", False, "scanner.bot"),
        ("pc-seattle-050", True, "dana.desk"),
    ]
    assert {(item.kind, item.status) for item in found} == {("Cmdb Ci Computer", "Operational")}
    assert found[0].changed_at == max(item.changed_at for item in found)
    assert found[0].url == f"{INSTANCE}/nav_to.do?uri=cmdb_ci_computer.do%3Fsys_id%3D{found[0].id}"


def test_an_item_that_changed_in_the_very_second_counts(rig: ServiceNowRig) -> None:
    newest = rig.connector.administration.configuration_changes(SINCE).rows[0]
    since = newest.changed_at + timedelta(milliseconds=700)
    assert rig.connector.administration.configuration_changes(since).rows == (newest,)


def test_open_changes_come_by_their_planned_start_with_what_people_see(rig: ServiceNowRig) -> None:
    *planned, new = rig.connector.administration.open_changes().rows
    starts = [change.starts_at for change in planned]
    assert starts == [datetime(2026, 11, 14, 22, tzinfo=UTC), datetime(2026, 11, 21, 22, tzinfo=UTC)]
    first = planned[0]
    assert first == ChangeRequest(
        id=sys_id("change_request", "CHG0030007"),
        number="CHG0030007",
        title="Replace the certificate of the jump host",
        kind="Normal",
        state="Review",
        risk="Moderate",
        item="soc-jump-01",
        group="SOC Engineering",
        starts_at=datetime(2026, 11, 14, 22, tzinfo=UTC),
        ends_at=datetime(2026, 11, 15, 2, tzinfo=UTC),
        url=f"{INSTANCE}/nav_to.do?uri=change_request.do%3Fsys_id%3D{first.id}",
    )
    assert (new.title, new.state, new.starts_at, new.item) == ("Onboard 3 devices", "New", None, "")


def test_a_change_that_is_closed_or_cancelled_is_no_open_one(rig: ServiceNowRig) -> None:
    rig.people("close", "dana.desk", table="change_request", number="CHG0030007")
    rig.people("cancel", "dana.desk", table="change_request", number="CHG0030008")
    assert [change.title for change in rig.connector.administration.open_changes().rows] == ["Onboard 3 devices"]


def test_every_active_service_tells_who_answers_for_it(rig: ServiceNowRig) -> None:
    found = {service.service: service for service in rig.connector.administration.service_owners().rows}
    assert list(found) == sorted(found)
    assert "Legacy intranet" not in found
    tokyo = found["Tokyo workplace"]
    assert tokyo == ServiceOwner(
        tokyo.id, "Tokyo workplace", "keiko.tanaka", "田中 恵子", "keiko.tanaka@soc.example", "SOC Monitoring"
    )
    assert found["Seattle workplace"].owner == "ava.nguyen", "where nobody owns it, the manager answers"
    nobody = found["Factory control"]
    assert (nobody.owner, nobody.owner_name, nobody.contact, nobody.group) == ("", "", "", "")


def test_who_has_left_owns_nothing(rig: ServiceNowRig) -> None:
    for who in ("keiko.tanaka", "niamh.kelly"):
        left = {"table": "sys_user", "sys_id": sys_id("sys_user", who), "fields": {"active": "false"}}
        rig.servicenow.seed({"rows": [left]})
    found = {service.service: service.owner for service in rig.connector.administration.service_owners().rows}
    assert (found["Tokyo workplace"], found["Dublin workplace"]) == ("", "liam.byrne")


def test_an_owner_whom_our_account_may_not_see_is_a_missing_right_and_no_missing_owner(rig: ServiceNowRig) -> None:
    forbid(rig, table="sys_user", operation="read", condition="user_name=keiko.tanaka")
    with pytest.raises(AuthFailed, match=r"cmdb_ci_service does not show owned_by\.active") as refused:
        rig.connector.administration.service_owners()
    assert refused.value.remedy.startswith("give the account read access to sys_user: ")


def test_an_owner_who_was_deleted_owns_nothing(rig: ServiceNowRig) -> None:
    for who in ("keiko.tanaka", "niamh.kelly"):
        rig.servicenow.seed({"rows": [{"table": "sys_user", "sys_id": sys_id("sys_user", who), "delete": True}]})
    found = {service.service: service.owner for service in rig.connector.administration.service_owners().rows}
    assert (found["Tokyo workplace"], found["Dublin workplace"]) == ("", "liam.byrne")


def test_what_hangs_on_a_ticket_is_found_in_whatever_table(rig: ServiceNowRig) -> None:
    other = rig.people("create", fields={"short_description": "Unrelated"})
    found = rig.connector.administration.follow_ups([PARENT, other.id]).rows
    assert [(ticket.title, ticket.state, ticket.open) for ticket in found] == [
        ("Onboard 3 devices", "New", True),
        ("Call", "New", True),
        ("Order licences", "Open", True),
    ]
    assert {(ticket.parent, ticket.due_at) for ticket in found} == {(PARENT, datetime(2026, 11, 20, 8, tzinfo=UTC))}
    assert "uri=change_request.do" in found[0].url


def test_a_follow_up_that_is_done_says_so(rig: ServiceNowRig) -> None:
    task = next(t for t in rig.connector.administration.follow_ups([PARENT]).rows if t.title == "Order licences")
    rig.people("close", "dana.desk", table="sc_task", sys_id=task.id)
    done = next(t for t in rig.connector.administration.follow_ups([PARENT]).rows if t.id == task.id)
    assert (done.state, done.open) == ("Closed Complete", False)


def test_parents_by_the_hundred_are_asked_for_in_portions(rig: ServiceNowRig) -> None:
    found = rig.connector.administration.follow_ups([*(f"{number:032x}" for number in range(100)), PARENT])
    assert len(found.rows) == 3
    assert 3 <= rig.requests_made() <= 5
    assert max(len(entry.query) for entry in rig.requests()) < 2_000


@pytest.mark.parametrize("parent", ["", "x^NQactive=true", "javascript:gs.getUserID()", PARENT.upper(), f"{PARENT},"])
def test_what_is_no_id_has_no_follow_ups_and_asks_for_none(rig: ServiceNowRig, parent: str) -> None:
    assert rig.connector.administration.follow_ups([parent]).rows == ()
    assert rig.requests() == []


def test_text_of_others_is_data_whatever_it_says(rig: ServiceNowRig) -> None:
    hostile = "x^NQsys_idISNOTEMPTY\x1b[31m<script>\u202e::error::"
    rows = [
        {"table": "cmdb_ci_computer", "fields": {"name": hostile}},
        {"table": "cmdb_ci_service", "fields": {"name": hostile, "owned_by": sys_id("sys_user", "ava.nguyen")}},
        {"table": "change_request", "fields": {"short_description": hostile}},
    ]
    rig.servicenow.seed({"rows": rows})
    told = rig.connector.administration
    assert hostile in {item.name for item in told.configuration_changes(SINCE).rows}
    assert hostile in {service.service for service in told.service_owners().rows}
    assert hostile in {change.title for change in told.open_changes().rows}


def test_a_row_that_cannot_be_read_is_named_and_the_others_stay(rig: ServiceNowRig) -> None:
    broken = sys_id("change_request", "CHG0030008")
    rig.servicenow.seed({"rows": [{"table": "cmdb_ci_service", "fields": {"name": ""}}]})
    rig.connector.administration.open_changes()
    written = {"table": "change_request", "sys_id": broken, "quiet": True, "fields": {"start_date": "2026-11-21"}}
    rig.servicenow.seed({"rows": [written]})
    (odd,) = rig.connector.administration.open_changes().set_aside
    assert (odd.place, odd.why.partition(":")[0]) == (f"change_request {broken}", "start_date")
    services = rig.connector.administration.service_owners()
    assert [each.why for each in services.set_aside] == ["has no name"]
    assert len(services.rows) == 6


def listed() -> Mapping[str, TableRight]:
    return {right.table: right for right in shipped().tables if right.purpose == "evidence"}


def test_the_listed_rights_are_enough(rig: ServiceNowRig) -> None:
    whole = {table: read(rig, table).rows for table in READS}
    rules = []
    for table in READS:
        right = listed()[table]
        for operation, allowed in {"read": right.read, "query_match": right.match, "query_range": right.range}.items():
            others = ALL_TABLES[table].fields.keys() - allowed
            rules += [{"table": table, "operation": operation, "field": f, "deny": ["itil"]} for f in sorted(others)]
    rig.servicenow.seed({"acl": rules})
    assert {table: read(rig, table).rows for table in READS} == whole


def probed(rig: ServiceNowRig, *, evidence: bool) -> dict[tuple[str, Check], Finding]:
    probes = rig.connector.probes(shipped_scope(SERVICENOW, evidence=evidence))
    return {(each.subject, each.check): each.finding for each in probes if each.subject in listed()}


def test_doctor_looks_at_these_tables_where_evidence_is_collected_and_nowhere_else(rig: ServiceNowRig) -> None:
    assert probed(rig, evidence=False) == {}
    found = probed(rig, evidence=True)
    assert {found[table, Check.READ] for table in READS} == {Finding.READ_FINE}
    assert {found[table, Check.RANGE] for table in READS} == {Finding.RANGE_FINE}
    assert found["sys_attachment", Check.READ] is Finding.READ_EMPTY
    assert len(found) == 3 * len(listed())


def test_doctor_names_what_evidence_lacks(rig: ServiceNowRig) -> None:
    forbid(rig, table="cmdb_ci", operation="read", field="name")
    assert probed(rig, evidence=True)["cmdb_ci", Check.READ] is Finding.READ_MISSING
    forbid(rig, table="task", operation="query_match", field="parent")
    assert probed(rig, evidence=True)["task", Check.MATCH] is Finding.MATCH_REFUSED
