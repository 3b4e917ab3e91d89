"""Which open tickets are to tell what the escalation audits found, and which may be resolved with it. Reads the state store alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final, TypeAlias

from watchkeeper.catalog.model import Team
from watchkeeper.catalog.occurrences import parse_key
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.reasons import Because
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.sync.audit_block import with_block
from watchkeeper.sync.audit_result import DayResult, day_result
from watchkeeper.sync.audit_text import closing_text, standing_rows
from watchkeeper.sync.comments import CARRIED, ENGINE
from watchkeeper.sync.drafts import ALL_TEAMS, language_of
from watchkeeper.sync.log_reading import logged_writes
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.prepared import Prepared

Writes: TypeAlias = Mapping[tuple[str, Side, str], int]

WRITES_A_DAY: Final = 3
"""How often a field may be written within 24 hours to show a result: fewer than the valve `flapping` takes for a quarrel."""
BETWEEN_WRITES: Final = timedelta(hours=6)
"""How long a day that is not over waits to be shown, after the ticket was opened or last showed it."""


def audit_results(prepared: Prepared, open_keys: Collection[str]) -> Mapping[str, tuple[DayResult, ...]]:
    """By key of an open duty that carries them, the results of the days that its ticket stands for, oldest first: its own, and
    those that it carries."""
    keys = [key for key in sorted(open_keys) if prepared.chosen(key) and _carries(prepared, key)]
    days = _days(prepared, keys) if keys else {}
    every = sorted({day for each in days.values() for day in each})
    if not every:
        return {}
    found = prepared.systems.store.day_sheets(every[0].isoformat(), every[-1].isoformat())
    sheets = {(sheet.team, sheet.day): sheet for sheet in found}
    teams = {key: _teams(prepared, key) for key in keys}
    return {key: tuple(day_result(teams[key], day, sheets) for day in days[key]) for key in keys if teams[key]}


def conclusions(prepared: Prepared) -> Mapping[str, str]:
    """Keys of open tickets that are to be resolved, each with the words for it: every team has kept the latest day that the ticket
    stands for, the profile lets us, and nobody has reopened what we had closed."""
    return {
        key: closing_text(results[-1], language_of(prepared.systems, key))
        for key, results in prepared.audited.items()
        if results[-1].kept and prepared.systems.profile_of(key).close_when_kept and may_close(prepared, key)
    }


def half_closed(prepared: Prepared) -> Mapping[str, Side]:
    """Keys of tickets that an earlier run began to resolve and of which it closed one record alone, with its side: the close is news
    there that the other side has not heard, although nobody has edited anything."""
    found = {}
    for key, links in prepared.links.items():
        profile = prepared.systems.profile_of(key)
        if len(links) < 2 or profile.kind is not ProfileKind.MAINTENANCE or not _live(links):
            continue
        closed = [
            side for side, link in links.items() if not holds_open(profile, link) and asked_to_close(profile, link)
        ]
        still_open = any(holds_open(profile, link) for link in links.values())
        if len(closed) == 1 and still_open and not given_back(prepared, key, STATUS_FIELD):
            found[key] = closed[0]
    return found


def standings(prepared: Prepared) -> Mapping[str, str]:
    """Keys of open tickets whose text does not show yet how the latest audited day stands, each with what it is to show. In between a
    day that is rare, so that no field is written again and again; its end is not waited for."""
    wanted = {
        key: standing_rows(begun[-1], language_of(prepared.systems, key))
        for key, results in prepared.audited.items()
        if (begun := [each for each in results if each.begun])
    }
    stale = {key: rows for key, rows in wanted.items() if _is_news(prepared, key, rows)}
    if not stale:
        return {}
    now, store = prepared.systems.clock.now(), prepared.systems.store
    lately, today = (store.recent_writes(now - span) for span in (BETWEEN_WRITES, timedelta(days=1)))
    return {
        key: rows
        for key, rows in stale.items()
        if (field := _raw_field(prepared.systems.profile_of(key)))
        and _is_due(prepared.audited[key][-1].over, lately, today, (key, SERVICENOW, field))
        and not given_back(prepared, key, prepared.systems.profile_of(key).audit_shown_in or "")
    }


def _is_due(over: bool, lately: Writes, today: Writes, place: tuple[str, Side, str]) -> bool:
    if over:
        return today.get(place, 0) < WRITES_A_DAY
    return not lately.get(place, 0) and today.get(place, 0) < WRITES_A_DAY - 1


def _is_news(prepared: Prepared, key: str, rows: str) -> bool:
    profile = prepared.systems.profile_of(key)
    link, name = prepared.links.get(key, {}).get(SERVICENOW), _raw_field(profile)
    if link is None or not name or link.state is not LinkState.LIVE or not holds_open(profile, link):
        return False
    held, asked = (fields.get(name) for fields in (link.base, link.asked))
    return isinstance(held, str) and with_block(held, asked if isinstance(asked, str) else "", rows) is not None


def _raw_field(profile: Profile) -> str:
    """The raw field of ServiceNow that shows it; "" for none."""
    return profile.field(profile.audit_shown_in).lenses[SERVICENOW].raw_fields[0] if profile.audit_shown_in else ""


def _carries(prepared: Prepared, key: str) -> bool:
    profile = prepared.systems.profile_of(key)
    parsed = parse_key(key)
    return profile.kind is ProfileKind.MAINTENANCE and parsed is not None and parsed[0] in profile.audited_tasks


def _days(prepared: Prepared, keys: Collection[str]) -> Mapping[str, list[date]]:
    """A line in the ticket names each period that it carries: which ones, the ledger of our own notes says."""
    days: dict[str, set[date]] = {key: {day} for key in keys if (day := _period(key)) is not None}
    for row in prepared.systems.store.ledger(days):
        if row.origin.side == ENGINE and row.comment_id.startswith(CARRIED):
            days[row.key] |= {date.fromisoformat(text) for text in row.comment_id.removeprefix(CARRIED).split(",")}
    for each in prepared.decided:
        if each.decision is Decision.CARRIED and each.related and each.related[0] in days:
            days[each.related[0]].add(each.occurrence.nominal)
    return {key: sorted(found) for key, found in days.items()}


def _period(key: str) -> date | None:
    """The day that a scheduled duty is about; None for one that was raised."""
    try:
        return date.fromisoformat(key.rpartition("@")[2])
    except ValueError:
        return None


def _teams(prepared: Prepared, key: str) -> tuple[Team, ...]:
    catalog = prepared.systems.catalog
    task, team, _ = parse_key(key) or ("", "", "")
    if team != ALL_TEAMS:
        return (catalog.teams[team],) if team in catalog.teams else ()
    known = catalog.tasks.get(task)
    return tuple(catalog.teams[each] for each in known.teams) if known else ()


def may_close(prepared: Prepared, key: str) -> bool:
    links = prepared.links.get(key, {})
    profile = prepared.systems.profile_of(key)
    waits = key in prepared.superseded or key in prepared.recovered.held
    may = bool(links) and not waits and all(_open_and_never_closed(profile, link) for link in links.values())
    return may and not given_back(prepared, key, STATUS_FIELD)


def given_back(prepared: Prepared, key: str, field: str) -> bool:
    """Whether an undo has written this field of a ticket: whoever has a run taken back does not want it done again."""
    lenses = prepared.systems.profile_of(key).field(field).lenses
    undone = (
        write
        for write in logged_writes(prepared.systems.store.write_log(key=key, limit=None))
        if write.was_for(Because.UNDOES)
    )
    return any(not write.after.keys().isdisjoint(lenses[write.ref.side].raw_fields) for write in undone)


def _open_and_never_closed(profile: Profile, link: Link) -> bool:
    """Whoever reopens a ticket that we had closed wants it open: what we last asked its side to hold tells."""
    return link.state is LinkState.LIVE and holds_open(profile, link) and not asked_to_close(profile, link)


def asked_to_close(profile: Profile, link: Link) -> bool:
    asked = profile.field(STATUS_FIELD).lenses[link.ref.side].get(link.asked)
    return isinstance(asked, str) and Status(asked).is_closed


def _live(links: Mapping[Side, Link]) -> bool:
    return all(link.state is LinkState.LIVE for link in links.values())
