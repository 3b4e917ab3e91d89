"""Files on records through the Attachment API: each once, by its name, however often a run is repeated.

The instance takes any number of files of one name, so what a record has is looked at before anything is sent, and again after an answer
from which nobody can tell whether a file was taken. Its own limit for such a call is 60 seconds (ServiceNowDocs, c_DefaultQuotaRules.md),
no longer than ours: what is not there then does not come later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from watchkeeper.errors import Ambiguous, Attempt, AuthFailed, Conflict, Reject, WatchkeeperError
from watchkeeper.model.attached import AttachedFile, RefusedFile
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.transport import json_object
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.query import all_of, one_of, table_name

TABLE: Final = "sys_attachment"
UPLOAD: Final = "/api/now/attachment/file"
TRIES: Final = 2
LONGEST_NAME: Final = 100
"""Characters of sys_attachment.file_name; a longer name would be cut, and not be found again."""
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069/\\:*?"<>|]+')
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*", re.ASCII)


class Attachments:
    """`origin` is where the instance answers. Thread-safe."""

    def __init__(self, client: TableClient, origin: str) -> None:
        self._client = client
        self._origin = origin

    def put(self, ref: RecordRef, files: Sequence[AttachedFile]) -> tuple[RefusedFile, ...]:
        """Make sure that a record has these files. Answers those that the instance does not take, in its own words; raises what is
        not about a file: no connection, no login, a mode that forbids writing."""
        if not files:
            return ()
        try:
            there = self._names(ref)
        except (Reject, AuthFailed) as error:
            return tuple(RefusedFile(file.name, _words(error)) for file in files)
        refused: list[RefusedFile] = []
        for file in files:
            name = file_name(file.name)
            why = "" if name in there else self._refusal(ref, name, file)
            there.add(name)
            refused += [RefusedFile(file.name, why)] if why else []
        return tuple(refused)

    def _names(self, ref: RecordRef) -> set[str]:
        """Of the files that a record has. Raises Rejected where some are hidden: one of them may be the one that is looked for."""
        query = all_of(one_of("table_name", [table_name(ref.table)]), one_of("table_sys_id", [ref.id]))
        found = self._client.read_all(TABLE, query, ("table_name", "table_sys_id", "file_name"))
        if found.hidden or any(row.get("file_name") is None for row in found.rows):
            why = f"servicenow: files of {ref.table} {ref.id} are hidden from our account"
            raise Reject(why, attempt=Attempt(SERVICENOW, f"GET /api/now/table/{TABLE}", ref.id, 200))
        return {row["file_name"] or "" for row in found.rows if row.get("table_sys_id") == ref.id}

    def _refusal(self, ref: RecordRef, name: str, file: AttachedFile) -> str:
        """Send a file, and once more where it is not there although nobody refused it; why it was not taken, "" where it was."""
        unsure = ""
        try:
            for _ in range(TRIES):
                unsure = self._sent(ref, name, file)
                if not unsure or name in self._names(ref):
                    return ""
        except (Reject, AuthFailed, Conflict) as error:
            return _words(error)
        return unsure

    def _sent(self, ref: RecordRef, name: str, file: AttachedFile) -> str:
        """Why nobody can tell whether a file was taken; "" where it was."""
        try:
            self._upload(ref, name, file)
        except Ambiguous as error:
            return _words(error)
        return ""

    def _upload(self, ref: RecordRef, name: str, file: AttachedFile) -> None:
        place = urlencode({"table_name": table_name(ref.table), "table_sys_id": ref.id, "file_name": name})
        kind = file.content_type if _MEDIA_TYPE.fullmatch(file.content_type) else "application/octet-stream"
        call, url = f"POST {UPLOAD}", f"{self._origin}{UPLOAD}?{place}"
        response = self._client.send(
            call,
            lambda client: client.session.post(url, data=file.content, headers={"Content-Type": kind}),
            record=ref.id,
            write=True,
        )
        body = json_object(response, side=SERVICENOW, call=call, record=ref.id, write=True)
        if "error" in body or not isinstance(body.get("result"), dict):
            raise Ambiguous(
                f"servicenow: {call} answered {response.status_code} without the file; it may be there",
                attempt=Attempt(SERVICENOW, call, ref.id, response.status_code),
            )


def file_name(name: str) -> str:
    """A name as the instance keeps it, so that it is found again: no control characters, nothing that means something in a path, and
    not too long; what it ends in stays."""
    plain = _NOT_IN_NAMES.sub("_", name).strip(" .") or "file"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) >= LONGEST_NAME // 2:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _words(error: WatchkeeperError) -> str:
    """Why a file was not taken; raises what is about our login and no file."""
    if isinstance(error, Reject | AuthFailed) and not concerns_the_table(error):
        raise error
    return error.attempt.answer or error.message
