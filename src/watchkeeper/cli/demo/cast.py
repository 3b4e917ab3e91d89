"""Whom and what the demo's story follows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Cast:
    """The records that the story follows, by the numbers that people know them by."""

    admin_ticket: str = ""
    admin_incident: int = 0
    remediation_ticket: str = ""
    remediation_incident: int = 0
    escalations: tuple[tuple[str, int], ...] = ()
    """(ticket, incident) of the four escalations; the last one began in ServiceNow."""
