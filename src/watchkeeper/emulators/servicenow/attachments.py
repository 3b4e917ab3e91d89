"""The Attachment API: `/api/now[/v1]/attachment[/{sys_id}[/file]]`; version 2 has none.

Source: ServiceNowDocs, api-reference/rest-apis/c_AttachmentAPI.md; what clients need of it: ServiceNow/PySNC, attachment.py. The limits
are properties of the instance, as there: com.glide.attachment.max_size (MB), glide.attachment.extensions and glide.attachment.role. With
which words it refuses a file is not documented: a client can rely on the status alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.access import Rights
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.addressing import Address
from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.emulators.servicenow.errors import Refused, acl_exception, no_record, no_such_resource, not_emulated
from watchkeeper.emulators.servicenow.recorder import Recorder
from watchkeeper.emulators.servicenow.selection import selector
from watchkeeper.emulators.servicenow.store import Row, Store

TABLE = "sys_attachment"
DEFAULT_LIMIT = 1_000
DEFAULT_SIZE = 1024
"""MB."""


class AttachmentApi:
    """Answers attachment requests; raises Refused. Who may see a record may see its files. The caller holds the lock."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self._contents: dict[str, bytes] = {}

    def respond(self, request: Request, address: Address, actor: Actor, now: datetime) -> Response:
        if address.version == "v2":
            raise no_such_resource()
        root, rights = address.root(request.host), self._recorder.access.of(actor)
        match request.method, address.rest:
            case "GET", ():
                return self._list(request, root, actor)
            case "GET", (sys_id,):
                return Response.of_json(200, {"result": _metadata(self._row(sys_id, rights), root)})
            case "GET", (sys_id, "file"):
                return self._file(self._row(sys_id, rights), root)
            case "POST", ("file",):
                return self._attach(request, root, actor, now)
            case "POST", ("upload",):
                raise not_emulated("the multipart upload")
            case "DELETE", (sys_id,):
                self._recorder.delete(TABLE, self._row(sys_id, rights)["sys_id"], actor, now)
                return Response(204)
            case _:
                raise Refused(405, "Method not supported", f"Method {request.method} not supported here")

    def _list(self, request: Request, root: str, actor: Actor) -> Response:
        query, rights = parse(request.parameter("sysparm_query") or ""), self._recorder.access.of(actor)
        rights.check_query(TABLE, query)
        matches = selector(self._store, actor).select(TABLE, query)
        offset, limit = (int(request.parameter(f"sysparm_{name}") or preset) for name, preset in _PAGE)
        page = rights.visible(TABLE, matches[max(offset, 0) : max(offset, 0) + max(limit, 0)])
        shown = [_metadata(row, root) for row in page if self._parent_is_visible(row, rights)]
        return Response.of_json(200, {"result": shown}, {"X-Total-Count": str(len(matches))})

    def _row(self, sys_id: str, rights: Rights) -> Row:
        row = self._store.row(TABLE, sys_id)
        if row is None or not rights.sees(TABLE, row) or not self._parent_is_visible(row, rights):
            raise no_record()
        return row

    def _parent_is_visible(self, row: Row, rights: Rights) -> bool:
        parent = self._store.row(row["table_name"], row["table_sys_id"])
        return parent is not None and rights.sees(row["table_name"], parent)

    def _file(self, row: Row, root: str) -> Response:
        headers = {
            "Content-Type": row["content_type"],
            "X-Attachment-Metadata": json.dumps(_metadata(row, root)),
        }
        return Response(200, self._contents.get(row["sys_id"], b""), headers)

    def _attach(self, request: Request, root: str, actor: Actor, now: datetime) -> Response:
        place = {name: request.parameter(name) or "" for name in ("table_name", "table_sys_id", "file_name")}
        missing = [name for name, value in place.items() if not value]
        if missing:
            raise Refused(400, "Invalid attachment request", f"Missing parameter: {', '.join(missing)}")
        parent = self._store.row(place["table_name"], place["table_sys_id"])
        if parent is None:
            raise no_record()
        self._recorder.access.of(actor).check_write(place["table_name"], parent)
        self._check_limits(place["file_name"], request.body, actor)
        row = self._recorder.insert(TABLE, {**place, **_described(request)}, actor, now)
        self._contents[row["sys_id"]] = request.body
        return Response.of_json(201, {"result": _metadata(row, root)}, {"Location": f"{root}/{row['sys_id']}"})

    def _check_limits(self, name: str, content: bytes, actor: Actor) -> None:
        role = self._property("glide.attachment.role")
        if role and not any(map(actor.may, _listed(role))):
            raise acl_exception("Insert")
        largest = float(self._property("com.glide.attachment.max_size") or DEFAULT_SIZE)
        if len(content) > largest * 1024 * 1024:
            raise Refused(413, "Request entity too large", f"The attachment is larger than {largest:g} MB")
        extensions = _listed(self._property("glide.attachment.extensions"))
        if extensions and name.rpartition(".")[2].casefold() not in extensions:
            raise Refused(403, "Failed to create the attachment", f"File type is not allowed: {name}")

    def _property(self, name: str) -> str:
        row = self._store.first("sys_properties", "name", name)
        return "" if row is None else row["value"]


_PAGE = (("offset", 0), ("limit", DEFAULT_LIMIT))


def _listed(value: str) -> list[str]:
    return [part.strip().casefold() for part in value.split(",") if part.strip()]


def _described(request: Request) -> Mapping[str, str]:
    return {
        "content_type": request.headers.get("content-type", "application/octet-stream"),
        "size_bytes": str(len(request.body)),
        "size_compressed": str(len(request.body)),
        "hash": hashlib.sha256(request.body).hexdigest(),
    }


def _metadata(row: Row, root: str) -> Mapping[str, str]:
    """A file's row with the address of its content; sizes are text, as everything here."""
    return {**row, "download_link": f"{root}/{row['sys_id']}/file"}
