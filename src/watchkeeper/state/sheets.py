"""Each team's judged days, counted: what trends are made of. They hold no personal data, and stay when the verdicts go."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.engine import Connection

from watchkeeper.model.audit import TeamDay
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.state import snapshots, tables
from watchkeeper.state.codec import instant, instant_text, stored, to_json
from watchkeeper.state.database import batches, distinct, upsert

_SNAPSHOT, _VERDICT = tables.snapshot, tables.verdict
_STEM, _BEYOND = "audit/", "audit0"
"""Names of sheets begin with the one, and come before the other in the order of code points."""
_AT_ONCE: Final = 1000
_KINDS: Final = tuple(VerdictKind)


def is_sheet() -> ColumnElement[bool]:
    """Which snapshots are sheets."""
    return and_(_SNAPSHOT.c.name >= _STEM, _SNAPSHOT.c.name < _BEYOND)


def is_sheet_name(name: str) -> bool:
    return name.startswith(_STEM)


def sheets(connection: Connection, deployment: str, day_from: str, day_to: str) -> list[DaySheet]:
    """Every team's days (both ends included), by day and team. A day of which an older version of this program left verdicts and no
    sheet is counted from these, and never called whole."""
    counted = _stored(connection, deployment, day_from, day_to)
    days = distinct(_VERDICT.c.day, _VERDICT.c.deployment == deployment, _VERDICT.c.day <= day_to, since=day_from)
    missing = set(connection.execute(days).scalars()) - {sheet.day.isoformat() for sheet in counted}
    found = [*counted, *_from_verdicts(connection, deployment, missing)]
    return sorted(found, key=lambda sheet: (sheet.day, sheet.team))


def stamps(connection: Connection, deployment: str) -> tuple[str, ...]:
    """What is another one after an audit that found something new, and after a day was let go of."""
    names = sorted(connection.execute(_names(deployment)).scalars())
    oldest = select(func.min(_VERDICT.c.day)).where(_VERDICT.c.deployment == deployment)
    return *names, *snapshots.stamps(connection, deployment, names), connection.execute(oldest).scalar_one() or ""


def _names(deployment: str) -> Select[str]:
    mine = _SNAPSHOT.c.deployment == deployment
    return distinct(_SNAPSHOT.c.name, mine, _SNAPSHOT.c.name < _BEYOND, since=_STEM)


def recount(
    connection: Connection, deployment: str, days: Collection[TeamDay], run_id: str, at: datetime, *, whole: bool
) -> None:
    """Count what is stored of these days. `whole`: whether this audit could list every escalation. A day that was whole once stays
    so, and one in which nothing changed keeps the audit that found it so."""
    if not days:
        return
    first, last = (edge(day.day for day in days).isoformat() for edge in (min, max))
    known = {(sheet.team, sheet.day): sheet for sheet in _stored(connection, deployment, first, last)}
    tallies = _tallies(connection, deployment, first, last)
    taken = _after_all(connection, deployment, at)
    rows = []
    for day in days:
        before = known.get((day.team, day.day))
        tally = tallies.get((day.team, day.day.isoformat()), _Tally())
        whole_once = before is not None and before.over and before.whole
        sheet = tally.sheet(day, run_id, whole=whole or whole_once)
        if before is None or replace(sheet, run_id=before.run_id) != before:
            rows.append(_row(deployment, sheet, taken))
    upsert(connection, _SNAPSHOT, rows)


def _after_all(connection: Connection, deployment: str, at: datetime) -> datetime:
    """Later than every sheet so far, by whatever clock they were taken: `stamps` tells by it that there is a new one."""
    among = and_(_SNAPSHOT.c.deployment == deployment, _SNAPSHOT.c.name.in_(_names(deployment)))
    newest = connection.execute(select(func.max(_SNAPSHOT.c.taken_at)).where(among)).scalar_one()
    return at if newest is None else max(at, instant(newest) + timedelta(microseconds=1))


@dataclass(slots=True)
class _Tally:
    totals: dict[VerdictKind, int] = field(default_factory=lambda: dict.fromkeys(VerdictKind, 0))
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, key: str, kind: str, inputs: str) -> None:
        self.totals[VerdictKind(kind)] += 1
        self._digest.update(f"{key}\x1f{kind}\x1f{inputs}\n".encode())

    def sheet(self, day: TeamDay, run_id: str, *, whole: bool) -> DaySheet:
        return DaySheet(day.team, day.day, self.totals, day.final, whole, run_id, self._digest.hexdigest())


def _tallies(connection: Connection, deployment: str, first: str, last: str) -> Mapping[tuple[str, str], _Tally]:
    columns = (_VERDICT.c.team, _VERDICT.c.day, _VERDICT.c.key, _VERDICT.c.kind, _VERDICT.c.inputs_digest)
    chosen = select(*columns).where(_of(deployment, first, last)).order_by(_VERDICT.c.day, _VERDICT.c.key)
    tallies: dict[tuple[str, str], _Tally] = {}
    with connection.execute(chosen.execution_options(yield_per=_AT_ONCE)) as rows:
        for team, day, key, kind, inputs in rows:
            tallies.setdefault((team, day), _Tally()).add(key, kind, inputs)
    return tallies


def _of(deployment: str, day_from: str, day_to: str) -> ColumnElement[bool]:
    return and_(_VERDICT.c.deployment == deployment, _VERDICT.c.day >= day_from, _VERDICT.c.day <= day_to)


def _stored(connection: Connection, deployment: str, day_from: str, day_to: str) -> list[DaySheet]:
    within = and_(_SNAPSHOT.c.day >= day_from, _SNAPSHOT.c.day <= day_to)
    chosen = select(_SNAPSHOT.c.document).where(
        _SNAPSHOT.c.deployment == deployment, _SNAPSHOT.c.name.in_(_names(deployment)), within
    )
    return [_read(document) for document in connection.execute(chosen).scalars().all()]


@lru_cache(maxsize=4096)
def _read(document: str) -> DaySheet:
    """Remembered, because a report of a year reads thousands of them, of which all but the latest stay as they are."""
    sheet = stored(DaySheet, document)
    totals = {kind: sheet.totals.get(kind, 0) for kind in _KINDS}
    return DaySheet(sheet.team, sheet.day, totals, sheet.over, sheet.whole, sheet.run_id, sheet.digest)


def _row(deployment: str, sheet: DaySheet, at: datetime) -> dict[str, object]:
    return {
        "deployment": deployment,
        "name": f"{_STEM}{sheet.team}",
        "day": sheet.day.isoformat(),
        "document": to_json(sheet),
        "taken_at": instant_text(at),
    }


def _from_verdicts(connection: Connection, deployment: str, days: Iterable[str]) -> list[DaySheet]:
    """A day is over once a verdict was given for good and none may still change but those that nobody could tell."""
    columns = (_VERDICT.c.team, _VERDICT.c.day, _VERDICT.c.kind, _VERDICT.c.final)
    totals: dict[tuple[str, str], dict[VerdictKind, int]] = {}
    finals: dict[tuple[str, str], set[bool]] = {}
    for batch in batches(sorted(days)):
        chosen = select(*columns, func.count()).where(_VERDICT.c.deployment == deployment, _VERDICT.c.day.in_(batch))
        for team, day, kind, final, count in connection.execute(chosen.group_by(*columns)):
            totals.setdefault((team, day), dict.fromkeys(VerdictKind, 0))[VerdictKind(kind)] += count
            if kind != VerdictKind.UNKNOWN.value:
                finals.setdefault((team, day), set()).add(bool(final))
    return [
        DaySheet(team, date.fromisoformat(day), counts, finals.get((team, day)) == {True})
        for (team, day), counts in totals.items()
    ]
