"""What only a write can show: one ticket is made, changed and resolved, and each answer is compared with what was sent.

Nothing is deleted, because an account of ours may not. The ticket carries the constants of a maintenance ticket, so that what
is excluded for those is excluded for it, and a correlation of its own, so that no run takes it for a duty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.probing import Probe, ProbeScope, TableRight, TableUse, failed
from watchkeeper.model.record import SERVICENOW, RawFields, RawValue
from watchkeeper_servicenow.asking import FAIL, OK, SKIPPED, WARN, listed, probe
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.query import stamp
from watchkeeper_servicenow.rows import Row, refused_fields
from watchkeeper_servicenow.text import USUAL_LENGTHS, outgoing

SIGN: Final = "watchkeeper-doctor"
"""The correlation_display of a ticket that was made for this check: not the sign of a duty."""
_TITLE: Final = "[Watchkeeper] write check, please ignore"
_TEXT: Final = (
    "Made by `watchkeeper doctor --write-probe` to see which fields the account may write. It can be ignored."
)
_IDENTITY: Final = frozenset({"sys_id", "correlation_id", "correlation_display"})
_TIMES: Final = ("due_date", "follow_up", "work_start", "work_end")


class Trial:
    """`now` gives the instance's clock: each trial is a ticket of its own."""

    def __init__(self, client: TableClient, scope: ProbeScope, now: Callable[[], datetime]) -> None:
        self._client = client
        self._scope = scope
        self._now = now

    def run(self) -> Sequence[Probe]:
        """One trial per table of a profile that creates maintenance tickets; none where none does."""
        return tuple(found for use in self._scope.uses if use.sample for found in self._guarded(use))

    def _guarded(self, use: TableUse) -> Iterator[Probe]:
        if not self._scope.writes:
            yield probe(Check.WRITE, SKIPPED, Finding.WRITE_FORBIDDEN, {}, use.table)
            return
        try:
            yield from self._try(use)
        except WatchkeeperError as error:
            yield failed(SERVICENOW, Check.WRITE, error, use.table)

    def _try(self, use: TableUse) -> Iterator[Probe]:
        right = next(each for each in self._scope.rights if each.table == use.table)
        marker = f"{SIGN}/{self._scope.deployment}/{stamp(self._now())}"
        chosen = chosen_uuid(marker).hex
        asked = {
            **_new(use, right, self._now()),
            "sys_id": chosen,
            "correlation_id": marker,
            "correlation_display": SIGN,
        }
        row = self._client.insert(use.table, _body(asked), record=marker)
        sys_id, number = row.get("sys_id") or "", row.get("number") or row.get("sys_id") or ""
        yield _sys_id(sys_id, chosen)
        refused = _names(asked, row) - {"sys_id"}
        refused |= self._changed(use, right, sys_id, marker)
        left, more = self._resolved(use, sys_id, marker)
        if left:
            args = {"number": number, "answer": left}
            yield probe(Check.WRITE, FAIL, Finding.WRITE_LEFT_OPEN, args, use.table)
        yield _verdict(use, number, refused | more, left)

    def _changed(self, use: TableUse, right: TableRight, sys_id: str, marker: str) -> set[str]:
        """Every other field that the profile follows, in one PATCH, with values that the record does not have yet."""
        later = set(use.closing) | _IDENTITY
        values: dict[str, str] = {"work_notes": _TEXT} if "work_notes" in right.write else {}
        for name in sorted(right.write - later - {"work_notes"}):
            other = sorted(use.chosen.get(name, frozenset()) - {str(use.sample.get(name))})
            if other:
                values[name] = other[0]
        if not values:
            return set()
        return _names(values, self._client.patch(use.table, sys_id, _body(values), record=marker))

    def _resolved(self, use: TableUse, sys_id: str, marker: str) -> tuple[str, set[str]]:
        """Why the ticket could not be resolved ("" when it was), and which closing fields were not kept."""
        try:
            row = self._client.patch(use.table, sys_id, _body(use.closing), record=marker)
        except WatchkeeperError as error:
            return error.attempt.answer or error.message, set()
        refused = _names(use.closing, row)
        state = next(iter(use.closing), "")
        return (f"{state} is {row.get(state)}", refused) if state in refused else ("", refused)


def _new(use: TableUse, right: TableRight, now: datetime) -> RawFields:
    """A value for every field of a new ticket whose value can be made up; a group is somebody's, and is left out."""
    texts: dict[str, RawValue] = {"short_description": _TITLE, "description": _TEXT}
    times: dict[str, RawValue] = {name: stamp(now) for name in _TIMES if name in use.fills}
    return {**{name: text for name, text in texts.items() if name in right.create}, **times, **use.sample}


def _body(fields: RawFields) -> Mapping[str, str]:
    return {name: outgoing(name, value, USUAL_LENGTHS.get(name)) for name, value in fields.items()}


def _names(asked: RawFields, row: Row) -> set[str]:
    return {refused.field for refused in refused_fields(asked, row)}


def _sys_id(given: str, chosen: str) -> Probe:
    if given == chosen:
        return probe(Check.SYS_ID, OK, Finding.SYS_ID_KEPT)
    return probe(Check.SYS_ID, WARN, Finding.SYS_ID_CHANGED)


def _verdict(use: TableUse, number: str, refused: Iterable[str], left: str) -> Probe:
    if refused:
        args = {"number": number, "fields": listed(refused), "table": use.table}
        return probe(Check.WRITE, FAIL, Finding.WRITE_REFUSED, args, use.table)
    if left:
        return probe(Check.OTHERS, SKIPPED, Finding.NOT_TRIED, {}, use.table)
    return probe(Check.WRITE, OK, Finding.WRITE_FINE, {"number": number}, use.table)
