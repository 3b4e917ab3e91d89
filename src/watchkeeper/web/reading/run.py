"""One run, and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from watchkeeper.model.link import Link
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.run import RunDetail
from watchkeeper.report.board.writes import FieldWritten, Write
from watchkeeper.report.status import Run
from watchkeeper.state.runs import HEAD
from watchkeeper.sync.log_reading import LoggedWrite, logged_writes
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.calls import calls_in
from watchkeeper.web.reading.cursors import sequence
from watchkeeper.web.reading.overtaken import set_aside_of
from watchkeeper.web.reading.past_runs import past_run
from watchkeeper.web.reading.reader import Reader

TREES: Final = 50
"""Writes on a page, each of which is a table of its own."""


def read_run(reader: Reader) -> RunDetail:
    run_id, listings = reader.asked.get("run"), reader.listings
    found = listings.run(run_id)
    if found is None:
        raise NothingHere
    run, after = past_run(found), sequence(reader.asked.get("after")) or 0
    most = TREES if reader.asked.most <= MOST else reader.asked.most
    intended, ended = listings.intended_in(run_id, after, most + 1)
    shown = intended[:most]
    troubles = listings.exceptions_in(run_id, reader.asked.most)
    begun = listings.begun_of(run_id, troubles)
    writes = writes_of(reader, logged_writes([*shown, *ended]))
    conflicts = listings.overtaken_in(run_id, run.started_at, run.ended_at or reader.now, reader.asked.most)
    return RunDetail(
        head=reader.head(),
        run=run,
        mode=_text(found, "mode"),
        swept=swept if isinstance(swept := found.get("swept"), bool) else None,
        plan_digest=_text(found, "plan_digest"),
        write_log_head=_text(found, HEAD),
        counts=_counts(found),
        valves=_texts(found, "valves"),
        problems=_texts(found, "problems"),
        troubles=tuple(each for each in writes_of(reader, logged_writes([*begun, *troubles])) if not each.happened),
        after=after,
        writes=writes,
        goes_on=shown[-1].sequence if len(intended) > len(shown) else None,
        set_aside=tuple(map(set_aside_of, conflicts)),
        calls_kept=calls_in(reader, run),
    )


def writes_of(reader: Reader, logged: Iterable[LoggedWrite]) -> tuple[Write, ...]:
    """Writes of the log with the numbers and addresses of their records, as far as these are linked."""
    chosen = sorted(logged, key=lambda write: write.sequence)
    links = reader.store.links_of({write.ref for write in chosen})
    return tuple(_write(write, links.get(write.ref), reader) for write in chosen)


def _write(write: LoggedWrite, link: Link | None, reader: Reader) -> Write:
    return Write(
        sequence=write.sequence,
        run_id=write.run_id,
        at=write.at,
        ended_at=write.ended_at,
        key=write.key,
        side=write.ref.side,
        table=write.ref.table,
        record_id=write.ref.id,
        number=link.number if link else "",
        url=reader.page_of(write.ref, link.url) if link else "",
        operation=write.operation.value,
        reason=write.reason,
        outcome=write.outcome,
        said=write.said,
        times=write.times,
        fields=tuple(_fields(write)),
    )


def _fields(write: LoggedWrite) -> Iterator[FieldWritten]:
    for name in sorted(write.after):
        ours, rule = write.rules.get(name, ("", ""))
        yield FieldWritten(name, write.before.get(name), write.after[name], ours, rule, refused=name in write.refused)


def _counts(run: Run) -> Mapping[str, int]:
    counts = run.get("counts")
    return {str(name): int(count) for name, count in counts.items()} if isinstance(counts, Mapping) else {}


def _text(run: Run, name: str) -> str:
    value = run.get(name)
    return value if isinstance(value, str) else ""


def _texts(run: Run, name: str) -> tuple[str, ...]:
    values = run.get(name)
    return tuple(map(str, values)) if isinstance(values, list) else ()
