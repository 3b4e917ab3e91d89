"""A small SOC for the audit's tests: the shipped teams, calendars and escalation profile, two sides held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from watchkeeper.catalog import load_catalog
from watchkeeper.catalog.model import Catalog, Team
from watchkeeper.errors import WatchkeeperError
from watchkeeper.escalation.facts import SideView, TicketFacts
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import (
    Activity,
    ActivityKind,
    ActivityReport,
    Actor,
    Comment,
    Principal,
    ReferenceKind,
    Resolution,
    Resolved,
    measure_text,
)
from watchkeeper.model.capabilities import Identity
from watchkeeper.model.population import Feed
from watchkeeper.model.record import (
    SENTINEL,
    SERVICENOW,
    Absent,
    RawValue,
    Record,
    RecordRef,
    Revision,
    Side,
    Unreadable,
)
from watchkeeper.model.scan import Page, ScanEnd, ScanItem
from watchkeeper.model.verdict import AuthorClass, Deed
from watchkeeper.model.vocabulary import Columns, Orientation

ROOT = Path(__file__).parents[3]
CATALOG: Catalog = load_catalog(ROOT / "mappings", deployment="test")
PROFILE: Profile = load_profiles(ROOT / "mappings", groups=tuple(team.group for team in CATALOG.teams.values()))[
    "escalation"
]

TOKYO: Team = CATALOG.teams["monitoring"]
DUBLIN: Team = CATALOG.teams["soc-oversight"]
SEATTLE: Team = CATALOG.teams["engineering-secops"]

KEIKO = Actor(SERVICENOW, "keiko.tanaka", "Keiko Tanaka")
KEIKO_UPN = Actor(SENTINEL, "keiko.tanaka@soc.example", "Keiko Tanaka")
STRANGER = Actor(SERVICENOW, "sam.unknown", "Sam Unknown")
OUR_BOT = Actor(SERVICENOW, "watchkeeper.bot", "Watchkeeper")
OUR_APP = Actor(SENTINEL, "11111111-2222-3333-4444-555555555555", "watchkeeper")
SYSTEM = Actor(SERVICENOW, "system", "System")
DEFENDER = Actor(SENTINEL, "Microsoft Defender XDR - alert correlation", "Microsoft Defender XDR - alert correlation")
BOTS = (OUR_BOT, OUR_APP, SYSTEM, DEFENDER)

TICKET = RecordRef(SERVICENOW, "incident", f"{1:032x}")
INCIDENT = RecordRef(SENTINEL, "incidents", "0b5d0f4e-0000-4000-8000-000000000001")
A_GOOD_NOTE = "Checked the host with the owner; next: isolate it by 15:00."


def at(zone: str | ZoneInfo | Team, text: str) -> datetime:
    """An instant given on a wall clock: `at(TOKYO, "2026-11-16 09:30")`."""
    name = zone.zone if isinstance(zone, Team) else ZoneInfo(zone) if isinstance(zone, str) else zone
    return datetime.fromisoformat(text).replace(tzinfo=name).astimezone(UTC)


def a_comment(author: Actor, when: datetime, text: str = A_GOOD_NOTE, ref: RecordRef | None = None) -> Activity:
    digest, length = measure_text(text)
    ref = ref or (TICKET if author.side == SERVICENOW else INCIDENT)
    return Activity(ref, author, when, ActivityKind.COMMENT, text_digest=digest, text_length=length, id=f"{when}{text}")


def a_change(author: Actor, when: datetime, name: str, old: str, new: str, ref: RecordRef | None = None) -> Activity:
    ref = ref or (TICKET if author.side == SERVICENOW else INCIDENT)
    return Activity(ref, author, when, ActivityKind.FIELD, field=name, old=old, new=new, id=f"{when}{name}")


def a_deed(when: datetime, author_class: AuthorClass = AuthorClass.HUMAN, text: str = A_GOOD_NOTE) -> Deed:
    counts = author_class is AuthorClass.HUMAN
    why = {AuthorClass.HUMAN: "counts", AuthorClass.BOT: "system-account"}.get(author_class, "unclassified-author")
    author = {AuthorClass.HUMAN: KEIKO, AuthorClass.BOT: SYSTEM}.get(author_class, STRANGER)
    return Deed(a_comment(author, when, text), author_class, counts, why)


def facts(**changes: object) -> TicketFacts:
    """A ticket created long before the week of 16 November 2026, open, readable in ServiceNow."""
    ticket = TicketFacts(
        key=f"escalation/servicenow/{TICKET.id}",
        profile="escalation",
        refs=(TICKET,),
        numbers=("INC0010001",),
        urls=("https://snow.example/INC0010001",),
        title="Credential theft on SRV-7",
        severity="high",
        assignee="keiko.tanaka",
        group="",
        sides=(SideView(SERVICENOW, True),),
        created_at=datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    )
    return replace(ticket, **changes)  # type: ignore[arg-type]


def a_ticket(ref: RecordRef = TICKET, number: str = "INC0010001", **changes: RawValue) -> Record:
    raw: dict[str, RawValue] = {
        "category": "security",
        "assignment_group": "SOC Monitoring",
        "assigned_to": "keiko.tanaka",
        "state": "2",
        "impact": "1",
        "urgency": "1",
        "short_description": "Credential theft on SRV-7",
        "description": "",
        "correlation_id": "",
        "hold_reason": "",
        "follow_up": "",
    }
    return _record(ref, number, {**raw, **changes})


def an_incident(ref: RecordRef = INCIDENT, number: str = "42", **changes: RawValue) -> Record:
    raw: dict[str, RawValue] = {
        "title": "Impossible travel",
        "status": "Active",
        "severity": "Medium",
        "labels": ("escalation",),
        "owner.userPrincipalName": "keiko.tanaka@soc.example",
        "classification": "",
    }
    return _record(ref, number, {**raw, **changes})


def _record(ref: RecordRef, number: str, raw: Mapping[str, RawValue]) -> Record:
    born = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
    url = f"https://{ref.side}.example/{number}"
    return Record(ref, number, url, Revision("1"), born, born + timedelta(days=1), dict(raw))


@dataclass
class MemorySide:
    """A side held in memory: it filters, bounds and cuts as a connector does, and fails on demand.

    Only what the audit reads; it raises what is put into `fails` (by method name).
    """

    side: Side
    account: str
    records: list[Record] = field(default_factory=list)
    deeds: list[Activity] = field(default_factory=list)
    users: dict[str, Principal] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    fails: dict[str, WatchkeeperError] = field(default_factory=dict)
    complete: bool = True
    untold: str = ""
    untold_by: str = ""
    unclear: frozenset[RecordRef] = frozenset()
    hidden: frozenset[RecordRef] = frozenset()
    asked: list[str] = field(default_factory=list)
    apart: dict[RecordRef, list[Comment]] = field(default_factory=dict)
    """Comments that are shown record by record only."""

    def _call(self, name: str) -> None:
        self.asked.append(name)
        if name in self.fails:
            raise self.fails[name]

    def identity(self) -> Identity:
        self._call("identity")
        return Identity(self.side, "id", self.side, self.account)

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:
        self._call("scan")
        rows = [
            record
            for record in self.records
            if record.ref.table == feed.table
            and record.ref not in self.hidden
            and (record.ours or any(filter_.holds(record.fields) for filter_ in feed.filters))
        ]
        yield Page(tuple(rows), tuple(self.unreadable))
        now = datetime(2026, 11, 16, tzinfo=UTC)
        yield ScanEnd(self.complete, None, now, "" if self.complete else "the answer was cut short")

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:
        self._call("get")
        known = {record.ref: record for record in self.records if record.ref not in self.hidden}
        return {ref: known.get(ref) or Absent(ref, reason="not visible") for ref in refs}

    def activity(
        self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None = None, *, bulk: bool = False
    ) -> ActivityReport:
        assert bulk
        self._call("activity")
        told = tuple(
            deed
            for deed in self.deeds
            if deed.ref.table == table and since <= deed.at < until and (ids is None or deed.ref.id in ids)
        )
        unclear = frozenset(ref for ref in self.unclear if ids is None or ref.id in ids)
        reason = self.untold or (f"the history of {len(unclear)} incidents lags behind" if unclear else "")
        apart = frozenset(ref for ref in self.apart if ids is None or ref.id in ids)
        return ActivityReport(
            () if self.untold else told, not self.untold, reason, unclear, error=self.untold_by, uncommented=apart
        )

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        self._call("comments")
        return {ref: tuple(self.apart.get(ref, ())) for ref in refs}

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        self._call("principals")
        return {name: self.users[name] for name in ids if name in self.users}

    def cursor_at(self, table: str, moment: datetime) -> str | None:
        raise NotImplementedError

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        raise NotImplementedError

    def columns(self, tables: Sequence[str]) -> Mapping[str, Columns]:
        raise NotImplementedError

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:
        self._call("orient")
        return Orientation()

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        self._call("resolve")
        return {name: Resolution(kind, name, Resolved.UNVERIFIABLE) for name in names}
