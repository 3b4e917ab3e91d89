"""A disk of its own for the state store, which can be full or read-only. Needs the right to mount; nobody else sees it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SIZE = "24m"
INSIDE = "WATCHKEEPER_CHAOS_MOUNTS"
"""Set in the process that has mounts of its own."""


def with_mounts_of_our_own() -> None:
    """Go on in a mount namespace of our own, where that is possible: whatever is mounted there ends with the process.

    Without it, or on a system that has none, troubles with disks are left out.
    """
    if INSIDE in os.environ or sys.platform != "linux" or (tool := shutil.which("unshare")) is None:
        return
    own = [tool, "--mount"] if os.geteuid() == 0 else [tool, "--mount", "--map-root-user"]
    if subprocess.call([*own, "true"], stderr=subprocess.DEVNULL) == 0:
        os.environ[INSIDE] = "yes"
        os.execv(own[0], [*own, sys.executable, *sys.orig_argv[1:]])


class Disk:
    """A folder that is a small file system in memory where mounting is possible, and else an ordinary one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.is_real = INSIDE in os.environ and _mounted("-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder))

    def fill(self, free: int) -> None:
        """Take all room but about so many bytes, while others may be taking some, too."""
        while True:
            with suppress(OSError), (self.folder / "filler").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(self.folder).free - free))
                return

    def empty(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def read_only(self) -> None:
        self._remount("ro")

    def writable(self) -> None:
        self._remount("rw")

    def close(self) -> None:
        if self.is_real:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
            self.is_real = False

    def _remount(self, mode: str) -> None:
        if not _mounted("-o", f"remount,{mode}", str(self.folder)):
            raise OSError(f"could not remount {self.folder} {mode}: is a file still open?")


def _mounted(*arguments: str) -> bool:
    return subprocess.call(["mount", *arguments], stderr=subprocess.DEVNULL) == 0
