"""What is left for people, page by page."""

from __future__ import annotations

from datetime import datetime

from watchkeeper.model.link import ConflictRow, Dirty
from watchkeeper.report.board.left_over import OvertakenList, WaitingList
from watchkeeper.report.board.nouns import Waiting
from watchkeeper.web.reading.cursors import place, placed
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.reader import Reader


def read_waiting(reader: Reader) -> WaitingList:
    after, most = placed(reader.asked.get("after"), 1), reader.asked.most
    rows = reader.listings.waiting(None if after is None else (after[0], after[1][0]), most + 1)
    goes_on = place(rows[most - 1].since, rows[most - 1].key) if len(rows) > most else ""
    return WaitingList(reader.head(), tuple(map(waiting_of, rows[:most])), goes_on)


def waiting_of(row: Dirty) -> Waiting:
    return Waiting(row.key, row.reason, row.since, row.attempts)


def read_overtaken(reader: Reader) -> OvertakenList:
    after, most = placed(reader.asked.get("after"), 3), reader.asked.most
    rows = reader.listings.overtaken(None if after is None else _before(*after), most + 1)
    goes_on = _place(rows[most - 1]) if len(rows) > most else ""
    return OvertakenList(reader.head(), tuple(map(set_aside_of, rows[:most])), goes_on)


def _before(at: datetime, names: tuple[str, ...]) -> tuple[datetime, str, str, str]:
    key, field, run_id = names
    return at, key, field, run_id


def _place(row: ConflictRow) -> str:
    return place(row.at, row.key, row.field, row.run_id)
