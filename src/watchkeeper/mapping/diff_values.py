"""What a changed translation of one field means: which raw value is read as what, which value is written as what. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_words import spoken_lens
from watchkeeper.mapping.profile import FieldRule
from watchkeeper.model.difference import Difference, Reach, Shift, Subject
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status

_STATUSES = frozenset(status.value for status in Status)


@dataclass(frozen=True, slots=True)
class OneSide:
    """One field rule's translation on one side, before and after."""

    profile: str
    side: Side
    before: FieldRule
    after: FieldRule

    def differs(
        self, shift: Shift, below: str = "", *, dangerous: bool = False, reach: Reach | None = None, **args: str
    ) -> Difference:
        path = f"fields.{self.after.name}.{self.side}{below}"
        named = {"side": self.side, "field": self.after.name, **args}
        return Difference(Subject.PROFILE, self.profile, path, shift, named, self.after.place, dangerous, reach)

    def differences(self) -> Iterator[Difference]:
        old, new = self.before.lenses[self.side], self.after.lenses[self.side]
        if isinstance(old, TableLens) and isinstance(new, TableLens) and old.raw_fields == new.raw_fields:
            yield from self._tables(old, new)
        elif (before := spoken_lens(old)) != (after := spoken_lens(new)):
            kinds = {type(without_default(lens)) for lens in (old, new)}
            yield self.differs(
                Shift.SETTING,
                dangerous=len(kinds) > 1 or old.raw_fields != new.raw_fields,
                reach=Reach(self.profile),
                before=before,
                after=after,
            )

    def _tables(self, old: TableLens, new: TableLens) -> Iterator[Difference]:
        yield from self._reads(old, new)
        yield from self._writes(old, new)
        yield from self._classes(old, new)
        yield from self._transitions(old, new)

    def _reads(self, old: TableLens, new: TableLens) -> Iterator[Difference]:
        was, now = ({row.raw: row.means for row in lens.rows} for lens in (old, new))
        for raw in dict.fromkeys([*was, *now]):
            before, after = was.get(raw), now.get(raw)
            if before == after:
                continue
            shift = Shift.READ_LOST if after is None else Shift.READ_GAINED if before is None else Shift.READ
            reach = Reach(self.profile, side=self.side, fields=new.raw_fields, held=frozenset({raw}))
            yield self.differs(
                shift,
                below_row(old if after is None else new, raw),
                dangerous=self._now_closes(before, after),
                reach=reach,
                held=spoken(new.raw_fields, raw),
                before=before or "",
                after=after or "",
            )

    def _now_closes(self, before: str | None, after: str | None) -> bool:
        """Whether a record that was open, or not understood, is now taken for a closed one: its close will cross."""
        if self.after.name != STATUS_FIELD or after not in _STATUSES:
            return False
        return Status(after).is_closed and not (before in _STATUSES and Status(before).is_closed)

    def _writes(self, old: TableLens, new: TableLens) -> Iterator[Difference]:
        was, now = ({value: lens.create(value) for value in lens.writable} for lens in (old, new))
        for value in dict.fromkeys([*was, *now]):
            before, after = _row(old, was.get(value)), _row(new, now.get(value))
            if before == after:
                continue
            shift = Shift.WRITTEN_LOST if not after else Shift.WRITTEN_GAINED if not before else Shift.WRITTEN
            written = (old if shift is Shift.WRITTEN_LOST else new).create(value)
            row = tuple(str(each) for each in written.values()) if isinstance(written, dict) else ()
            below = below_row(old if shift is Shift.WRITTEN_LOST else new, row)
            reach = self._holders_elsewhere(value)
            yield self.differs(shift, below, reach=reach, value=value, before=before, after=after)

    def _holders_elsewhere(self, value: str) -> Reach | None:
        """The pairs whose other side holds the value: what is written here changes for them."""
        for side, lens in self.before.lenses.items():
            if side != self.side and isinstance(lens, TableLens):
                held = frozenset(row.raw for row in lens.rows if row.means == value)
                return Reach(self.profile, side=side, fields=lens.raw_fields, held=held) if held else None
        return None

    def _classes(self, old: TableLens, new: TableLens) -> Iterator[Difference]:
        """Values that this side tells apart no more, or tells apart now."""
        values = [value for value in old.writable if value in new.writable]
        for left, right in combinations(values, 2):
            one_before = old.class_of(left) == old.class_of(right)
            one_after = new.class_of(left) == new.class_of(right)
            if one_before != one_after:
                shift = Shift.MERGED if one_after else Shift.PARTED
                yield self.differs(shift, ".table", dangerous=one_after, value=left, other=right)

    def _transitions(self, old: TableLens, new: TableLens) -> Iterator[Difference]:
        states = list(dict.fromkeys(row.raw[0] for row in (*old.rows, *new.rows)))
        known = {row.raw[0] for row in old.rows} & {row.raw[0] for row in new.rows}
        for start in states:
            for end in states:
                if start == end or not {start, end} <= known:
                    continue
                before, after = allows(old, start, end), allows(new, start, end)
                if before != after:
                    yield self.differs(
                        Shift.ALLOWED if after else Shift.FORBIDDEN,
                        f".table.transitions.{start}",
                        held=spoken(new.raw_fields[:1], (start,)),
                        target=end,
                    )


def below_row(lens: TableLens, raw: tuple[str, ...]) -> str:
    """Where in its field the row of a combination of raw values stands."""
    rows = [row.raw for row in lens.rows]
    return f".table.rows.{rows.index(raw)}" if raw in rows else ".table"


def allows(lens: TableLens, start: str, end: str) -> bool:
    """Whether a record with one raw value may become another."""
    return lens.transitions is None or end in lens.transitions.get(start, ())


def spoken(names: Sequence[str], raw: Sequence[str]) -> str:
    """A combination of raw values as people say it: `impact 3, urgency 3`."""
    return ", ".join(f"{name} {value or repr(value)}" for name, value in zip(names, raw, strict=True))


def spoken_write(write: Mapping[str, object] | RawFields | None) -> str:
    """Raw fields that are written: `close_code Duplicate`."""
    return ", ".join(f"{name} {value or repr(value)}" for name, value in sorted((write or {}).items()))


def _row(lens: TableLens, write: object) -> str:
    return spoken(lens.raw_fields, [str(write[name]) for name in lens.raw_fields]) if isinstance(write, dict) else ""
