"""Escalations that no listing shows any more, known from links and from earlier verdicts.

A ticket that was moved out of the escalation query, hidden from our account, or deleted must not leave the audit in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from watchkeeper.escalation.facts import is_closed
from watchkeeper.escalation.ownership import Ownership
from watchkeeper.escalation.population import Escalation
from watchkeeper.escalation.reading import Listing, SideLog, read_by_id
from watchkeeper.escalation.windows import day_window, history_start
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.verdict import Verdict
from watchkeeper.ports import Connector
from watchkeeper.state_ports import StateStore

_ANY_ZONE = timedelta(days=1)
"""A local day may begin or end this far from the same day in UTC."""


@dataclass(frozen=True, slots=True)
class Known:
    """What memory holds of an escalation that no side shows; `team` is the id of the one that owned it, if that is known."""

    key: str
    profile: str
    refs: tuple[RecordRef, ...]
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    title: str = ""
    team: str = ""


def invisible(
    store: StateStore,
    profiles: Sequence[Profile],
    seen: Collection[str],
    listing: Listing,
    logs: Mapping[Side, SideLog],
) -> tuple[Known, ...]:
    """Linked escalations that were open when last in step and are not seen now, because a side did not show its records."""
    dark = {side for side, log in logs.items() if log.unlisted}
    by_name = {profile.name: profile for profile in profiles}
    found = []
    for key, sides in store.links().items() if dark or listing.unreadable else ():
        links = tuple(link for link in sides.values() if link.state in {LinkState.LIVE, LinkState.MISSING})
        profile = by_name.get(links[0].profile) if links else None
        if profile is None or key in seen or not any(_hidden(link, dark, listing) for link in links):
            continue
        if not all(is_closed(profile, link.ref.side, link.base) for link in links):
            found.append(_from_links(key, links))
    return tuple(found)


def lately_judged(
    store: StateStore,
    profiles: Sequence[Profile],
    since: datetime,
    until: datetime,
    seen: Collection[RecordRef],
    keys: Collection[str],
) -> tuple[tuple[Profile, Verdict], ...]:
    """The latest verdict on each ticket that was judged in this time and of which no record has been seen now; `keys` are those that have
    been seen for sure."""
    by_name = {profile.name: profile for profile in profiles}
    first, last = (since - _ANY_ZONE).date(), (until + _ANY_ZONE).date()
    judged = store.judged(first.isoformat(), last.isoformat())
    verdicts = store.verdicts(first.isoformat(), last.isoformat(), {key for key, _, _ in judged} - set(keys))
    latest = {verdict.key: verdict for verdict in sorted(verdicts, key=lambda each: each.day)}
    named = ((by_name.get(key.partition("/")[0]), verdict) for key, verdict in sorted(latest.items()))
    return tuple(
        (profile, verdict) for profile, verdict in named if profile is not None and not set(verdict.refs) & set(seen)
    )


def read_again(
    connectors: Mapping[Side, Connector],
    judged: Iterable[tuple[Profile, Verdict]],
    listing: Listing,
    logs: Mapping[Side, SideLog],
) -> tuple[list[tuple[Profile, Escalation]], list[Known]]:
    """The tickets of these verdicts, read by id, and those that cannot be read. One that is proven deleted is neither."""
    judged = tuple(judged)
    answers: dict[RecordRef, Record | str] = {ref: row.reason for ref, row in listing.unreadable.items()}
    for side, connector in connectors.items():
        for profile in {profile.name: profile for profile, _ in judged if side in profile.sides}.values():
            refs = [ref for its, verdict in judged if its is profile for ref in verdict.refs if ref.side == side]
            wanted = [ref for ref in refs if ref not in answers]
            answers.update(read_by_id(connector, wanted, profile.raw_fields(side), logs[side]))
    found, lost = [], []
    for profile, verdict in judged:
        told = {ref.side: answers[ref] for ref in verdict.refs if ref in answers}
        records = {side: each for side in profile.sides if isinstance(each := told.get(side), Record)}
        if records:
            unseen = {side: each for side, each in told.items() if isinstance(each, str)}
            found.append((profile, Escalation(verdict.key, records, unseen)))
        elif told:
            lost.append(_from_verdict(profile, verdict))
    return found, lost


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What earlier audits knew of the last human update of tickets on which this one finds none; asked once for each, many together."""

    store: StateStore
    ownership: Ownership
    known: dict[str, datetime | None] = field(default_factory=dict)

    def ask(self, verdicts: Iterable[Verdict]) -> None:
        """Read what the verdicts need, before they are dated."""
        days: dict[date, dict[str, None]] = {}
        asked: set[str] = set()
        for verdict in verdicts:
            if verdict.last_human_update is None and verdict.key not in self.known and verdict.key not in asked:
                asked.add(verdict.key)
                days.setdefault(verdict.day, {})[verdict.key] = None
        for day, keys in days.items():
            self.known.update({**keys, **self.store.last_updates_known(list(keys), day)})

    def dated(self, verdict: Verdict) -> Verdict:
        """The verdict with it, where that lies before the history looked at, or where not all of that could be read."""
        if verdict.last_human_update is not None:
            return verdict
        team = self.ownership.teams.get(verdict.team, self.ownership.oversight)
        known, window = self.known[verdict.key], day_window(team, verdict.day)
        if known is None or known >= window.end:
            return verdict
        read = not verdict.unread and known >= history_start(team, verdict.day)
        return verdict if read else replace(verdict, last_human_update=known)


def _from_links(key: str, links: Sequence[Link]) -> Known:
    refs, numbers, urls = zip(*((link.ref, link.number, link.url) for link in links), strict=True)
    return Known(key, links[0].profile, refs, numbers, urls)


def _from_verdict(profile: Profile, verdict: Verdict) -> Known:
    return Known(verdict.key, profile.name, verdict.refs, verdict.numbers, verdict.urls, verdict.title, verdict.team)


def _hidden(link: Link, dark: set[Side], listing: Listing) -> bool:
    return link.ref in listing.unreadable or (link.ref.side in dark and link.ref not in listing.records)
