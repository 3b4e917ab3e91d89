"""Reading what people write: YAML files with positions, checked against pydantic models, every problem at once.

For one file: `load_document(path)` and `validate(document, model)`, which raise `errors.Config` with all their problems.
For several files in one go: a `ProblemList`, whose `load` and `validate` collect instead of raising, and
`raise_if_any()` at the end.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.mapping.pydantic_problems import Finding, findings
from watchkeeper.mapping.yaml_reader import Data, Flaw, Path, Reading, Spot, read_yaml

MAX_BYTES: Final = 256 * 1024
"""A larger mapping file is refused unread: within this, the slowest text that we know of is read in less than a second."""
LIMIT: Final = f"{MAX_BYTES // 1024} KiB"

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain Python (`data`: dict, list, str, int, float, bool, None), and where everything stands. `names`: the
    files of those values that stand in another one."""

    name: str
    data: Data
    spots: dict[Path, Spot]
    names: Mapping[Path, str] = field(default_factory=dict)

    def spot(self, path: Path) -> Spot:
        """Line and column of a value (for a mapping's entry, of its key); of the nearest value around a missing one."""
        return self.spots.get(self._there(path), (1, 1))

    def position(self, path: Path) -> str:
        """The same as `file:line:col`."""
        line, column = self.spot(path)
        return f"{self.names.get(self._there(path), self.name)}:{line}:{column}"

    def stands_here(self, path: Path) -> bool:
        """Whether a value stands in this very file, and not in one that it extends."""
        return self._there(path) not in self.names

    def _there(self, path: Path) -> Path:
        while path and path not in self.spots:
            path = path[:-1]
        return path

    def problem(
        self,
        path: Path,
        message: str,
        *,
        allowed: str = "",
        suggestion: str = "",
        kind: ProblemKind = ProblemKind.MEANING,
    ) -> Problem:
        """Something that is wrong at a path of this document."""
        return Problem(self.position(path), dotted(path), message, allowed, suggestion, kind)


def dotted(path: Path) -> str:
    """A path as people read it: `fields.status.sides`."""
    return ".".join(str(part) for part in path)


@dataclass(slots=True)
class ProblemList:
    """Collects what is wrong over several files, so that a person sees everything at once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.problems.append(problem)

    def load(self, path: FilePath, *, name: str | None = None) -> Document | None:
        """Read a file; None, and its problems collected, when it cannot be used. `name` is how messages call it."""
        shown = name or path.as_posix()
        text = self._text(path, shown)
        return None if text is None else self.parse(text, name=shown)

    def parse(self, text: str, *, name: str) -> Document | None:
        """The same for a text that is already in memory."""
        reading = read_yaml(text)
        self.problems.extend(_as_problem(flaw, name) for flaw in reading.flaws)
        return None if reading.flaws else _document(reading, name)

    def validate(self, document: Document | None, model: type[ModelT]) -> ModelT | None:
        """The document as a model; None, and its problems collected, when it does not fit (or could not be read)."""
        if document is None:
            return None
        try:
            # By way of JSON: strict there means "5" is no number and 5 no text, yet lists become tuples and words enums.
            return model.model_validate_json(json.dumps(document.data), strict=True)
        except ValidationError as error:
            self.problems.extend(_found(document, finding) for finding in findings(error, model, document.data))
            return None

    def in_order(self) -> list[Problem]:
        """All problems, by file, line and column."""
        return sorted(self.problems, key=_order)

    def raise_if_any(self) -> None:
        """Raise Config with everything collected so far."""
        if self.problems:
            raise Config(self.in_order())

    def _text(self, path: FilePath, shown: str) -> str | None:
        try:
            content = _read(path)
            return content.decode("utf-8-sig")
        except OSError as error:
            self.add(Problem(shown, "", f"cannot be read: {error.strerror or error}", kind=ProblemKind.FILE))
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            found = f"is not UTF-8 (byte 0x{content[error.start]:02X})"
            self.add(Problem(f"{shown}:{line}:1", "", found, _right_encoding(content), kind=ProblemKind.FILE))
        except _TooLarge:
            self.add(Problem(shown, "", f"is larger than {LIMIT}", "several smaller files", kind=ProblemKind.FILE))
        return None


def load_document(path: FilePath, *, name: str | None = None) -> Document:
    """Read a YAML file. Raises Config with every problem of its text."""
    problems = ProblemList()
    document = problems.load(path, name=name)
    problems.raise_if_any()
    if document is None:
        raise AssertionError(f"{path} gave neither a document nor a problem")
    return document


def validate(document: Document, model: type[ModelT]) -> ModelT:
    """The document as a model. Raises Config with every problem of its content."""
    problems = ProblemList()
    valid = problems.validate(document, model)
    problems.raise_if_any()
    if valid is None:
        raise AssertionError(f"{document.name} gave neither a model nor a problem")
    return valid


def text_of(path: FilePath) -> str | None:
    """What a file says; None where it cannot be read, which `ProblemList.load` tells."""
    try:
        return _read(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, _TooLarge):
        return None


class _TooLarge(Exception):
    """The file has more bytes than are read."""


def _read(path: FilePath) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _TooLarge
    return content


def _right_encoding(content: bytes) -> str:
    utf_16 = content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    return f"a file saved as UTF-8{' (this one is UTF-16)' if utf_16 else ''}"


def _document(reading: Reading, name: str) -> Document:
    return Document(name, reading.data, dict(reading.spots))


def _as_problem(flaw: Flaw, name: str) -> Problem:
    line, column = flaw.spot
    return Problem(f"{name}:{line}:{column}", dotted(flaw.path), flaw.message, flaw.allowed, kind=ProblemKind.YAML)


def _found(document: Document, finding: Finding) -> Problem:
    return document.problem(
        finding.path, finding.message, allowed=finding.allowed, suggestion=finding.suggestion, kind=finding.kind
    )


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return (*problem.position, problem.path, problem.message)
