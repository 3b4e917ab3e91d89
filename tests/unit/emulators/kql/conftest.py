from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from watchkeeper.emulators.kql import as_cell, run_query, ticks_of

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def ask() -> Callable[[str], list[list[Any]]]:
    """Rows of a query that needs no stored table, as the API would send them."""

    def answer(text: str) -> list[list[Any]]:
        table = run_query(text, {}, ticks_of(NOW))
        types = [column.type for column in table.columns]
        return [[as_cell(value, type_) for value, type_ in zip(row, types, strict=False)] for row in table.rows]

    return answer


@pytest.fixture
def columns() -> Callable[[str], list[str]]:
    """`name:type` of each column of the answer."""

    def answer(text: str) -> list[str]:
        return [f"{column.name}:{column.type}" for column in run_query(text, {}, ticks_of(NOW)).columns]

    return answer
