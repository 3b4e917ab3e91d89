"""A translation in the words in which a difference is told. Pure."""

from __future__ import annotations

from dataclasses import fields

from watchkeeper.mapping.lens import Lens, TableLens
from watchkeeper.mapping.lens_default import DefaultLens
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.lens_views import Joined, LookedUp, PlainText, Reading, ViewLens


def spoken_lens(lens: Lens) -> str:
    """A translation with what it is told: `text short_description (limit 160)`. Of a table only its fields: its rows are
    compared one by one."""
    kind = type(lens).__name__.removesuffix("Lens").lower()
    match lens:
        case TableLens():
            return f"{kind} {', '.join(lens.raw_fields)}"
        case DefaultLens():
            said = spoken_lens(lens.inner)
            return f"{said}; empty: {_shown(lens.default)}" if lens.default else said
        case ViewLens():
            return _spoken_view(lens.looks_at, lens.reading)
        case BooleanLens(raw_field=name, true=true, false=false):
            return f"boolean {name} (true: {_words(true)}; false: {_words(false)})"
        case _:
            told = {each.name: getattr(lens, each.name) for each in fields(lens) if each.name != "raw_field"}  # type: ignore[arg-type]
            rest = ", ".join(f"{name} {_shown(value)}" for name, value in told.items() if value not in ((), "", None))
            return f"{kind} {', '.join(lens.raw_fields)}{f' ({rest})' if rest else ''}"


def _spoken_view(names: tuple[str, ...], reading: Reading) -> str:
    shown = ", ".join(names)
    match reading:
        case LookedUp(rows=rows, otherwise=otherwise):
            said = [f"{row.condition.operator.value} {_shown(row.condition.values)}: {row.means}" for row in rows]
            return f"lookup {shown} ({'; '.join([*said, *([f'otherwise {otherwise}'] if otherwise else [])])})"
        case Joined(separator=separator):
            return f"join {shown} (separator {separator!r})"
        case PlainText(steps=steps, limit=limit):
            return f"text {shown} (limit {limit}, steps {_shown(tuple(steps))}, only read)"
        case _:
            raise AssertionError(f"an unknown reading: {reading!r}")


def _words(values: tuple[str, ...]) -> str:
    """Each as it is, an empty one as what it is."""
    return ", ".join(value or "''" for value in values)


def _shown(value: object) -> str:
    match value:
        case tuple():
            return ", ".join(map(str, value))
        case bool():
            return str(value).lower()
        case _:
            return repr(value) if isinstance(value, str) and value != value.strip() else str(value)
