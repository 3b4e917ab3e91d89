"""How a mapping's own cases went: what failed, field by field, and which rows no case exercises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from watchkeeper.model.record import RawValue
from watchkeeper.model.rehearsal import Miss, Rehearsed, TableRowId
from watchkeeper.report.document import Document, Mark, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in


@dataclass(frozen=True, slots=True)
class TrialView:
    """Every case that was run, and every row that there is. `least`: the share of rows (percent) that must be exercised;
    `detailed`: whether the rows that no case exercises are listed."""

    rehearsed: tuple[Rehearsed, ...]
    rows: frozenset[TableRowId]
    least: int = 0
    detailed: bool = False

    @property
    def failed(self) -> tuple[Rehearsed, ...]:
        return tuple(each for each in self.rehearsed if not each.passed)

    @property
    def exercised(self) -> frozenset[TableRowId]:
        return frozenset[TableRowId]().union(*(each.exercised for each in self.rehearsed)) & self.rows

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all of them."""
        return 100 * len(self.exercised) // len(self.rows) if self.rows else 100

    @property
    def fine(self) -> bool:
        return not self.failed and self.percent >= self.least


def trial_document(view: TrialView, lang: str = "en") -> Document:
    """The outcome for people: failures first, then coverage by table."""
    texts = texts_in(lang)
    sections = [_failure(each, texts) for each in view.failed]
    if view.rows:
        sections.append(_coverage(view, texts))
    missing = sorted(view.rows - view.exercised)
    if missing and (view.detailed or view.percent < view.least):
        sections.append(_missing(missing, texts))
    sentence = texts.count(
        "trial.sentence",
        len(view.rehearsed),
        passed=f"{len(view.rehearsed) - len(view.failed):,}",
        percent=view.percent,
        rows=f"{len(view.rows):,}",
    )
    if view.percent < view.least:
        sentence = texts.say("trial.too-little", sentence=sentence, least=view.least)
    return Document(texts.say("trial.title"), sentence, tuple(sections), mark=Mark.GOOD if view.fine else Mark.BAD)


def trial_json(view: TrialView, *, exit_code: int) -> Json:
    """The outcome for programs."""
    return payload(
        "mappings test",
        exit_code,
        [],
        cases=[_as_json(each) for each in view.rehearsed],
        rows=len(view.rows),
        exercised=len(view.exercised),
        percent=view.percent,
        least=view.least,
        missing=[_row_json(each) for each in sorted(view.rows - view.exercised)],
    )


def _as_json(rehearsed: Rehearsed) -> Json:
    case = rehearsed.case
    return {
        "name": case.name,
        "profile": case.profile,
        "place": case.place,
        "passed": rehearsed.passed,
        "misses": [
            {
                "side": miss.side,
                "field": miss.field,
                "expected": miss.expected,
                "actual": miss.actual,
                "parked": miss.parked,
                "rule": miss.rule,
                "place": miss.place,
            }
            for miss in rehearsed.misses
        ],
    }


def _row_json(row: TableRowId) -> Json:
    return {
        "profile": row.profile,
        "kind": row.kind.value,
        "side": row.side,
        "field": row.field,
        "value": row.value,
    }


def _failure(rehearsed: Rehearsed, texts: Texts) -> Section:
    headings = tuple(texts.say(f"column.{name}") for name in ("side", "field", "expected", "actual"))
    rows = tuple(_miss(miss, texts) for miss in rehearsed.misses)
    title = texts.say("trial.failed", name=rehearsed.case.name, place=rehearsed.case.place)
    return Section(title, (Table(headings, rows, note_heading=texts.say("column.place")),), mark=Mark.BAD)


def _miss(miss: Miss, texts: Texts) -> Row:
    note = texts.say("trial.places", place=miss.place, rule=miss.rule)
    if miss.parked:
        note = texts.say("trial.parked", note=note, reason=miss.parked)
    side = texts.side(miss.side) if miss.side else texts.say("trial.pair")
    return Row((side, miss.field, _shown(miss, miss.expected, texts), _shown(miss, miss.actual, texts)), Mark.BAD, note)


def _shown(miss: Miss, value: RawValue, texts: Texts) -> str:
    """A raw value; of a parked field the words of its reason."""
    if value is None:
        return texts.say("none") if miss.side else texts.say("trial.not-parked")
    if not miss.side and miss.field != "created":
        return texts.say("trial.is-parked", reason=value)
    return ", ".join(value) if isinstance(value, tuple) else value or texts.say("empty")


def _coverage(view: TrialView, texts: Texts) -> Section:
    headings = tuple(texts.say(f"column.{name}") for name in ("subject", "table", "exercised", "rows"))
    rows = tuple(
        Row((profile, _table_name(found[0], texts), f"{done:,}", f"{len(found):,}"), _mark(done, len(found)))
        for profile, found, done in _by_table(view)
    )
    return Section(texts.say("trial.coverage"), (Table(headings, rows, frozenset({2, 3})),))


def _by_table(view: TrialView) -> Iterator[tuple[str, list[TableRowId], int]]:
    key = lambda row: (row.profile, row.kind, row.side, row.field)  # noqa: E731
    for (profile, *_), found in groupby(sorted(view.rows), key=key):
        rows = list(found)
        yield profile, rows, len(view.exercised.intersection(rows))


def _mark(done: int, rows: int) -> Mark:
    return Mark.GOOD if done == rows else Mark.WARN


def _missing(rows: list[TableRowId], texts: Texts) -> Section:
    headings = tuple(texts.say(f"column.{name}") for name in ("subject", "table", "value"))
    cells = tuple(Row((row.profile, _table_name(row, texts), row.value), Mark.WARN) for row in rows)
    return Section(texts.say("trial.missing"), (Table(headings, cells),), mark=Mark.WARN)


def _table_name(row: TableRowId, texts: Texts) -> str:
    if not row.field:
        return texts.say("trial.always", side=texts.side(row.side))
    return texts.say(f"exercise.{row.kind.value}", side=texts.side(row.side), field=row.field)
