"""A store with a year of history and more: as many pairs and rows of the write log as wanted, and everything around them that grows
with them. Each row is made from its number alone, so that a store of one size is always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bench.called import calls_kept
from bench.devices import devices_on
from bench.duties import decided, is_closed, tickets
from bench.estate import DEPLOYMENT, NOW, ONE_IN, ref_of
from bench.filled import MAPPINGS, escalations, fill
from bench.logged import Written, fill_log
from bench.remembered import kept_on
from watchkeeper.catalog.load import load_catalog
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.activity import Activity, ActivityKind, Actor
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.evidence_rules import Evidence
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.histogram import LAG_BOUNDS, LENGTH_BOUNDS, Histogram
from watchkeeper.model.lag import Lag
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.verdict import AuthorClass, Deed, Verdict, VerdictKind
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.state.database import batches
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.systems import escalation_key

_VERDICTS: Final = (VerdictKind.FRESH,) * 6 + (VerdictKind.STALE, VerdictKind.VERY_STALE, VerdictKind.EXEMPT)
SIDES: Final = (SENTINEL, SERVICENOW)
ZONE: Final = "Asia/Tokyo"
_AT_ONCE: Final = 5_000
_AUDITED: Final = 50
"""Days that are judged together."""
_COMMENTED: Final = 5
"""One in so many pairs has a comment that was carried over."""


@dataclass(frozen=True, slots=True)
class Size:
    """`writes`: rows of the write log, two for each write. `waiting`: pairs that wait for another look. What is said of a day is there
    on each of `days`; evidence on so many of the latest."""

    pairs: int
    writes: int
    days: int
    runs_a_day: int = 240
    verdicts_a_day: int = 300
    conflicts_a_day: int = 250
    waiting: int = 2_000
    evidence_days: int = 180


def fill_history(store: SqlStateStore, size: Size) -> None:
    """Fill an empty store, as of `NOW`."""
    catalog = load_catalog(MAPPINGS, deployment=DEPLOYMENT)
    duties = decided(catalog, NOW - timedelta(days=size.days))
    fill(store, size.pairs)
    for some in batches(duties):
        store.put_decisions(some)
        store.put_links(link for each in some for link in tickets(each))
    closed = [each.occurrence for each in duties if is_closed(each)]
    written = Written(size.writes, size.days, size.runs_a_day, size.pairs, key_of)
    fill_log(store, written, closed)
    for kept in batches(calls_kept(written), _AT_ONCE):
        store.keep_snapshots(kept)
    store.put_ledger(_comments(size.pairs))
    store.put_dirty(_waiting(size))
    store.put_conflicts(_conflicts(size))
    for days in batches((NOW.date() - timedelta(days=number) for number in range(size.days)), _AUDITED):
        _audit(store, size, days, list(catalog.teams))
    store.keep_snapshots(_sync_day(NOW.date() - timedelta(days=number), size) for number in range(size.days))
    for days in batches((NOW.date() - timedelta(days=number) for number in range(size.days)), _AUDITED):
        store.keep_snapshots(each for day in days for each in _gathered(day))
    for number in range(size.evidence_days, 0, -1):
        store.keep_snapshots(kept_on(NOW.date() - timedelta(days=number)))
    store.keep_snapshots(devices_on(NOW.date() - timedelta(days=1)))


def key_of(number: int) -> str:
    """The key of a pair of the estate."""
    return escalation_key(escalations(), ref_of(SENTINEL, number))


def _comments(pairs: int) -> Iterator[LedgerEntry]:
    for number in range(0, pairs, _COMMENTED):
        origin, at = ref_of(SERVICENOW, number), NOW - timedelta(days=1, seconds=number % 30_000_000)
        yield LedgerEntry(key_of(number), origin, f"{number:032x}", "mirrored", f"{number:036x}", at)


def _waiting(size: Size) -> Iterator[Dirty]:
    for number in range(size.waiting):
        since = NOW - timedelta(minutes=number)
        yield Dirty(key_of(number), "escalation", "failed: 503 Service Unavailable", since, 1 + number % 5)


def _conflicts(size: Size) -> Iterator[ConflictRow]:
    apart = timedelta(days=1) / size.conflicts_a_day
    for number in range(size.conflicts_a_day * size.days):
        key, run = key_of(number % size.pairs), f"{number:032x}"
        yield ConflictRow(key, "title", "servicenow", '"Checked"', '"Looked at"', "latest", run, NOW - apart * number)


def _sync_day(day: date, size: Size) -> Snapshot[SyncDay]:
    seconds = [3.0 + number % 40 for number in range(size.runs_a_day)]
    traffic = {side: Traffic({"GET": 2 * size.runs_a_day, "PUT": 40}, errors=2, throttled=1) for side in SIDES}
    lags = tuple(Lag(one, other, Histogram.of(LAG_BOUNDS, seconds)) for one, other in (SIDES, SIDES[::-1]))
    return Snapshot(SYNC_DAYS, day, NOW, SyncDay(size.runs_a_day, Histogram.of(LENGTH_BOUNDS, seconds), traffic, lags))


def _gathered(day: date) -> Iterator[Snapshot[Gathering]]:
    """What the tickets of each task are told: half a page, from three sources."""
    at = datetime.combine(day, time(0, 30), UTC)
    pieces = tuple(Piece(f"source/{number}", Found.COLLECTED, at) for number in range(3))
    for task in Evidence:
        texts = dict.fromkeys(LANGUAGES, f"What was found for {task} on {day}. " * 15)
        yield Snapshot(gathering_of(task), day, at, Gathering(task, at, pieces, texts))


def _audit(store: SqlStateStore, size: Size, days: Sequence[date], teams: Sequence[str]) -> None:
    """Each day judges as many of the open escalations as every other."""
    run = f"{days[0].toordinal():032x}"
    numbers = range(0, min(size.verdicts_a_day * ONE_IN, size.pairs), ONE_IN)
    store.put_verdicts((_verdict(number, day, teams) for day in days for number in numbers), run)
    judged = [TeamDay(team, day, ZONE, working=True, final=_is_over(day)) for day in days for team in teams]
    store.count_days(judged, run, NOW, whole=True)


def _is_over(day: date) -> bool:
    return day < NOW.date()


def _verdict(number: int, day: date, teams: Sequence[str]) -> Verdict:
    ref, at = ref_of(SERVICENOW, number), NOW - timedelta(days=2, minutes=number)
    wrote = Activity(ref, Actor(SERVICENOW, "keiko.tanaka"), at, ActivityKind.COMMENT, text_digest="00", text_length=40)
    kind = _VERDICTS[(number // ONE_IN + day.toordinal()) % len(_VERDICTS)]
    return Verdict(
        key=key_of(number),
        refs=(ref,),
        numbers=(f"INC{number:07}",),
        urls=(f"https://bench.service-now.com/incident.do?sys_id={ref.id}",),
        title=f"Suspicious sign-in of account {number} from an unfamiliar place",
        team=teams[number // ONE_IN % len(teams)],
        severity="high",
        assignee="Keiko Tanaka",
        day=day,
        kind=kind,
        final=_is_over(day),
        reason="a person wrote a work note" if kind is VerdictKind.FRESH else "no human update today",
        evidence=(Deed(wrote, AuthorClass.HUMAN, True, "on the roster"),) * 3,
        last_human_update=at,
        working_days=2,
        zone=ZONE,
    )
