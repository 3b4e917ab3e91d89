"""People at work on both sides. They know records by what made them, and look up the other side's as a person would: by what is
written on it."""

from __future__ import annotations

from typing import Any

from tests.simulation.evidence import Done, Evidence
from tests.simulation.schedule import Deed
from tests.simulation.trace import Trace

from watchkeeper.emulators.world import World

OURS = "watchkeeper"


class People:
    def __init__(self, world: World, evidence: Evidence, trace: Trace) -> None:
        self._systems: dict[str, Any] = {
            "servicenow": world.systems["servicenow"],
            "sentinel": world.systems["arm"],
        }
        self._world = world
        self._evidence = evidence
        self._trace = trace
        self.made: dict[str, tuple[str, str]] = {}
        """Event name → (side, record id) of the records that people made."""

    def do(self, deed: Deed) -> None:
        """Try it; what is refused, or finds no record, is as if it had not been tried."""
        record = "" if deed.do == "create" else self._record(deed.side, deed.on)
        if record is None:
            return
        try:
            answer = self._carry_out(deed, record)
        except ValueError:
            return
        if deed.do == "create":
            record = str(answer["record"]["sys_id"] if deed.side == "servicenow" else answer["name"])
            self.made[deed.name] = (deed.side, record)
        self._evidence.done.append(Done(deed, self._world.clock.now(), record))
        self._trace.line(deed.who, deed.do, f"{deed.side} {deed.on or deed.name} {dict(deed.fields)} {deed.text}")

    def _carry_out(self, deed: Deed, record: str) -> dict[str, Any]:
        command: dict[str, Any] = {"who": deed.who, "do": deed.do, "fields": dict(deed.fields)}
        if deed.text:
            command["text"] = deed.text
        if record:
            command["sys_id" if deed.side == "servicenow" else "incident"] = record
        answer: dict[str, Any] = self._systems[deed.side].people(command)
        return answer

    def _record(self, side: str, on: str) -> str | None:
        """Where on this side the record of an event is, if it is there yet."""
        origin_side, origin = self.made.get(on, ("", on))
        if origin_side == side:
            return origin
        key = f"test/escalation/{origin_side}/{origin}" if origin_side else ""
        if side == "servicenow":
            rows = self._systems["servicenow"].records()
            found = [row["sys_id"] for row in rows if _is_of(row["correlation_id"], key)]
        else:
            found = [
                item["name"]
                for item in self._systems["sentinel"].records()
                if not item["deleted"] and any(_is_of(label, key) for label in _labels(item))
            ]
        return str(found[-1]) if found else None

    def hide(self, on: str) -> None:
        """Take our right to read one ticket, or give all back."""
        rules = []
        if on:
            record = self._record("servicenow", on)
            if record is None:
                return
            rules = [{"table": "incident", "operation": "read", "deny": [OURS], "condition": f"sys_id={record}"}]
        self._systems["servicenow"].seed({"acl": rules})
        self._trace.line("admin", "hides" if on else "shows", on)

    def autoclose(self) -> None:
        """ServiceNow's own job, on everything that is resolved: its days have passed."""
        for row in self._systems["servicenow"].records():
            if row["table"] == "incident" and row["state"] == "6":
                command = {"who": "admin", "do": "edit", "sys_id": row["sys_id"], "fields": {"state": "7"}}
                self._systems["servicenow"].people(command)
                self._trace.line("job", "closes", row["number"])


def _is_of(marker: str, key: str) -> bool:
    """Whether a correlation id or label names the key; without one, whether it names a duty's."""
    marker = marker.removeprefix("watchkeeper-key:")
    return marker == key if key else marker.startswith("test/") and "/escalation/" not in marker


def _labels(item: dict[str, Any]) -> list[str]:
    return [str(label["labelName"]) for label in item["properties"].get("labels", [])]
