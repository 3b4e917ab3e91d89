"""What a ticket was at an instant: its state rebuilt from what it is now by undoing recorded changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from watchkeeper.catalog.model import Waiver
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.record import RawFields, RawValue, Record, RecordRef, Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD, Severity, Status
from watchkeeper.model.verdict import AuditWindow

LONG_AGO = datetime.min.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
"""What lies between an instant and the one just before it."""
SOON_BACK = timedelta(days=3)
_SEVERITIES = frozenset(Severity)
_DONE = frozenset(status for status in Status if status.is_closed)


@dataclass(frozen=True, slots=True)
class State:
    """A record's raw fields from `since` on (None: from before the history that was read). `answers` to what was asked about them:
    a ticket is judged on several days by the same states."""

    since: datetime | None
    fields: RawFields
    answers: dict[tuple[int, str], object] = field(default_factory=dict, compare=False, repr=False)

    def status(self, profile: Profile, side: Side) -> str:
        """See `status_of`."""
        asked = id(profile), STATUS_FIELD
        if asked not in self.answers:
            self.answers[asked] = status_of(profile, side, self.fields)
        return str(self.answers[asked])

    def is_escalation(self, profile: Profile, record: Record) -> bool:
        """Whether the record was one of the profile's escalations."""
        asked = id(profile), "population"
        if asked not in self.answers:
            self.answers[asked] = profile.would_include(record, self.fields)
        return bool(self.answers[asked])


@dataclass(frozen=True, slots=True)
class Timeline:
    """One record's states, oldest first; never empty. `record` is as it was read, whatever states are looked at."""

    record: Record
    states: tuple[State, ...]

    def until(self, instant: datetime) -> Timeline:
        """The same as it could be seen at an instant."""
        kept = tuple(state for state in self.states if state.since is None or state.since <= instant)
        return Timeline(self.record, kept)

    @property
    def fields(self) -> RawFields:
        return self.states[-1].fields

    def began(self, holds: Callable[[State], bool], bridging: timedelta = timedelta()) -> datetime | None:
        """When the present unbroken run of states for which `holds` is true began; None when it is false now, or was true
        all along. A break shorter than `bridging` is none."""
        return began([(state.since, holds(state)) for state in self.states], bridging)


def began(states: Iterable[tuple[datetime | None, bool]], bridging: timedelta = timedelta()) -> datetime | None:
    """When the last unbroken run of true states began, of (since, whether it holds), oldest first; see `Timeline.began`."""
    runs = [(held, next(run)[0]) for held, run in groupby(states, key=itemgetter(1))]
    held, since = runs.pop()
    if not held:
        return None
    while len(runs) > 1 and since is not None and (broke := runs[-1][1]) is not None and since - broke < bridging:
        runs.pop()
        _, since = runs.pop()
    return since


def timeline(record: Record, activities: Sequence[Activity]) -> Timeline:
    """Undo the recorded field changes of a record one instant after the other, newest first."""
    changes = sorted(
        (each for each in activities if each.kind is ActivityKind.FIELD and each.ref == record.ref),
        key=lambda each: each.at,
    )
    fields = dict(record.fields)
    newest_first: list[State] = []
    for at, together in groupby(reversed(changes), key=lambda each: each.at):
        newest_first.append(State(at, dict(fields)))
        for change in together:
            fields[change.field] = _undone(fields.get(change.field), change)
    return Timeline(record, (State(None, fields), *reversed(newest_first)))


def _undone(value: RawValue, change: Activity) -> RawValue:
    """The value before a change. A set (labels) stands as text in the history, and is only undone where that text says what
    the set holds now; a field that we did not read stays unread."""
    if isinstance(value, tuple):
        return _labels(change.old) if _labels(change.new) == tuple(sorted(value)) else value
    return None if value is None else change.old


def _labels(joined: str) -> tuple[str, ...]:
    return tuple(sorted(label for label in joined.split(", ") if label))


@dataclass(frozen=True, slots=True)
class Hold:
    """The latest time on hold. `entered_at` is None when that lies before the history that was read, `left_at` None while it
    lasts. `accepted`: whether the profile takes the reason. `follow_up`: the day on which waiting ends, if given. `label`:
    what the side calls the reason, where it told us."""

    entered_at: datetime | None
    left_at: datetime | None
    reason: str
    accepted: bool
    follow_up: date | None
    follow_up_unreadable: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of a ticket. `told`: whether everything that happened there could be read; else `reason` says why not."""

    side: Side
    told: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """All that a verdict looks at besides the deeds and the calendar.

    `created_at` is the original's, None when only our copy can be seen. `entered_at`: when it became an escalation, None if
    it always was one or nobody knows; `left_at`: when it ceased to be one. `taken_at`: when its team took it over from another.
    `closed_at` is None while any side is open.
    `waivers` are those about it, whatever their days; `window` says how often it needs an update.
    """

    key: str
    profile: str
    refs: tuple[RecordRef, ...]
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    title: str
    severity: str
    assignee: str
    group: str
    sides: tuple[SideView, ...]
    created_at: datetime | None = None
    entered_at: datetime | None = None
    closed_at: datetime | None = None
    hold: Hold | None = None
    hold_max: int = 5
    left_at: datetime | None = None
    waivers: tuple[Waiver, ...] = ()
    window: AuditWindow = AuditWindow.BUSINESS_DAY
    taken_at: datetime | None = None
    assignee_account: str = ""


def text(fields: RawFields, name: str | None) -> str:
    """A scalar raw field as text; empty when it is missing, hidden, or no scalar."""
    value = fields.get(name) if name else None
    return value if isinstance(value, str) else ""


def awaits_close(profile: Profile, lines: Mapping[Side, Timeline]) -> bool:
    """Whether every side is done with it, and one merely resolved: ServiceNow closes such a ticket by itself some days later."""
    held = {line.states[-1].status(profile, side) for side, line in lines.items()}
    return Status.RESOLVED in held and held <= _DONE


def status_of(profile: Profile, side: Side, fields: RawFields) -> str:
    """The canonical status, or empty where the mapping does not know the value: such a ticket counts as open."""
    return _canonical(profile, side, fields, STATUS_FIELD)


def is_closed(profile: Profile, side: Side, fields: RawFields) -> bool:
    return status_of(profile, side, fields) in _DONE


def severity_of(profile: Profile, lines: Mapping[Side, Timeline]) -> str:
    """The highest severity that a side holds."""
    held = {_canonical(profile, side, line.fields, SEVERITY_FIELD) for side, line in lines.items()}
    known = [Severity(value) for value in held if value in _SEVERITIES]
    return max(known, key=lambda severity: severity.rank).value if known else ""


def closed_at(profile: Profile, lines: Mapping[Side, Timeline], told_until: Mapping[Side, datetime]) -> datetime | None:
    """When the last side closed; None while one is open, LONG_AGO when it lies before the history that was read.

    `told_until` says up to when a side's history is complete. Where it cannot tell, the record's last update is taken: the
    latest possible instant.
    """
    if not lines or not all(line.states[-1].status(profile, side) in _DONE for side, line in lines.items()):
        return None
    return max(_closing(profile, side, line, told_until.get(side)) for side, line in lines.items())


def entered_at(profile: Profile, lines: Mapping[Side, Timeline]) -> datetime | None:
    """When the ticket became an escalation: the earliest over the sides that hold it as one; None if one always did.

    One that comes back within three days was one all along: a label taken off and put on again would win a day each time.
    """
    entries = [
        line.began(partial(State.is_escalation, profile=profile, record=line.record), SOON_BACK)
        for line in lines.values()
        if line.states[-1].is_escalation(profile, line.record)
    ]
    known = [entry for entry in entries if entry is not None]
    return min(known) if known and len(known) == len(entries) else None


def left_at(profile: Profile, lines: Mapping[Side, Timeline]) -> datetime | None:
    """When the ticket ceased to be an escalation: None while a side holds it as one, LONG_AGO when that lies before the
    history that was read, or when it never was one."""
    if _is_escalation(profile, lines):
        return None
    changes = {state.since for line in lines.values() for state in line.states if state.since is not None}
    before = ((change, {side: line.until(change - INSTANT) for side, line in lines.items()}) for change in changes)
    return max((change for change, earlier in before if _is_escalation(profile, earlier)), default=LONG_AGO)


def _is_escalation(profile: Profile, lines: Mapping[Side, Timeline]) -> bool:
    return any(line.states[-1].is_escalation(profile, line.record) for line in lines.values())


def hold_of(
    profile: Profile, lines: Mapping[Side, Timeline], zone: ZoneInfo, by_person: Callable[[datetime], bool]
) -> Hold | None:
    """The latest time on hold, from the first side that knows holds. `by_person` tells whether a person did something at an
    instant: who puts a ticket on hold again that was on hold before begins anew only as a person."""
    for side, line in lines.items():
        spans = _hold_spans(profile, side, line)
        if spans:
            return _hold(profile, side, _renewed(spans, by_person), zone)
    return None


def _renewed(spans: Sequence[_Span], by_person: Callable[[datetime], bool]) -> _Span:
    """The last span, beginning where the first of those began that no person renewed."""
    entered = spans[-1].entered_at
    for earlier in reversed(spans[:-1]):
        if entered is not None and by_person(entered):
            break
        entered = earlier.entered_at
    return replace(spans[-1], entered_at=entered)


def follow_up_day(value: str, zone: ZoneInfo) -> date | None:
    """A follow-up date as a local day: an ISO date, or a date and time (UTC where no offset is given, as ServiceNow's
    internal values are). Raises ValueError when it is neither."""
    if not value.strip():
        return None
    if len(value.strip()) == len("2026-11-22"):
        return date.fromisoformat(value.strip())
    instant = datetime.fromisoformat(value.strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class _Span:
    entered_at: datetime | None
    left_at: datetime | None
    fields: RawFields


def _hold_spans(profile: Profile, side: Side, line: Timeline) -> list[_Span]:
    spans: list[_Span] = []
    for held, run in groupby(line.states, key=lambda state: state.status(profile, side) == Status.ON_HOLD):
        states = list(run)
        if held:
            spans.append(_Span(states[0].since, None, states[-1].fields))
        elif spans and spans[-1].left_at is None:
            spans[-1] = replace(spans[-1], left_at=states[0].since)
    return spans


def _hold(profile: Profile, side: Side, span: _Span, zone: ZoneInfo) -> Hold:
    rules = profile.sides[side]
    reason = text(span.fields, rules.hold_reason_field)
    unreadable, follow_up = False, None
    try:
        follow_up = follow_up_day(text(span.fields, rules.follow_up_field), zone)
    except ValueError:
        unreadable = True
    accepted = bool(reason) and (not profile.hold_reasons or reason in profile.hold_reasons)
    label = profile.hold_reason_labels.get(reason, "")
    return Hold(span.entered_at, span.left_at, reason, accepted, follow_up, unreadable, label)


def _closing(profile: Profile, side: Side, line: Timeline, told_until: datetime | None) -> datetime:
    began = line.began(lambda state: state.status(profile, side) in _DONE)
    if told_until is None:  # a change that is not told may have been the one that closed it
        return max(began or LONG_AGO, line.record.updated_at)
    if began is None and line.record.updated_at < told_until:
        return LONG_AGO
    return began or line.record.updated_at


def _canonical(profile: Profile, side: Side, fields: RawFields, name: str) -> str:
    rule = next((rule for rule in profile.fields if rule.name == name and side in rule.lenses), None)
    value = rule.lenses[side].get(fields) if rule else None
    return value if isinstance(value, str) else ""
