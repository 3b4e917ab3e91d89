"""The ServiceNow side of the Connector port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from watchkeeper.errors import (
    AlreadyExists,
    Ambiguous,
    Attempt,
    AuthFailed,
    NotFound,
    PreconditionFailed,
    Reject,
    Rejected,
    WatchkeeperError,
)
from watchkeeper.model.activity import (
    ActivityReport,
    Actor,
    Comment,
    CommentDraft,
    Principal,
    ReferenceKind,
    Resolution,
)
from watchkeeper.model.capabilities import Capabilities, Identity
from watchkeeper.model.identity import OUR_SIGN, chosen_uuid
from watchkeeper.model.population import Feed
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.record import (
    NO_FIELDS,
    SERVICENOW,
    Absent,
    Draft,
    RawFields,
    Record,
    RecordRef,
    Revision,
    Side,
    Written,
)
from watchkeeper.model.scan import ScanItem
from watchkeeper.model.tally import Tally
from watchkeeper.model.vocabulary import Columns, Orientation
from watchkeeper.ports import Clock, Connector, Monotonic, SessionFactory
from watchkeeper_servicenow.activity import Journal
from watchkeeper_servicenow.attachments import Attachments
from watchkeeper_servicenow.auth import login_for
from watchkeeper_servicenow.batch import Question
from watchkeeper_servicenow.capabilities import capabilities
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.closing import check_state, unknown_choice
from watchkeeper_servicenow.columns import columns_of
from watchkeeper_servicenow.config import ServiceNowConfig
from watchkeeper_servicenow.identity import keep_identity, reading
from watchkeeper_servicenow.naming import meant
from watchkeeper_servicenow.people import Directory
from watchkeeper_servicenow.probes import Probes
from watchkeeper_servicenow.query import SYS_ID, in_portions, one_of
from watchkeeper_servicenow.refusals import needed_by_every_record
from watchkeeper_servicenow.rows import SYSTEM_FIELDS, Row, record_of, refused_fields, url_of
from watchkeeper_servicenow.scan import FeedScan, write_watermark
from watchkeeper_servicenow.tally import tally_of
from watchkeeper_servicenow.text import outgoing, work_note
from watchkeeper_servicenow.trial import Trial
from watchkeeper_servicenow.vocabulary import Vocabulary, of_memo, questions_about, told

if TYPE_CHECKING:
    from watchkeeper.evidence_ports import AdministrationEvidence

_NAMESAKES = 10
"""More records with one number than this are not worth listing."""


def open_connector(
    config: ServiceNowConfig, sessions: SessionFactory, clock: Clock, monotonic: Monotonic
) -> ServiceNowConnector:
    """The connector of one instance. Makes no call yet."""
    client = TableClient(config, login_for(config, sessions, monotonic), clock)
    return ServiceNowConnector(config, client, clock)


class ServiceNowConnector:
    """Thread-safe; each thread that calls it gets a session and a cookie jar of its own."""

    def __init__(self, config: ServiceNowConfig, client: TableClient, clock: Clock) -> None:
        self._config = config
        self._client = client
        self._clock = clock
        self._journal = Journal(client)
        self._directory = Directory(client)
        self._attachments = Attachments(client, config.origin)
        self._capabilities = capabilities(config.workers)
        self._vocabulary = Vocabulary()

    @property
    def side(self) -> Side:
        return SERVICENOW

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def identity(self) -> Identity:
        """The instance by its own id (sys_properties `instance_id`), or by its address where that is not readable."""
        try:
            query = one_of("name", ["instance_id", "instance_name"])
            rows = self._client.read("sys_properties", query, ("name", "value"), limit=10).rows
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            rows = ()
        told = {row.get("name"): row.get("value") or "" for row in rows}
        return Identity(
            side=SERVICENOW,
            id=told.get("instance_id") or self._config.host,
            name=told.get("instance_name") or self._config.host.partition(".")[0],
            account=self._account,
            proven=bool(told.get("instance_id")),
        )

    @cached_property
    def _account(self) -> str:
        return self._config.username or self._directory.current_user()

    def _known_account(self) -> str:
        """Our account, or "" where the instance cannot be asked just now."""
        try:
            return self._account
        except WatchkeeperError:
            return ""

    def server_now(self) -> datetime:
        if self._client.server_time is None:
            self._client.read("sys_user", one_of("user_name", ["nobody"]), ("user_name",), limit=1)
        return self._client.server_time or self._clock.now()

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:
        """See watchkeeper_servicenow.scan. The watermark is JSON text of (sys_updated_on, sys_id)."""
        return FeedScan(self._client, self._config, self._clock, feed, since).items()

    def cursor_at(self, table: str, moment: datetime) -> str | None:
        del table
        return write_watermark(moment)

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:
        """By sys_id, a few dozen per question and some questions per call. A row without its key or revision raises Rejected, naming what is not readable.

        An absence is never proof of a deletion here: the Table API answers alike for a deleted record and for one that
        access rules hide, and the instance's list of deletions (sys_audit_delete) is not ours to read.
        """
        found: dict[RecordRef, Record | Absent] = {
            ref: Absent(ref, reason="not there, or hidden from us") for ref in refs
        }
        questions = [
            self._question(table, one_of("sys_id", portion), fields, len(portion))
            for table in sorted({ref.table for ref in refs})
            for portion in in_portions(ref.id for ref in refs if ref.table == table and SYS_ID.fullmatch(ref.id))
        ]
        for table, row in self._rows_of(questions):
            record = self._record(row, table, fields)
            if record.ref in found:
                found[record.ref] = record
        return found

    def find(self, table: str, markers: Sequence[str], fields: frozenset[str]) -> Mapping[str, tuple[Record, ...]]:
        """By correlation_id, which the instance neither keeps unique nor indexes; every marker is in the answer."""
        found: dict[str, list[Record]] = {marker: [] for marker in markers}
        questions = [
            self._question(table, one_of("correlation_id", portion), fields, self._config.page_size)
            for portion in in_portions(markers)
        ]
        for _, row in self._rows_of(questions):
            record = self._record(row, table, fields)
            if record.marker in found:
                found[record.marker].append(record)
        return {marker: tuple(sorted(records, key=_by_age)) for marker, records in found.items()}

    def look_up(self, table: str, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
        """By number (which the platform does not keep unique), sys_id, or an address of this very instance."""
        found = meant(name, table, self._config.host)
        if found is None:
            return ()
        field, value = found
        rows = self._rows(table, one_of(field, [value]), fields, _NAMESAKES)
        records = (
            self._record(row, table, fields) for row in rows if (row.get(field) or "").casefold() == value.casefold()
        )
        return tuple(sorted(records, key=_by_age))

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        return RecordRef(SERVICENOW, table, chosen_uuid(marker).hex)

    def mark(self, record: Record, marker: str) -> RawFields:
        """Both correlation fields, if nobody has put anything into either."""
        if record.marker or record.fields.get("correlation_display"):
            return NO_FIELDS
        return {"correlation_id": marker, "correlation_display": OUR_SIGN}

    def url_of(self, ref: RecordRef) -> str:
        return url_of(self._config.origin, ref.table, ref.id)

    def create(self, draft: Draft) -> Written:
        """POST with the chosen sys_id and the marker. The record comes back with all its fields; where the instance chose a
        sys_id of its own, `record.ref` says so."""
        identity = {"sys_id": draft.ref.id, "correlation_id": draft.marker, "correlation_display": OUR_SIGN}
        asked: dict[str, str | tuple[str, ...] | None] = {**draft.fields, **identity}
        body = self._body(draft.ref.table, {name: value for name, value in asked.items() if value is not None})
        try:
            row = self._client.insert(draft.ref.table, body, record=draft.marker)
        except Rejected as error:
            if self._exists(draft.ref):
                raise AlreadyExists(
                    f"servicenow: {draft.ref.table} {draft.ref.id} is there already",
                    remedy="adopt the record",
                    attempt=error.attempt,
                ) from error
            raise
        return self._written(row, draft.ref, asked)

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        self._expected(ref, changes, expect)
        return self._patched(ref, changes)

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """The state with its close code and notes, checked before the call and read back from its answer."""
        check_state(ref, changes)
        self._expected(ref, changes, expect)
        self._check_choices(ref, changes)
        return self._patched(ref, changes)

    def _check_choices(self, ref: RecordRef, changes: RawFields) -> None:
        """Raises Rejected for a value that is no choice; a remembered list is read again first, because it may have grown."""
        if unknown_choice(ref, changes, self._vocabulary) is not None:
            self._vocabulary = self._read_vocabulary(self._vocabulary.asked)
        refusal = unknown_choice(ref, changes, self._vocabulary)
        if refusal is not None:
            raise refusal

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        """Work notes only: `comments` are the customer's to read, and are never mirrored."""
        return self._journal.comments(refs)

    def add_comment(self, draft: CommentDraft) -> Comment:
        """Append a work note and read its id back; the id is empty where the journal does not show the note. Its files are on the
        record before; one that the instance refuses keeps nothing else back."""
        refused = self._attachments.put(draft.ref, draft.files)
        text = work_note(draft.text)
        self._client.patch(draft.ref.table, draft.ref.id, {"work_notes": text}, record=draft.ref.id)
        try:
            written = self._journal.newest_note(draft.ref, text, self._known_account())
        except WatchkeeperError:
            written = None
        author = Actor(SERVICENOW, self._config.username)
        written = written or Comment(draft.ref, "", author, self.server_now(), text)
        return replace(written, refused=refused)

    def chosen_comment_id(self, ref: RecordRef, draft_id: str) -> str | None:
        """None: the journal chooses its own ids."""
        del ref, draft_id
        return None

    def activity(
        self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None = None, *, bulk: bool = False
    ) -> ActivityReport:
        del bulk  # it always is
        return self._journal.activity(table, since, until, ids)

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        return self._directory.principals(ids)

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        return self._directory.resolve(kind, names)

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        return self._directory.names_like(kind, text)

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:
        """Groups, dictionary and choice lists in one batch; what a fresh memo holds is not asked for."""
        now = self._clock.now()
        held = of_memo(memo)
        remembered = held.covers(fields, now)
        about = [] if remembered else questions_about(fields)
        wanted = tuple(dict.fromkeys(groups))
        who = self._directory.questions(ReferenceKind.GROUP, wanted)
        answers = self._client.read_all_of([*who, *about])
        found = self._directory.resolved(ReferenceKind.GROUP, wanted, answers[: len(who)])
        self._vocabulary = held if remembered else told(fields, about, answers[len(who) :], now)
        return Orientation(found, self._vocabulary.choices, self._vocabulary.memo(), remembered)

    def _read_vocabulary(self, fields: Mapping[str, frozenset[str]]) -> Vocabulary:
        questions = questions_about(fields)
        return told(fields, questions, self._client.read_all_of(questions), self._clock.now())

    def columns(self, tables: Sequence[str]) -> Mapping[str, Columns]:
        """From sys_dictionary, with what each table inherits; one listing for all of them."""
        return columns_of(self._client, tables)

    def tally(self, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
        return tally_of(self._client, feed, since, by, signs)

    @cached_property
    def administration(self) -> AdministrationEvidence:
        """What the instance tells besides tickets; nothing is called before it is asked."""
        from watchkeeper_servicenow.administration import Administration  # what no sync needs stays out of its start

        return Administration(self._client, self._config.origin, self._clock)

    def probes(self, scope: ProbeScope) -> Sequence[Probe]:
        return Probes(self._client, self._config.host, self._clock, scope).run()

    def write_probes(self, scope: ProbeScope) -> Sequence[Probe]:
        return Trial(self._client, scope, self.server_now).run()

    def _rows(self, table: str, query: str, fields: frozenset[str], limit: int) -> Sequence[Row]:
        with needed_by_every_record():
            return self._client.read(table, query, {*SYSTEM_FIELDS, *fields}, limit=limit).rows

    @staticmethod
    def _question(table: str, query: str, fields: frozenset[str], limit: int) -> Question:
        return Question(table, query, tuple(sorted({*SYSTEM_FIELDS, *fields})), limit)

    def _rows_of(self, questions: Sequence[Question]) -> Iterator[tuple[str, Row]]:
        """The rows of several questions with their table; raises the first refusal."""
        for question, answer in zip(questions, self._client.read_many(questions), strict=True):
            if isinstance(answer, WatchkeeperError):
                with needed_by_every_record():
                    raise answer
            yield from ((question.table, row) for row in answer.rows)

    def _record(self, row: Row, table: str, fields: frozenset[str]) -> Record:
        try:
            return record_of(row, table, fields, self._config.origin)
        except ValueError as error:
            sys_id = row.get("sys_id") or ""
            raise Rejected(
                f"servicenow: {table} {sys_id}: {error}",
                remedy="give the account read access to what is missing",
                attempt=reading(RecordRef(SERVICENOW, table, sys_id)),
            ) from error

    def _exists(self, ref: RecordRef) -> bool:
        return isinstance(self.get([ref], frozenset())[ref], Record)

    def _expected(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Row:
        """The record as it is just now, if it is still at `expect`: the nearest thing to a precondition that there is."""
        rows = (
            self._rows(ref.table, one_of("sys_id", [ref.id]), frozenset(changes), 1) if SYS_ID.fullmatch(ref.id) else ()
        )
        row = next((row for row in rows if row["sys_id"] == ref.id), None)
        if row is None:
            raise NotFound(f"servicenow: {ref.table} {ref.id} is not there, or hidden from us", attempt=reading(ref))
        found = self._record(row, ref.table, frozenset()).revision.token
        if found != expect.token:
            raise PreconditionFailed(
                f"servicenow: {ref.table} {ref.id} is at revision {found}, not {expect.token}",
                remedy="it is read and merged again",
                attempt=reading(ref),
            )
        keep_identity(ref, changes, row)
        return row

    def _patched(self, ref: RecordRef, changes: RawFields) -> Written:
        body = self._body(ref.table, changes)
        row = self._client.patch(ref.table, ref.id, body, record=ref.id)
        return self._written(row, ref, changes)

    def _body(self, table: str, changes: RawFields) -> Mapping[str, str]:
        return {name: outgoing(name, value, self._vocabulary.limit(table, name)) for name, value in changes.items()}

    def _written(self, row: Row, ref: RecordRef, asked: RawFields) -> Written:
        """What a write left behind, with every field that the instance shows of it."""
        try:
            record = record_of(row, ref.table, None, self._config.origin)
        except ValueError as error:
            raise Ambiguous(
                f"servicenow: {ref.table} {ref.id} was written, but the answer is short: {error}",
                attempt=Attempt(SERVICENOW, f"write to {ref.table}", ref.id),
            ) from error
        return Written(record, refused_fields(asked, row))


def _by_age(record: Record) -> tuple[datetime, str]:
    return record.created_at, record.ref.id


def _is_a_connector(connector: ServiceNowConnector) -> Connector:  # pragma: no cover - mypy alone reads it
    return connector
