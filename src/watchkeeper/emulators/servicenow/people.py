"""People (and other machines) at work in ServiceNow, as the control plane asks them to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.incidents import CANCELED, CLOSED, IN_PROGRESS, ON_HOLD, RESOLVED
from watchkeeper.emulators.servicenow.recorder import Recorder
from watchkeeper.emulators.servicenow.store import Row, Store

Command: TypeAlias = Mapping[str, Any]

_INCIDENT_MOVES: Mapping[str, Mapping[str, str]] = {
    "hold": {"state": ON_HOLD, "hold_reason": "4"},
    "resolve": {"state": RESOLVED},
    "close": {"state": CLOSED},
    "reopen": {"state": IN_PROGRESS},
    "cancel": {"state": CANCELED},
}

DEEDS = ("create", "edit", "note", "comment", "assign", *_INCIDENT_MOVES, "delete")
_SAID_ELSEWHERE = frozenset({"note", "comment", "resolve", "close"})
"""Deeds whose text is not a work note beside them: it is the note, the comment, or the close notes."""


class People:
    """Carries out commands like `{"who": "keiko.tanaka", "do": "note", "number": "INC0010001", "text": "…"}`.

    `table` (default `incident`) is any table of tickets, whose own states the deeds lead to. `do`: create, edit, note (work note), comment (customer-visible), assign, hold, resolve, close, reopen, cancel, delete.
    `number` or `sys_id` names the ticket (not for create); `fields` are field values, references by name or sys_id;
    `at` (ISO instant) backdates the deed. Raises ValueError for a command that cannot be carried out.
    """

    def __init__(self, store: Store, recorder: Recorder, choices: Choices, actor: Callable[[str], Actor]) -> None:
        self._store = store
        self._recorder = recorder
        self._choices = choices
        self._actor = actor
        self._edits: Mapping[str, Callable[[Command], dict[str, Any]]] = {
            "edit": lambda _: {},
            "note": lambda command: {"work_notes": _needed(command, "text")},
            "comment": lambda command: {"comments": _needed(command, "text")},
            "assign": self._assignment,
        }

    def carry_out(self, command: Command, now: datetime) -> dict[str, Any]:
        """Do it; returns `{"record": row}` as it is afterwards, or `{"deleted": sys_id}`."""
        deed, at, table = str(_needed(command, "do")), _at(command, now), self._table(command)
        try:
            actor = self._actor(str(_needed(command, "who")))
            if deed == "create":
                return {"record": self._recorder.insert(table, self._fields(command), actor, at)}
            row = self._ticket(table, command)
            if deed == "delete":
                self._recorder.delete(table, row["sys_id"], actor, at)
                return {"deleted": row["sys_id"]}
            return {"record": self._recorder.update(table, row["sys_id"], self._edit(table, deed, command), actor, at)}
        except Refused as refusal:
            raise ValueError(f"{command.get('who')} may not {deed}: {refusal.message}: {refusal.detail}") from refusal

    def _table(self, command: Command) -> str:
        table = str(command.get("table", "incident"))
        if table not in self._store.tasks():
            raise ValueError(f"table {table!r} is none of {', '.join(self._store.tasks())}")
        return table

    def _edit(self, table: str, deed: str, command: Command) -> dict[str, Any]:
        moves = self._moves(table)
        if deed not in {*self._edits, *moves}:
            known = ", ".join(["create", *self._edits, *moves, "delete"])
            raise ValueError(f"do {deed!r} is none of {known}")
        if deed in self._edits:
            return {**self._edits[deed](command), **self._fields(command)}
        closing = self._resolution(table, command) if deed in {"resolve", "close"} else {}
        return {**moves[deed], **closing, **self._fields(command)}

    def _moves(self, table: str) -> Mapping[str, Mapping[str, str]]:
        """The deeds that change the state, with what they write; those for which the table has no state are left out."""
        states = self._store.tables[table].table.states
        if states is None:
            return _INCIDENT_MOVES
        to = {"hold": states.waiting, "resolve": states.closed, "close": states.closed}
        to |= {"reopen": states.working, "cancel": states.cancelled}
        return {deed: {"state": state} for deed, state in to.items() if state}

    def _resolution(self, table: str, command: Command) -> dict[str, str]:
        """Code and notes of a close, as far as the table has the fields; the code is one of its list."""
        codes = self._choices.labels(table, "close_code")
        usual = "Solution provided"
        words = {
            "close_code": usual if usual in codes else next(iter(codes), ""),
            "close_notes": str(command.get("text") or "Done."),
        }
        return {name: text for name, text in words.items() if name in self._store.tables[table].table.fields}

    @staticmethod
    def _fields(command: Command) -> dict[str, Any]:
        fields = command.get("fields", {})
        if not isinstance(fields, dict):
            raise ValueError("fields must be an object of field names and values")
        said = command.get("text") if command["do"] not in _SAID_ELSEWHERE else None
        text = {"work_notes": said} if said else {}
        return {**text, **fields}

    def _assignment(self, command: Command) -> dict[str, Any]:
        to = command.get("to")
        if to is None:
            return {}
        user = self._store.first("sys_user", "user_name", str(to))
        return {"assigned_to": user["sys_id"]} if user is not None else {"assignment_group": str(to)}

    def _ticket(self, table: str, command: Command) -> Row:
        number, sys_id = command.get("number"), command.get("sys_id")
        row = self._store.first(table, "number", str(number)) if number else self._store.row(table, str(sys_id))
        if row is None:
            raise ValueError(f"no {table} {number or sys_id!r}; give number or sys_id")
        return row


def _needed(command: Command, name: str) -> Any:
    if not command.get(name):
        raise ValueError(f"the command needs {name!r}")
    return command[name]


def _at(command: Command, now: datetime) -> datetime:
    if "at" not in command:
        return now
    at = datetime.fromisoformat(str(command["at"]))
    if at.tzinfo is None:
        raise ValueError(f"at {command['at']!r} has no time zone; write it as 2026-11-16T00:30:00Z")
    return at.astimezone(UTC)
