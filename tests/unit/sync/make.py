"""Small hand-made cases on the shipped profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import FieldRule, Profile
from watchkeeper.model.link import Link
from watchkeeper.model.record import SENTINEL, SERVICENOW, Draft, RawFields, Record, RecordRef, Revision, Side
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.merge import FieldView

MAPPINGS = Path(__file__).parents[3] / "mappings"
NOW = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
KEY = "secure-score/monitoring@2026-11-16"
ESCALATION = "escalation/sentinel/219bbd91-ac2e-5dcc-bb5a-3e2c60cd40dc"
REFS = {SERVICENOW: RecordRef(SERVICENOW, "incident", "a" * 32), SENTINEL: RecordRef(SENTINEL, "incidents", "b" * 36)}

LEVELS = {"high": ("1", "1"), "medium": ("2", "2"), "low": ("2", "3"), "informational": ("3", "3")}
STATES = {"new": "1", "active": "2", "on-hold": "3", "resolved": "6", "closed": "7", "cancelled": "8"}
STATUSES = {"new": "New", "active": "Active", "resolved": "Closed", "closed": "Closed", "on-hold": "Active"}


@cache
def profile(name: str = "maintenance") -> Profile:
    return load_profiles(MAPPINGS)[name]


def rule(name: str, of: str = "maintenance", **changes: Any) -> FieldRule:
    return replace(profile(of).field(name), **changes)


def in_servicenow(status: str = "new", severity: str = "informational", **fields: Any) -> dict[str, Any]:
    """A ticket's raw fields."""
    impact, urgency = LEVELS[severity]
    return {"state": STATES[status], "impact": impact, "urgency": urgency, **fields}


def in_sentinel(status: str = "new", severity: str = "informational", **fields: Any) -> dict[str, Any]:
    """An incident's raw fields."""
    return {"status": STATUSES[status], "severity": severity.capitalize(), "labels": (), **fields}


def views(
    field_rule: FieldRule,
    ticket: RawFields,
    incident: RawFields,
    bases: Mapping[Side, RawFields] | None = None,
    asked: Mapping[Side, RawFields] | None = None,
    touched: frozenset[Side] = frozenset(),
) -> dict[Side, FieldView]:
    """One field on both sides. Without `bases` there is no memory of an agreement."""
    held = {SERVICENOW: ticket, SENTINEL: incident}
    return {
        side: FieldView(
            value=field_rule.lenses[side].get(raw),
            raw=raw,
            base=(bases or {}).get(side, {}),
            asked=(asked or {}).get(side, {}),
            touched=side in touched,
        )
        for side, raw in held.items()
        if side in field_rule.lenses
    }


def record(side: Side, fields: RawFields, *, revision: int = 3, **changes: Any) -> Record:
    made = Record(
        ref=REFS[side],
        number="INC0010001" if side == SERVICENOW else "1",
        url=f"https://{side}.example/1",
        revision=Revision(str(revision), revision if side == SERVICENOW else None),
        created_at=NOW,
        updated_at=NOW,
        fields=fields,
    )
    return replace(made, **changes)


def link(
    side: Side, base: RawFields, *, key: str = KEY, of: str = "maintenance", revision: int = 2, **changes: Any
) -> Link:
    made = Link(
        key, of, REFS[side], "INC0010001" if side == SERVICENOW else "1", "", Revision(str(revision)), "f", NOW, base
    )
    return replace(made, **changes)


def found(side: Side, fields: RawFields, base: RawFields | None = None, **changes: Any) -> SideView:
    """A record that was read; linked when there is a base."""
    view = SideView(Sighting.FOUND, record(side, fields), link(side, base) if base is not None else None)
    return replace(view, **changes)


def never(side: Side, *, draft: RawFields | None = None, late: tuple[str, ...] = ()) -> SideView:
    """Nothing there; with a `draft`, something to create."""
    return SideView(
        Sighting.NEVER, draft=Draft(REFS[side], f"test/{KEY}", draft) if draft is not None else None, late=late
    )


def case(
    ticket: SideView | None = None,
    incident: SideView | None = None,
    *,
    of: str = "maintenance",
    key: str = KEY,
    **changes: Any,
) -> Case:
    sides = {SERVICENOW: ticket, SENTINEL: incident}
    made = Case(key, profile(of), {side: view for side, view in sides.items() if view is not None})
    return replace(made, **changes)


def agreed(status: str = "new", severity: str = "informational") -> tuple[dict[str, Any], dict[str, Any]]:
    """What both sides held when they last agreed."""
    return in_servicenow(status, severity), in_sentinel(status, severity)
