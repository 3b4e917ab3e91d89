"""Where a field's value comes from and goes to, as the profile files say it, each part with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.mapping.base_models import Compared
from watchkeeper.mapping.compile import closings_of, conditions_of, lenses_of, sides_of
from watchkeeper.mapping.compile_lens import condition_of, raw_fields, seen_fields, written_by
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.lint_closure import written_on_close
from watchkeeper.mapping.models import Closing, FieldRuleFile, ProfileFile
from watchkeeper.mapping.profile import Owner
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.record import Side
from watchkeeper.model.ticket import STATUS_FIELD


@dataclass(frozen=True, slots=True)
class RowStory:
    """A raw value, the canonical one that it is read as, and those that are written as it."""

    raw: tuple[str, ...]
    means: str
    writes: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class SideStory:
    """Where a side keeps the field. `translation` is the key of the kind (`table`, `text`, …), `default` what an empty field
    stands for."""

    side: Side
    table: str
    fields: tuple[str, ...]
    translation: str
    place: str
    rows: tuple[RowStory, ...] = ()
    transitions: Mapping[str, tuple[str, ...]] | None = None
    cannot_hold: tuple[str, ...] = ()
    limit: int | None = None
    constant: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    """What the file says of this kind, by key, as text: the `format` of a date."""
    default: str | None = None
    only_read: bool = False


@dataclass(frozen=True, slots=True)
class ClosingRowStory:
    """What is written for one combination of the other side's values; without `held`, for every other one."""

    held: tuple[str, ...] | None
    write: Mapping[str, str]
    place: str


@dataclass(frozen=True, slots=True)
class ClosingStory:
    """What a close or a reopen that comes from the other side does besides the status."""

    side: Side
    place: str
    reads: tuple[str, ...]
    rows: tuple[ClosingRowStory, ...]
    texts: Mapping[str, str]
    """Each text's field, and its place."""
    cleared: tuple[str, ...]
    demands: Mapping[str, tuple[str, ...]] | None
    close_from: str
    """Whose close on the other side crosses to this one."""


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One canonical field of one profile. `begins` is the key and the value of its `on_create`."""

    profile: str
    enabled: bool
    name: str
    place: str
    owner: str
    resolver: str | None
    may_lower: bool
    begins: tuple[str, str] | None
    sides: tuple[SideStory, ...]
    closings: tuple[ClosingStory, ...] = ()
    direction: str = "both"
    when: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    """Conditions in words, by side."""


def explain(document: Document, file: ProfileFile, name: str) -> FieldStory:
    """The story of a canonical field that the profile has."""
    rule = file.fields[name]
    sides = (_side(document, file, name, side, spec) for side, spec in lenses_of(rule).items())
    closings = closings_of(file).items() if name == STATUS_FIELD else ()
    return FieldStory(
        profile=file.name,
        enabled=file.enabled,
        name=name,
        place=document.position(("fields", name)),
        owner=rule.owner.value,
        resolver=rule.resolver.value if rule.owner is Owner.SHARED else None,
        may_lower=rule.may_lower,
        begins=_begins(rule),
        sides=tuple(sides),
        closings=tuple(_closing(document, file, side, closing) for side, closing in closings),
        direction=rule.direction.value,
        when={
            side: tuple(_spoken(name, each) for name, each in said.items())
            for side, said in conditions_of(rule).items()
        },
    )


def named_by(file: ProfileFile, word: str) -> tuple[str, ...]:
    """The canonical fields that a word names: itself, or a raw field that they are kept in, or that a close writes."""
    if word in file.fields:
        return (word,)
    return tuple(name for name, raw in _raw_names(file) if raw == word)


def known_names(files: Sequence[ProfileFile]) -> tuple[str, ...]:
    """Every word that `named_by` knows, canonical names first."""
    canonical = [name for file in files for name in file.fields]
    return tuple(dict.fromkeys([*canonical, *(raw for file in files for _, raw in _raw_names(file))]))


def _raw_names(file: ProfileFile) -> Iterator[tuple[str, str]]:
    for name, rule in file.fields.items():
        kept = {raw: None for spec in lenses_of(rule).values() for raw in seen_fields(spec)}
        closing = [raw for each in closings_of(file).values() for raw in written_on_close(each)]
        kept |= dict.fromkeys(closing if name == STATUS_FIELD else ())
        yield from ((name, raw) for raw in kept)


def _side(document: Document, file: ProfileFile, name: str, side: Side, spec: FieldOnSide) -> SideStory:
    path: Path = ("fields", name, side)
    translation = spec.kind
    table = spec.table
    return SideStory(
        side=side,
        table=sides_of(file)[side].table,
        fields=seen_fields(spec),
        translation=translation,
        place=document.position((*path, translation)),
        rows=tuple(_rows(document, path, spec)),
        transitions=table.transitions if table else None,
        cannot_hold=table.cannot_hold if table else (),
        limit=spec.text.max if spec.text else None,
        constant=spec.constant.value if spec.constant else None,
        told=_told(spec),
        default=spec.default,
        only_read=not raw_fields(spec),
    )


def _spoken(name: str, compared: Compared) -> str:
    condition = condition_of(name, compared)
    return f"{name} {condition.operator.value} {', '.join(condition.values)}"


def _rows(document: Document, path: Path, spec: FieldOnSide) -> Iterator[RowStory]:
    if spec.table is not None:
        for index, (row, writes) in enumerate(zip(spec.table.rows, written_by(spec.table), strict=True)):
            yield RowStory(row.raw, row.means, writes, document.position((*path, "table", "rows", index)))
    for index, each in enumerate(spec.lookup.rows if spec.lookup else ()):
        condition = condition_of("", each)
        held = (f"{condition.operator.value}: {', '.join(condition.values)}",)
        yield RowStory(held, each.means, (), document.position((*path, "lookup", "rows", index)))


def _told(spec: FieldOnSide) -> Mapping[str, str]:
    """A kind's own settings as text, those that are not set left out."""
    plain = getattr(spec, spec.kind).model_dump(
        mode="json", by_alias=True, exclude={"field", "fields", "rows", "transitions"}
    )
    return {name: _said(value) for name, value in plain.items() if value not in (None, [], False)}


def _said(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(str(each) or '""' for each in value)
        case _:
            return str(value)


def _closing(document: Document, file: ProfileFile, side: Side, closing: Closing) -> ClosingStory:
    path: Path = ("closure", side)
    (other,) = (rules for each, rules in sides_of(file).items() if each != side)
    rows = [
        ClosingRowStory(row.raw, row.write, document.position((*path, "rows", index)))
        for index, row in enumerate(closing.rows)
    ]
    if closing.otherwise is not None:
        rows.append(ClosingRowStory(None, closing.otherwise, document.position((*path, "otherwise"))))
    return ClosingStory(
        side=side,
        place=document.position(path),
        reads=closing.reads,
        rows=tuple(rows),
        texts={name: document.position((*path, "texts", name)) for name in closing.texts},
        cleared=closing.clear_on_reopen,
        demands=closing.demands,
        close_from=other.close_from.value,
    )


def _begins(rule: FieldRuleFile) -> tuple[str, str] | None:
    match rule.on_create:
        case None:
            return None
        case given if given.value is not None:
            return "value", given.value
        case given if given.source is not None:
            return "from", given.source
        case given:
            return "text", " ⏎ ".join(given.text.en if given.text else ())
