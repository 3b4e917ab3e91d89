"""People at work, chosen by seeded dice, and a diary of what they did: what a check holds the two systems to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.emulation import Emulators
from tests.chaos.pairs import SEVERITIES, Pair, pairs_of

SOC = ("keiko.tanaka", "haruto.sato")
"""Members of SOC Monitoring: what they resolve in ServiceNow may be closed in Sentinel."""
NAMES = ("liam.byrne", "aoife.murphy", "niamh.kelly", "ava.nguyen", "noah.berg")
ESCALATIONS_FIRST = 4
"""How much likelier people work on an escalation, which has notes, than on one of the many duties."""
IMPACT_AND_URGENCY = {"low": ("2", "3"), "medium": ("2", "2"), "high": ("1", "1")}


@dataclass(frozen=True, slots=True)
class Edit:
    """A person changed a field on one side. `what` is status or severity (then `value` is its meaning), or a field that only
    this side has. `epoch`: between which two moments of rest."""

    side: str
    key: str
    what: str
    value: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Note:
    """A person wrote a text, which occurs nowhere else."""

    side: str
    key: str
    text: str


@dataclass(slots=True)
class Diary:
    """Everything that people did, oldest first."""

    edits: list[Edit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    epoch: int = 0

    def told(self) -> str:
        """The deeds since the last moment of rest, in short."""
        deeds = [f"{edit.what}={edit.value}@{edit.side}" for edit in self.edits if edit.epoch == self.epoch]
        return ", ".join(deeds) or "nothing"


class People:
    """A shift of people; every deed is written into the diary."""

    def __init__(self, emulators: Emulators, deployment: str, dice: Random, diary: Diary) -> None:
        self._emulators = emulators
        self._deployment = deployment
        self._dice = dice
        self._diary = diary
        self._texts = 0

    def escalate(self) -> None:
        """A new escalation, on either side."""
        title, severity = self._text("Escalation"), self._dice.choice(SEVERITIES[1:3])
        if self._dice.random() < 0.5:
            fields: dict[str, Any] = {"title": title, "severity": severity.capitalize(), "labels": ["escalation"]}
            self._emulators.people("sentinel", "automation", "create", fields=fields)
            return
        impact, urgency = IMPACT_AND_URGENCY[severity]
        fields = {"short_description": title, "category": "security", "assignment_group": "SOC Monitoring"}
        fields |= {"impact": impact, "urgency": urgency}
        self._emulators.people("servicenow", "dana.desk", "create", fields=fields)

    def work(self, deeds: int) -> None:
        """So many deeds on records that are in both systems."""
        pairs = pairs_of(self._emulators.records(), self._deployment)
        whole = [pair for _, pair in sorted(pairs.items()) if pair.is_whole]
        likely = [pair for pair in whole for _ in range(ESCALATIONS_FIRST if pair.is_escalation else 1)]
        chosen = {pair.key: pair for pair in self._dice.sample(likely, min(deeds, len(likely)))}
        for pair in chosen.values():
            self._do_something(pair, self._dice.choice(("servicenow", "sentinel")))

    def work_on(self, paths: Sequence[str]) -> None:
        """A deed on each record that is in both systems and that one of these request paths names, on the same side."""
        pairs = pairs_of(self._emulators.records(), self._deployment)
        for _, pair in sorted(pairs.items()):
            if pair.is_whole and any(pair.ticket["sys_id"] in path for path in paths):
                self._do_something(pair, "servicenow")
            if pair.is_whole and any(pair.incident["name"] in path for path in paths):
                self._do_something(pair, "sentinel")

    def _do_something(self, pair: Pair, side: str) -> None:
        self._dice.choice(self._deeds(pair))(pair, side)

    def _deeds(self, pair: Pair) -> Sequence[Callable[[Pair, str], None]]:
        """What makes sense on such a pair; likelier deeds stand more than once."""
        deeds: list[Callable[[Pair, str], None]] = [self._raise, self._raise, self._retitle, self._take]
        deeds += [self._begin, self._close, self._reopen]
        return [*deeds, *[self._write] * 6] if pair.is_escalation else deeds

    def _raise(self, pair: Pair, side: str) -> None:
        """One of the higher severities."""
        seen = pair.meanings("severity")[side == "sentinel"]
        higher = SEVERITIES[SEVERITIES.index(seen) + 1 :]
        if not higher or "closed" in pair.meanings("status"):
            return
        level = self._dice.choice(higher)
        impact, urgency = IMPACT_AND_URGENCY[level]
        self._edit(pair, side, {"impact": impact, "urgency": urgency}, {"severity": level.capitalize()})
        self._note_down(pair, side, "severity", level)

    def _begin(self, pair: Pair, side: str) -> None:
        if pair.meanings("status")[side == "sentinel"] == "new":
            self._edit(pair, side, {"state": "2"}, {"status": "Active"})
            self._note_down(pair, side, "status", "active")

    def _close(self, pair: Pair, side: str) -> None:
        if pair.meanings("status")[side == "sentinel"] != "closed":
            self._do(pair, side, self._dice.choice(SOC), "resolve" if side == "servicenow" else "close", text="Done.")
            self._note_down(pair, side, "status", "closed")

    def _reopen(self, pair: Pair, side: str) -> None:
        if pair.meanings("status")[side == "sentinel"] == "closed":
            self._do(pair, side, self._dice.choice(SOC), "reopen")
            self._note_down(pair, side, "status", "active")

    def _retitle(self, pair: Pair, side: str) -> None:
        """The title is set once, on creation: what people make of it stays theirs."""
        title = self._text("Title")
        self._edit(pair, side, {"short_description": title}, {"title": title})
        self._note_down(pair, side, "short_description" if side == "servicenow" else "title", title)

    def _take(self, pair: Pair, side: str) -> None:
        """An owner is not mapped: a PUT of the whole incident must bring it back as it was."""
        if side == "servicenow":
            return
        owner = self._dice.choice(NAMES)
        self._do(pair, side, owner, "assign", to=owner)
        self._note_down(pair, side, "owner", f"{owner}@soc.example")

    def _write(self, pair: Pair, side: str) -> None:
        text, who = self._text("Note"), self._dice.choice(NAMES)
        self._do(pair, side, who, "note" if side == "servicenow" else "comment", text=text)
        self._diary.notes.append(Note(side, pair.key, text))

    def _edit(self, pair: Pair, side: str, in_servicenow: Mapping[str, str], in_sentinel: Mapping[str, str]) -> None:
        fields = in_servicenow if side == "servicenow" else in_sentinel
        self._do(pair, side, self._dice.choice(SOC), "edit", fields=dict(fields))

    def _do(self, pair: Pair, side: str, who: str, deed: str, **command: Any) -> None:
        record = {"sys_id": pair.ticket["sys_id"]} if side == "servicenow" else {"incident": pair.incident["name"]}
        self._emulators.people(side, who, deed, **record, **command)

    def _note_down(self, pair: Pair, side: str, what: str, value: str) -> None:
        self._diary.edits.append(Edit(side, pair.key, what, value, self._diary.epoch))

    def _text(self, kind: str) -> str:
        self._texts += 1
        return f"{kind} {self._texts} of {self._deployment}."
