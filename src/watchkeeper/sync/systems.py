"""What the engine works with: the two sides, the memory, the catalogue, the mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from watchkeeper.catalog.model import Catalog, SentinelMode
from watchkeeper.mapping.profile import Composer, Profile, ProfileKind
from watchkeeper.model.identity import marker_of
from watchkeeper.model.owner_request import OwnerRequest
from watchkeeper.model.owner_ticket import OwnerTicket, Untold
from watchkeeper.model.plan import fingerprint_of
from watchkeeper.model.population import Feed
from watchkeeper.model.progress import Unwatched
from watchkeeper.model.record import INCIDENT_TASKS, INCIDENTS, SENTINEL, Record, RecordRef, Side
from watchkeeper.ports import Clock, Connector, Ids, Progress, Stop, Workers
from watchkeeper.state_ports import StateStore


class Undisturbed:
    """Nobody can ask this run to stop."""

    is_asked = False
    is_overdue = False

    def check(self) -> None:
        return

    def put_off(self) -> AbstractContextManager[None]:
        return nullcontext()

    at_once = put_off


@dataclass(frozen=True, slots=True)
class Systems:
    """Everything that a run needs, put together once by the wiring. `mode` is observe, maintenance or full.

    `pins`: maintenance profile by key, for duties that were opened under another `sentinel.mode` than their task has now (see
    watchkeeper.sync.pins). `owned`: what the tickets of asset owners are to say, by name, where that is known (watchkeeper.sync.owned);
    `owner_ways`: addresses for their readers; `owner_digests`: what some of them tell besides (watchkeeper.sync.owner_digest).
    `requests`: what asset owners have asked for, by key, where the ticket is still to be opened.
    """

    deployment: str
    mode: str
    connectors: Mapping[Side, Connector]
    store: StateStore
    catalog: Catalog
    profiles: Mapping[str, Profile]
    composer: Composer
    clock: Clock
    ids: Ids
    workers: Workers
    pins: Mapping[str, str] = field(default_factory=dict)
    owned: Mapping[str, OwnerTicket] = field(default_factory=dict)
    owner_ways: Mapping[str, str] = field(default_factory=dict)
    owner_digests: Mapping[str, Sequence[Untold]] = field(default_factory=dict)
    requests: Mapping[str, OwnerRequest] = field(default_factory=dict)
    stop: Stop = field(default_factory=Undisturbed)
    progress: Progress = field(default_factory=Unwatched)

    def marker(self, key: str) -> str:
        return marker_of(self.deployment, key)

    def key_of_marker(self, marker: str) -> str | None:
        """The key that one of our markers stands for; None for somebody else's, another deployment's or a hashed one."""
        prefix = f"{self.deployment}/"
        rest = marker.removeprefix(prefix) if marker.startswith(prefix) else ""
        return rest if rest and not rest.startswith("~") else None

    def profile_of(self, key: str) -> Profile:
        """The profile of a key: an escalation's key begins with its profile's name, every other one with the id of a task,
        whose `sentinel.mode` chooses among the maintenance profiles."""
        first = key.split("/", 1)[0]
        named = self.profiles.get(first)
        if named is not None and named.kind is ProfileKind.ESCALATION:
            return named
        pinned = self.profiles.get(self.pins.get(key, ""))
        return pinned or self.maintenance_of(first)

    def maintenance_of(self, task: str) -> Profile:
        """The profile that a task's next duty is opened under; that of `incidents` for a task that the catalogue does not
        know any more, or whose mode has no profile."""
        known = self.catalog.tasks.get(task)
        table = collection_of(known.sentinel_mode) if known is not None else INCIDENTS
        return self.maintenance_profiles.get(table) or self.maintenance

    def population_of(self, record: Record) -> Profile | None:
        """The escalation profile whose population a record is in; None for one that is no escalation of anybody's."""
        side = record.ref.side
        return next(
            (each for each in self.profiles.values() if side in each.sides and each.in_population(record)), None
        )

    @property
    def maintenance_profiles(self) -> Mapping[str, Profile]:
        """The maintenance profiles by their Sentinel collection."""
        return {
            profile.sides[SENTINEL].table: profile
            for profile in self.profiles.values()
            if profile.kind is ProfileKind.MAINTENANCE
        }

    @property
    def maintenance(self) -> Profile:
        """The maintenance profile of duties that are incidents, or live in ServiceNow alone."""
        found = self.maintenance_profiles
        return found.get(INCIDENTS) or next(iter(found.values()))

    @property
    def in_use(self) -> tuple[Profile, ...]:
        """The profiles that have records to look at: all but the one of incident tasks where no task asks for it."""
        asked = any(task.sentinel_mode is SentinelMode.INCIDENT_TASK for task in self.catalog.tasks.values())
        tasks = self.maintenance_profiles.get(INCIDENT_TASKS)
        idle = tasks is not None and not asked and tasks.name not in self.pins.values()
        return tuple(profile for profile in self.profiles.values() if not (idle and profile is tasks))

    def feeds(self) -> tuple[Feed, ...]:
        """One feed per (side, table), serving every profile that uses it."""
        by_table: dict[tuple[Side, str], list[Profile]] = {}
        for profile in self.in_use:
            for side, rules in profile.sides.items():
                by_table.setdefault((side, rules.table), []).append(profile)
        return tuple(self._feed(side, table, profiles) for (side, table), profiles in sorted(by_table.items()))

    def fields(self, side: Side, table: str) -> frozenset[str]:
        """The raw fields to read from a table, for every profile that uses it."""
        users = [
            profile
            for profile in self.profiles.values()
            if side in profile.sides and profile.sides[side].table == table
        ]
        return frozenset[str]().union(*(profile.raw_fields(side) for profile in users))

    def _feed(self, side: Side, table: str, profiles: Iterable[Profile]) -> Feed:
        filters = tuple(filter_ for profile in profiles for filter_ in profile.sides[side].population)
        return Feed(side, table, self.fields(side, table), filters)


def collection_of(mode: SentinelMode) -> str:
    """Where in Sentinel a duty of that mode is written; for `none`, where it would be."""
    return INCIDENT_TASKS if mode is SentinelMode.INCIDENT_TASK else INCIDENTS


def fingerprint(profile: Profile, record: Record) -> str:
    """The fingerprint of a record's mapped fields under a profile (32 hex digits)."""
    return fingerprint_of({name: record.fields.get(name) for name in profile.mapped_fields(record.ref.side)})


def escalation_key(profile: Profile, ref: RecordRef) -> str:
    return f"{profile.name}/{ref.side}/{ref.id}"


def origin_of(key: str) -> tuple[Side, str] | None:
    """The side and record id that an escalation's key is made of; None for an occurrence's key."""
    parts = key.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 else None
