"""Every task and team with its last periods and the next, and what falls due soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from watchkeeper.model.duty_record import DutyEnd, DutyRecord
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.board.nouns import UNDECIDED, Names
from watchkeeper.report.board.tasks import PERIODS, Called, Chosen, TaskBoard, TaskRow, Turn
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.ahead import Ahead, Upcoming
from watchkeeper.web.reading.duty import OWNERS, WAITS, planned_turn, turn_of
from watchkeeper.web.reading.plan import Plan, named, plan_of
from watchkeeper.web.reading.reader import Reader

Pair: TypeAlias = tuple[str, str]
"""Task and team."""
OVERDUE_SINCE: Final = timedelta(days=62)
"""How far back a duty that is still open is looked for."""
_PENDING: Final = 3
_MANY_PENDING: Final = 64
"""Periods of a row that have begun may be neither over nor settled: so many more than are shown are read, and of rows for which that was
not enough so many in all."""


def read_tasks(reader: Reader) -> TaskBoard:
    plan = plan_of(reader)
    pairs = sorted({*plan.pairs(), *reader.store.duty_rows(OWNERS)})
    chosen = Chosen(*(reader.asked.get(name) for name in ("team", "task", "pack")))
    wanted = [pair for pair in pairs if _is_wanted(pair, chosen, plan)]
    ahead = Ahead.of(reader, plan)
    among = frozenset(wanted)
    coming = [each for each in ahead.coming() if each.pair in among]
    rows, after = _rows_from(wanted, reader)
    due, coming_after = _coming_from(coming, reader)
    return TaskBoard(
        head=reader.head(),
        catalogue_known=plan.catalog is not None,
        chosen=chosen,
        teams=_called({team: plan.team_name(team) for _, team in pairs}),
        tasks=_called({task: plan.task_name(task) for task, _ in pairs}),
        packs=_packs(plan),
        overdue_count=_overdue(reader, among),
        next_due=next((each.duty(plan) for each in coming if each.waits(reader.now)), None),
        row_count=len(wanted),
        rows=tuple(_rows(reader, plan, rows, ahead)),
        after=after,
        coming_count=len(coming),
        coming=tuple(each.duty(plan) for each in due),
        coming_after=coming_after,
    )


def _is_wanted(pair: Pair, chosen: Chosen, plan: Plan) -> bool:
    task, team = pair
    found = plan.tasks.get(task)
    return (
        (not chosen.task or chosen.task == task)
        and (not chosen.pack or (found is not None and chosen.pack == found.pack))
        and (not chosen.team or plan.is_of(task, team, chosen.team))
    )


def _called(names: Mapping[str, Names]) -> tuple[Called, ...]:
    return tuple(Called(each, names[each]) for each in sorted(names))


def _packs(plan: Plan) -> tuple[Called, ...]:
    packs = plan.catalog.packs.values() if plan.catalog else ()
    return tuple(Called(each.id, named(each.title)) for each in packs if each.enabled)


def _overdue(reader: Reader, among: frozenset[Pair]) -> int:
    found = reader.store.unsettled_duties(reader.now - OVERDUE_SINCE, reader.now, reader.now, OWNERS)
    return sum(_pair_of(each) in among for each in found if each.end(reader.now) is DutyEnd.OVERDUE)


# --- a page of each list ---


def _rows_from(wanted: Sequence[Pair], reader: Reader) -> tuple[Sequence[Pair], str]:
    """The rows that were asked for, and where the next page begins."""
    task, _, team = reader.asked.get("after").partition("/")
    left = [pair for pair in wanted if pair > (task, team)]
    shown = left[: reader.asked.most]
    return shown, "/".join(shown[-1]) if len(shown) < len(left) else ""


def _coming_from(coming: Sequence[Upcoming], reader: Reader) -> tuple[Sequence[Upcoming], str]:
    place = reader.asked.get("coming")
    try:
        left = [each for each in coming if each.is_behind(place)] if place else coming
    except (TypeError, ValueError) as error:
        raise NothingHere from error
    shown = left[: reader.asked.most]
    return shown, shown[-1].place if len(shown) < len(left) else ""


# --- rows ---


def _rows(reader: Reader, plan: Plan, pairs: Sequence[Pair], ahead: Ahead) -> Iterator[TaskRow]:
    past = _past(reader, pairs, ahead)
    for pair in pairs:
        task, team = pair
        found = plan.tasks.get(task)
        following = ahead.next_of(pair)
        yield TaskRow(
            task=task,
            task_name=plan.task_name(task),
            team=team,
            team_name=plan.team_name(team),
            pack=found.pack if found else "",
            cadence=found.cadence if found else "",
            past=past.get(pair, ()),
            next=following.turn(reader.now) if following else None,
        )


def _past(reader: Reader, pairs: Sequence[Pair], ahead: Ahead) -> Mapping[Pair, tuple[Turn, ...]]:
    """Of each row what is over or settled, the latest periods, oldest first."""
    found = _over(reader, pairs, ahead, PERIODS + _PENDING)
    full = [pair for pair, (turns, read) in found.items() if len(turns) < PERIODS and read > PERIODS]
    found |= _over(reader, full, ahead, _MANY_PENDING) if full else {}
    return {pair: tuple(reversed(turns)) for pair, (turns, _) in found.items()}


def _over(reader: Reader, pairs: Sequence[Pair], ahead: Ahead, most: int) -> dict[Pair, tuple[list[Turn], int]]:
    """Of each row what is over or settled, newest first, of so many that have begun; and how many these were."""
    tomorrow = reader.now.date() + timedelta(days=1)  # it is tomorrow already where the day begins first
    begun = reader.duties.latest_duties(pairs, tomorrow, most)
    read = Counter(_pair_of(each) for each in begun)
    found: dict[Pair, dict[str, Turn]] = {pair: {} for pair in pairs}
    for record in (*begun, *ahead.decided.values()):
        if _pair_of(record) in found:
            found[_pair_of(record)][record.decided.occurrence.key] = turn_of(record, reader.now)
    lately = ahead.plan.lately()
    for pair, its in found.items():
        its.update(_undecided(lately.get(pair, ()), its))
    return {pair: (_latest(its.values(), reader.now), read[pair]) for pair, its in found.items()}


def _undecided(lately: Sequence[Occurrence], decided: Mapping[str, Turn]) -> dict[str, Turn]:
    """What fell due after all that was decided of a row: no run has been there since."""
    newest = max((turn.period for turn in decided.values() if not turn.raised), default=None)
    left = [each for each in lately if newest is not None and each.period > newest and each.key not in decided]
    return {each.key: replace(planned_turn(each), standing=UNDECIDED) for each in left}


def _latest(turns: Iterable[Turn], now: datetime) -> list[Turn]:
    """Those that are over or settled, newest first."""
    over = [turn for turn in turns if turn.due <= now or turn.standing not in WAITS]
    return sorted(over, key=lambda turn: turn.key, reverse=True)[:PERIODS]


def _pair_of(record: DutyRecord) -> Pair:
    return record.decided.occurrence.task, record.decided.occurrence.team
