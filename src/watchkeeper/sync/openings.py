"""What a key lacks and the engine may add: records to be created, and marks that tie existing ones to their pair."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from watchkeeper.catalog.model import Deployment
from watchkeeper.catalog.owner_requests import kind_of
from watchkeeper.mapping.profile import GonePolicy, Profile, ProfileKind
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.link import Link
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import SideView, Sighting
from watchkeeper.sync.drafts import Drafted, draft_escalation, draft_occurrence, home_for, link_back
from watchkeeper.sync.owner_duty import owned_ticket
from watchkeeper.sync.owners import REFUSED_OWNER, refused_owner
from watchkeeper.sync.references import resolve_names, unresolved
from watchkeeper.sync.systems import Systems, origin_of

REFUSED_GROUP = "assignment_group"
"""The field of a Parked row for a record that is not created because nobody would own it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A key as it was found. `occurrence`: the one to be opened, if any. `groups`: what the groups' names stand for.
    `superseded_by`: the key of a newer ticket that takes the place of this one's. `owners`: what the owners of incidents stand
    for."""

    key: str
    profile: Profile
    sides: Mapping[Side, SideView]
    occurrence: Occurrence | None
    import_since: datetime | None
    groups: Mapping[str, Resolution]
    superseded_by: str = ""
    owners: Mapping[str, Resolution] = field(default_factory=dict)


def groups_needed(systems: Systems, keys: Collection[str], due: Iterable[Occurrence]) -> Mapping[str, Resolution]:
    """Every ServiceNow group that a create of this run may need, looked up."""
    names = {home_for(systems, occurrence).group for occurrence in due}
    names |= {group for key in keys if (group := group_of(systems.profile_of(key), SERVICENOW))}
    return resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, names) if names else {}


def group_of(profile: Profile, side: Side) -> str:
    """The group that the profile's mirrored records start with on a side, as it is written in the profile; else ""."""
    rules = profile.sides.get(side)
    value = rules.constants.get(rules.group_field) if rules and rules.group_field else None
    return value if isinstance(value, str) and profile.kind is ProfileKind.ESCALATION else ""


def open_missing(systems: Systems, known: Known) -> Mapping[Side, SideView] | Parked:
    """The sides with what would be created and what ties existing records to the pair; a Parked row when a record that is
    wanted cannot be drafted."""
    sides: dict[Side, SideView] = dict(known.sides)
    for side, view in known.sides.items():
        other = next((each for name, each in known.sides.items() if name != side), None)
        if view.sighting is Sighting.FOUND:
            if other is not None and known.profile.kind is ProfileKind.ESCALATION:
                sides[side] = _tied(systems, known, view, other)
        elif _may_create(known.profile, side, view):
            drafted = _draft(systems, known, side, other.record if other else None)
            if isinstance(drafted, Parked):
                return drafted
            if drafted is not None:
                sides[side] = replace(view, draft=drafted.draft, late=drafted.late)
    return sides


def _may_create(profile: Profile, side: Side, view: SideView) -> bool:
    gone = view.sighting is Sighting.GONE and profile.gone is GonePolicy.RECREATE
    return profile.sides[side].creates and (view.sighting is Sighting.NEVER or gone)


def _tied(systems: Systems, known: Known, view: SideView, other: SideView) -> SideView:
    """A found record of an escalation with the marks that it still lacks: set when the pair comes together, once."""
    if view.record is None or not (
        _to_be_created(known, other, view.record) or _is_new(view.link) or _is_new(other.link)
    ):
        return view
    if other.record is None and not _to_be_created(known, other, view.record):
        return view
    number = other.record.number if other.record is not None else ""
    back = link_back(systems, known.profile, known.key, view.record, number)
    return view if back is None else replace(view, link_back=back.draft.fields, link_back_late=back.late)


def _to_be_created(known: Known, view: SideView, origin: Record) -> bool:
    """Whether the counterpart of a found record is about to be created; a profile may mirror one way only."""
    target = next(side for side in known.sides if side != origin.ref.side)
    return (
        view.sighting is Sighting.NEVER
        and known.profile.sides[target].creates
        and not is_closed(known.profile, origin)
        and _importable(known, origin)
    )


def _is_new(link: Link | None) -> bool:
    return link is None or not link.revision.token


def _draft(systems: Systems, known: Known, side: Side, counterpart: Record | None) -> Drafted | Parked | None:
    """What to create on a side where nothing is; None when nothing is wanted there."""
    if counterpart is not None and is_closed(known.profile, counterpart):
        return None
    if known.profile.kind is ProfileKind.ESCALATION:
        drafted = _mirrored(systems, known, side, counterpart)
    else:
        drafted = _due(systems, known, side, counterpart)
    if isinstance(drafted, Unmapped):
        why = because(Trouble.CANNOT_HOLD, side=side, value=repr(drafted.value), words=drafted.reason)
        return Parked(known.key, ", ".join(drafted.fields), why)
    return drafted


def _mirrored(
    systems: Systems, known: Known, side: Side, counterpart: Record | None
) -> Drafted | Unmapped | Parked | None:
    origin = origin_of(known.key)
    if counterpart is None or origin is None or origin[0] == side or not _importable(known, counterpart):
        return None
    group = group_of(known.profile, side)
    owner = known.groups.get(group)
    if group and not _is_one(owner):
        return _refused(known, group, known.profile.place)
    return draft_escalation(systems, known.profile, known.key, side, counterpart, owner.id if owner else "")


def _due(systems: Systems, known: Known, side: Side, counterpart: Record | None) -> Drafted | Unmapped | Parked | None:
    if known.occurrence is None:
        return None
    group = home_for(systems, known.occurrence).group
    owner = known.groups.get(group)
    if owner is None or not _is_one(owner):
        return _refused(known, group, _place(systems, known.occurrence))
    unknown_owner = refused_owner(systems, known.occurrence, known.owners) if SENTINEL in known.sides else ""
    if unknown_owner:
        remedy = together([because(Trouble.NEVER_OWNERLESS), because(Trouble.CORRECT_OWNER)])
        return Parked(known.key, REFUSED_OWNER, unknown_owner, remedy)
    return draft_occurrence(systems, known.occurrence, side, owner.id, counterpart)


def _importable(known: Known, record: Record) -> bool:
    linked = any(view.link is not None for view in known.sides.values())
    return linked or known.import_since is None or record.created_at >= known.import_since


def first_moment(home: Deployment, profile: Profile) -> datetime | None:
    """When a profile's first import begins: with the go-live day of the deployment or of the profile, whichever is later."""
    day = max((each for each in (home.go_live, profile.go_live) if each is not None), default=None)
    return datetime.combine(day, time.min, home.zone).astimezone(UTC) if day else None


def is_closed(profile: Profile, record: Record) -> bool:
    """Whether a record's status is a closed one; one that is not shown, or that the mapping does not know, counts as closed."""
    value = profile.field(STATUS_FIELD).lenses[record.ref.side].get(record.fields)
    return value is None or isinstance(value, Unmapped) or Status(str(value)).is_closed


def _is_one(resolution: Resolution | None) -> bool:
    return resolution is not None and resolution.outcome is Resolved.ONE


def _place(systems: Systems, occurrence: Occurrence) -> str:
    """Where it is said whose a due duty is."""
    if kind_of(occurrence.key) is not None:
        return "teams.yaml: deployment"
    owned = owned_ticket(systems.owned, occurrence.key)
    return systems.catalog.tasks[occurrence.task].place if owned is None else f"owners.yaml: {owned.owner}"


def _refused(known: Known, group: str, place: str) -> Parked:
    return Parked(
        known.key,
        REFUSED_GROUP,
        unresolved(place, group, known.groups.get(group)),
        together([because(Trouble.NEVER_UNASSIGNED), because(Trouble.CORRECT_GROUP)]),
    )
