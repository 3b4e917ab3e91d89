"""Files that go with a note: on the record before it, each once by its name, whatever is lost, refused or repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest
import responses
from tests.connectors.servicenow.instance import JSON, ORIGIN, connector, listing, query_of
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import Exchange
from watchkeeper.errors import AuthFailed, Throttled, Unavailable, WritesForbidden
from watchkeeper.model.activity import Comment, CommentDraft
from watchkeeper.model.attached import AttachedFile
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper_servicenow.attachments import LONGEST_NAME, file_name

UPLOADS: Final = "/api/now/attachment"
CHART: Final = AttachedFile("trend.svg", "image/svg+xml", b"<svg/>")
TABLE: Final = AttachedFile("controls.csv", "text/csv; charset=utf-8", "名前,点\r\n".encode())


class Ticket:
    """A ticket of ours in an emulated instance."""

    def __init__(self) -> None:
        self.rig = ServiceNowRig()
        self.ref = self.rig.connector.create(self.rig.draft("files/duty@2026-11-16", "Report the score")).record.ref
        self.rig.world.log.clear()

    def draft(self, files: Sequence[AttachedFile] = (CHART, TABLE)) -> CommentDraft:
        return CommentDraft(self.ref, "evidence", "What was found", tuple(files))

    def note(self, *files: AttachedFile) -> Comment:
        return self.rig.connector.add_comment(self.draft(files or (CHART, TABLE)))

    def files(self) -> list[str]:
        rows = self.rig.servicenow._store.tables["sys_attachment"].rows.values()
        return sorted(row["file_name"] for row in rows if row["table_sys_id"] == self.ref.id)

    def notes(self) -> list[str]:
        (row,) = [row for row in self.rig.servicenow.records() if row["sys_id"] == self.ref.id]
        return [entry["value"] for entry in row["journal"]]

    def fault(self, kind: str, **rule: Any) -> None:
        planned = {"method": "POST", "path_prefix": UPLOADS, **rule}
        self.rig.world.faults.add(FaultRule.of_json({"kind": kind, **planned}))

    def sent(self) -> list[str]:
        return [f"{entry.method} {entry.path.rsplit('/', 2)[-2]}" for entry in self.rig.requests()]


@pytest.fixture
def ticket() -> Ticket:
    return Ticket()


def test_files_are_on_the_record_before_the_note_is(ticket: Ticket) -> None:
    written = ticket.note()
    assert (written.refused, ticket.files(), ticket.notes()) == ((), ["controls.csv", "trend.svg"], ["What was found"])
    assert written.id
    assert ticket.sent()[:4] == ["GET table", "POST attachment", "POST attachment", "PATCH incident"]


def test_a_file_arrives_as_it_is_and_says_what_it_is(ticket: Ticket) -> None:
    ticket.note()
    stored = ticket.rig.servicenow._attachments._contents
    rows = {row["file_name"]: row for row in ticket.rig.servicenow._store.tables["sys_attachment"].rows.values()}
    for file in (CHART, TABLE):
        row = rows[file.name]
        assert (row["content_type"], row["table_name"], stored[row["sys_id"]]) == (
            file.content_type,
            "incident",
            file.content,
        )


def test_a_note_without_files_asks_for_none(ticket: Ticket) -> None:
    ticket.rig.connector.add_comment(ticket.draft(()))
    assert not any("attachment" in entry.path for entry in ticket.rig.requests())


def test_what_is_there_is_not_sent_again(ticket: Ticket) -> None:
    ticket.note(CHART)
    before = len(ticket.sent())
    ticket.note(CHART, TABLE)
    assert ticket.files() == ["controls.csv", "trend.svg"]
    assert ticket.sent()[before:].count("POST attachment") == 1


def test_two_files_of_one_name_are_one(ticket: Ticket) -> None:
    ticket.note(CHART, CHART)
    assert ticket.files() == ["trend.svg"]


def test_a_file_of_another_record_is_none_of_this_one(ticket: Ticket) -> None:
    other = ticket.rig.people("create", fields={"short_description": "Other"})
    ticket.rig.connector.add_comment(CommentDraft(other, "evidence", "There", (CHART,)))
    ticket.note(CHART)
    assert ticket.files() == ["trend.svg"]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("call", range(5))
def test_killed_at_any_call_and_repeated_each_file_is_there_once(ticket: Ticket, call: int, phase: str) -> None:
    left = [call]

    def kill(exchange: Exchange) -> None:
        if exchange.phase == phase and exchange.request.path.startswith("/api"):
            left[0] -= 1
            if left[0] == -1:
                raise Killed

    stop = ticket.rig.world.listen(kill)
    with pytest.raises(Killed):
        ticket.note()
    stop()
    again = ticket.rig.open(ticket.rig.open_transport(writes_allowed=True))
    again.add_comment(ticket.draft())
    assert ticket.files() == ["controls.csv", "trend.svg"]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "drop_after"},
        {"kind": "timeout_after"},
        {"kind": "status_after", "status": 500},
        {"kind": "empty_after"},
        {"kind": "page_after", "page": "gateway"},
        {"kind": "truncate"},
    ],
    ids=lambda rule: rule["kind"],
)
@pytest.mark.parametrize("times", [1, 2])
def test_after_an_answer_that_says_nothing_the_record_is_looked_at_first(
    ticket: Ticket, rule: dict[str, Any], times: int
) -> None:
    ticket.fault(**rule, times=times)
    assert ticket.note().refused == ()
    assert ticket.files() == ["controls.csv", "trend.svg"]
    assert ticket.sent().count("POST attachment") == 2


@pytest.mark.parametrize("rule", [{"kind": "drop_before"}, {"kind": "status", "status": 502}], ids=lambda r: r["kind"])
def test_what_is_not_there_then_is_sent_once_more(ticket: Ticket, rule: dict[str, Any]) -> None:
    ticket.fault(**rule, times=1)
    assert ticket.note(CHART).refused == ()
    assert ticket.sent()[:5] == ["GET table", "POST attachment", "GET table", "POST attachment", "PATCH incident"]


def test_a_file_that_never_arrives_keeps_the_note_no_longer(ticket: Ticket) -> None:
    ticket.fault("status", status=500)
    written = ticket.note(CHART)
    assert [file.name for file in written.refused] == ["trend.svg"]
    assert (ticket.files(), ticket.notes()) == ([], ["What was found"])
    assert ticket.sent().count("POST attachment") == 2


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"com.glide.attachment.max_size": "0.000005"}, "larger than"),
        ({"glide.attachment.extensions": "csv"}, "File type is not allowed: trend.svg"),
        ({"glide.attachment.role": "attachment_creator"}, "ACL Exception"),
    ],
)
def test_a_file_that_the_instance_refuses_is_told_and_the_note_is_written(
    ticket: Ticket, properties: dict[str, str], words: str
) -> None:
    ticket.rig.servicenow.seed({"properties": properties})
    written = ticket.note(CHART, AttachedFile("a.csv", "text/csv", b"1"))
    refused = {file.name: file.why for file in written.refused}
    assert words in refused["trend.svg"]
    assert ticket.files() == [name for name in ("a.csv",) if name not in refused]
    assert ticket.notes() == ["What was found"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"operation": "api"}, "Failed API level ACL Validation"),
        ({"operation": "read"}, "hidden from our account"),
        ({"operation": "read", "field": "file_name"}, "hidden from our account"),
        ({"operation": "query_match"}, "Insufficient rights to query"),
    ],
    ids=lambda each: "-".join(each.values()) if isinstance(each, dict) else "",
)
def test_where_it_cannot_be_seen_what_is_there_nothing_is_sent(ticket: Ticket, rule: dict[str, str], why: str) -> None:
    ticket.note(CHART)
    ticket.rig.servicenow.seed({"acl": [{"table": "sys_attachment", "deny": ["itil"], **rule}]})
    written = ticket.note(TABLE)
    assert [file.name for file in written.refused] == ["controls.csv"]
    assert why in written.refused[0].why
    assert (ticket.files(), len(ticket.notes())) == (["trend.svg"], 2)


def test_where_that_cannot_be_seen_any_more_nothing_is_sent_twice(ticket: Ticket) -> None:
    ticket.fault("status", status=500, times=1)
    ticket.fault("status", method="GET", path_prefix="/api/now/table/sys_attachment", status=403, after=1)
    (refused,) = ticket.note(CHART).refused
    assert refused.name == "trend.svg"
    assert ticket.sent().count("POST attachment") == 1


def test_a_mode_that_forbids_writing_forbids_this(ticket: Ticket) -> None:
    with pytest.raises(WritesForbidden):
        ticket.rig.observing().add_comment(ticket.draft())
    assert (ticket.files(), ticket.notes()) == ([], [])


def test_a_limit_that_lasts_is_no_refusal_of_the_file(ticket: Ticket) -> None:
    ticket.fault("status", status=429, retry_after=20, times=1)
    assert ticket.note(CHART).refused == ()
    assert sum(ticket.rig.slept) >= 20
    ticket.fault("status", status=429, retry_after=3600)
    with pytest.raises(Throttled):
        ticket.note(TABLE)
    assert len(ticket.notes()) == 1


def test_a_login_that_ends_is_renewed_and_one_that_is_refused_is_no_refusal_of_the_file(ticket: Ticket) -> None:
    ticket.fault("status", status=401, times=1)
    assert ticket.note(CHART).refused == ()
    ticket.fault("status", status=401)
    with pytest.raises(AuthFailed):
        ticket.note(TABLE)
    ticket.rig.heal()
    ticket.fault("status", method="GET", path_prefix="/api/now/table/sys_attachment", status=401)
    with pytest.raises(AuthFailed):
        ticket.note(TABLE)


def test_an_instance_that_does_not_answer_gets_no_note_either(ticket: Ticket) -> None:
    ticket.fault("status", method="GET", path_prefix="/api/now/table/sys_attachment", status=503)
    with pytest.raises(Unavailable):
        ticket.note(CHART)
    assert ticket.notes() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a^NQactive=true,b.csv", "a^NQactive=true,b.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("\x1b[31mred\r\n.csv", "_[31mred_.csv"),
        ("gpj.\u202efdp.exe", "gpj._fdp.exe"),
        ('"><script>.html', "_script_.html"),
        ("スコア 2026-11.csv", "スコア 2026-11.csv"),
        (f"{'x' * 200}.csv", f"{'x' * 96}.csv"),
        ("x" * 200, "x" * LONGEST_NAME),
        (f"a.{'x' * 200}", f"a.{'x' * 98}"),
        (" . ", "file"),
    ],
)
def test_any_name_is_one_that_is_found_again(ticket: Ticket, name: str, kept: str) -> None:
    hostile = AttachedFile(name, "text/html\r\nX-Evil: 1", b"x")
    assert file_name(name) == kept
    for _ in range(2):
        assert ticket.note(hostile).refused == ()
    assert ticket.files() == [kept]
    (row,) = ticket.rig.servicenow._store.tables["sys_attachment"].rows.values()
    assert row["content_type"] == "application/octet-stream"


DOCUMENTED: Final = {
    "result": {
        "table_sys_id": "1c741bd70b2322007518478d83673af3",
        "size_bytes": "5881",
        "download_link": f"{ORIGIN}/api/now/attachment/41f9dad09783111084d57e121153af94/file",
        "sys_updated_on": "2022-11-05 00:53:43",
        "sys_id": "41f9dad09783111084d57e121153af94",
        "image_height": "",
        "sys_created_on": "2022-11-05 00:53:43",
        "file_name": "trend.svg",
        "sys_created_by": "admin",
        "compressed": "true",
        "average_image_color": "",
        "sys_updated_by": "admin",
        "sys_tags": "",
        "table_name": "incident",
        "image_width": "",
        "sys_mod_count": "0",
        "content_type": "image/svg+xml",
        "size_compressed": "4343",
        "chunk_size_bytes": "700000",
        "hash": "8671fa6613cd1c6e82c0e1d6b940ae0771d1d8b3f56019f8274ed501407ffc2a",
        "state": "pending",
    }
}
"""An upload's answer as instances give it (fields of the Attachment API's documentation)."""
RECORD: Final = RecordRef(SERVICENOW, "incident", "1c741bd70b2322007518478d83673af3")


def test_the_documented_answer_is_understood_and_the_request_is_the_documented_one(
    mocked: responses.RequestsMock,
) -> None:
    mocked.get(f"{ORIGIN}/api/now/table/sys_attachment", **listing([], 0))
    mocked.post(f"{ORIGIN}{UPLOADS}/file", json=DOCUMENTED, status=201, content_type=JSON)
    mocked.patch(f"{ORIGIN}/api/now/table/incident/{RECORD.id}", json={"result": {"sys_id": RECORD.id}})
    mocked.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing([], 0))
    assert connector().add_comment(CommentDraft(RECORD, "evidence", "Found", (CHART,))).refused == ()
    upload = mocked.calls[1].request
    assert query_of(upload) == {"table_name": "incident", "table_sys_id": RECORD.id, "file_name": "trend.svg"}
    assert (upload.headers["Content-Type"], upload.body) == ("image/svg+xml", b"<svg/>")


@pytest.mark.parametrize("answer", [{"error": {"message": "x"}, "result": {}}, {"result": []}, {}])
def test_an_answer_without_the_file_is_none(mocked: responses.RequestsMock, answer: dict[str, Any]) -> None:
    mocked.get(f"{ORIGIN}/api/now/table/sys_attachment", **listing([], 0))
    mocked.post(f"{ORIGIN}{UPLOADS}/file", json=answer, status=201, content_type=JSON)
    mocked.patch(f"{ORIGIN}/api/now/table/incident/{RECORD.id}", json={"result": {"sys_id": RECORD.id}})
    mocked.get(f"{ORIGIN}/api/now/table/sys_journal_field", **listing([], 0))
    (refused,) = connector().add_comment(CommentDraft(RECORD, "evidence", "Found", (CHART,))).refused
    assert "without the file" in refused.why


@pytest.fixture
def mocked() -> Any:
    with responses.RequestsMock() as mocked:
        yield mocked
