from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import migrated_once
from tests.postgres import Server, name_of
from tests.state.beside import Beside
from tests.state.examples import SetClock

from watchkeeper.state import SqlStateStore, open_store


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of the store is one of both databases, unless it asks for SQLite's file or for a PostgreSQL server."""
    if "backend" in metafunc.fixturenames:
        only = {"file": "sqlite", "postgres": "postgresql"}
        named = [backend for fixture, backend in only.items() if fixture in metafunc.fixturenames]
        metafunc.parametrize("backend", named or only.values())


@pytest.fixture
def migrations() -> Iterator[None]:
    """Every store is migrated by Alembic itself."""
    migrated_once.uninstall()
    yield
    migrated_once.install()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watchkeeper.db"


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> str:
    """Where a store may be opened; on a server, its tables are there already."""
    address: str = request.getfixturevalue("postgres_url" if backend == "postgresql" else "sqlite_url")
    return address


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest) -> str:
    """A database without any tables."""
    address: str = request.getfixturevalue("empty_postgres_url" if backend == "postgresql" else "sqlite_url")
    return address


@pytest.fixture
def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def empty_postgres_url(postgres: Server) -> Iterator[str]:
    address = postgres.database()
    yield address
    postgres.drop(name_of(address))


@pytest.fixture
def beside(url: str) -> Beside:
    return Beside(url)


@pytest.fixture
def store(url: str, clock: SetClock) -> Iterator[SqlStateStore]:
    with open_store(url, "test", clock, migrate=True) as opened:
        yield opened
