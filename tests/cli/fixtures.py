"""Shells to run the program in, and emulators over TLS to run it against."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.program import Program
from tests.engine import MONDAY

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

PLAIN = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
WORKERS = 10
"""Requests that each emulated system answers at once: more than the program has workers."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A shell in an empty folder, without any setting."""
    return Program(tmp_path, dict(PLAIN))


@pytest.fixture
def running() -> Iterator[RunningWorld]:
    """Emulators over TLS; their clock moves only when a test moves it."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as started:
        yield started


@pytest.fixture
def world(running: RunningWorld) -> World:
    return running.world


@pytest.fixture
def soc(tmp_path: Path, running: RunningWorld) -> Program:
    """A shell in an empty folder, with the emulators' settings."""
    return Program(tmp_path, {**PLAIN, **running.environment()})
