"""People (and other machines) at work in ServiceNow, as the control plane asks them to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.incidents import CANCELED, CLOSED, IN_PROGRESS, ON_HOLD, RESOLVED
from watchkeeper.emulators.servicenow.recorder import Actor, Recorder
from watchkeeper.emulators.servicenow.store import Row, Store

Command: TypeAlias = Mapping[str, Any]

_SAID_ELSEWHERE = frozenset({"note", "comment", "resolve", "close"})
"""Deeds whose text is not a work note beside them: it is the note, the comment, or the close notes."""


class People:
    """Carries out commands like `{"who": "keiko.tanaka", "do": "note", "number": "INC0010001", "text": "…"}`.

    `do`: create, edit, note (work note), comment (customer-visible), assign, hold, resolve, close, reopen, cancel, delete.
    `number` or `sys_id` names the incident (not for create); `fields` are field values, references by name or sys_id;
    `at` (ISO instant) backdates the deed. Raises ValueError for a command that cannot be carried out.
    """

    def __init__(self, store: Store, recorder: Recorder, actor: Callable[[str], Actor]) -> None:
        self._store = store
        self._recorder = recorder
        self._actor = actor
        self._edits: Mapping[str, Callable[[Command], dict[str, Any]]] = {
            "edit": lambda _: {},
            "note": lambda command: {"work_notes": _needed(command, "text")},
            "comment": lambda command: {"comments": _needed(command, "text")},
            "assign": self._assignment,
            "hold": lambda _: {"state": ON_HOLD, "hold_reason": "4"},
            "resolve": lambda command: {"state": RESOLVED, **_resolution(command)},
            "close": lambda command: {"state": CLOSED, **_resolution(command)},
            "reopen": lambda _: {"state": IN_PROGRESS},
            "cancel": lambda _: {"state": CANCELED},
        }

    def carry_out(self, command: Command, now: datetime) -> dict[str, Any]:
        """Do it; returns `{"record": row}` as it is afterwards, or `{"deleted": sys_id}`."""
        deed, at = str(_needed(command, "do")), _at(command, now)
        try:
            actor = self._actor(str(_needed(command, "who")))
            if deed == "create":
                return {"record": self._recorder.insert("incident", self._fields(command), actor, at)}
            row = self._incident(command)
            if deed == "delete":
                self._recorder.delete("incident", row["sys_id"], actor, at)
                return {"deleted": row["sys_id"]}
            return {"record": self._recorder.update("incident", row["sys_id"], self._edit(deed, command), actor, at)}
        except Refused as refusal:
            raise ValueError(f"{command.get('who')} may not {deed}: {refusal.message}: {refusal.detail}") from refusal

    def _edit(self, deed: str, command: Command) -> dict[str, Any]:
        if deed not in self._edits:
            known = ", ".join(["create", *self._edits, "delete"])
            raise ValueError(f"do {deed!r} is none of {known}")
        return {**self._edits[deed](command), **self._fields(command)}

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

    def _incident(self, command: Command) -> Row:
        number, sys_id = command.get("number"), command.get("sys_id")
        row = (
            self._store.first("incident", "number", str(number)) if number else self._store.row("incident", str(sys_id))
        )
        if row is None:
            raise ValueError(f"no incident {number or sys_id!r}; give number or sys_id")
        return row


def _resolution(command: Command) -> dict[str, Any]:
    return {"close_code": "Solution provided", "close_notes": command.get("text") or "Done."}


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
