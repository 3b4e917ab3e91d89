"""The texts of what the tickets of duties are told, by language."""

from __future__ import annotations

from watchkeeper.report.texts.briefings import escalation, portal, shared

ENGLISH: dict[str, str] = shared.ENGLISH | portal.ENGLISH | escalation.ENGLISH

JAPANESE: dict[str, str] = shared.JAPANESE | portal.JAPANESE | escalation.JAPANESE
