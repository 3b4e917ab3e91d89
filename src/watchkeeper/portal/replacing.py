"""A folder's whole content, replaced at once.

The new content is written beside the folder and made durable; then the two swap their names. Where a system cannot do that in one
step, the old folder steps aside first, so that for an instant a reader finds none; never a part. Killed anywhere, the next run finds
out from the names alone how far it came, and mends that first. Nothing is replaced that is not a site of ours.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchkeeper.errors import Config, Locked, Problem
from watchkeeper.portal.exchanging import exchange
from watchkeeper.portal.marker import MARKER, Marker, files_in, read_marker

if sys.platform != "win32":
    import fcntl

_FOLDER_MODE: Final = 0o755
_FILE_MODE: Final = 0o644
"""As far as the umask lets them: a web server runs as somebody else."""
_NAMED: Final = 3
_PLACED: Final = "took its place"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site stands, and the two names beside it that a replacement needs."""

    folder: Path

    @property
    def new(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.watchkeeper-new")

    @property
    def old(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.watchkeeper-old")


def publish(folder: Path, deployment: str, files: Mapping[str, bytes]) -> bool:
    """Let a folder hold exactly these files (paths with `/`), and say whether anything changed. Raises Config where the folder may not
    be replaced or written, Locked while another process does it."""
    place = Place(folder.resolve())
    if place.folder.parent == place.folder:
        raise _refused(folder, "is no folder below another one", _ROOM)
    try:
        with _alone(place.folder.parent):
            replaced = _PLACED in set(replacing(place, deployment, files))
    except OSError as error:
        raise _refused(folder, f"cannot be written: {error.strerror or type(error).__name__}", _ROOM) from error
    return replaced


_ROOM: Final = (
    "a folder whose own parent folder can be written, on the same file system: the new site is written beside it"
)


def replacing(
    place: Place, deployment: str, files: Mapping[str, bytes], swapped: Callable[[Path, Path], bool] = exchange
) -> Iterator[str]:
    """The steps of a replacement, each named when it is done, none where nothing is to be changed. Whoever stops between two of them
    leaves what a killed run would leave. `swapped`: how two folders swap their names in one step, and whether they could."""
    yield from mending(place)
    marker = Marker.of(deployment, files)
    whole = {**files, MARKER: marker.written()}
    require_ours(place.folder, deployment)
    if _holds(place.folder, whole):
        return
    yield from _writing(place, whole)
    if not (place.folder.exists() and swapped(place.new, place.folder)):
        if place.folder.exists():
            place.folder.rename(place.old)
            yield "stepped aside"
        place.new.rename(place.folder)
    _settle(place.folder.parent)
    yield _PLACED
    for former in (place.new, place.old):
        # What of it cannot be removed now is nobody's site any more, and the next run's to mend.
        shutil.rmtree(former, ignore_errors=True)
    yield "removed the old one"


def mending(place: Place) -> Iterator[str]:
    """Whatever a killed run left: the folder is put back where it had stepped aside, and what is beside it removed."""
    if place.old.exists() and not place.folder.exists():
        place.old.rename(place.folder)
        yield "put back"
    for left in (place.old, place.new):
        if left.exists():
            shutil.rmtree(left)
            yield f"removed {left.name}"


def require_ours(folder: Path, deployment: str) -> None:
    """Raise Config unless the folder may be replaced: it is not there, or empty, or a site of this deployment with nothing added."""
    if not folder.parent.is_dir():
        raise _refused(folder, "is in a folder that is not there", "a folder that is there, and the site's name in it")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _refused(folder, "is no folder", "a folder, or a name that is still free")
    if any(folder.iterdir()):
        _require_site(folder, deployment)


def _require_site(folder: Path, deployment: str) -> None:
    marker = read_marker(folder)
    if marker is None:
        raise _refused(
            folder, "holds other files, which would be lost", "an empty folder, or one that a site was written to"
        )
    if marker.deployment != deployment:
        raise _refused(folder, f"is the site of the deployment {marker.deployment}", "a folder of its own for each")
    added = marker.foreign(files_in(folder))
    if added:
        named = ", ".join(added[:_NAMED]) + (" …" if len(added) > _NAMED else "")
        allowed = "access rules and other files of yours in the web server's configuration, not in the site"
        raise _refused(folder, f"holds files that are not of the site and would be lost: {named}", allowed)


def _refused(folder: Path, found: str, allowed: str) -> Config:
    return Config([Problem(str(folder), "", found, allowed)])


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Nobody else replaces a folder in here meanwhile. Raises Locked. Where there are no such locks it is up to the schedule."""
    if sys.platform == "win32" or not parent.is_dir():
        yield
        return
    descriptor = os.open(parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(f"another export writes in {parent} just now", remedy="try again when it is done") from error
        yield
    finally:
        os.close(descriptor)


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder holds exactly these files, byte for byte."""
    if not folder.exists() or {*files_in(folder)} != {*files}:
        return False
    return all((folder / name).read_bytes() == content for name, content in files.items())


def _writing(place: Place, files: Mapping[str, bytes]) -> Iterator[str]:
    """Every file, then all of it made durable, so that the disk is waited for once."""
    folder = place.new
    folder.mkdir(_FOLDER_MODE)
    yield "began"
    for name, content in files.items():
        path = folder / name
        for missing in reversed([each for each in path.parents if each.is_relative_to(folder) and not each.exists()]):
            missing.mkdir(_FOLDER_MODE)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as stream:
            stream.write(content)
        _keep_its_time(path, place.folder / name, content)
        yield f"wrote {name}"
    for name in files:
        _settle(folder / name)
    for each, _, _ in os.walk(folder):
        _settle(Path(each))
    yield "made durable"


def _keep_its_time(path: Path, former: Path, content: bytes) -> None:
    """What did not change is not fetched again: web servers tell browsers a file's time."""
    if former.is_file() and former.read_bytes() == content:
        times = former.stat()
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _settle(path: Path) -> None:
    """What was written to a file or folder outlives a loss of power."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
