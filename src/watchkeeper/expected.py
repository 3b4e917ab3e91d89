"""How old the last success of a scheduled command may be, as a person says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from watchkeeper.deadline import length_of_time
from watchkeeper.model.success import EVERYWHERE, SCHEDULED


def limits_of(given: Iterable[str]) -> Mapping[str, timedelta]:
    """By command, from texts such as `45m` or `sync=2h`; one that is named comes before one for those that run everywhere. Raises ValueError for
    another text."""
    every: dict[str, timedelta] = {}
    named: dict[str, timedelta] = {}
    for text in given:
        command, equals, spelled = text.rpartition("=")
        limit = length_of_time(spelled, "mhd")
        if limit is None or (equals and command not in SCHEDULED):
            wanted = " or ".join(f"{each}=2h" for each in SCHEDULED)
            raise ValueError(f"{text!r:.80} is neither a length such as 45m, 2h, 4d nor {wanted}")
        if equals:
            named[command] = limit
        else:
            every = dict.fromkeys(EVERYWHERE, limit)
    return every | named
