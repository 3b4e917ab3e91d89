"""pysnow, unchanged, works against the emulator over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pysnow
import pytest
import requests

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import ServiceNow

pytestmark = pytest.mark.interop

OPTIONS = WorldOptions()


@pytest.fixture
def incidents(instance: str) -> Iterator[Any]:
    client = pysnow.Client(host=urlsplit(instance).netloc, user="aoife.murphy", password=OPTIONS.servicenow_password)
    with closing(client.session):
        yield client.resource(api_path="/table/incident")


def test_creates_reads_updates_and_deletes(incidents: Any) -> None:
    created = incidents.create(payload={"short_description": "Patch review", "impact": "2", "urgency": "2"}).one()
    assert (created["number"], created["priority"]) == ("INC0010001", "3")
    updated = incidents.update(query={"number": "INC0010001"}, payload={"urgency": "1"}).one()
    assert updated["priority"] == "2"
    assert incidents.get(query={"number": "INC0010001"}).one()["sys_mod_count"] == "1"
    assert incidents.delete(query={"number": "INC0010001"})["status"] == "record deleted"
    assert incidents.get(query={"number": "INC0010001"}).one_or_none() is None


def test_patches_one_record_by_path(incidents: Any) -> None:
    sys_id = incidents.create(payload={"short_description": "a"}).one()["sys_id"]
    response = incidents.request("PATCH", path_append=f"/{sys_id}", data='{"short_description": "b"}')
    assert response.one()["short_description"] == "b"


def test_lists_buffered_and_streamed(incidents: Any) -> None:
    for number in range(5):
        incidents.create(payload={"short_description": f"t{number}", "correlation_id": f"key-{number}"})
    query = (
        pysnow.QueryBuilder()
        .field("correlation_id")
        .starts_with("key-")
        .AND()
        .field("short_description")
        .not_equals("t3")
    )
    buffered = incidents.get(query=query, fields=["short_description"]).all()
    streamed = list(incidents.get(query=query, fields=["short_description"], stream=True).all())
    assert [row["short_description"] for row in buffered] == ["t0", "t1", "t2", "t4"]
    assert streamed == buffered


def test_builds_or_in_and_order_conditions_that_the_emulator_understands(incidents: Any) -> None:
    for number in range(4):
        incidents.create(
            payload={"short_description": f"t{number}", "category": "security" if number % 2 else "network"}
        )
    either = (
        pysnow.QueryBuilder().field("short_description").equals(["t0", "t1"]).OR().field("category").equals("security")
    )
    found = incidents.get(query=either.AND().field("short_description").order_descending()).all()
    assert [row["short_description"] for row in found] == ["t3", "t1", "t0"]


def test_signs_in_through_a_ready_session(instance: str, servicenow: ServiceNow) -> None:
    with closing(requests.Session()) as session:
        form = {
            "grant_type": "client_credentials",
            "client_id": OPTIONS.servicenow_client_id,
            "client_secret": OPTIONS.servicenow_client_secret,
        }
        token = session.post(f"{instance}/oauth_token.do", data=form).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        client = pysnow.Client(host=urlsplit(instance).netloc, session=session)
        client.resource(api_path="/table/incident").create(payload={"short_description": "robot"})
    assert servicenow.records()[0]["sys_created_by"] == "watchkeeper"


def test_raises_http_errors_for_refusals(incidents: Any) -> None:
    sys_id = incidents.create(payload={"short_description": "a"}).one()["sys_id"]
    response = incidents.update(query={"sys_id": sys_id}, payload={"state": "6"})
    with pytest.raises(requests.HTTPError) as raised:
        response.one()
    assert raised.value.response.status_code == 403
    assert "Resolution code, Close notes" in raised.value.response.text


@pytest.mark.filterwarnings("ignore:.*unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_attaches_a_file_and_finds_it_again(incidents: Any, tmp_path: Path) -> None:
    """It leaves the file open, whence the warnings."""
    sys_id = incidents.create(payload={"short_description": "with evidence"}).one()["sys_id"]
    file = tmp_path / "evidence.txt"
    file.write_text("証跡", encoding="utf-8")
    incidents.attachments.upload(sys_id=sys_id, file_path=str(file))
    (found,) = incidents.attachments.get(sys_id=sys_id)
    assert (found["file_name"], found["table_sys_id"], found["size_bytes"]) == ("evidence.txt", sys_id, "6")
    assert incidents.attachments.delete(found["sys_id"])["status"] == "record deleted"
    assert incidents.attachments.get(sys_id=sys_id) == []
