"""What becomes of each occurrence that is due: created, carried in an open ticket, missed, or skipped. Pure; `now` is told.

The engine calls `due(catalog, now, known, open_keys)` once per run and stores what comes back. Everything in it has been
decided for good: a key that is handed in as `known` next time is not decided again. An occurrence that is missing from the
answer is not due yet, or waits for the ticket before it; the next run looks at it afresh.

- `known`: the keys decided so far (a mapping by key will do) *and* the keys of every record found on a side. After a lost
  state store the second part keeps what was done from being done, or reported, again.
- `open_keys`: the keys whose ticket is open on a side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watchkeeper.catalog.model import Catalog, CatchUp, Overlap, Task
from watchkeeper.catalog.occurrences import expand_task, in_order, parse_key
from watchkeeper.catalog.overlaps import server_of
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.reasons import Because, Reason, because

MEMORY = timedelta(days=62)
"""How far behind the deadline a missed occurrence is still looked for; an outage longer than that is not told day by day."""

_INSTANT = timedelta(microseconds=1)

Pair = tuple[str, str]
"""Task and team."""


def due(
    catalog: Catalog,
    now: datetime,
    known: Collection[str],
    open_keys: Collection[str],
    raised: Iterable[Occurrence] = (),
) -> tuple[Decided, ...]:
    """Decide everything that is due at `now`: per task the occurrences due in [now - deadline, now + lead], those that
    slipped past their deadline since the pair's last decision, and `raised` ones that nothing was decided about.

    Sorted by due instant and key; the same inputs always give the same answer.
    """
    return decide(candidates(catalog, now, raised), known, open_keys, now, catalog)


def candidates(catalog: Catalog, now: datetime, raised: Iterable[Occurrence] = ()) -> tuple[Occurrence, ...]:
    """Every occurrence that may have to be decided at `now`, those that have been decided among them."""
    return in_order((*(found for task in catalog.tasks.values() for found in _of_task(catalog, task, now)), *raised))


def decide(
    occurrences: Iterable[Occurrence],
    known: Collection[str],
    open_keys: Collection[str],
    now: datetime,
    catalog: Catalog,
) -> tuple[Decided, ...]:
    """The decision on each occurrence that is neither known nor has to wait; see `due`.

    What lies before the newest decision of a task and team is settled: a holiday that is corrected later, or a rule that
    gains a past date, opens and misses nothing there. Where the two have no decision yet (first run, new team, lost store),
    nothing is called missed: nobody can tell it from done.
    """
    decided: list[Decided] = []
    newest, opened = _newest_known((*known, *open_keys)), _open_by_pair(open_keys)
    grouped: dict[Pair, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        if occurrence.raised:
            decided += _decide_raised(occurrence, known, now, catalog)
        else:
            grouped[occurrence.task, occurrence.team].append(occurrence)
    for pair, found in grouped.items():
        task, its_open, since = catalog.tasks[pair[0]], opened.get(pair, ()), newest.get(pair)
        queue = _queue(task, found, known, its_open, since, now)
        decided += _adopt(queue)
        served = _served(catalog, queue)
        if served:
            decided += served.values()
            queue = _queue(task, [one for one in found if one.key not in served], known, its_open, since, now)
        decided += _RULES[task.overlap](queue)
    return tuple(sorted(decided, key=lambda row: (row.occurrence.due, row.occurrence.key)))


@dataclass(frozen=True, slots=True)
class Queue:
    """What is undecided about one task and team, each list by due instant.

    `first_run`: nothing has ever been decided about the two. `lapsed` are past their deadline, `overdue` are late but may still be opened, `upcoming` are not due yet. `open` are the
    open tickets' keys; `blocking` those among them that are overdue, `running` those that are not.
    """

    task: Task
    now: datetime
    first_run: bool
    present: tuple[Occurrence, ...]
    lapsed: tuple[Occurrence, ...]
    overdue: tuple[Occurrence, ...]
    upcoming: tuple[Occurrence, ...]
    first_upcoming: str
    blocking: tuple[str, ...]
    running: tuple[str, ...]

    @property
    def open(self) -> tuple[str, ...]:
        return (*self.blocking, *self.running)

    def row(self, occurrence: Occurrence, decision: Decision, reason: Reason, *related: str) -> Decided:
        return Decided(occurrence, decision, reason, self.now, related)

    def create(self, occurrence: Occurrence, *related: str) -> Decided:
        when = f"{occurrence.local_due:%Y-%m-%d %H:%M %Z}"
        late = because(Because.OVERDUE, when=when, length=_days(self.task.deadline))
        reason = late if occurrence.due < self.now else because(Because.DUE, when=when)
        return self.row(occurrence, Decision.CREATE, reason, *related)

    def missed(self, occurrences: Iterable[Occurrence], why: Reason, *related: str) -> Iterator[Decided]:
        return (self.row(occurrence, Decision.MISSED, why, *related) for occurrence in occurrences)


def _of_task(catalog: Catalog, task: Task, now: datetime) -> tuple[Occurrence, ...]:
    return expand_task(catalog, task, Window(now - task.deadline - MEMORY, now + task.lead + _INSTANT))


def _queue(
    task: Task,
    found: list[Occurrence],
    known: Collection[str],
    open_keys: Collection[str],
    newest: date | None,
    now: datetime,
) -> Queue:
    not_due = {occurrence.key for occurrence in found if occurrence.due >= now}
    fresh = [occurrence for occurrence in found if occurrence.key not in known]
    absent = [occurrence for occurrence in fresh if occurrence.key not in open_keys]
    deadline = now - task.deadline
    running = [key for key in open_keys if key in not_due or _period(key) > now.date().isoformat()]
    return Queue(
        task=task,
        now=now,
        first_run=newest is None,
        present=tuple(occurrence for occurrence in fresh if occurrence.key in open_keys),
        lapsed=tuple(one for one in absent if one.due < deadline and newest is not None and one.nominal > newest),
        overdue=tuple(one for one in absent if deadline <= one.due < now and (newest is None or one.nominal > newest)),
        upcoming=tuple(one for one in absent if one.due >= now),
        first_upcoming=next((one.key for one in found if one.due >= now), ""),
        blocking=tuple(sorted(set(open_keys) - set(running))),
        running=tuple(sorted(running)),
    )


def _adopt(queue: Queue) -> Iterator[Decided]:
    """An undecided occurrence whose ticket is open: the state was lost, the ticket was not."""
    return (queue.row(found, Decision.CREATE, because(Because.OPEN_ALREADY)) for found in queue.present)


def _served(catalog: Catalog, queue: Queue) -> Mapping[str, Decided]:
    """Undecided occurrences, by key, that the ticket of an overlapping task serves; see `catalog.overlaps`."""
    if not queue.task.satisfied_by:
        return {}
    rows: dict[str, Decided] = {}
    for occurrence in (*queue.lapsed, *queue.overdue, *queue.upcoming):
        if server := server_of(catalog, occurrence):
            why = because(Because.SERVED, task=server.task, period=server.period)
            rows[occurrence.key] = queue.row(occurrence, Decision.SKIPPED, why, server.key)
    return rows


def _forbid(queue: Queue) -> Iterator[Decided]:
    """At most one overdue open ticket: later periods become lines in it.

    While one is overdue and open, the next period waits until that ticket is closed (then it gets one of its own) or until
    its own due instant has passed (then it is carried). Periods whose opening times overlap, as a day does that has not
    ended everywhere, run side by side.
    """
    if queue.blocking:
        carrier = queue.blocking[-1]
        for occurrence in queue.overdue:
            yield queue.row(occurrence, Decision.CARRIED, because(Because.STILL_OPEN, period=_period(carrier)), carrier)
        yield from queue.missed(queue.lapsed, because(Because.PASSED_WHILE_OPEN, period=_period(carrier)), carrier)
        return
    keep_late = not (queue.upcoming or queue.running or queue.task.catch_up is CatchUp.NONE)
    created = queue.upcoming or (queue.overdue[-1:] if keep_late else ())
    related = (*queue.running, *(occurrence.key for occurrence in created))[:1]
    yield from (queue.create(occurrence) for occurrence in created)
    uncovered = [one for one in (*queue.lapsed, *queue.overdue) if one not in created]
    if queue.first_run:
        yield from (queue.row(one, Decision.SKIPPED, because(Because.BEFORE_FIRST_RUN)) for one in uncovered)
    else:
        yield from queue.missed(uncovered, because(Because.NOT_OPENED_IN_TIME), *related)


def _allow(queue: Queue) -> Iterator[Decided]:
    """Each occurrence has a ticket of its own, and names the earlier ones that are still open."""
    kept, left = _catch_up(queue)
    yield from left
    for occurrence in (*kept, *queue.upcoming):
        yield queue.create(occurrence, *(key for key in queue.open if key < occurrence.key))


def _supersede(queue: Queue) -> Iterator[Decided]:
    """Only the newest counts: it replaces what is still open before it. One that is not due yet is never replaced."""
    kept, left = _catch_up(queue)
    yield from left
    current = [occurrence for occurrence in queue.upcoming if occurrence.key == queue.first_upcoming]
    candidates = [*kept, *current]
    newest = max([*queue.open, *(occurrence.key for occurrence in candidates)], default="")
    for occurrence in candidates:
        if occurrence.key == newest:
            yield queue.create(occurrence, *queue.open)
        else:
            yield queue.row(occurrence, Decision.SKIPPED, because(Because.SUPERSEDED, period=_period(newest)), newest)


_RULES = {Overlap.FORBID: _forbid, Overlap.ALLOW: _allow, Overlap.SUPERSEDE: _supersede}


def _catch_up(queue: Queue) -> tuple[tuple[Occurrence, ...], tuple[Decided, ...]]:
    """Which overdue occurrences still get a ticket, and the rows of those that do not."""
    lapsed = queue.missed(queue.lapsed, because(Because.LAPSED, length=_days(queue.task.deadline)))
    if queue.task.catch_up is CatchUp.NONE:
        return (), (*lapsed, *queue.missed(queue.overdue, because(Because.NO_CATCH_UP)))
    latest = queue.task.catch_up is CatchUp.LATEST
    count = 1 if latest else queue.task.limit
    why = because(Because.ONLY_LATEST) if latest else because(Because.TOO_MANY_OVERDUE, limit=count)
    skipped = (queue.row(occurrence, Decision.SKIPPED, why) for occurrence in queue.overdue[:-count])
    return queue.overdue[-count:], (*lapsed, *skipped)


def _decide_raised(
    occurrence: Occurrence, known: Collection[str], now: datetime, catalog: Catalog
) -> Iterator[Decided]:
    if occurrence.key in known:
        return
    if occurrence.task in catalog.tasks:
        yield Decided(occurrence, Decision.CREATE, because(Because.RAISED, cause=occurrence.reason), now)
    else:
        yield Decided(occurrence, Decision.SKIPPED, because(Because.TASK_REMOVED, task=occurrence.task), now)


def _newest_known(known: Iterable[str]) -> Mapping[Pair, date]:
    newest: dict[Pair, date] = {}
    for pair, nominal in filter(None, map(_scheduled, known)):
        newest[pair] = max(nominal, newest.get(pair, nominal))
    return newest


def _open_by_pair(open_keys: Iterable[str]) -> Mapping[Pair, tuple[str, ...]]:
    by_pair: dict[Pair, tuple[str, ...]] = {}
    for key in sorted(open_keys):
        scheduled = _scheduled(key)
        if scheduled is not None:
            by_pair[scheduled[0]] = (*by_pair.get(scheduled[0], ()), key)
    return by_pair


def _scheduled(key: str) -> tuple[Pair, date] | None:
    """The pair and nominal date of a scheduled occurrence's key; None for raised ones and for other kinds of keys."""
    parts = parse_key(key)
    if parts is None:
        return None
    try:
        return (parts[0], parts[1]), date.fromisoformat(parts[2])
    except ValueError:
        return None


def _period(key: str) -> str:
    return key.rpartition("@")[2]


def _days(length: timedelta) -> str:
    hours = length // timedelta(hours=1)
    return f"{hours // 24} days" if hours % 24 == 0 and hours != 24 else f"{hours} hours"
