"""ServiceNow's own Python client, unchanged, works against the emulator over TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pysnc import ServiceNowClient
from pysnc.auth import ServiceNowClientCredentialsFlow, ServiceNowPasswordGrantFlow
from pysnc.exceptions import AuthenticationException, RoleException

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.servicenow import ServiceNow

pytestmark = pytest.mark.interop

OPTIONS = WorldOptions()
MANAGER = ("aoife.murphy", OPTIONS.servicenow_password)


@pytest.fixture
def client(instance: str) -> Iterator[ServiceNowClient]:
    client = ServiceNowClient(instance, MANAGER, auto_retry=False)
    with closing(client.session):
        yield client


@pytest.fixture
def created(client: ServiceNowClient) -> Callable[[int], list[str]]:
    def create(count: int) -> list[str]:
        ids = []
        for number in range(count):
            record = client.GlideRecord("incident")
            record.initialize()
            record.short_description = f"ticket {number}"
            record.impact, record.urgency = "1", "2"
            ids.append(str(record.insert()))
        return ids

    return create


def test_inserts_a_record_and_sees_the_computed_priority(client: ServiceNowClient) -> None:
    record = client.GlideRecord("incident")
    record.initialize()
    record.short_description = "フィッシング訓練"
    record.impact = "1"
    record.urgency = "1"
    assert record.insert() is not None
    assert record.number == "INC0010001"
    assert record.priority == "1"
    assert record.get_display_value("priority") == "1 - Critical"


def test_gets_one_record_by_sys_id_and_none_for_an_unknown_one(
    client: ServiceNowClient, created: Callable[[int], list[str]]
) -> None:
    (sys_id,) = created(1)
    record = client.GlideRecord("incident")
    assert record.get(sys_id)
    assert record.short_description == "ticket 0"
    assert not client.GlideRecord("incident").get("0" * 32)


def test_pages_through_more_records_than_one_batch_holds(
    client: ServiceNowClient, created: Callable[[int], list[str]]
) -> None:
    ids = created(7)
    records = client.GlideRecord("incident", batch_size=3)
    records.add_query("short_description", "STARTSWITH", "ticket")
    records.query()
    assert len(records) == 7
    assert sorted(str(record.sys_id) for record in records) == sorted(ids)


def test_queries_with_or_conditions_and_order(client: ServiceNowClient, created: Callable[[int], list[str]]) -> None:
    created(4)
    records = client.GlideRecord("incident")
    records.add_query("short_description", "ticket 1").add_or_condition("short_description", "ticket 3")
    records.order_by_desc("short_description")
    records.query()
    assert [str(record.short_description) for record in records] == ["ticket 3", "ticket 1"]


def test_updates_a_record_with_its_changes_only(
    client: ServiceNowClient, created: Callable[[int], list[str]], servicenow: ServiceNow
) -> None:
    (sys_id,) = created(1)
    record = client.GlideRecord("incident")
    record.get(sys_id)
    record.urgency = "3"
    assert record.update() == sys_id
    assert record.priority == "3"
    assert servicenow.changes(sys_id)[-1].after.keys() >= {"urgency", "priority", "sys_mod_count"}
    assert "short_description" not in servicenow.changes(sys_id)[-1].after


def test_updates_many_records_through_the_batch_api(
    client: ServiceNowClient, created: Callable[[int], list[str]], served: RunningWorld
) -> None:
    created(5)
    records = client.GlideRecord("incident")
    records.query()
    for record in records:
        record.category = "security"
    records.rewind()
    assert records.update_multiple()
    assert {row["category"] for row in served.world.systems["servicenow"].records()} == {"security"}
    batch = served.world.log.entries()[-1]
    assert (batch.method, batch.path, batch.status) == ("POST", "/api/now/v1/batch", 200)
    assert len(batch.items) == 5


def test_learns_that_a_batch_item_was_refused(client: ServiceNowClient, created: Callable[[int], list[str]]) -> None:
    created(2)
    records = client.GlideRecord("incident")
    records.query()
    for record in records:
        record.state = "6"
    records.rewind()
    assert not records.update_multiple()


def test_deletes_one_and_many(
    client: ServiceNowClient, created: Callable[[int], list[str]], servicenow: ServiceNow
) -> None:
    first, *_ = created(4)
    record = client.GlideRecord("incident")
    record.get(first)
    assert record.delete()
    assert not client.GlideRecord("incident").get(first)
    rest = client.GlideRecord("incident")
    rest.query()
    assert rest.delete_multiple()
    assert servicenow.records() == []


def test_sends_a_very_long_query_inside_a_batch(client: ServiceNowClient, created: Callable[[int], list[str]]) -> None:
    ids = created(2)
    padding = [f"{number:032x}" for number in range(400)]
    records = client.GlideRecord("incident")
    records.add_query("sys_id", "IN", ",".join([*padding, *ids]))
    records.query()
    assert len(records) == 2


def test_signs_in_with_client_credentials_as_the_integration_user(instance: str) -> None:
    client = ServiceNowClient(
        instance, ServiceNowClientCredentialsFlow(OPTIONS.servicenow_client_id, OPTIONS.servicenow_client_secret)
    )
    with closing(client.session):
        record = client.GlideRecord("incident")
        record.initialize()
        record.short_description = "by the robot"
        record.insert()
        assert record.sys_created_by == "watchkeeper"


def test_signs_in_with_the_password_grant(instance: str) -> None:
    flow = ServiceNowPasswordGrantFlow(*MANAGER, OPTIONS.servicenow_client_id, OPTIONS.servicenow_client_secret)
    client = ServiceNowClient(instance, flow)
    with closing(client.session):
        users = client.GlideRecord("sys_user")
        users.add_query("user_name", "keiko.tanaka")
        users.query()
        assert [str(user.name) for user in users] == ["田中 恵子"]


def test_reports_a_wrong_password_as_an_authentication_error(instance: str) -> None:
    client = ServiceNowClient(instance, ("aoife.murphy", "wrong"), auto_retry=False)
    with closing(client.session), pytest.raises(AuthenticationException):
        client.GlideRecord("incident").query()


def test_reports_a_missing_right_as_a_role_error(instance: str, created: Callable[[int], list[str]]) -> None:
    (sys_id,) = created(1)
    client = ServiceNowClient(instance, ("keiko.tanaka", OPTIONS.servicenow_password), auto_retry=False)
    with closing(client.session):
        record = client.GlideRecord("incident")
        record.get(sys_id)
        with pytest.raises(RoleException):
            record.delete()


def test_attaches_a_file_and_reads_it_back(
    client: ServiceNowClient, created: Callable[[int], list[str]], tmp_path: Path
) -> None:
    (sys_id,) = created(1)
    record = client.GlideRecord("incident")
    record.get(sys_id)
    where = record.add_attachment("証跡.txt", "一行目\n二行目".encode(), content_type="text/plain")
    assert where.startswith(client.instance)
    attachments = record.get_attachments()
    assert len(attachments) == 1
    for attachment in attachments:
        assert attachment.file_name == "証跡.txt"
        assert attachment.readlines() == ["一行目", "二行目"]
        assert attachment.write_to(tmp_path).read_text(encoding="utf-8") == "一行目\n二行目"
        with attachment.as_temp_file() as file:
            assert file.read() == "一行目\n二行目".encode()
        attachment.delete()
    assert len(record.get_attachments()) == 0


def test_sees_the_rows_that_access_rules_leave_although_the_count_promises_more(
    client: ServiceNowClient, created: Callable[[int], list[str]], servicenow: ServiceNow
) -> None:
    """It pages by the number of rows seen, so that it meets some twice."""
    hidden_id, *others = created(9)
    hidden = {"table": "incident", "operation": "read", "deny": ["aoife.murphy"], "condition": "numberENDSWITH1"}
    servicenow.seed({"acl": [hidden]})
    records = client.GlideRecord("incident")
    records.query()
    assert len(records) == 9
    assert {str(record.sys_id) for record in records} == set(others)
    assert not client.GlideRecord("incident").get(hidden_id)


def test_learns_that_it_may_not_query_by_a_field(client: ServiceNowClient, servicenow: ServiceNow) -> None:
    servicenow.seed({"acl": [{"table": "incident", "operation": "query_range", "field": "sys_id", "deny": ["itil"]}]})
    records = client.GlideRecord("incident")
    with pytest.raises(RoleException, match="Insufficient rights to query records"):
        records.query()


def test_follows_references_through_dots(client: ServiceNowClient, created: Callable[[int], list[str]]) -> None:
    (sys_id,) = created(1)
    record = client.GlideRecord("incident")
    record.get(sys_id)
    record.assignment_group = "SOC Monitoring"
    record.update()
    found = client.GlideRecord("incident")
    found.fields = ["number", "assignment_group.name"]
    found.add_query("assignment_group.name", "SOC Monitoring")
    found.query()
    assert [str(each.get_value("assignment_group.name")) for each in found] == ["SOC Monitoring"]
