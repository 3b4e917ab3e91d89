from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.escalation.soc import EVENING, Soc

from watchkeeper.clock import FixedClock
from watchkeeper.state import open_store


@pytest.fixture
def soc(tmp_path: Path) -> Iterator[Soc]:
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", "test", FixedClock(EVENING), migrate=True) as store:
        yield Soc(store)
