"""Where the mapping files say a word, for problems that only a real system can show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper.errors import Config
from watchkeeper.mapping.documents import Document, ProblemList, load_document
from watchkeeper.mapping.extends import load_profile_document
from watchkeeper.mapping.yaml_reader import Data
from watchkeeper.mapping.yaml_reader import Path as Steps


@dataclass(slots=True)
class Places:
    """Looks words up in the files that positions name; each file is read once."""

    _read: dict[str, Document | None] = field(default_factory=dict)

    def of(self, word: str, near: str, *within: Steps) -> tuple[str, str]:
        """The `file:line:col` and the path of a word, as a key or a value, inside the first of some parts of the file that
        `near` is a place in; `near` itself where it is in none."""
        return self._first(
            near, word, lambda path: next((i for i, part in enumerate(within) if path[: len(part)] == part), None)
        )

    def under(self, word: str, near: str, keys: Collection[str]) -> tuple[str, str]:
        """The same for a word below one of some keys, wherever they stand."""
        return self._first(near, word, lambda path: 0 if any(step in keys for step in path) else None)

    def _first(self, near: str, word: str, rank: Callable[[Steps], int | None]) -> tuple[str, str]:
        """The word's place of the lowest rank, the first of several."""
        document = self._document(near.rsplit(":", 2)[0])
        if document is None:
            return near, ""
        found = [
            (ranked, path)
            for path, said in _words(document.data)
            if said == word and (ranked := rank(path)) is not None
        ]
        if not found:
            return near, ""
        path = min(found, key=lambda row: row[0])[1]
        return document.position(path), ".".join(map(str, path))

    def _document(self, file: str) -> Document | None:
        if file not in self._read:
            try:
                self._read[file] = _whole(Path(file))
            except Config:
                self._read[file] = None
        return self._read[file]


def _whole(file: Path) -> Document:
    """A file, with what it extends. Raises Config where it cannot be read."""
    problems = ProblemList()
    document = load_profile_document(file, problems)
    problems.raise_if_any()
    return document if document is not None else load_document(file)


def _words(data: Data, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every key and every scalar, with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), str(key)
            yield from _words(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _words(value, (*path, index))
    elif data is not None:
        yield path, str(data)
