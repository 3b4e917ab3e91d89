"""How writes ended, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watchkeeper.model.plan import Operation
from watchkeeper.model.record import RecordRef
from watchkeeper.model.run import Outcome, WriteLogEntry
from watchkeeper.report.board.links import SIDES
from watchkeeper.report.board.nouns import DAYS_BACK
from watchkeeper.report.board.write_list import DAYS, WriteList
from watchkeeper.report.board.writes import Write
from watchkeeper.report.texts import Texts
from watchkeeper.state.write_lists import Wanted
from watchkeeper.web.asked import Choice, NothingHere, Parameter, any_of
from watchkeeper.web.reading.cursors import AFTER, sequence
from watchkeeper.web.reading.reader import Reader

PARAMETERS: Final = (
    Parameter("side", "Writes in this system: `servicenow` or `sentinel`."),
    Parameter("operation", "Writes of this kind: `create`, `link`, `update`, `comment` or `close`."),
    Parameter("outcome", "Writes that ended so: `done`, `adopted`, `conflict`, `failed`, `skipped` or `unknown`."),
    Parameter("run", "Writes of this run."),
    Parameter("key", "Writes to the records of this key."),
    Parameter(
        "days", "`7` (else): of today and the six days before, in UTC; `all`: as far back as the store remembers."
    ),
    AFTER,
)


def read_writes(reader: Reader) -> WriteList:
    asked = reader.asked
    chosen = {name: asked.get(name) for name in ("side", "operation", "outcome", "key")}
    # Whoever asks for one run or one key wants all of it.
    days = asked.get("days") or ("all" if asked.get("run") or asked.get("key") else DAYS[0])
    known = {"side": SIDES, "operation": set(Operation), "outcome": set(Outcome)}
    if days not in DAYS or any(chosen[name] and chosen[name] not in words for name, words in known.items()):
        raise NothingHere
    wanted = Wanted(**chosen, run_id=asked.get("run"), since=None if days == "all" else days_ago(reader.now))
    found = reader.listings.ended(wanted, sequence(asked.get("after")), asked.most)
    return WriteList(
        head=reader.head(),
        run=wanted.run_id,
        days=days,
        writes=_writes(reader, found.rows),
        goes_on=found.goes_on,
        until=found.until,
        **chosen,
    )


def days_ago(now: datetime) -> datetime:
    """When the last days begin, as the counts by day have them."""
    return (now - timedelta(days=DAYS_BACK - 1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _writes(reader: Reader, rows: tuple[WriteLogEntry, ...]) -> tuple[Write, ...]:
    refs = {row.sequence: RecordRef(row.side, row.table, row.record_id) for row in rows}
    links = reader.store.links_of(set(refs.values()))
    return tuple(
        Write(
            sequence=row.sequence,
            run_id=row.run_id,
            at=row.at,
            ended_at=row.at,
            key=row.key,
            side=row.side,
            table=row.table,
            record_id=row.record_id,
            number=link.number if (link := links.get(refs[row.sequence])) else "",
            url=reader.page_of(link.ref, link.url) if link else "",
            operation=row.operation,
            reason="",
            outcome=row.outcome,
            said=row.reason,
            times=1,
            fields=(),
        )
        for row in rows
    )


def choices(found: WriteList, texts: Texts) -> tuple[Choice, ...]:
    sides = any_of(((each, texts.side(each)) for each in SIDES), found.side, texts)
    operations = any_of(
        ((each.value, texts.say(f"operation.{each.value}")) for each in Operation), found.operation, texts
    )
    outcomes = any_of(((each.value, texts.say(f"outcome.{each.value}")) for each in Outcome), found.outcome, texts)
    days = tuple((each, texts.say(f"board.writes.choose.{each}")) for each in DAYS)
    return (
        Choice("side", texts.say("board.writes.side"), sides, found.side),
        Choice("operation", texts.say("board.writes.operation"), operations, found.operation),
        Choice("outcome", texts.say("board.writes.outcome"), outcomes, found.outcome),
        Choice("run", texts.say("board.writes.run"), chosen=found.run),
        Choice("key", texts.say("board.writes.key"), chosen=found.key),
        Choice("days", texts.say("board.writes.days"), days, found.days),
    )
