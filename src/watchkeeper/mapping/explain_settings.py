"""What a profile says of a raw field besides its field rules: a constant, a condition of a population, a part that it plays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.mapping.compile import sides_of
from watchkeeper.mapping.compile_lens import condition_of
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.models import ProfileFile, SideFile
from watchkeeper.model.record import Side

_PARTS = (
    "group_field",
    "assignee_field",
    "resolver_field",
    "hold_reason_field",
    "follow_up_field",
    "title_field",
    "pair_by",
)


class Use(StrEnum):
    """What a raw field is used for."""

    CONSTANT = "constant"
    POPULATION = "population"
    PART = "part"


@dataclass(frozen=True, slots=True)
class SettingStory:
    """One use of a raw field. `value`: the constant, the condition in words, or the part's key."""

    profile: str
    side: Side
    table: str
    name: str
    use: Use
    value: str
    place: str


def settings_of(document: Document, file: ProfileFile, word: str) -> tuple[SettingStory, ...]:
    """Every use of a raw field in a profile, side by side."""
    return tuple(
        SettingStory(file.name, side, rules.table, name, use, value, document.position(("sides", side, *path)))
        for side, rules in sides_of(file).items()
        for name, use, value, path in _uses(rules)
        if name == word
    )


def setting_names(files: Sequence[ProfileFile]) -> tuple[str, ...]:
    """Every raw field that `settings_of` knows."""
    names = (name for file in files for rules in sides_of(file).values() for name, *_ in _uses(rules))
    return tuple(dict.fromkeys(names))


def _uses(rules: SideFile) -> Iterator[tuple[str, Use, str, tuple[str | int, ...]]]:
    """Each with its path in the side's part of the file."""
    for name, value in rules.constants.items():
        yield name, Use.CONSTANT, value, ("constants", name)
    for index, conditions in enumerate(rules.population):
        for name, compared in conditions.items():
            condition = condition_of(name, compared)
            said = f"{condition.operator.value}: {', '.join(condition.values)}"
            yield name, Use.POPULATION, said, ("population", index, name)
    for part in _PARTS:
        name = getattr(rules, part)
        if name:
            yield name, Use.PART, part, (part,)
