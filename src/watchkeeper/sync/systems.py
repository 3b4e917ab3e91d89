"""What the engine works with: the two sides, the memory, the catalogue, the mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchkeeper.catalog.model import Catalog
from watchkeeper.mapping.profile import Composer, Profile, ProfileKind
from watchkeeper.model.identity import marker_of
from watchkeeper.model.plan import fingerprint_of
from watchkeeper.model.population import Feed
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.ports import Clock, Connector, Ids, StateStore, Workers


@dataclass(frozen=True, slots=True)
class Systems:
    """Everything that a run needs, put together once by the wiring. `mode` is observe, maintenance or full."""

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

    def marker(self, key: str) -> str:
        return marker_of(self.deployment, key)

    def key_of_marker(self, marker: str) -> str | None:
        """The key that one of our markers stands for; None for somebody else's, another deployment's or a hashed one."""
        prefix = f"{self.deployment}/"
        rest = marker.removeprefix(prefix) if marker.startswith(prefix) else ""
        return rest if rest and not rest.startswith("~") else None

    def profile_of(self, key: str) -> Profile:
        """The profile of a key: an escalation's key begins with its profile's name, every other one with a task's id."""
        named = self.profiles.get(key.split("/", 1)[0])
        return named if named is not None and named.kind is ProfileKind.ESCALATION else self.maintenance

    def population_of(self, record: Record) -> Profile | None:
        """The escalation profile whose population a record is in; None for one that is no escalation of anybody's."""
        side = record.ref.side
        return next(
            (each for each in self.profiles.values() if side in each.sides and each.in_population(record)), None
        )

    @property
    def maintenance(self) -> Profile:
        return next(profile for profile in self.profiles.values() if profile.kind is ProfileKind.MAINTENANCE)

    def feeds(self) -> tuple[Feed, ...]:
        """One feed per (side, table), serving every profile that uses it."""
        by_table: dict[tuple[Side, str], list[Profile]] = {}
        for profile in self.profiles.values():
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


def fingerprint(profile: Profile, record: Record) -> str:
    """The fingerprint of a record's mapped fields under a profile (32 hex digits)."""
    return fingerprint_of({name: record.fields.get(name) for name in profile.mapped_fields(record.ref.side)})


def escalation_key(profile: Profile, ref: RecordRef) -> str:
    return f"{profile.name}/{ref.side}/{ref.id}"


def origin_of(key: str) -> tuple[Side, str] | None:
    """The side and record id that an escalation's key is made of; None for an occurrence's key."""
    parts = key.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 else None
