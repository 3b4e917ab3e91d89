"""Put together everything that is known about a key, reading by id whatever this run has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from watchkeeper.catalog.model import SentinelMode
from watchkeeper.errors import WatchkeeperError
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import Parked
from watchkeeper.model.record import SENTINEL, SERVICENOW, Absent, Record, RecordRef, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status, Unmapped
from watchkeeper.sync.drafts import Drafted, draft_escalation, draft_occurrence, home_of, link_back
from watchkeeper.sync.reconcile import SIDE_ORDER, Case, SideView, Sighting
from watchkeeper.sync.references import resolve_names
from watchkeeper.sync.systems import Systems, origin_of

REFUSED_GROUP = "assignment_group"
"""The field of a Parked row for a record that is not created because nobody would own it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look into. `records`: what this run has read already, by key and side. `due`: occurrences to be opened, by key.
    `import_since`: escalations created before it are not imported (None: all are)."""

    keys: frozenset[str]
    records: Mapping[str, Mapping[Side, Record]]
    due: Mapping[str, Occurrence]
    import_since: datetime | None
    foreign: frozenset[str] = frozenset()


@dataclass(slots=True)
class Cases:
    """The cases, what had to be parked while building them, and links whose state changed (missing, gone)."""

    cases: list[Case] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    absent: list[Link] = field(default_factory=list)
    duplicates: list[Parked] = field(default_factory=list)


Read = Mapping[RecordRef, Record | Absent]


def build_cases(systems: Systems, wanted: Wanted) -> Cases:
    """One case per key. Reads by id in bulk: whatever the feeds did not show, and every id that a create would use."""
    links = systems.store.links(wanted.keys)
    refs = {key: _refs(systems, key, wanted, links.get(key, {})) for key in sorted(wanted.keys)}
    missing = [ref for key in refs for side, ref in refs[key].items() if side not in wanted.records.get(key, {})]
    read = read_records(systems, missing)
    built = Cases()
    by_marker = _by_marker(
        systems, [key for key in refs if _may_be_unlinked(key, refs[key], read, wanted, links.get(key, {}))], built
    )
    groups = _groups(systems, wanted)
    for key, key_refs in refs.items():
        sides = {
            side: _view(
                wanted.records.get(key, {}).get(side) or by_marker.get((key, side)),
                read.get(ref),
                links.get(key, {}).get(side),
                built,
            )
            for side, ref in key_refs.items()
        }
        _add_case(systems, built, _Known(key, systems.profile_of(key), sides, wanted, groups))
    return built


def read_records(systems: Systems, refs: Iterable[RecordRef]) -> Read:
    """Read records by id, each side's in batches on that side's workers. Raises the first error of any batch."""
    gathered: list[Read | WatchkeeperError] = []
    by_table: dict[tuple[Side, str], list[RecordRef]] = {}
    for ref in refs:
        by_table.setdefault((ref.side, ref.table), []).append(ref)
    for (side, table), group in sorted(by_table.items()):
        size = systems.connectors[side].capabilities.read_batch
        fields = systems.fields(side, table)
        for start in range(0, len(group), size):
            systems.workers.submit(
                side, _read_task(systems, side, group[start : start + size], fields), gathered.append
            )
    systems.workers.drain()
    found: dict[RecordRef, Record | Absent] = {}
    for answer in gathered:
        if isinstance(answer, WatchkeeperError):
            raise answer
        found.update(answer)
    return found


def _read_task(
    systems: Systems, side: Side, refs: Sequence[RecordRef], fields: frozenset[str]
) -> Callable[[], Read | WatchkeeperError]:
    def read() -> Read | WatchkeeperError:
        try:
            return systems.connectors[side].get(refs, fields)
        except WatchkeeperError as error:
            return error

    return read


def _refs(systems: Systems, key: str, wanted: Wanted, links: Mapping[Side, Link]) -> Mapping[Side, RecordRef]:
    """Where the key's record is, or would be, on each side that the key has."""
    profile = systems.profile_of(key)
    origin = origin_of(key) if profile.kind is ProfileKind.ESCALATION else None
    refs: dict[Side, RecordRef] = {}
    for side in SIDE_ORDER:
        if side not in profile.sides or not _side_in_use(systems, key, side, wanted):
            continue
        table = profile.sides[side].table
        record = wanted.records.get(key, {}).get(side)
        if record is not None:
            refs[side] = record.ref
        elif side in links:
            refs[side] = links[side].ref
        elif origin is not None and origin[0] == side:
            refs[side] = RecordRef(side, table, origin[1])
        else:
            refs[side] = systems.connectors[side].chosen_ref(table, systems.marker(key))
    return refs


def _side_in_use(systems: Systems, key: str, side: Side, wanted: Wanted) -> bool:
    """A task may do without a Sentinel incident of its own."""
    occurrence = wanted.due.get(key)
    task = systems.catalog.tasks.get(occurrence.task if occurrence else key.split("/", 1)[0])
    return side != SENTINEL or task is None or task.sentinel_mode is SentinelMode.INCIDENT


def _may_be_unlinked(
    key: str, refs: Mapping[Side, RecordRef], read: Read, wanted: Wanted, links: Mapping[Side, Link]
) -> bool:
    """Whether ServiceNow must also be asked by marker: nothing is linked there and the chosen id holds nothing."""
    ref = refs.get(SERVICENOW)
    return (
        ref is not None
        and SERVICENOW not in links
        and SERVICENOW not in wanted.records.get(key, {})
        and not isinstance(read.get(ref), Record)
    )


def _by_marker(systems: Systems, keys: Sequence[str], built: Cases) -> Mapping[tuple[str, Side], Record]:
    """Records that carry a key's marker under another id than the chosen one (an instance that does not honour it)."""
    found: dict[tuple[str, Side], Record] = {}
    by_table: dict[str, list[str]] = {}
    for key in keys:
        by_table.setdefault(systems.profile_of(key).sides[SERVICENOW].table, []).append(key)
    for table, group in sorted(by_table.items()):
        markers = {systems.marker(key): key for key in group}
        answers = systems.connectors[SERVICENOW].find(table, sorted(markers), systems.fields(SERVICENOW, table))
        for marker, records in answers.items():
            key = markers[marker]
            oldest_first = sorted(records, key=lambda record: (record.created_at, record.ref.id))
            for record in oldest_first[:1]:
                found[(key, SERVICENOW)] = record
            built.duplicates += [duplicate_row(key, record, oldest_first[0]) for record in oldest_first[1:]]
    return found


def duplicate_row(key: str, record: Record, kept: Record) -> Parked:
    return Parked(
        key,
        "duplicate",
        f"{record.number} carries the same key as {kept.number}, which is the one kept in step",
        "close it as a duplicate; it is never deleted",
        record.number,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    key: str
    profile: Profile
    sides: Mapping[Side, SideView]
    wanted: Wanted
    groups: Mapping[str, Resolution]


def _view(record: Record | None, answer: Record | Absent | None, link: Link | None, built: Cases) -> SideView:
    record = record or (answer if isinstance(answer, Record) else None)
    if record is not None:
        closer = record.updated_by
        return SideView(Sighting.FOUND, record, link, closer=closer)
    deleted = isinstance(answer, Absent) and answer.deleted
    if link is None:
        return SideView(Sighting.GONE if deleted else Sighting.NEVER)
    if link.state is LinkState.GONE or deleted or link.state is LinkState.MISSING:
        built.absent.append(_with_state(link, LinkState.GONE))
        return SideView(Sighting.GONE, link=link)
    built.absent.append(_with_state(link, LinkState.MISSING))
    return SideView(Sighting.MISSING, link=link)


def _with_state(link: Link, state: LinkState) -> Link:
    return replace(link, state=state, reason="not found by id")


def _add_case(systems: Systems, built: Cases, known: _Known) -> None:
    sides: dict[Side, SideView] = dict(known.sides)
    problem = _drafts(systems, known, sides)
    if problem is not None:
        built.parked.append(problem)
        return
    if all(view.sighting is Sighting.NEVER and view.draft is None for view in sides.values()):
        return
    built.cases.append(
        Case(
            key=known.key,
            profile=known.profile,
            sides=sides,
            closing_context={"at": systems.clock.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")},
            origin_reason=_origin_reason(known),
        )
    )


def _drafts(systems: Systems, known: _Known, sides: dict[Side, SideView]) -> Parked | None:
    """Fill in what would be created, and what ties existing records to the pair; a Parked row when that cannot be done."""
    for side, view in known.sides.items():
        other = next((each for name, each in known.sides.items() if name != side), None)
        counterpart = other.record if other else None
        if view.sighting is Sighting.FOUND and view.record is not None and known.profile.kind is ProfileKind.ESCALATION:
            if other is not None and (counterpart is not None or _creatable(known, other, view.record)):
                back = link_back(
                    systems,
                    known.profile,
                    known.key,
                    view.record,
                    counterpart.number if counterpart else _number_of(other),
                )
                if back is not None and (counterpart is None or _is_new(view.link) or _is_new(other.link)):
                    sides[side] = replace(view, link_back=back.draft.fields, link_back_late=back.late)
            continue
        if view.sighting is Sighting.FOUND or not known.profile.sides[side].creates:
            continue
        drafted = _draft(systems, known, side, counterpart)
        if isinstance(drafted, Parked):
            return drafted
        if drafted is not None:
            sides[side] = replace(view, draft=drafted.draft, late=drafted.late)
    return None


def _is_new(link: Link | None) -> bool:
    return link is None or not link.revision.token


def _number_of(view: SideView) -> str:
    return view.record.number if view.record else ""


def _draft(systems: Systems, known: _Known, side: Side, counterpart: Record | None) -> Drafted | Parked | None:
    if counterpart is not None and is_closed(known.profile, counterpart):
        return None
    if known.profile.kind is ProfileKind.ESCALATION:
        origin = origin_of(known.key)
        if counterpart is None or origin is None or origin[0] == side:
            return None
        if not _importable(known, counterpart):
            return None
        group = _escalation_group(known, side)
        resolution = known.groups.get(group) if group else None
        if group and (resolution is None or resolution.outcome is not Resolved.ONE):
            return _refused(known, group, resolution, known.profile.place)
        drafted = draft_escalation(
            systems, known.profile, known.key, side, counterpart, resolution.id if resolution else ""
        )
    else:
        occurrence = known.wanted.due.get(known.key)
        if occurrence is None:
            return None
        group = home_of(systems, occurrence.team).group
        resolution = known.groups.get(group)
        if resolution is None or resolution.outcome is not Resolved.ONE:
            return _refused(known, group, resolution, systems.catalog.tasks[occurrence.task].place)
        drafted = draft_occurrence(systems, occurrence, side, resolution.id, counterpart)
    if isinstance(drafted, Unmapped):
        return Parked(known.key, ", ".join(drafted.fields), f"{side} cannot hold {drafted.value!r}: {drafted.reason}")
    return drafted


def _creatable(known: _Known, view: SideView, origin: Record) -> bool:
    """Whether the other side's record is about to be created from this one."""
    return view.sighting is Sighting.NEVER and not is_closed(known.profile, origin) and _importable(known, origin)


def _importable(known: _Known, record: Record) -> bool:
    since = known.wanted.import_since
    linked = any(view.link is not None for view in known.sides.values())
    return linked or since is None or record.created_at >= since


def is_closed(profile: Profile, record: Record) -> bool:
    value = profile.field(STATUS_FIELD).lenses[record.ref.side].get(record.fields)
    return isinstance(value, Unmapped) or Status(str(value)).is_closed


def _escalation_group(known: _Known, side: Side) -> str:
    rules = known.profile.sides[side]
    value = rules.constants.get(rules.group_field) if rules.group_field else None
    return value if isinstance(value, str) else ""


def _groups(systems: Systems, wanted: Wanted) -> Mapping[str, Resolution]:
    """Every ServiceNow group that a create of this run may need."""
    names = {home_of(systems, occurrence.team).group for occurrence in wanted.due.values()}
    for profile in systems.profiles.values():
        rules = profile.sides.get(SERVICENOW)
        value = rules.constants.get(rules.group_field) if rules and rules.group_field else None
        if isinstance(value, str) and profile.kind is ProfileKind.ESCALATION and wanted.keys:
            names.add(value)
    return resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, names) if names else {}


def _refused(known: _Known, group: str, resolution: Resolution | None, place: str) -> Parked:
    outcome = resolution.outcome if resolution else Resolved.NONE
    found = "several active groups have this name" if outcome is Resolved.SEVERAL else "no active group has this name"
    near = f"; near: {', '.join(resolution.near)}" if resolution and resolution.near else ""
    return Parked(
        known.key,
        REFUSED_GROUP,
        f"{place}: ServiceNow group {group!r}: {found}{near}",
        "nothing is created unassigned; correct the group in teams.yaml or in ServiceNow",
    )


def _origin_reason(known: _Known) -> str:
    occurrence = known.wanted.due.get(known.key)
    if occurrence is not None:
        return f"due {occurrence.due.astimezone(UTC).strftime('%Y-%m-%d %H:%M UTC')}" + (
            f": {occurrence.reason}" if occurrence.reason else ""
        )
    origin = next((view.record for view in known.sides.values() if view.record is not None), None)
    return f"escalated on {origin.ref.side} as {origin.number}" if origin else ""
