"""What needs a human, and what each team has to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Final

from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.unmapped import UnknownValue
from watchkeeper.report.board.nouns import DAYS_BACK, Duty, PastRun, TeamStale, UnknownHere, Waiting
from watchkeeper.report.board.today import Today
from watchkeeper.sync.halt import halt_notes
from watchkeeper.web.reading.duty import OWNERS, WAITS, duty_of, planned_duty
from watchkeeper.web.reading.mapping_seen import is_unknown, remembered_days
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.plan import Plan, plan_of
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.successes import successes

BACK: Final = timedelta(days=62)
AHEAD: Final = timedelta(days=92)
"""Duties that are looked at: a quarter ahead, and whatever may still be open of the last two months."""
_LOOKED_AT: Final = 20
"""Planned duties of a team that may be decided already, or have no ticket of their own."""
LATE: Final = frozenset({DutyEnd.OVERDUE, DutyEnd.MISSED, DutyEnd.GONE})


def read_today(reader: Reader) -> Today:
    runs = reader.runs()
    plan = plan_of(reader)
    since = reader.now - timedelta(days=DAYS_BACK)
    found = reader.duties.unsettled_duties(reader.now - BACK, reader.now + AHEAD, since, OWNERS)
    duties = [(duty, duty.end(reader.now)) for duty in found]
    late = [(duty, end) for duty, end in duties if end in LATE]
    waiting_count, waiting = reader.library.waiting(reader.deployment, reader.asked.most)
    count, set_aside = reader.library.conflicts_since(reader.deployment, since, reader.asked.most)
    unknown = list(_unknown(reader, since.date()))
    return Today(
        head=reader.head(runs),
        successes=successes(reader),
        halted=tuple(halt_notes(reader.store, reader.now)),
        failed_run=_failed(runs),
        waiting_count=waiting_count,
        waiting=tuple(Waiting(each.key, each.reason, each.since, each.attempts) for each in waiting),
        set_aside_count=count,
        set_aside=tuple(map(set_aside_of, set_aside)),
        late_count=len(late),
        late=tuple(duty_of(*each, plan) for each in late[: reader.asked.most]),
        stale=tuple(_stale(reader, plan)),
        open_count=sum(end in WAITS for _, end in duties),
        next_due=tuple(_next(duties, reader, plan)),
        catalogue_known=plan.catalog is not None,
        unknown_count=len(unknown),
        unknown=tuple(unknown[: reader.asked.most]),
    )


def _unknown(reader: Reader, since: date) -> Iterator[UnknownHere]:
    """Values that runs have seen since a day, and no table knows to this day; the commonest first."""
    profiles = reader.mappings.profiles if reader.mappings else {}
    found: dict[tuple[str, UnknownValue], tuple[int, date]] = {}
    for day, each in remembered_days(reader, since):
        if each.profile in profiles and is_unknown(profiles[each.profile], each):
            most, _ = found.get((each.profile, each.unknown), (0, day))
            found[each.profile, each.unknown] = max(most, each.tickets), day
    for (profile, value), (most, last) in sorted(found.items(), key=lambda each: (-each[1][0], repr(each[0]))):
        yield UnknownHere(profile, value.field, value.side, value.name, value.value, most, last)


def _stale(reader: Reader, plan: Plan) -> Iterator[TeamStale]:
    """Of each team's latest judged day, which may be some days ago after a holiday."""
    first, last = reader.now.date() - timedelta(days=14), reader.now.date() + timedelta(days=1)
    latest = {sheet.team: sheet for sheet in reader.store.day_sheets(first.isoformat(), last.isoformat())}
    for team, sheet in sorted(latest.items()):
        if sheet.stale:
            yield TeamStale(team, sheet.day, sheet.stale, sum(sheet.totals.values()), plan.team_name(team))


def _failed(runs: Iterable[PastRun]) -> PastRun | None:
    """The latest run that ended or was left, where it failed."""
    latest = next((run for run in runs if run.ended_at is not None), None)
    return latest if latest is not None and not (latest.succeeded or latest.may_follow) else None


def _next(duties: Iterable[tuple[DutyRecord, DutyEnd]], reader: Reader, plan: Plan) -> Iterator[Duty]:
    """What each team has to do next, by team: of what is open, and of what is planned, the first; they come in the order in which they
    fall due."""
    first: dict[str, Duty] = {}
    for duty, end in duties:
        if end in WAITS:
            first.setdefault(duty.decided.occurrence.team, duty_of(duty, end, plan))
    for each in _planned(reader, plan):
        if each.team not in first or each.due < first[each.team].due:
            first[each.team] = planned_duty(each, plan)
    for team in sorted(first):
        yield first[team]


def _planned(reader: Reader, plan: Plan) -> Iterator[Occurrence]:
    """Of each team the first that is planned, will have a ticket of its own, and is not decided on."""
    by_team: dict[str, list[Occurrence]] = defaultdict(list)
    for each in plan.coming():
        if len(by_team[each.team]) < _LOOKED_AT:
            by_team[each.team].append(each)
    decided = reader.store.decisions([each.key for its in by_team.values() for each in its])
    for its in by_team.values():
        yield from islice((each for each in its if each.key not in decided and not plan.server(each)), 1)
