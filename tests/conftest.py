"""Settings that every test shares, and what every test is watched for."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests import compiled_once, effort, migrated_once, read_once
from tests.api_rules.rights import RIGHTS
from tests.api_rules.watch import API

if TYPE_CHECKING:
    from tests.postgres import KeptDatabase, Server

effort.register()
API.install()
RIGHTS.install()
read_once.install()
compiled_once.install()
migrated_once.install()

MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30
"""Bytes. A container's share of it may be as small as 64 MB (docs.docker.com, `--shm-size`), which one run can fill."""
SELDOM = (20_000, 20, 100)
"""Thresholds of the three generations (docs.python.org, `gc.set_threshold`). With Python's own, a twentieth of a test process's
time goes into looking for garbage."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in memory, where that is possible: thousands of stores wait for the disk at every commit."""
    if os.access(MEMORY, os.W_OK) and _has_room_for_programs(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _has_room_for_programs(folder: Path) -> bool:
    return shutil.disk_usage(folder).free > ENOUGH and not os.statvfs(folder).f_flag & os.ST_NOEXEC


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Modules and collected tests live until the end: look for no garbage while they are made, which takes a sixth of that
    time, and leave them out of every later search. Tests make much that lives for a while: look seldom among it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    yield
    _hold_to_the_rules()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    yield
    _hold_to_the_rules()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    yield
    _hold_to_the_rules()


def _hold_to_the_rules() -> None:
    """No test may send Sentinel a request that the published description does not allow, nor any system one that the documented
    rights do not cover; nor may what it prepares or clears up."""
    broken, lacking = API.taken(), RIGHTS.taken()
    if broken:
        pytest.fail("requests that the published API description does not allow:\n" + "\n".join(broken), pytrace=False)
    if lacking:
        pytest.fail("requests without a right in deploy/permissions:\n" + "\n".join(lacking), pytrace=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for each worker of the run; skips where none can be started."""
    from tests.postgres import NoServer, running_server

    try:
        with running_server() as server:
            yield server
    except NoServer as missing:
        pytest.skip(f"no PostgreSQL server: {missing}")


@pytest.fixture(scope="session")
def kept_database(postgres: Server) -> Iterator[KeptDatabase]:
    from tests.postgres import KeptDatabase

    kept = KeptDatabase(postgres)
    yield kept
    kept.close()


@pytest.fixture
def postgres_url(kept_database: KeptDatabase) -> Iterator[str]:
    """The address of a database with our tables and nothing in them."""
    yield kept_database.url()
    kept_database.empty()
