"""Holds every request that Watchkeeper sends to an emulated system, in whatever test, against the documented rights.

Azure's roles are lists of actions, and every request needs one of them. In ServiceNow the instance's own tables are listed once and
for all, so they too are checked everywhere; the fields of tickets follow from a deployment's profiles and mode, so they are
checked in every world that a whole deployment works in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final
from weakref import WeakKeyDictionary

from tests.api_rules.uses import Use, Uses, actions_of, granted, merged, uses_of

from watchkeeper.catalog.model import Catalog
from watchkeeper.doctor.least import least_rights
from watchkeeper.doctor.permissions import OF_EVIDENCE, READ_ONLY, READ_WRITE, shipped
from watchkeeper.emulators.evidence.defender import RESOURCES
from watchkeeper.emulators.evidence.graph import COLLECTIONS
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.world import World
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.sources import SCRIPTS, SOURCES

OURS: Final = "watchkeeper/"
OBSERVE: Final = "observe"
NOT_OURS: Final = frozenset({"entra", "pipelines", "machine"})
"""Where we only sign in."""


class RightsWatch:
    """What was sent without a documented right since it was last asked. `seen`: how many requests were looked at."""

    def __init__(self) -> None:
        self.seen = 0
        self._lacking: set[str] = set()
        self._deployments: WeakKeyDictionary[World, dict[tuple[str, str], Uses]] = WeakKeyDictionary()

    def install(self) -> None:
        """From now on see every request to every emulated world of this process, before any fault strikes."""
        watch, handle = self, World.handle

        def watched(world: World, system: str, request: Request) -> Response:
            if system not in NOT_OURS and request.headers.get("user-agent", "").startswith(OURS):
                watch.look(world, system, request)
            return handle(world, system, request)

        World.handle = watched  # type: ignore[method-assign]

    def expect(
        self, world: World, catalog: Catalog, profiles: Mapping[str, Profile], mode: str, *, evidence: bool = False
    ) -> None:
        """A deployment is going to work in a world. Several may, one after the other, and with other mappings than before. `evidence`:
        whether it collects any."""
        rights = granted(least_rights(catalog, profiles, mode, SOURCES if evidence else ()).tables)
        known = self._deployments.setdefault(world, {})
        known[catalog.deployment.name, mode] = merged(known.get((catalog.deployment.name, mode), {}), rights)

    def look(self, world: World, system: str, request: Request) -> None:
        self.seen += 1
        if system == "servicenow":
            lacking: Iterable[str] = map(_named, self._not_listed(world, request))
        elif system == SCRIPTS:
            lacking = () if _is_anonymous_read(request) else ("a right: scripts are read without one",)
        elif system in SOURCES:
            lacking = () if _is_permitted(system, request) else ("an application permission",)
        else:
            roles = shipped().roles_of_azure
            lacking = actions_of(system, request) - roles[self._role(world)] - roles[OF_EVIDENCE]
        self._lacking.update(f"{request.method} {request.path}: {each}" for each in lacking)

    def _role(self, world: World) -> str:
        modes = {mode for _, mode in self._deployments.get(world, ())}
        return READ_ONLY if modes == {OBSERVE} else READ_WRITE

    def _not_listed(self, world: World, request: Request) -> Iterator[Use]:
        """Uses of fields that no list has. Tickets, and what is reached from them through dots, are left out in a world without
        profiles that would say which of their fields are used."""
        known = self._deployments.get(world)
        deployments = (known or {}).values()
        for table, operation, name in uses_of(request, None if known else _instance_tables()):
            rights = (_of_the_instance(), *deployments)
            if not any(name in each.get((table, operation), ()) for each in rights):
                yield table, operation, name

    def taken(self) -> list[str]:
        """What was lacking, forgotten with the answer."""
        lacking, self._lacking = sorted(self._lacking), set()
        return lacking


def _is_anonymous_read(request: Request) -> bool:
    return request.method == "GET" and request.headers.keys().isdisjoint({"authorization", "cookie"})


def _is_permitted(source: str, request: Request) -> bool:
    """Whether a request to a source of evidence is a read that a listed application permission allows."""
    listed = {each.name for each in shipped().sources[source].permissions}
    return request.method == "GET" and not listed.isdisjoint(
        _ROLES.get((source, _ITEM.sub("*", request.path.lower())), ())
    )


_ROLES: Final = {
    **{("graph", f"/v1.0/{'/'.join(each.path)}"): each.roles for each in COLLECTIONS},
    **{("defender", f"/api/{each.path.format('*').lower()}"): each.roles for each in RESOURCES},
}
"""The roles that may read an address, any one of them. `*` stands for an item's id."""
_ITEM: Final = re.compile(r"(?<=^/api/remediationtasks/)[^/]+(?=/)")


def _named(use: Use) -> str:
    table, operation, name = use
    return f"{operation} {table}.{name}"


@lru_cache(maxsize=1)
def _instance_tables() -> frozenset[str]:
    return frozenset(table for table, _ in _of_the_instance())


@lru_cache(maxsize=1)
def _of_the_instance() -> Uses:
    """What is listed for the instance's own tables, with the fields that nobody should be able to read, which `doctor` tries."""
    private: Uses = {(table, "read"): set(names) for table, names in shipped().private.items()}
    return merged(granted(shipped().tables), private)


RIGHTS: Final = RightsWatch()
"""The one that the whole suite is watched by."""
