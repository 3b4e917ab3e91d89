"""Raises the duties that the data asks for, each fact once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchkeeper.catalog.occurrences import parse_key
from watchkeeper.catalog.raising import raised_by
from watchkeeper.collecting.desk import Desk
from watchkeeper.evidence.triggers import Found, triggers
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.sync.standing import open_tickets

_TOLD: Final = "trigger:"
"""The fact of a store that says of an occurrence's key that its fact needs no ticket of its own."""


def raise_for(desk: Desk, findings: Iterable[Found]) -> tuple[Occurrence, ...]:
    """The occurrences that are new; the next sync opens their tickets. Where the duty's team has an open ticket already, that one is
    told what was found, and no other is opened for the same fact later."""
    asked = [each for found in findings for each in triggers(found, desk.today, wave=desk.rules.phishing_wave)]
    wanted = raised_by(desk.catalog, asked, desk.now)
    fresh = [each for each in wanted if desk.memory.recall(_TOLD + each.key) is None]
    if not fresh:
        return ()
    standing = {parsed[:2] for key in open_tickets(desk.memory, desk.profiles) if (parsed := parse_key(key))}
    served = [each for each in fresh if (each.task, each.team) in standing]
    desk.memory.remember({_TOLD + each.key: desk.now.isoformat() for each in served})
    return tuple(each for each in fresh if each not in served and desk.memory.raise_occurrence(each, desk.now))
