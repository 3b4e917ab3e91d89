"""A pytest plugin that runs tests with one guard of the engine taken away: `WATCHKEEPER_MUTANT=name pytest -p tests.simulation.mutated`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.simulation.mutants import BY_NAME

VARIABLE = "WATCHKEEPER_MUTANT"


@pytest.fixture(autouse=True)
def _mutated() -> Iterator[None]:
    with BY_NAME[os.environ[VARIABLE]].patch():
        yield
