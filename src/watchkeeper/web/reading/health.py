"""How the sync itself is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Final

from watchkeeper.model.plan import Intent
from watchkeeper.report.board.health import Holder, Refusal, SyncHealth, Unanswered, Writes
from watchkeeper.report.board.nouns import DAYS_BACK
from watchkeeper.transport.policy import SENTINEL_QUOTAS
from watchkeeper.transport.quota_memo import QUOTAS, levels_of
from watchkeeper.web.reading.health_days import all_waits, calls_over, days_of, read_sums
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.successes import successes

SHOWN_RUNS: Final = 20


def read_health(reader: Reader) -> SyncHealth:
    runs = reader.runs()
    since = reader.now - timedelta(days=DAYS_BACK)
    lengths = sorted(each.seconds for each in runs if each.command == "sync" and each.seconds is not None)
    count, set_aside = reader.library.conflicts_since(reader.deployment, since, reader.asked.most)
    waiting_count, waiting = reader.library.waiting(reader.deployment, 1)
    writes = reader.library.writes_since(reader.deployment, reader.now - timedelta(days=DAYS_BACK - 1))
    sums, intents = read_sums(reader), reader.store.intents()
    return SyncHealth(
        head=reader.head(runs),
        successes=successes(reader),
        runs=tuple(runs[:SHOWN_RUNS]),
        median_seconds=median(lengths) if lengths else None,
        p95_seconds=percentile(lengths, 0.95),
        writes=tuple(Writes(*kind, number) for kind, number in writes.items()),
        refusals=tuple(_refusals(reader)),
        waiting_count=waiting_count,
        unanswered=len(intents),
        set_aside_count=count,
        set_aside=tuple(map(set_aside_of, set_aside)),
        holder=_holder(reader),
        calls=tuple(calls_over(list(sums.values()))),
        waits=tuple(all_waits(sums.values())),
        days=tuple(days_of(reader, sums)),
        unanswered_writes=tuple(map(_unanswered, intents[: reader.asked.most])),
        waiting_since=next((each.since for each in waiting), None),
    )


def _unanswered(intent: Intent) -> Unanswered:
    action = intent.action
    return Unanswered(action.key, action.ref.side, action.operation.value, intent.started_at, intent.run_id)


def _refusals(reader: Reader) -> Iterator[Refusal]:
    for quota, level in levels_of(reader.store.recall(QUOTAS) or "", SENTINEL_QUOTAS).items():
        yield Refusal(f"{quota.method} {quota.path}", quota.calls, quota.seconds, level.refused_at)


def _holder(reader: Reader) -> Holder | None:
    held = reader.store.lease("", "").holder()
    if held is None:
        return None
    expired = held.expires_at <= reader.now
    return Holder(held.run_id, held.operation, held.holder, held.host, held.taken_at, held.expires_at, expired=expired)


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share of them does not exceed; None where there is none."""
    return ordered[max(0, ceil(len(ordered) * share) - 1)] if ordered else None
