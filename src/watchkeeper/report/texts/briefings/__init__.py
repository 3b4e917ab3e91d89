"""The texts of what the tickets of duties are told, by language."""

from __future__ import annotations

from watchkeeper.report.texts.briefings import (
    administration,
    automation,
    campaigns,
    escalation,
    exercises,
    portal,
    shared,
)

ENGLISH: dict[str, str] = (
    shared.ENGLISH
    | administration.ENGLISH
    | campaigns.ENGLISH
    | automation.ENGLISH
    | portal.ENGLISH
    | escalation.ENGLISH
    | exercises.ENGLISH
)

JAPANESE: dict[str, str] = (
    shared.JAPANESE
    | administration.JAPANESE
    | campaigns.JAPANESE
    | automation.JAPANESE
    | portal.JAPANESE
    | escalation.JAPANESE
    | exercises.JAPANESE
)
