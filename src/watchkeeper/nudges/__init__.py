"""Reminders of escalations that wait for a person: who is told what and when (pure), a ledger against telling twice, ways out."""

from __future__ import annotations
