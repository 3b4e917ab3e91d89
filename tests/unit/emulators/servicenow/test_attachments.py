from __future__ import annotations

import json
from typing import Any

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any


def attach(instance: Instance, row: dict[str, Any], name: str = "log.txt", content: bytes = b"hello") -> Any:
    instance.headers["content-type"] = "text/plain"
    place = {"table_name": "incident", "table_sys_id": row["sys_id"], "file_name": name}
    return instance.call("POST", "/api/now/attachment/file", content, **place)


def content(instance: Instance, file: str) -> Any:
    headers = {"authorization": "Basic a2Vpa28udGFuYWthOmVtdWxhdGVkLXBhc3N3b3Jk"}
    return instance.system.handle(Request("GET", "sn.example", f"/api/now/attachment/{file}/file", "", headers))


def test_a_file_is_attached_listed_read_and_removed(instance: Instance) -> None:
    row = instance.new()
    answer = attach(instance, row)
    file = answer.result["sys_id"]
    assert (answer.status, answer.result["size_bytes"], answer.result["content_type"]) == (201, "5", "text/plain")
    assert answer.headers["Location"] == f"https://sn.example/api/now/attachment/{file}"
    listed = instance.call("GET", "/api/now/v1/attachment", sysparm_query=f"table_sys_id={row['sys_id']}")
    assert [each["file_name"] for each in listed.result] == ["log.txt"]
    assert listed.headers["X-Total-Count"] == "1"
    raw = content(instance, file)
    assert (raw.body, raw.headers["Content-Type"]) == (b"hello", "text/plain")
    assert json.loads(raw.headers["X-Attachment-Metadata"])["file_name"] == "log.txt"
    assert instance.call("DELETE", f"/api/now/attachment/{file}").status == 204
    assert instance.call("GET", f"/api/now/attachment/{file}").status == 404


def test_version_2_has_no_attachments(instance: Instance) -> None:
    assert instance.call("GET", "/api/now/v2/attachment").status == 400


def test_a_file_needs_a_record_and_a_name(instance: Instance) -> None:
    row = instance.new()
    assert attach(instance, row, name="").status == 400
    assert attach(instance, {"sys_id": "0" * 32}).status == 404


def test_the_files_of_a_hidden_record_are_hidden(instance: Instance) -> None:
    row = instance.new(category="security")
    file = attach(instance, row).result["sys_id"]
    hidden = {"table": "incident", "operation": "read", "deny": ["keiko.tanaka"], "condition": "category=security"}
    instance.system.seed({"acl": [hidden]})
    listed = instance.call("GET", "/api/now/attachment")
    assert (listed.result, listed.headers["X-Total-Count"]) == ([], "1")
    assert content(instance, file).status == 404
    assert attach(instance, row).status == 404


def test_who_attached_it_is_on_the_row(instance: Instance, clock: WorldClock) -> None:
    answer = attach(instance, instance.new())
    assert answer.result["sys_created_by"] == "keiko.tanaka"
    assert sys_id("sys_user", "keiko.tanaka") not in answer.result.values()
    assert answer.result["sys_created_on"] == clock.now().strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "", 405), ("POST", "/upload", 400), ("GET", "/a/b/c", 405)]
)
def test_anything_else_is_refused(instance: Instance, method: str, path: str, status: int) -> None:
    assert instance.call(method, f"/api/now/attachment{path}").status == status


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"com.glide.attachment.max_size": "0.001"}, 413),
        ({"glide.attachment.extensions": "png, csv"}, 403),
        ({"glide.attachment.role": "attachment_creator"}, 403),
        ({"com.glide.attachment.max_size": "0.01", "glide.attachment.extensions": "PNG,txt"}, 201),
        ({"glide.attachment.role": "attachment_creator,itil"}, 201),
    ],
)
def test_the_instances_properties_limit_size_kind_and_who_may(
    instance: Instance, properties: dict[str, str], status: int
) -> None:
    row = instance.new()
    instance.system.seed({"properties": properties})
    assert attach(instance, row, content=b"x" * 2_000).status == status
    listed = instance.call("GET", "/api/now/attachment", sysparm_query=f"table_sys_id={row['sys_id']}")
    assert len(listed.result) == (status == 201)
