"""A mappings folder as it is, or as it was in a git revision, which is read without touching the work tree."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from watchkeeper.errors import Config, Problem

_PATIENCE = 60
"""Seconds for one call of git."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the mappings: where it can be read, and what people call it."""

    folder: Path
    name: str

    def shown(self, place: str) -> str:
        """A `file:line:col` as people find it again: of a revision, `REVISION:file:line:col`."""
        joint = "/" if ":" in self.name or _from_here(self.folder) == self.name else ":"
        return place.replace(f"{self.folder.as_posix()}/", f"{self.name}{joint}")

    def told(self, error: Config) -> Config:
        """The problems of this version, each with the version's name."""
        return Config(
            [
                Problem(self.shown(each.place), each.path, each.message, each.allowed, each.suggestion, kind=each.kind)
                for each in error.problems
            ]
        )


@contextmanager
def version_of(named: str, current: Path) -> Iterator[Version]:
    """The version that a person means: a folder, or `REVISION` (of the folder `current`), or `REVISION:PATH`.

    Raises Config when it is neither; a folder is preferred to a revision of the same name.
    """
    if Path(named).is_dir():
        yield Version(Path(named), _from_here(Path(named)))
        return
    revision, colon, path = named.partition(":")
    where, inside = (Path.cwd(), path) if colon else (current, ".")
    with tempfile.TemporaryDirectory(prefix="watchkeeper-mappings-") as scratch:
        folder = _unpacked(named, _archive(named, revision, where, inside), Path(scratch), inside)
        yield Version(folder, named)


def _from_here(folder: Path) -> str:
    here = Path.cwd()
    return (folder.relative_to(here) if folder.is_relative_to(here) else folder).as_posix()


def _archive(named: str, revision: str, where: Path, inside: str) -> bytes:
    if not revision or revision.startswith("-"):
        raise _unknown(named, "is neither a folder nor a git revision")
    top = Path(_git(named, where, "rev-parse", "--show-toplevel").decode().strip())
    # A path in a revision is one from the top of the repository, wherever the command is called.
    paths = [] if inside in {"", "."} else ["--", inside]
    if paths:
        return _git(named, top, "archive", "--format=tar", f"{revision}^{{commit}}", *paths)
    prefix = _git(named, where, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
    tree = f"{revision}:{prefix}" if prefix else f"{revision}^{{tree}}"
    return _git(named, top, "archive", "--format=tar", tree)


def _git(named: str, where: Path, *arguments: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise _unknown(named, "is no folder, and git is not there to look for a revision of that name")
    try:
        done = subprocess.run([git, "-C", str(where), *arguments], capture_output=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unknown(named, f"could not be looked up with git ({type(error).__name__})") from error
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise _unknown(named, f"is neither a folder nor a git revision ({words[0] if words else 'git failed'})")
    return done.stdout


def _unpacked(named: str, archive: bytes, scratch: Path, inside: str) -> Path:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            _unpack(tar, member, scratch)
    folder = scratch / PurePosixPath(inside)
    if not folder.is_dir() or not any(folder.iterdir()):
        raise _unknown(named, "is no folder of that revision")
    return folder


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, scratch: Path) -> None:
    """One file of an archive. A link is left out: it would lead to what is no part of the revision."""
    path, content = scratch / member.name, tar.extractfile(member) if member.isfile() else None
    if content is not None and path.resolve().is_relative_to(scratch.resolve()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read())


def _unknown(named: str, message: str) -> Config:
    return Config([Problem(named, "", message, "a mappings folder, REVISION, or REVISION:FOLDER")])
