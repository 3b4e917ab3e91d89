"""The write log as deeds: every write of a run with what became of it, and what it found. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from watchkeeper.model.plan import Operation
from watchkeeper.model.reasons import Because, parts_of
from watchkeeper.model.record import RawFields, RawValue, RecordRef, Side
from watchkeeper.model.run import Outcome, WriteLogEntry

_HAPPENED: Final = frozenset({Outcome.DONE.value, Outcome.ADOPTED.value})
_INTENDED: Final = "intended"


@dataclass(frozen=True, slots=True)
class LoggedWrite:
    """One write as the log tells it. `before` and `after` are raw fields of the record that was written, `agreed` what both
    sides had last agreed on in these fields (None where the log does not say). `ended_at`: when its outcome was stored, which
    is also when its record's link was confirmed, and `said` what was stored with it. `refused`: fields that the side did not take as they
    were sent. `rules`: for each raw field the field of ours that it carries and the place of the rule behind it, where the log says so.
    `sequence` is where in the log it was last intended, and `times` how often in this run."""

    run_id: str
    action_id: str
    key: str
    ref: RecordRef
    operation: Operation
    at: datetime
    before: RawFields
    after: RawFields
    agreed: Mapping[Side, RawFields] | None
    outcome: str = ""
    ended_at: datetime | None = None
    refused: frozenset[str] = frozenset()
    reason: str = ""
    said: str = ""
    rules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sequence: int = 0
    times: int = 1

    @property
    def happened(self) -> bool:
        return self.outcome in _HAPPENED

    def was_for(self, code: Because) -> bool:
        """Whether this is among the reasons for it."""
        return any(part.code is code for part in parts_of(self.reason))


def logged_writes(rows: Iterable[WriteLogEntry]) -> tuple[LoggedWrite, ...]:
    """The writes that some rows of the log tell of, in the order in which they were first intended."""
    writes: dict[tuple[str, str], LoggedWrite] = {}
    for row in sorted(rows, key=lambda row: row.sequence):
        name = (row.run_id, row.action_id)
        if row.kind == _INTENDED:
            before = writes.get(name)
            writes[name] = replace(_intended(row), times=1 if before is None else before.times + 1)
        elif name in writes:
            writes[name] = _ended(writes[name], row)
    return tuple(writes.values())


def _intended(row: WriteLogEntry) -> LoggedWrite:
    agreed = None if not row.agreed else {side: _raw(fields) for side, fields in json.loads(row.agreed).items()}
    return LoggedWrite(
        run_id=row.run_id,
        action_id=row.action_id,
        key=row.key,
        ref=RecordRef(row.side, row.table, row.record_id),
        operation=Operation(row.operation),
        at=row.at,
        before=_raw(json.loads(row.before or "{}")),
        after=_raw(json.loads(row.after or "{}")),
        agreed=agreed,
        reason=row.reason,
        rules={raw: (name, place) for raw, (name, place) in json.loads(row.rules or "{}").items()},
        sequence=row.sequence,
    )


def _ended(write: LoggedWrite, row: WriteLogEntry) -> LoggedWrite:
    return replace(write, outcome=row.outcome, ended_at=row.at, said=row.reason, refused=_refused(row))


def _refused(row: WriteLogEntry) -> frozenset[str]:
    return frozenset(json.loads(row.after)["refused"]) if row.after else frozenset()


def _raw(fields: Mapping[str, str | list[str] | None]) -> dict[str, RawValue]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
