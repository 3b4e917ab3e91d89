"""Sentinel behind the Connector port: this file only wires the rooms together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from watchkeeper.errors import Config
from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.activity import ActivityReport, Comment, CommentDraft, Principal, ReferenceKind, Resolution
from watchkeeper.model.capabilities import Capabilities, Identity
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.population import Feed
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.record import (
    INCIDENT_TASKS,
    INCIDENTS,
    NO_FIELDS,
    SENTINEL,
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
from watchkeeper.transport.times import write_instant
from watchkeeper_sentinel import activity, comments, feed, lookup, tally
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.auth import SharedCredential, open_credential
from watchkeeper_sentinel.capabilities import CAPABILITIES
from watchkeeper_sentinel.config import SentinelConfig, normalised, problems_of
from watchkeeper_sentinel.held import HeldIncidents
from watchkeeper_sentinel.host_names import chosen_task
from watchkeeper_sentinel.hosts import TaskHosts
from watchkeeper_sentinel.incident_tasks import IncidentTasks
from watchkeeper_sentinel.incidents import Incidents, child_name
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.pages import azure_page, page_named
from watchkeeper_sentinel.people import People, resolve_names
from watchkeeper_sentinel.probes import Prober
from watchkeeper_sentinel.records import INCIDENT_COLUMNS, incident_ref
from watchkeeper_sentinel.task_writes import TaskWriter
from watchkeeper_sentinel.vendor import Vendor
from watchkeeper_sentinel.workspace import Workspace
from watchkeeper_sentinel.writes import IncidentWriter


def open_connector(
    config: SentinelConfig,
    sessions: SessionFactory,
    clock: Clock,
    monotonic: Monotonic,  # noqa: ARG001
) -> SentinelConnector:
    """Build the connector; nothing is called yet. Raises Config with everything that is wrong with the settings.

    `monotonic` belongs to the signature that all connectors share; waiting and pacing are the sessions'.
    """
    plain = normalised(config)
    problems = problems_of(plain)
    if problems:
        raise Config(problems)
    return SentinelConnector(plain, sessions, clock)


class SentinelConnector:
    """One workspace. Make one per run: what it has read is kept for the run's writes."""

    def __init__(self, config: SentinelConfig, sessions: SessionFactory, clock: Clock) -> None:
        self._config = config
        self._people = People()
        self._held = HeldIncidents()
        sign_in = sessions.session(SENTINEL)
        self._credential = SharedCredential(config, lambda: open_credential(config, sign_in))
        self._arm = Arm(config, sessions, self._credential, clock)
        self._incidents = Incidents(self._arm, config.sentinel_path, self._held)
        self._writer = IncidentWriter(self._incidents, self._held)
        self._workspace = Workspace(config, self._arm, self._credential, self._people, clock)
        self._logs = Logs(config, sessions, self._credential, self._workspace.id_for_queries)
        self._hosts = TaskHosts(self._incidents, self._logs, self.server_now)
        self._tasks = IncidentTasks(self._hosts, self._arm, self._people, self._host_url)
        self._task_writer = TaskWriter(self._incidents, self._hosts, self._people, self._host_url)
        vendor = Vendor(self._incidents, self._workspace)
        self._prober = Prober(
            config, self._arm, self._credential, self._workspace, self._logs, vendor, clock, lambda: self.workspace
        )

    @property
    def side(self) -> Side:
        return SENTINEL

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def identity(self) -> Identity:
        return self._workspace.identity()

    def server_now(self) -> datetime:
        if not self._arm.answered:
            self._workspace.identity()
        return self._arm.server_now()

    def scan(self, feed_: Feed, since: str | None) -> Iterator[ScanItem]:
        if feed_.table == INCIDENT_TASKS:
            self._workspace.account()
            return self._tasks.scan(feed_, since)
        return feed.scan(self._incidents, self._arm, feed_, since)

    def cursor_at(self, table: str, moment: datetime) -> str | None:
        return None if table == INCIDENT_TASKS else write_instant(moment)

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:
        tasks = [ref for ref in refs if ref.table == INCIDENT_TASKS]
        incidents = [ref for ref in refs if ref.table != INCIDENT_TASKS]
        found: dict[RecordRef, Record | Absent] = {}
        if tasks:
            self._workspace.account()
            found |= self._tasks.get(tasks, fields)
        if incidents:
            found |= lookup.read_all(self._incidents, self._logs, incidents, fields)
        return found

    def find(self, table: str, markers: Sequence[str], fields: frozenset[str]) -> Mapping[str, tuple[Record, ...]]:
        if table == INCIDENT_TASKS:
            return self._tasks.find(markers, fields)
        return {marker: lookup.find_marked(self._incidents, marker, fields) for marker in markers}

    def look_up(self, table: str, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
        if table == INCIDENT_TASKS:
            return self._tasks.look_up(name, fields)
        return lookup.find_named(self._incidents, name, fields)

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        return chosen_task(marker) if table == INCIDENT_TASKS else incident_ref(str(chosen_uuid(marker)))

    def mark(self, record: Record, marker: str) -> RawFields:
        """Nothing: a key label means "ours" to everybody who reads it, which an incident that others made is not. The
        ServiceNow ticket carries the marker of such a pair, and the ticket number is the label here."""
        del record, marker
        return NO_FIELDS

    def url_of(self, ref: RecordRef) -> str:
        return azure_page(self._config, ref)

    def _host_url(self, name: str) -> str:
        return page_named(self._config, name)

    def create(self, draft: Draft) -> Written:
        return self._writer_of(draft.ref).create(draft)

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        return self._writer_of(ref).update(ref, changes, expect)

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        return self._writer_of(ref).close(ref, changes, expect)

    def _writer_of(self, ref: RecordRef) -> IncidentWriter | TaskWriter:
        return self._task_writer if ref.table == INCIDENT_TASKS else self._writer

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        self._workspace.account()
        incidents = [ref for ref in refs if ref.table != INCIDENT_TASKS]
        return comments.read_comments(self._incidents, self._people, incidents)

    def add_comment(self, draft: CommentDraft) -> Comment:
        self._workspace.account()
        return comments.add_comment(self._incidents, self._people, draft)

    def chosen_comment_id(self, ref: RecordRef, draft_id: str) -> str | None:
        return child_name(ref.id, draft_id)

    def activity(
        self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None = None, *, bulk: bool = False
    ) -> ActivityReport:
        if table == INCIDENT_TASKS:
            return self._tasks.activity()
        self._workspace.account()
        found = activity.collect(self._incidents, self._logs, self._people, since, until, ids, self.server_now)
        return found if bulk else activity.with_comments(found, self._incidents, self._people, since, until)

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        """Accounts that comments of this run have shown: there is no directory to ask."""
        return self._people.principals(ids)

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        return resolve_names(kind, names)

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        """None: who there is only the directory knows, which is not asked."""
        del kind, text
        return ()

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:
        """No call: an incident's values are the API's own, the same in every workspace."""
        del fields, memo
        return Orientation(groups=resolve_names(ReferenceKind.GROUP, groups))

    def columns(self, tables: Sequence[str]) -> Mapping[str, Columns]:
        """No call: an incident's properties are the API's own. Its tasks have no list of their own here."""
        return {table: INCIDENT_COLUMNS for table in tables if table == INCIDENTS}

    def tally(self, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
        return tally.tally_of(self._logs, feed, since, by, signs)

    @cached_property
    def workspace(self) -> WorkspaceEvidence:
        """What the workspace tells besides incidents; nothing is called before it is asked."""
        from watchkeeper_sentinel.evidence import SentinelEvidence  # what no sync needs stays out of its start

        return SentinelEvidence(self._config, self._arm, self._logs)

    def probes(self, scope: ProbeScope) -> Sequence[Probe]:
        return self._prober.run(scope)

    def write_probes(self, scope: ProbeScope) -> Sequence[Probe]:
        """None: ARM itself lists what our account may do, so that nothing has to be tried."""
        del scope
        return ()


def _is_a_connector(connector: SentinelConnector) -> Connector:  # pragma: no cover - mypy alone reads it
    return connector
