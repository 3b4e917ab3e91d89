"""Duties as the memory knows them: which are open, and which are decided. Asks for what concerns this run, never for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from watchkeeper.catalog.occurrences import key_of, parse_key
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.systems import Systems

Seen = Mapping[str, Mapping[Side, Record]]
"""Records that this run has read, by key and side."""

Links = Mapping[str, Mapping[Side, Link]]


def links_of_run(systems: Systems, seen: Seen) -> Links:
    """What is remembered of the records that were seen, and of every duty that may be open."""
    escalations = {name for name, profile in systems.profiles.items() if profile.kind is ProfileKind.ESCALATION}
    open_duties = systems.store.unclosed_keys(escalations)
    links = systems.store.links({*seen, *open_duties})
    mark_closed(systems, (link for key in open_duties for link in links.get(key, {}).values()))
    return links


def mark_closed(systems: Systems, links: Iterable[Link]) -> None:
    """Let the memory know which of these links, taken for open ones, are not: it then leaves them out the next time."""
    closed = [
        replace(link, closed=True)
        for link in links
        if not link.closed and link.state is LinkState.LIVE and not holds_open(systems.profile_of(link.key), link)
    ]
    if closed:
        systems.store.put_links(closed)


def open_duties(systems: Systems, links: Links, seen: Seen) -> frozenset[str]:
    """Occurrences whose ticket is open, as seen in this run or when both sides last agreed."""
    return frozenset(
        key
        for key in {*links, *seen}
        for profile in (systems.profile_of(key),)
        if profile.kind is ProfileKind.MAINTENANCE and _is_open(profile, links.get(key, {}), seen.get(key, {}))
    )


def _is_open(profile: Profile, links: Mapping[Side, Link], records: Mapping[Side, Record]) -> bool:
    lenses = profile.field(STATUS_FIELD).lenses
    states = [
        lenses[side].get(records[side].fields if side in records else links[side].base)
        for side in lenses
        if side in records or (side in links and links[side].state is LinkState.LIVE)
    ]
    return bool(states) and all(isinstance(state, str) and not Status(state).is_closed for state in states)


def known_duties(store: StateStore, occurrences: Collection[Occurrence]) -> frozenset[str]:
    """Of the duties that these occurrences are of, every key that is decided or linked, as far as it can matter to them: the
    ones from the earliest of them on, and the newest before it."""
    earliest: dict[tuple[str, str], date] = {}
    for each in occurrences:
        pair = (each.task, each.team)
        earliest[pair] = min(each.nominal, earliest.get(pair, each.nominal))
    return frozenset(
        key for (task, team), since in earliest.items() for key in store.duty_keys(key_of(task, team, ""), since)
    )


def open_tickets(store: StateStore, profiles: Mapping[str, Profile]) -> frozenset[str]:
    """The occurrences whose ticket was open when it was last seen."""
    escalations = {name for name, profile in profiles.items() if profile.kind is ProfileKind.ESCALATION}
    links = store.links(store.unclosed_keys(escalations))
    tickets = {key: sides[SERVICENOW] for key, sides in links.items() if SERVICENOW in sides and parse_key(key)}
    live = {key: link for key, link in tickets.items() if link.state is LinkState.LIVE and link.profile in profiles}
    return frozenset(key for key, link in live.items() if holds_open(profiles[link.profile], link))
