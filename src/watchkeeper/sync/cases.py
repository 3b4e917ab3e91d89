"""Put together everything that is known about a key, reading by id whatever this run has not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from watchkeeper.catalog.model import Catalog, SentinelMode
from watchkeeper.catalog.owner_requests import kind_of
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.activity import Comment
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import Because, because, together
from watchkeeper.model.record import SENTINEL, SERVICENOW, Absent, Record, RecordRef, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import SIDE_ORDER, Case, SideView, Sighting
from watchkeeper.sync.drafts import defined_values, language_of
from watchkeeper.sync.mirror import with_likely_news
from watchkeeper.sync.openings import Known, groups_needed, is_closed, open_missing
from watchkeeper.sync.owner_duty import is_owners
from watchkeeper.sync.owners import owners_needed, unverified_owners
from watchkeeper.sync.reading import Reading, find_marked, read_with_comments
from watchkeeper.sync.systems import Systems, origin_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look into. `records`: what this run has read already, by key and side. `due`: occurrences to be opened, by key.
    `import_since`, by profile: escalations created before it are not imported (None: all are). `superseded`: keys whose open ticket gives
    way to a newer one, and that one's key."""

    keys: frozenset[str]
    records: Mapping[str, Mapping[Side, Record]]
    due: Mapping[str, Occurrence]
    import_since: Mapping[str, datetime | None]
    superseded: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Cases:
    """The cases, what had to be parked while building them, and links whose state changed (missing, gone). `held`: keys that
    nothing can be decided about until something outside the pair changes, and why. `talks`: comments that were read meanwhile."""

    cases: list[Case] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    absent: list[Link] = field(default_factory=list)
    duplicates: list[Parked] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    talks: Reading[Sequence[Comment]] = field(default_factory=Reading)


_NOT_THERE = frozenset({Sighting.MISSING, Sighting.GONE})


def build_cases(systems: Systems, wanted: Wanted) -> Cases:
    """One case per key. Reads by id in bulk: whatever the feeds did not show, and every id that a create would use."""
    links = systems.store.links(wanted.keys)
    refs = {key: _refs(systems, key, wanted, links.get(key, {})) for key in sorted(wanted.keys)}
    seen = _trusted(systems, wanted, links)
    unseen = [ref for key in refs for side, ref in refs[key].items() if side not in seen.get(key, {})]
    known = [(systems.profile_of(key), seen.get(key, {}), links.get(key, {})) for key in refs]
    talked_about = [ref for each in known for ref in with_likely_news(*each)]
    read, talks = read_with_comments(systems, unseen, talked_about)
    built = Cases(talks=talks)
    unlinked = [key for key in refs if _may_be_unlinked(refs[key], read, seen.get(key, {}), links.get(key, {}))]
    by_marker = _by_marker(systems, unlinked, built)
    groups = groups_needed(systems, wanted.keys, wanted.due.values())
    owners = owners_needed(systems, wanted.due.values())
    for key, key_refs in refs.items():
        sides = {}
        for side, ref in key_refs.items():
            record = seen.get(key, {}).get(side) or by_marker.get((key, side))
            sides[side] = _view(ref, record, links.get(key, {}).get(side), read)
        built.absent += [view.link for view in sides.values() if view.link is not None and view.sighting in _NOT_THERE]
        profile = systems.profile_of(key)
        _add_case(
            systems,
            built,
            Known(
                key,
                profile,
                sides,
                wanted.due.get(key),
                wanted.import_since[profile.name],
                groups,
                wanted.superseded.get(key, ""),
                owners,
            ),
        )
    opened = [wanted.due[case.key] for case in built.cases if case.key in wanted.due and _opens_incident(case)]
    built.parked += unverified_owners(systems, opened, owners)
    return built


def _opens_incident(case: Case) -> bool:
    return SENTINEL in case.sides and case.sides[SENTINEL].draft is not None


def _trusted(
    systems: Systems, wanted: Wanted, links: Mapping[str, Mapping[Side, Link]]
) -> Mapping[str, Mapping[Side, Record]]:
    """What the feeds showed, without rows that may be older than what we know: those are read again by id."""
    now = systems.clock.now()
    return {
        key: {
            side: record
            for side, record in records.items()
            if not _may_lag(systems, record, links.get(key, {}).get(side), now)
        }
        for key, records in wanted.records.items()
    }


def _may_lag(systems: Systems, record: Record, link: Link | None, now: datetime) -> bool:
    """Whether a listed row may come from before our last look: an older revision, or, where revisions have no order, another
    one so soon after it that the listing may not have caught up."""
    if link is None or record.ref != link.ref or record.revision == link.revision:
        return False
    if record.revision.order is not None and link.revision.order is not None:
        return record.revision.order < link.revision.order
    return (
        bool(link.revision.token) and now - link.confirmed_at < systems.connectors[record.ref.side].capabilities.settle
    )


def _refs(systems: Systems, key: str, wanted: Wanted, links: Mapping[Side, Link]) -> Mapping[Side, RecordRef]:
    """Where the key's record is, or would be, on each side that the key has."""
    profile = systems.profile_of(key)
    origin = origin_of(key) if profile.kind is ProfileKind.ESCALATION else None
    refs: dict[Side, RecordRef] = {}
    for side in SIDE_ORDER:
        record = wanted.records.get(key, {}).get(side)
        if side not in profile.sides or not (record or side in links or _side_in_use(systems, key, side, wanted)):
            continue
        table = profile.sides[side].table
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
    occurrence = wanted.due.get(key)
    return has_side(systems.catalog, key, side, occurrence.task if occurrence else "")


def has_side(catalog: Catalog, key: str, side: Side, named: str = "") -> bool:
    """A task (`named`, else the one that the key begins with) may do without a record in Sentinel; asset owners have none there, nor has
    what they ask for."""
    if is_owners(key) or kind_of(key) is not None:
        return side != SENTINEL
    task = catalog.tasks.get(named or key.split("/", 1)[0])
    return side != SENTINEL or task is None or task.sentinel_mode is not SentinelMode.NONE


def _may_be_unlinked(
    refs: Mapping[Side, RecordRef],
    read: Reading[Record | Absent],
    seen: Mapping[Side, Record],
    links: Mapping[Side, Link],
) -> bool:
    """Whether ServiceNow must also be asked by marker: nothing is linked there and the chosen id holds nothing."""
    ref = refs.get(SERVICENOW)
    if ref is None or SERVICENOW in links or SERVICENOW in seen:
        return False
    return isinstance(read.found.get(ref), Absent)


def _by_marker(systems: Systems, keys: Sequence[str], built: Cases) -> Mapping[tuple[str, Side], Record]:
    """Records that carry a key's marker under another id than the chosen one (an instance that does not honour it)."""
    found: dict[tuple[str, Side], Record] = {}
    by_table: dict[str, list[str]] = {}
    for key in keys:
        by_table.setdefault(systems.profile_of(key).sides[SERVICENOW].table, []).append(key)
    for table, group in sorted(by_table.items()):
        markers = {systems.marker(key): key for key in group}
        answers = find_marked(systems, SERVICENOW, table, sorted(markers))
        for marker, records in sorted(answers.items()):
            key = markers[marker]
            oldest_first = sorted(records, key=lambda record: (record.created_at, record.ref.id))
            for record in oldest_first[:1]:
                found[(key, SERVICENOW)] = record
            built.duplicates += [duplicate_row(key, record, oldest_first[0].number) for record in oldest_first[1:]]
    return found


def duplicate_row(key: str, record: Record, kept: str) -> Parked:
    return Parked(
        key,
        "duplicate",
        because(Trouble.SAME_KEY, number=record.number, kept=kept),
        together([because(Trouble.CLOSE_DUPLICATE), because(Trouble.NEVER_DELETED)]),
        record.number,
    )


def _view(ref: RecordRef, record: Record | None, link: Link | None, read: Reading[Record | Absent]) -> SideView:
    answer = read.found.get(ref)
    record = record or (answer if isinstance(answer, Record) else None)
    if record is not None:
        if _is_older(record, link):
            return SideView(Sighting.UNREAD, link=link, trouble=because(Trouble.OLDER_SHOWN))
        return SideView(Sighting.FOUND, record, link, closer=record.updated_by)
    if ref in read.failed:
        return SideView(Sighting.UNREAD, link=link, trouble=str(read.failed[ref]))
    deleted = isinstance(answer, Absent) and answer.deleted
    if link is None:
        return SideView(Sighting.GONE if deleted else Sighting.NEVER)
    if link.state in {LinkState.GONE, LinkState.MISSING} or deleted:
        return SideView(Sighting.GONE, link=_with_state(link, LinkState.GONE))
    return SideView(Sighting.MISSING, link=_with_state(link, LinkState.MISSING))


def _is_older(record: Record, link: Link | None) -> bool:
    if link is None or record.ref != link.ref or record.revision.order is None or link.revision.order is None:
        return False
    return record.revision.order < link.revision.order


def _with_state(link: Link, state: LinkState) -> Link:
    return replace(link, state=state, reason="not found by id")


def _add_case(systems: Systems, built: Cases, known: Known) -> None:
    sides = open_missing(systems, known)
    if isinstance(sides, Parked):
        built.parked.append(sides)
        built.held[known.key] = sides.reason
        return
    if all(view.sighting is Sighting.NEVER and view.draft is None for view in sides.values()):
        return
    ticket = sides[SERVICENOW].record if SERVICENOW in sides else None
    built.cases.append(
        Case(
            key=known.key,
            profile=known.profile,
            sides=sides,
            desired=defined_values(systems, known.occurrence, ticket) if known.occurrence is not None else {},
            closing_context={
                "at": systems.clock.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
                "language": language_of(systems, known.key),
            },
            origin_reason=_origin_reason(known),
            superseded_by=known.superseded_by,
        )
    )


def _origin_reason(known: Known) -> str:
    if known.occurrence is not None:
        due = known.occurrence.due.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        cause = known.occurrence.reason
        return because(Because.DUE_RAISED, when=due, cause=cause) if cause else because(Because.DUE, when=due)
    origin = next((view.record for view in known.sides.values() if view.record is not None), None)
    return because(Because.ESCALATED, side=origin.ref.side, number=origin.number) if origin else ""


def of_no_concern(profile: Profile, key: str, records: Iterable[Record], since: datetime | None) -> bool:
    """An escalation that is paired with nothing and would not be imported: closed already, or from before the first day."""
    found = tuple(records)
    origin = origin_of(key)
    if (
        profile.kind is not ProfileKind.ESCALATION
        or len(found) != 1
        or origin is None
        or origin[0] != found[0].ref.side
    ):
        return False
    return is_closed(profile, found[0]) or (since is not None and found[0].created_at < since)
