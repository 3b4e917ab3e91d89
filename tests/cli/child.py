"""What runs inside the process of a command that a test started."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchkeeper.cli.app import main


def run_command(arguments: Sequence[str], environment: Mapping[str, str], folder: str, out: str, err: str) -> None:
    """Become `watchkeeper ARGUMENTS` with this environment, in this folder, its two streams going to these files."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, out), (2, err)):
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOCTTY, 0o600)
        os.dup2(target, number)
        os.close(target)
    main([str(Path(each)) if isinstance(each, Path) else each for each in arguments])
