"""Statements that are compiled once in a process, for whichever SQLite file: a process of its own would compile them anew for
each store that a test opens, which is a fifth of what a small run costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine

from watchkeeper.state import database

STATEMENTS = 5_000
"""Kept; more than the program has."""


def install() -> None:
    made: Callable[[URL], Engine] = database.sqlite_engine
    database.sqlite_engine = lambda url: share(made(url))


def share(engine: Engine) -> Engine:
    """The engine, with the statements that others have compiled."""
    engine.dialect, engine._compiled_cache = _shared()
    return engine


@cache
def _shared() -> tuple[Any, Any]:
    """What statements are compiled for, once it has met its database, and those that were."""
    first = create_engine("sqlite://", query_cache_size=STATEMENTS)
    first.connect().close()
    first.dispose()
    return first.dialect, first._compiled_cache
