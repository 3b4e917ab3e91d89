"""What commands that are no run of the store ask of the systems, remembered with what runs ask."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from watchkeeper.errors import WatchkeeperError
from watchkeeper.wiring import Workplace

log = logging.getLogger(__name__)


@contextmanager
def calls_counted(place: Workplace, command: str) -> Iterator[None]:
    """Add the calls that are made meanwhile to those of the day, also of a command that fails. A store that cannot take them is
    logged, and changes no exit code."""
    try:
        yield
    finally:
        try:
            place.store().count_calls(place.transport.calls(), place.clock.now(), command)
        except WatchkeeperError as error:
            log.warning("the calls of this command are not counted", extra={"why": type(error).__name__})
