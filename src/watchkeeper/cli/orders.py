"""What the commands that give a deployment an order have in common: the store that keeps it, and the words that go with it."""

from __future__ import annotations

from typing import Final

import typer

from watchkeeper.errors import Config, Problem
from watchkeeper.state.store import SqlStateStore
from watchkeeper.wiring import Workplace

LONGEST_REASON: Final = 300


def existing_store(place: Workplace) -> SqlStateStore:
    """The deployment's store as it is. One that an order would have to make first is not the one that the runs use."""
    if not place.remembers:
        raise Config(
            [
                Problem(
                    "WATCHKEEPER_STATE_URL",
                    "",
                    f"there is no state store at {place.store_shown}",
                    "the store of the runs",
                )
            ]
        )
    return place.memory()


def one_line(reason: str) -> str:
    """A reason as one line. Raises typer.BadParameter for one that is too long for the reports."""
    words = " ".join(reason.split())
    if len(words) > LONGEST_REASON:
        raise typer.BadParameter(f"longer than {LONGEST_REASON} characters", param_hint="--reason")
    return words
