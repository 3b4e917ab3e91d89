"""Comments, and who did what: the journal and the audit history, read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias

from watchkeeper.errors import Attempt, AuthFailed, Protocol, Reject, Rejected, Retry, WatchkeeperError
from watchkeeper.model.activity import Activity, ActivityKind, ActivityReport, Actor, Comment, measure_text
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper_servicenow.batch import ITEMS, Question
from watchkeeper_servicenow.client import Everything, TableClient
from watchkeeper_servicenow.query import (
    all_of,
    at_or_after,
    at_or_before,
    in_portions,
    instant,
    is_stamp,
    literal,
    next_second,
    none_of,
    one_of,
    table_name,
)
from watchkeeper_servicenow.rows import Row
from watchkeeper_servicenow.text import JOURNALS, same_text

JOURNAL = "sys_journal_field"
AUDIT = "sys_audit"
_JOURNAL_FIELDS = ("element_id", "element", "name", "value", "sys_created_by", "sys_created_on")
_AUDIT_FIELDS = ("tablename", "documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on")
_NOTES = ("work_notes", "comments")
_RECENT = 20
_AT_ONCE = 2 * ITEMS
"""Questions whose answers are in memory together."""

Answer: TypeAlias = Everything | Reject | AuthFailed | Retry | Protocol


class Journal:
    """Reads sys_journal_field and sys_audit; both need rights of their own, which ordinary accounts lack."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        """Work notes of each record, oldest first. Raises Rejected when the instance hides some of them: a note that
        cannot be seen would be taken for one that is not there."""
        found: dict[RecordRef, list[Comment]] = {ref: [] for ref in refs}
        asked = [
            (table, self._notes_of(table, portion))
            for table in sorted({ref.table for ref in refs})
            for portion in in_portions(ref.id for ref in refs if ref.table == table)
        ]
        answers = self._client.read_all_of([question for _, question in asked], "sys_created_on")
        for (table, _), everything in zip(asked, answers, strict=True):
            for row in _whole(everything, table):
                ref = RecordRef(SERVICENOW, table, row.get("element_id") or "")
                if ref in found and row.get("element") == "work_notes":
                    found[ref].append(_comment(ref, row))
        return {ref: tuple(sorted(comments, key=_oldest_first)) for ref, comments in found.items()}

    def _notes_of(self, table: str, ids: Sequence[str]) -> Question:
        query = all_of(f"name={table_name(table)}", "element=work_notes", one_of("element_id", ids))
        return Question(JOURNAL, query, _JOURNAL_FIELDS, self._client.page_size)

    def newest_note(self, ref: RecordRef, text: str, author: str) -> Comment | None:
        """The latest work note on a record with this text (and author, when known), to learn the id of one just written."""
        by = f"sys_created_by={literal(author)}" if author else ""
        query = all_of(one_of("element_id", [ref.id]), "element=work_notes", by)
        listing = self._client.read(JOURNAL, f"{query}^ORDERBYDESCsys_created_on", _JOURNAL_FIELDS, limit=_RECENT)
        notes = (row for row in listing.rows if row.get("element_id") == ref.id and _has_time(row))
        return next((_comment(ref, row) for row in notes if same_text(row.get("value") or "", text)), None)

    def activity(self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None) -> ActivityReport:
        """Journal entries and audited field changes with since <= time <= until (both ends, because stamps are whole
        seconds). Not readable where a right is missing, rows are hidden, or the journal does not answer: then silence is no
        proof, but what the audit history tells still counts. Raises where that does not answer."""
        portions: Sequence[Sequence[str] | None] = [None] if ids is None else in_portions(ids)
        reasons: list[str] = []
        deeds: list[Activity] = []
        error = ""
        spelled = _Spelled(table)
        asked = [
            (question, None if portion is None else frozenset(portion))
            for portion in portions
            for question in self._sources(table, since, until, portion)
        ]
        answers = self._answers([question for question, _ in asked])
        for (question, wanted), answer in zip(asked, answers, strict=True):
            rows = _visible(question.table, answer, reasons)
            error = error or (type(answer).__name__ if isinstance(answer, Retry | Protocol) else "")
            told = (_journal_deed if question.table == JOURNAL else _audit_deed)(spelled, rows, reasons)
            deeds += (deed for deed in told if since <= deed.at <= until and _is_among(deed, wanted))
        # One after the other: pairs to sort by would need as much memory again.
        deeds.sort(key=attrgetter("id"))
        deeds.sort(key=attrgetter("at"))
        return ActivityReport(tuple(deeds), not reasons, "; ".join(dict.fromkeys(reasons)), error=error)

    def _sources(self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None) -> Sequence[Question]:
        size = self._client.page_size
        return (
            Question(JOURNAL, _journal_query(table, since, until, ids), _JOURNAL_FIELDS, size),
            Question(AUDIT, _audit_query(table, since, until, ids), _AUDIT_FIELDS, size),
        )

    def _answers(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Together where many records are asked about, and so many at a time that the rows of thousands of records never stand in
        memory at once; journal and audit of a whole window may be long, and go by themselves."""
        together = len(questions) > len((JOURNAL, AUDIT))
        for start in range(0, len(questions), _AT_ONCE):
            portion = questions[start : start + _AT_ONCE]
            yield from self._asked(portion) if together else map(self._answer, portion)

    def _asked(self, questions: Sequence[Question]) -> Sequence[Answer]:
        try:
            return self._client.read_all_of(questions, "sys_created_on")
        except (Retry, Protocol):
            # One by one it shows which of them does not answer.
            return [self._answer(each) for each in questions]

    def _answer(self, question: Question) -> Answer:
        try:
            return self._client.read_all_of([question], "sys_created_on")[0]
        except (Retry, Protocol) as error:
            if question.table != JOURNAL:
                raise
            return error


def _is_among(deed: Activity, ids: frozenset[str] | None) -> bool:
    """Whether a deed is about one of the records that were asked about; an instance may drop a condition."""
    return ids is None or deed.ref.id in ids


def _visible(table: str, answer: Answer, reasons: list[str]) -> tuple[Row, ...]:
    """The rows of an answer; why they are not all of them goes into `reasons`."""
    if not isinstance(answer, Everything):
        reasons.append(f"{table} is not readable ({answer.attempt.answer or answer.message})")
        return ()
    if answer.hidden:
        reasons.append(f"{answer.hidden} rows of {table} are hidden from this account")
    return answer.rows


def _journal_query(table: str, since: datetime, until: datetime, ids: Sequence[str] | None) -> str:
    who = "" if ids is None else one_of("element_id", ids)
    return all_of(f"name={table_name(table)}", one_of("element", _NOTES), who, _window(since, until))


def _audit_query(table: str, since: datetime, until: datetime, ids: Sequence[str] | None) -> str:
    """Without the journal's fields: their rows repeat what sys_journal_field tells, text and all."""
    which = "" if ids is None else one_of("documentkey", ids)
    return all_of(f"tablename={table_name(table)}", none_of("fieldname", _NOTES), which, _window(since, until))


def _window(since: datetime, until: datetime) -> str:
    return all_of(at_or_after("sys_created_on", since), at_or_before("sys_created_on", next_second(until)))


def _whole(everything: Everything | WatchkeeperError, table: str) -> tuple[Row, ...]:
    if isinstance(everything, WatchkeeperError):
        raise everything
    if everything.hidden:
        raise Rejected(
            f"servicenow: {everything.hidden} work notes of {table} are hidden from this account",
            remedy=f"give the account read access to {JOURNAL}",
            attempt=Attempt(SERVICENOW, f"GET /api/now/table/{JOURNAL}"),
        )
    return everything.rows


def _has_time(row: Row) -> bool:
    return is_stamp(row.get("sys_created_on") or "")


def _comment(ref: RecordRef, row: Row) -> Comment:
    """A work note; raises Protocol when it has no time: where it stands among the others cannot be told then."""
    if not _has_time(row):
        raise Protocol(
            f"servicenow: a work note of {ref.id} cannot be read: sys_created_on is {str(row.get('sys_created_on'))[:40]!r}",
            attempt=Attempt(SERVICENOW, f"GET /api/now/table/{JOURNAL}", ref.id),
        )
    return Comment(
        ref=ref,
        id=row["sys_id"] or "",
        author=Actor(SERVICENOW, row.get("sys_created_by") or ""),
        created_at=instant(row.get("sys_created_on") or ""),
        text=row.get("value") or "",
    )


def _oldest_first(comment: Comment) -> tuple[datetime, str]:
    return comment.created_at, comment.id


class _Spelled:
    """What the rows of a table spell again and again, kept once: a long history of many records is mostly the same few texts."""

    def __init__(self, table: str) -> None:
        self.table = table
        self._refs: dict[str, RecordRef] = {}
        self._actors: dict[str, Actor] = {}
        self._texts: dict[str, str] = {}
        self._stamp = ""
        self._instant: datetime | None = None

    def ref(self, record_id: str | None) -> RecordRef:
        name = record_id or ""
        return self._refs.setdefault(name, RecordRef(SERVICENOW, self.table, name))

    def author(self, account: str | None) -> Actor:
        name = account or ""
        return self._actors.setdefault(name, Actor(SERVICENOW, name))

    def text(self, value: str | None) -> str:
        return self._texts.setdefault(value or "", value or "")

    def at(self, stamp: str | None) -> datetime | None:
        """The instant of a stamp; None for anything else. One edit makes several rows of the same second, one after another."""
        text = stamp or ""
        if text != self._stamp:
            self._stamp, self._instant = text, instant(text) if is_stamp(text) else None
        return self._instant


def _journal_deed(spelled: _Spelled, rows: Sequence[Row], reasons: list[str]) -> list[Activity]:
    deeds = []
    for row in rows:
        text, at = row.get("value"), spelled.at(row.get("sys_created_on"))
        if text is None or row.get("name") != spelled.table or at is None:
            reasons.append(f"a row of {JOURNAL} came without its text, table or time")
            continue
        digest, length = measure_text(text)
        deeds.append(
            Activity(
                ref=spelled.ref(row.get("element_id")),
                author=spelled.author(row.get("sys_created_by")),
                at=at,
                kind=ActivityKind.COMMENT,
                field=spelled.text(row.get("element")),
                text_digest=digest,
                text_length=length,
                id=row["sys_id"] or "",
            )
        )
    return deeds


def _audit_deed(spelled: _Spelled, rows: Sequence[Row], reasons: list[str]) -> list[Activity]:
    """Audited changes; journal fields are audited too, and already told by the journal itself."""
    deeds = []
    for row in rows:
        at = spelled.at(row.get("sys_created_on"))
        if row.get("user") is None or row.get("tablename") != spelled.table or at is None:
            reasons.append(f"a row of {AUDIT} came without its user, table or time")
            continue
        if row.get("fieldname") in JOURNALS:
            continue
        deeds.append(
            Activity(
                ref=spelled.ref(row.get("documentkey")),
                author=spelled.author(row.get("user")),
                at=at,
                kind=ActivityKind.FIELD,
                field=spelled.text(row.get("fieldname")),
                old=spelled.text(row.get("oldvalue")),
                new=spelled.text(row.get("newvalue")),
                id=row["sys_id"] or "",
            )
        )
    return deeds
