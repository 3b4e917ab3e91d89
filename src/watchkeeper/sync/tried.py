"""What a sync would do with records that are given rather than read, as the engine itself decides it. Pure: no network, no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Action, Parked, with_number
from watchkeeper.model.preview import PreviewedPair
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record, Side
from watchkeeper.model.ticket import Canonical, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.vocabulary import ChoiceList, FieldKey
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.drafts import Desk, Drafted, draft_escalation, draft_shared
from watchkeeper.sync.merge import not_mapped
from watchkeeper.sync.openings import is_closed
from watchkeeper.sync.reconcile import reconcile
from watchkeeper.sync.telling import Telling

NUMBER_TO_COME = "…"
"""Stands where a record that is not created will have its number."""


class Fate(StrEnum):
    """What a sync makes of it."""

    PAIR = "pair"
    """It keeps both records in step."""
    ALONE = "alone"
    """It keeps the only record that the key has to what the catalogue says."""
    MIRRORED = "mirrored"
    """It creates the other record."""
    CLOSED = "closed"
    """Nothing: it is closed already, or its status is in no row."""
    EARLY = "early"
    """Nothing: it is from before the first day, and only a backfill takes it."""
    OUTSIDE = "outside"
    """Nothing: the profile's population does not take it."""
    UNSURE = "unsure"
    """Nobody can tell: the population names groups that no run has looked up."""
    ONE_WAY = "one-way"
    """Nothing: the profile creates no record on the other side."""
    CATALOGUE = "catalogue"
    """Nothing: tickets of the profile are opened from the catalogue, and not for records."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """What is tried out: a record, or those of a pair with what is remembered of them (`links`). `desired`: what the catalogue says.
    `unknown_groups`: those of the population that nobody knows, where they decide. `since`: what is from before this instant and is not linked is not imported.
    `complete`: whether the key has no other record than those that are linked, and is to have none."""

    key: str
    profile: Profile
    records: Mapping[Side, Record]
    links: Mapping[Side, Link] = field(default_factory=dict)
    desired: Mapping[str, Canonical] = field(default_factory=dict)
    unknown_groups: frozenset[str] = frozenset()
    since: datetime | None = None
    complete: bool = False

    @property
    def alone(self) -> Record | None:
        """The record that has no other one, and may get one."""
        records = list(self.records.values())
        single = len(records) == 1 and len({*self.records, *self.links}) == 1
        return records[0] if single and not self.complete else None


@dataclass(frozen=True, slots=True)
class Words:
    """What the instance calls its choices, and the names of groups by id."""

    lists: Mapping[FieldKey, ChoiceList] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def try_out(specimen: Specimen, desk: Desk, words: Words) -> tuple[Fate, PreviewedPair]:
    """What would become of it, field by field. A record that no sync would mirror is translated all the same."""
    case, unwritable = _case(specimen, desk)
    decided = reconcile(case)
    parked = {row.field: row for row in (*_unread(specimen), *unwritable, *decided.parked)}
    told = Telling(
        key=specimen.key,
        profile=specimen.profile,
        case=case,
        records=specimen.records,
        actions=[_with_number_to_come(action) for action in decided.actions],
        parked=list(parked.values()),
        lists=words.lists,
        groups=words.groups,
    )
    fate, pair = fate_of(specimen), told.pair()
    return fate, pair if fate in {Fate.PAIR, Fate.ALONE, Fate.MIRRORED} else replace(pair, writes=())


def fate_of(specimen: Specimen) -> Fate:
    profile, record = specimen.profile, specimen.alone
    if record is None:
        return Fate.ALONE if specimen.complete else Fate.PAIR
    if profile.kind is ProfileKind.MAINTENANCE:
        return Fate.CATALOGUE
    if not profile.in_population(record):
        return Fate.UNSURE if specimen.unknown_groups else Fate.OUTSIDE
    if not profile.sides[_other(profile, record)].creates:
        return Fate.ONE_WAY
    if is_closed(profile, record):
        return Fate.CLOSED
    early = specimen.since is not None and not specimen.links and record.created_at < specimen.since
    return Fate.EARLY if early else Fate.MIRRORED


def but_for_its_group(profile: Profile, record: Record) -> bool:
    """Whether the population, as it is written, would take a record if its group were one that it names."""
    rules = profile.sides[record.ref.side]
    if record.ours:
        return False
    others = ([each for each in filter_.conditions if each.field != rules.group_field] for filter_ in rules.population)
    return any(all(each.holds(record.fields) for each in conditions) for conditions in others)


def _case(specimen: Specimen, desk: Desk) -> tuple[Case, tuple[Parked, ...]]:
    sides = [side for side in specimen.profile.sides if side in specimen.links or not specimen.complete]
    views = {side: _view(specimen, side) for side in sides}
    unwritable: tuple[Parked, ...] = ()
    if specimen.alone is not None:
        side = _other(specimen.profile, specimen.alone)
        drafted = _draft(specimen, desk, side, specimen.alone)
        if isinstance(drafted, Unmapped):
            unwritable = (_unwritable(specimen, side, drafted),)
        else:
            views[side] = SideView(Sighting.NEVER, draft=drafted.draft, late=drafted.late)
    language = desk.catalog.deployment.language
    case = Case(specimen.key, specimen.profile, views, desired=specimen.desired, closing_context={"language": language})
    return case, unwritable


def _view(specimen: Specimen, side: Side) -> SideView:
    record, link = specimen.records.get(side), specimen.links.get(side)
    if record is not None:
        return SideView(Sighting.FOUND, record, link, closer=record.updated_by)
    if link is None:
        return SideView(Sighting.NEVER)
    return SideView(Sighting.GONE if link.state is LinkState.GONE else Sighting.MISSING, link=link)


def _draft(specimen: Specimen, desk: Desk, side: Side, record: Record) -> Drafted | Unmapped:
    if specimen.profile.kind is ProfileKind.ESCALATION:
        return draft_escalation(desk, specimen.profile, specimen.key, side, record, "")
    return draft_shared(desk, specimen.profile, specimen.key, side, record)


def _other(profile: Profile, record: Record) -> Side:
    return next(side for side in profile.sides if side != record.ref.side)


def _unread(specimen: Specimen) -> Iterator[Parked]:
    """Of a record without a counterpart, what no table knows: of a pair the decision tells it."""
    record = specimen.alone
    if record is None:
        return
    side = record.ref.side
    for name, value in specimen.profile.read(side, record.fields).items():
        if isinstance(value, Unmapped):
            yield Parked(specimen.key, name, not_mapped(side, value), number=record.number)


def _unwritable(specimen: Specimen, side: Side, value: Unmapped) -> Parked:
    rules = (rule for rule in specimen.profile.fields if side in rule.lenses)
    rule = next(rule for rule in rules if rule.lenses[side].raw_fields == value.fields)
    why = because(Trouble.CANNOT_HOLD, side=side, value=repr(value.value), words=value.reason)
    return Parked(specimen.key, rule.name, why)


def _with_number_to_come(action: Action) -> Action:
    return replace(action, body={name: with_number(value, NUMBER_TO_COME) for name, value in action.body.items()})
