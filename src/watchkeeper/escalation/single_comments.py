"""Comments that a side shows record by record only: read where nothing else has decided, newest first, within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from watchkeeper.escalation.reading import SIDE_FAILS, SideLog, Told
from watchkeeper.model.activity import Activity
from watchkeeper.model.progress import UNWATCHED, Phase
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.ports import Connector, Progress

MOST_READ = 500
"""Records of a side whose comments one audit reads. Microsoft Sentinel's published minimum is 100 such calls in five minutes
(learn.microsoft.com/rest/api/securityinsights/request-limits-and-throttling); most workspaces bear more."""

_PORTION = 50
"""Records asked about together: what was read before a side fails is kept."""

NOT_READ = f"its comments were not read: one audit reads those of {MOST_READ} records at most, and others changed later"


def read_single_comments(
    connectors: Mapping[Side, Connector],
    records: Sequence[Record],
    window: tuple[datetime, datetime],
    told: Told,
    logs: Mapping[Side, SideLog],
    progress: Progress = UNWATCHED,
) -> None:
    """Add what was written on these records to what is told; where that could not be read, the record is unclear."""
    newest_first = sorted(records, key=lambda each: (each.updated_at, each.ref.id), reverse=True)
    refs = {side: [each.ref for each in newest_first if each.ref.side == side] for side in connectors}
    progress.begin(Phase.COMMENTS, sum(min(len(each), MOST_READ) for each in refs.values()))
    for side, connector in connectors.items():
        _leave(refs[side][MOST_READ:], told, logs[side])
        _read(connector, refs[side][:MOST_READ], window, told, logs[side], progress)


def _read(
    connector: Connector,
    refs: Sequence[RecordRef],
    window: tuple[datetime, datetime],
    told: Told,
    log: SideLog,
    progress: Progress,
) -> None:
    waiting = iter(refs)
    while portion := list(islice(waiting, _PORTION)):
        try:
            found = connector.comments(portion)
        except SIDE_FAILS as error:
            log.failed(log.untold, error)
            told.unclear.update(dict.fromkeys([*portion, *waiting], str(error)))
            return
        log.comments_read += len(portion)
        progress.advance(len(portion))
        for ref, comments in found.items():
            deeds = (Activity.of_comment(comment) for comment in comments)
            told.activities.setdefault(ref, []).extend(_within(deeds, *window))


def _within(deeds: Iterable[Activity], since: datetime, until: datetime) -> Iterable[Activity]:
    return (deed for deed in deeds if since <= deed.at <= until)


def _leave(refs: Sequence[RecordRef], told: Told, log: SideLog) -> None:
    if refs:
        told.unclear.update(dict.fromkeys(refs, NOT_READ))
        log.comments_left += len(refs)
        log.unclear.append(f"{len(refs)} records: {NOT_READ}")
