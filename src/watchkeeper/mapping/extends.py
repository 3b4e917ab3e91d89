"""A profile file that names only what it changes of a shipped one: both laid together, each value with the place that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Final

from watchkeeper.errors import ProblemKind
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.locate import shipped_mappings
from watchkeeper.mapping.models import OnCreate
from watchkeeper.mapping.pydantic_problems import keys_of, listed
from watchkeeper.mapping.yaml_reader import Data, Path, Spot
from watchkeeper.model.nearest import suggest

EXTENDS: Final = "extends"
DEFAULT: Final = "default"
"""The shipped profile with the same file name."""
ROW_KEY: Final = "is"
"""What a row of a table is found by."""

PROFILES: Final = "profiles"
"""The folder of profile files inside a mappings folder."""
_SHOWN: Final = 60
"""Characters of a wrong name that a message repeats."""
_KINDS: Final = frozenset(keys_of(FieldOnSide)) - {"default"}
_SOURCES: Final = frozenset(keys_of(OnCreate))


def load_profile_document(path: FilePath, problems: ProblemList) -> Document | None:
    """A profile file, laid over the shipped one that it extends; None, and its problems collected, when it cannot be used."""
    document = problems.load(path)
    if document is None or not isinstance(document.data, dict) or EXTENDS not in document.data:
        return document
    base = _base(document, path, problems)
    return None if base is None else laid_over(base, document, problems)


def laid_over(base: Document, over: Document, problems: ProblemList) -> Document | None:
    """What two files say together; None, and its problems collected, when one takes away what the other does not have."""
    layers, before = _Layers(base, over, problems), len(problems.problems)
    data = layers.both(base.data, over.data, (), (), ())
    return None if problems.problems[before:] else replace(over, data=data, spots=layers.spots, names=layers.names)


def _base(document: Document, path: FilePath, problems: ProblemList) -> Document | None:
    """The shipped file that is extended."""
    told = document.data.get(EXTENDS) if isinstance(document.data, dict) else None
    word = told[:_SHOWN] if isinstance(told, str) else ""
    folder = shipped_mappings() / PROFILES
    known = sorted(each.stem for each in folder.glob("*.yaml"))
    name = path.stem if word == DEFAULT else word
    if name not in known:
        shown = "default, and no shipped profile has this file's name" if word == DEFAULT else repr(word)
        near = "" if word == DEFAULT else suggest(word, [DEFAULT, *known])
        allowed = listed([DEFAULT, *known])
        problem = document.problem((EXTENDS,), f"is {shown}", allowed=allowed, suggestion=near, kind=ProblemKind.WORD)
        problems.add(problem)
        return None
    file = folder / f"{name}.yaml"
    if path.resolve() == file.resolve():
        allowed = "a file in a folder of your own (`--mappings`)"
        problems.add(document.problem((EXTENDS,), "is this very file", allowed=allowed, kind=ProblemKind.CYCLE))
        return None
    return problems.load(file)


@dataclass(slots=True)
class _Layers:
    """Lays one document over another. Paths: in the base, in what is laid over it, and in the result."""

    base: Document
    over: Document
    problems: ProblemList
    spots: dict[Path, Spot] = field(default_factory=dict)
    names: dict[Path, str] = field(default_factory=dict)

    def both(self, below: Data, above: Data, base: Path, over: Path, to: Path) -> Data:
        """Mappings key by key, tables row by row; anything else is replaced."""
        if isinstance(below, dict) and isinstance(above, dict):
            self._place(self.over, over, to)
            return self._keys(below, above, base, over, to)
        if isinstance(below, list) and isinstance(above, list) and _are_rows(below) and _are_rows(above):
            self._place(self.over, over, to)
            return self._rows(below, above, base, over, to)
        return self._copied(self.over, above, over, to)

    def _keys(self, below: dict[str, Data], above: dict[str, Data], base: Path, over: Path, to: Path) -> Data:
        merged: dict[str, Data] = {}
        for key, value in below.items():
            if key in above:
                if above[key] is not None:
                    merged[key] = self.both(value, above[key], (*base, key), (*over, key), (*to, key))
            elif not _gives_way(key, above, to):
                merged[key] = self._copied(self.base, value, (*base, key), (*to, key))
        for key, value in above.items():
            if key in below or (not to and key == EXTENDS):
                continue
            if value is None:
                self._nothing_to_remove((*over, key), key, [name for name in below if name not in above])
            else:
                merged[key] = self._copied(self.over, value, (*over, key), (*to, key))
        return merged

    def _rows(self, below: list[Data], above: list[Data], base: Path, over: Path, to: Path) -> Data:
        """A row that is named takes the place of the one with the same `is`, or goes when it says nothing else; new rows follow."""
        named = {_row_key(row): index for index, row in reversed(list(enumerate(above)))}
        known = {_row_key(row) for row in below}
        merged: list[Data] = []
        for index, row in enumerate(below):
            at = named.get(_row_key(row))
            if at is None:
                merged.append(self._copied(self.base, row, (*base, index), (*to, len(merged))))
            elif not _is_removal(above[at]):
                merged.append(self._copied(self.over, above[at], (*over, at), (*to, len(merged))))
        for index, row in enumerate(above):
            if _row_key(row) in known and named[_row_key(row)] == index:
                continue
            if _is_removal(row):
                self._nothing_to_remove((*over, index), _spoken(_row_key(row)), list(map(_spoken, sorted(known))))
            else:
                merged.append(self._copied(self.over, row, (*over, index), (*to, len(merged))))
        return merged

    def _nothing_to_remove(self, path: Path, word: str, there: Sequence[str]) -> None:
        self.problems.add(
            self.over.problem(
                path,
                "is null and removes nothing: the shipped file does not have it",
                allowed="; ".join(there) or "a value",
                suggestion=suggest(word, there),
                kind=ProblemKind.UNREACHABLE,
            )
        )

    def _copied(self, source: Document, value: Data, path: Path, to: Path) -> Data:
        """A value as its file has it, with the places of all in it."""
        self._place(source, path, to)
        if isinstance(value, dict):
            return {key: self._copied(source, each, (*path, key), (*to, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._copied(source, each, (*path, index), (*to, index)) for index, each in enumerate(value)]
        return value

    def _place(self, source: Document, path: Path, to: Path) -> None:
        self.spots[to] = source.spot(path)
        if source is not self.over:
            self.names[to] = source.name


def _are_rows(rows: list[Data]) -> bool:
    return all(isinstance(row, dict) and ROW_KEY in row for row in rows)


def _row_key(row: Data) -> tuple[str, ...]:
    """A row's `is` as text, single or not."""
    held = row.get(ROW_KEY) if isinstance(row, dict) else None
    return tuple(_as_said(each) for each in (held if isinstance(held, list) else [held]))


def _spoken(key: tuple[str, ...]) -> str:
    return ", ".join(each or '""' for each in key)


def _as_said(value: Data) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_removal(row: Data) -> bool:
    """Whether a row is named with nothing but nulls: `{ is: 7, means: null }`."""
    rest = [value for key, value in row.items() if key != ROW_KEY] if isinstance(row, dict) else []
    return bool(rest) and all(value is None for value in rest)


def _gives_way(key: str, above: dict[str, Data], to: Path) -> bool:
    """Of keys of which only one can be, that of the shipped file gives way to another one that is named."""
    match to:
        case ("fields", _, "servicenow" | "sentinel"):
            return key in _KINDS and any(name in _KINDS and value is not None for name, value in above.items())
        case ("fields", _, "on_create"):
            return key in _SOURCES and any(name in _SOURCES and value is not None for name, value in above.items())
        case _:
            return False
