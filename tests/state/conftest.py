from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.state.examples import SetClock

from watchkeeper.state import SqlStateStore, open_store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watchkeeper.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str, clock: SetClock) -> Iterator[SqlStateStore]:
    with open_store(url, "test", clock, migrate=True) as opened:
        yield opened
