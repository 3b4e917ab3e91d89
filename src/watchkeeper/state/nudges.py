"""The ledger of reminders. A message has one row for ever; a row is only taken further by who saw its last state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.nudge import NudgeEntry, NudgeKind, NudgeState
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import insert_new

_NUDGE = tables.nudge
_OPEN = tuple(state.value for state in NudgeState if not state.is_settled)


def since(connection: Connection, deployment: str, day: date) -> Sequence[NudgeEntry]:
    """Messages of a day and of later ones, and older ones that are not settled, by day and id."""
    wanted = (_NUDGE.c.day >= day.isoformat()) | _NUDGE.c.state.in_(_OPEN)
    chosen = select(_NUDGE).where(_NUDGE.c.deployment == deployment, wanted).order_by(_NUDGE.c.day, _NUDGE.c.id)
    return [_entry(row) for row in connection.execute(chosen).mappings()]


def done(connection: Connection, deployment: str, channels: Collection[str]) -> frozenset[str]:
    """Ids of the messages of some channels to which nothing more can happen."""
    if not channels:
        return frozenset()
    of_these = (_NUDGE.c.deployment == deployment, _NUDGE.c.channel.in_(sorted(channels)))
    chosen = select(_NUDGE.c.id).where(*of_these, _NUDGE.c.state.not_in(_OPEN))
    return frozenset(connection.execute(chosen).scalars())


def claim(connection: Connection, deployment: str, entry: NudgeEntry) -> bool:
    """Write down that a message is about to be sent: as a new row for its first try, else in the place of one that is not settled
    and has one try less. False when somebody else was first."""
    if entry.tries == 1 and insert_new(connection, _NUDGE, [_row(deployment, entry)]):
        return True
    this = (_NUDGE.c.deployment == deployment, _NUDGE.c.id == entry.id)
    seen = (_NUDGE.c.state.in_(_OPEN), _NUDGE.c.tries == entry.tries - 1)
    taken = connection.execute(_NUDGE.update().where(*this, *seen).values(**_row(deployment, entry)))
    return taken.rowcount == 1


def settle(connection: Connection, deployment: str, nudge_id: str, state: NudgeState, tries: int, at: datetime) -> None:
    """What became of it. The text goes once nothing more can happen to the message."""
    change: dict[str, Any] = {"state": state.value, "tries": tries, "at": instant_text(at)}
    if state.is_settled:
        change["body"] = ""
    this = (_NUDGE.c.deployment == deployment, _NUDGE.c.id == nudge_id)
    connection.execute(_NUDGE.update().where(*this).values(**change))


def _row(deployment: str, entry: NudgeEntry) -> dict[str, Any]:
    plain = {item.name: getattr(entry, item.name) for item in fields(entry)}
    spelled = {"day": entry.day.isoformat(), "at": instant_text(entry.at)}
    return {"deployment": deployment, **plain, "kind": entry.kind.value, "state": entry.state.value, **spelled}


def _entry(row: RowMapping) -> NudgeEntry:
    return NudgeEntry(
        id=row["id"],
        kind=NudgeKind(row["kind"]),
        channel=row["channel"],
        recipient=row["recipient"],
        day=date.fromisoformat(row["day"]),
        state=NudgeState(row["state"]),
        tries=row["tries"],
        at=instant(row["at"]),
        body=row["body"],
    )
