"""Putting files into a folder: all of them or none, and none over what somebody else has written."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from watchkeeper.cli.output import cannot_be_written
from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.ports import Stop

STAGING = ".watchkeeper-init"
"""Where the files wait until all of them are there."""
_JOURNAL = "journal"
"""In the staging folder while files are put into place: each one's path, and whether there was one before."""
_PRIVATE = 0o600


class FileState(StrEnum):
    """What becomes of a file."""

    NEW = "new"
    SAME = "same"
    EXTENDED = "extended"
    REPLACED = "replaced"
    IN_THE_WAY = "in-the-way"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file by its path inside the folder. `private`: for its owner alone; `extends`: it keeps what was there."""

    path: str
    content: str
    private: bool = False
    extends: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A planned file beside what is there."""

    file: PlannedFile
    state: FileState


def standings(folder: Path, files: Sequence[PlannedFile], *, force: bool) -> tuple[Standing, ...]:
    return tuple(Standing(each, _state(folder / each.path, each, force=force)) for each in files)


def refuse_what_is_in_the_way(folder: Path, found: Sequence[Standing]) -> None:
    """Raises Config with every file that is there already and says something else."""
    blocking = [folder / each.file.path for each in found if each.state is FileState.IN_THE_WAY]
    if blocking:
        allowed = "another --folder, or --force to overwrite it"
        raise Config(
            [
                Problem(str(path), "", "is there already and says something else", allowed, kind=ProblemKind.FILE)
                for path in blocking
            ]
        )


def text_of(path: Path) -> str:
    """What a file says; nothing where there is none. Raises Config when it is no text, or cannot be read."""
    try:
        return path.read_bytes().decode("utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        found = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        raise Config([Problem(str(path), "", found, "a text file", kind=ProblemKind.FILE)]) from error


def put(folder: Path, found: Sequence[Standing], check: Callable[[Path], None], stop: Stop) -> None:
    """Write what is not there yet. `check` looks at the finished files, in a folder as it would become, before the first of them
    is put in its place, and raises what is wrong with them. Raises Config when a file cannot be written; then all is as before."""
    staging, was_there = folder / STAGING, folder.exists()
    try:
        _stage(folder, staging, found)
        check(staging / "new")
        wanted = [each.file for each in found if each.state is not FileState.SAME]
        with stop.put_off():
            _move(folder, staging, wanted)
    except OSError as error:
        raise cannot_be_written(Path(error.filename or folder), error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not was_there and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def recover(folder: Path) -> None:
    """Take back what a run that was killed in the middle has put into place, so that it has done nothing."""
    staging = folder / STAGING
    try:
        for path, was_there in _journal(folder, text_of(staging / _JOURNAL)):
            _take_back(folder, staging, path, was_there=was_there)
        shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise cannot_be_written(Path(error.filename or folder), error) from error


def rehearse(folder: Path, found: Sequence[Standing], check: Callable[[Path], None]) -> None:
    """Have the finished files looked at, and write none of them."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-init-") as scratch:
        staging = Path(scratch) / STAGING
        _stage(folder, staging, found)
        check(staging / "new")


def _move(folder: Path, staging: Path, files: Sequence[PlannedFile]) -> None:
    """From the staging folder into place; what was done is taken back when anything fails, at once or by the next run."""
    journal = [(file.path, _is_there(folder / file.path)) for file in files]
    for path, was_there in journal:
        if was_there:
            kept = staging / "old" / path
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / path, kept, follow_symlinks=False)
    (staging / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
    try:
        for file in files:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (staging / "new" / file.path).replace(folder / file.path)
    except BaseException:
        for path, was_there in reversed(journal):
            _take_back(folder, staging, path, was_there=was_there)
        raise
    finally:
        (staging / _JOURNAL).unlink(missing_ok=True)


def _take_back(folder: Path, staging: Path, path: str, *, was_there: bool) -> None:
    """One file as it was before; also where it had not been touched yet."""
    target, kept = folder / path, staging / "old" / path
    if was_there:
        if _is_there(kept):
            kept.replace(target)
        return
    if not (staging / "new" / path).exists():
        target.unlink(missing_ok=True)
    for above in target.relative_to(folder).parents:
        if above.name and (folder / above).is_dir() and not any((folder / above).iterdir()):
            (folder / above).rmdir()


def _journal(folder: Path, text: str) -> list[tuple[str, bool]]:
    """What was about to be put into place; nothing when the journal itself is not whole, for then nothing had been. It may have
    come with a folder that is not ours: it names no file outside of it."""
    try:
        noted = [(str(path), bool(was_there)) for path, was_there in json.loads(text or "[]")]
    except (ValueError, TypeError):
        return []
    home = folder.resolve()
    return [each for each in noted if (folder / each[0]).parent.resolve().is_relative_to(home)]


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _state(path: Path, file: PlannedFile, *, force: bool) -> FileState:
    if not _is_there(path):
        return FileState.NEW
    if path.is_file() and path.read_bytes() == file.content.encode():
        return FileState.SAME
    if file.extends and path.is_file():
        return FileState.EXTENDED
    return FileState.REPLACED if force and path.is_file() else FileState.IN_THE_WAY


def _stage(folder: Path, staging: Path, found: Sequence[Standing]) -> None:
    """The files as they would stand, with those beside them that nobody has planned: they are loaded together."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    (staging / ".gitignore").write_text("*\n", encoding="utf-8")
    if (folder / "mappings").is_dir():
        shutil.copytree(folder / "mappings", staging / "new" / "mappings")
    for each in found:
        path = staging / "new" / each.file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if each.file.private:
            path.touch(mode=_PRIVATE)
        path.write_text(each.file.content, encoding="utf-8", newline="")
        if each.file.extends and (folder / each.file.path).is_file():
            shutil.copymode(folder / each.file.path, path)
