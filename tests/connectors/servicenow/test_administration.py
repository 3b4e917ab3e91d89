"""Evidence from an instance that answers otherwise than the emulator can: the documented shape, dropped conditions, odd order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import responses
from tests.connectors.servicenow.instance import ORIGIN, asked, connector, listing

from watchkeeper.errors import AuthFailed, Protocol
from watchkeeper.model.administration import ChangeRequest
from watchkeeper.model.evidence import Emptiness

SINCE: Final = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked


def shown(value: str, display_value: str | None = None) -> dict[str, str]:
    """A cell as `sysparm_display_value=all` gives it."""
    return {"display_value": value if display_value is None else display_value, "value": value}


def change(number: int, **cells: Any) -> dict[str, Any]:
    return {
        "sys_id": shown(f"{number:032x}"),
        "number": shown(f"CHG{number:07}"),
        "short_description": shown("Upgrade the gateway"),
        "type": shown("normal", "Normal"),
        "state": shown("-2", "Scheduled"),
        "active": shown("true"),
        "risk": shown("3", "Moderate"),
        "cmdb_ci": shown("", ""),
        "assignment_group": shown("287ebd7da9fe198100f92cc8d1d2154e", "Network"),
        "start_date": shown("2026-11-21 22:00:00", "21/11/2026 14:00:00"),
        "end_date": shown("", ""),
        **cells,
    }


def item(number: int, updated: str) -> dict[str, Any]:
    return {
        "sys_id": shown(f"{number:032x}"),
        "name": shown("gw-01"),
        "sys_class_name": shown("cmdb_ci_netgear", "Network Gear"),
        "operational_status": shown("1", "Operational"),
        "sys_created_on": shown("2026-01-01 00:00:00"),
        "sys_updated_on": shown(updated),
        "sys_updated_by": shown("admin"),
    }


def service(number: int, **cells: Any) -> dict[str, Any]:
    nobody = {name: shown("") for name in ("owned_by", "managed_by", "support_group")}
    known = {"name": shown("Mail"), "operational_status": shown("1"), "install_status": shown("1")}
    return {"sys_id": shown(f"{number:032x}"), **known, **nobody, **cells}


def test_the_documented_shape_is_read_with_labels_for_people_and_values_for_times(
    mocked: responses.RequestsMock,
) -> None:
    mocked.get(f"{ORIGIN}/api/now/table/change_request", **listing([change(1)], 1))
    found = connector().administration.open_changes()
    assert found.rows == (
        ChangeRequest(
            id=f"{1:032x}",
            number="CHG0000001",
            title="Upgrade the gateway",
            kind="Normal",
            state="Scheduled",
            risk="Moderate",
            item="",
            group="Network",
            starts_at=datetime(2026, 11, 21, 22, tzinfo=UTC),
            ends_at=None,
            url=f"{ORIGIN}/nav_to.do?uri=change_request.do%3Fsys_id%3D{1:032x}",
        ),
    )
    (query,) = asked(mocked)
    assert query["sysparm_query"] == "state!=3^state!=4^active!=false^ORDERBYsys_id"
    assert (query["sysparm_display_value"], query["sysparm_exclude_reference_link"]) == ("all", "true")


def test_a_choice_without_a_label_is_shown_as_it_is_stored(mocked: responses.RequestsMock) -> None:
    cells = {"risk": {"display_value": None, "value": "7"}, "type": shown("u_own", "")}
    mocked.get(f"{ORIGIN}/api/now/table/change_request", **listing([change(1, **cells)], 1))
    (found,) = connector().administration.open_changes().rows
    assert (found.risk, found.kind) == ("7", "u_own")


def test_an_instance_that_drops_a_condition_widens_nothing(mocked: responses.RequestsMock) -> None:
    tables = f"{ORIGIN}/api/now/table"
    closed, ended = change(1, state=shown("3", "Closed")), change(3, state=shown("20", "Done"), active=shown("false"))
    mocked.get(f"{tables}/change_request", **listing([closed, change(2), ended], 3))
    old, new = item(1, "2026-11-08 23:59:59"), item(2, "2026-11-09 00:00:00")
    mocked.get(f"{tables}/cmdb_ci", **listing([old, new], 2))
    retired = service(1, operational_status=shown("6", "Retired"))
    mocked.get(f"{tables}/cmdb_ci_service", **listing([retired, service(2)], 2))
    fields = ("number", "short_description", "state", "active", "due_date", "sys_class_name")
    ticket = {"sys_id": shown(f"{1:032x}"), "parent": shown("cd" * 16), **{name: shown("") for name in fields}}
    mocked.get(f"{tables}/task", **listing([ticket], 1))
    told = connector().administration
    assert [found.number for found in told.open_changes().rows] == ["CHG0000002"]
    assert [found.id for found in told.configuration_changes(SINCE).rows] == [f"{2:032x}"]
    assert [found.id for found in told.service_owners().rows] == [f"{2:032x}"]
    follow_ups = told.follow_ups(["ab" * 16])
    assert (follow_ups.rows, follow_ups.empty) == ((), Emptiness.NOTHING_LISTED)


def test_a_person_behind_a_dot_may_be_left_out_where_nobody_is_named(mocked: responses.RequestsMock) -> None:
    mocked.get(f"{ORIGIN}/api/now/table/cmdb_ci_service", **listing([service(1)], 1))
    (found,) = connector().administration.service_owners().rows
    assert (found.service, found.owner, found.contact) == ("Mail", "", "")


def test_a_person_behind_a_dot_may_be_left_out_where_the_record_is_gone(mocked: responses.RequestsMock) -> None:
    gone = {"display_value": "", "value": "cd" * 16}
    manager = {"user_name": "liam.byrne", "name": "Liam Byrne", "email": "liam@soc.example", "active": "true"}
    cells = {f"managed_by.{field}": shown(value) for field, value in manager.items()}
    managed = service(1, owned_by=gone, managed_by=shown("ef" * 16, "Liam Byrne"), **cells)
    mocked.get(f"{ORIGIN}/api/now/table/cmdb_ci_service", **listing([managed], 1))
    (found,) = connector().administration.service_owners().rows
    assert (found.owner, found.contact) == ("liam.byrne", "liam@soc.example")


def test_a_person_who_has_a_name_and_is_left_out_is_one_whom_we_may_not_see(mocked: responses.RequestsMock) -> None:
    hidden = service(1, owned_by=shown("cd" * 16, "Keiko Tanaka"))
    mocked.get(f"{ORIGIN}/api/now/table/cmdb_ci_service", **listing([hidden], 1))
    with pytest.raises(AuthFailed, match=r"owned_by\.name") as refused:
        connector().administration.service_owners()
    assert "sys_user" in refused.value.remedy


def test_rows_out_of_order_are_no_list(mocked: responses.RequestsMock) -> None:
    mocked.get(f"{ORIGIN}/api/now/table/change_request", **listing([change(2), change(1)], 2))
    with pytest.raises(Protocol, match="ordered by sys_id") as odd:
        connector().administration.open_changes()
    assert "query_range" in odd.value.remedy


def test_without_a_count_it_is_read_until_a_page_is_empty(mocked: responses.RequestsMock) -> None:
    for rows in ([change(1), change(2)], [change(3)], []):
        mocked.get(f"{ORIGIN}/api/now/table/change_request", **listing(rows))
    assert len(connector(page_size=2).administration.open_changes().rows) == 3
    assert [query["sysparm_query"].partition("^sys_id>")[2][:32] for query in asked(mocked)] == [
        "",
        f"{2:032x}",
        f"{3:032x}",
    ]


def test_a_class_that_is_no_table_leads_to_the_parent(mocked: responses.RequestsMock) -> None:
    odd = {**item(2, "2026-11-10 00:00:00"), "sys_class_name": shown("javascript:alert(1)")}
    mocked.get(f"{ORIGIN}/api/now/table/cmdb_ci", **listing([odd], 1))
    (found,) = connector().administration.configuration_changes(SINCE).rows
    assert found.url.endswith(f"uri=cmdb_ci.do%3Fsys_id%3D{2:032x}")
