"""What a close carries from one side to the other, by explicit tables: codes, classification, reasons and notes.

A value that no table knows parks the close; nothing is ever closed on a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchkeeper.mapping.lens_text import cut
from watchkeeper.mapping.templates import LocalTemplate
from watchkeeper.model.record import RawFields, RawValue, Side
from watchkeeper.model.ticket import Unmapped

IN_DOUBT = "would write what the instance does not have: "
"""How the reason of a close begins that has a row, whose codes this instance does not know."""


@dataclass(frozen=True, slots=True)
class ClosingText:
    """A text that a close carries, and the longest one that the side takes."""

    template: LocalTemplate
    limit: int


@dataclass(frozen=True, slots=True)
class ClosureTable:
    """What is written on one side when the other one was closed.

    `reads` are the other side's fields that decide, `rows` what is written per combination of their values, `otherwise` what
    is written for every other one (None: the close is parked). With `empty_when_absent` a field that the other side leaves
    out is empty (Sentinel leaves out what is not set), else it is hidden from us and decides nothing. `demands` are the
    fields that must not be empty, by the raw status that is written (the same number closes one table and puts another one's
    record on hold); None demands `always` of every close.
    `doubts` say why a row must not be written on this instance, `rest_in_doubt` why `otherwise` must not. `shown` are words for
    values that say nothing to a reader. `place` and `places` are the `file:line:col` of the table and of its rows.
    """

    reads: tuple[str, ...]
    empty_when_absent: bool
    rows: Mapping[tuple[str, ...], RawFields]
    otherwise: RawFields | None
    texts: Mapping[str, ClosingText] = field(default_factory=dict)
    notes: str | None = None
    clear_on_reopen: tuple[str, ...] = ()
    demands: Mapping[str, tuple[str, ...]] | None = None
    always: tuple[str, ...] = ()
    doubts: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    rest_in_doubt: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    place: str = field(default="", compare=False)
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict, compare=False)

    def place_of(self, source_raw: RawFields) -> str:
        """Where it is said what such a close carries: the row of the other side's values, or else the table."""
        return self.places.get(tuple(_text(source_raw.get(name)) for name in self.reads), self.place)

    @property
    def written(self) -> frozenset[str]:
        """Every coded field that a close may write."""
        rows = [*self.rows.values(), self.otherwise or {}]
        return frozenset(name for write in rows for name in write)

    def coded(self, source_raw: RawFields) -> RawFields | Unmapped:
        """The coded fields for the other side's closing values."""
        held: list[str] = []
        for name in self.reads:
            value = source_raw.get(name)
            if value is None and not self.empty_when_absent:
                return Unmapped((name,), "", "is not shown to our account")
            held.append(_text(value))
        known = self.rows.get(tuple(held), self.otherwise)
        doubt = self.doubts.get(tuple(held), "" if tuple(held) in self.rows else self.rest_in_doubt)
        if doubt:
            return Unmapped(self.reads, ", ".join(filter(None, held)), f"{IN_DOUBT}{doubt}")
        return (
            Unmapped(self.reads, ", ".join(filter(None, held)), "is not in the closure table")
            if known is None
            else known
        )


@dataclass(frozen=True, slots=True)
class TableClosure:
    """The ClosureRules of a profile: one table per target side."""

    tables: Mapping[Side, ClosureTable]

    def closing(
        self, target: Side, source: Side, source_raw: RawFields, context: Mapping[str, str]
    ) -> RawFields | Unmapped:
        """Raw fields for the target's close, from the source's closing fields. See ClosureRules.closing."""
        del source
        table = self.tables[target]
        coded = table.coded(source_raw)
        if isinstance(coded, Unmapped):
            return coded
        codes = ", ".join(table.shown.get(code, code) for name in table.reads if (code := _text(source_raw.get(name))))
        words = {**context, "codes": codes, "notes": _text(source_raw.get(table.notes)) if table.notes else ""}
        texts = {name: cut(text.template.render(words).strip(), text.limit) for name, text in table.texts.items()}
        return {**coded, **texts}

    def concluding(self, target: Side, words: str) -> RawFields | Unmapped:
        """Raw fields for a close that comes from neither side. See ClosureRules.concluding."""
        table = self.tables[target]
        coded = table.coded(dict.fromkeys(table.reads, ""))
        if isinstance(coded, Unmapped):
            return coded
        return {**coded, **{name: cut(words, text.limit) for name, text in table.texts.items()}}

    def reopening(self, target: Side, target_raw: RawFields) -> RawFields:
        """The closing fields that still hold something, emptied."""
        return {name: "" for name in self.tables[target].clear_on_reopen if target_raw.get(name)}

    def lacking(self, target: Side, status: str, fields: RawFields, target_raw: RawFields) -> tuple[str, ...]:
        """The fields that a close with this raw status demands and that neither it nor the record fills."""
        table = self.tables[target]
        demanded = table.always if table.demands is None else table.demands.get(status, ())
        return tuple(name for name in demanded if not _text(fields.get(name, target_raw.get(name))).strip())

    def source_fields(self, side: Side) -> tuple[str, ...]:
        """What `closing` reads on this side, and what `reopening` looks at there."""
        names: set[str] = set()
        for target, table in self.tables.items():
            if target == side:
                names.update(table.clear_on_reopen)
            else:
                names.update(table.reads, (table.notes,) if table.notes else ())
        return tuple(sorted(names))


def _text(value: RawValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""
