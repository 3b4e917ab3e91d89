"""Runs that die: a store, channels and a connector in a process that ends at a boundary which a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from watchkeeper.model.nudge import NudgeEntry
from watchkeeper.nudges.message import Message
from watchkeeper.nudges.sending import Channel
from watchkeeper.state import SqlStateStore

T = TypeVar("T")


class Killed(BaseException):
    """What no code of ours catches, as a SIGKILL is not."""


@dataclass
class Fate:
    """Kills a run at its `at`-th boundary: before and after each call to the store or to a receiver."""

    at: int = 0
    passed: int = 0

    def strike(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed

    def around(self, call: Callable[[], T]) -> T:
        self.strike()
        answer = call()
        self.strike()
        return answer


@dataclass
class MortalStore:
    """The real store, in a process that may die around each call."""

    store: SqlStateStore
    fate: Fate

    def recall(self, name: str) -> str | None:
        return self.fate.around(lambda: self.store.recall(name))

    def remember(self, values: Mapping[str, str]) -> None:
        self.fate.around(lambda: self.store.remember(values))

    def nudges_since(self, day: Any) -> Sequence[NudgeEntry]:
        return self.fate.around(lambda: self.store.nudges_since(day))

    def nudges_done(self, channels: Collection[str]) -> frozenset[str]:
        return self.fate.around(lambda: self.store.nudges_done(channels))

    def claim_nudge(self, entry: NudgeEntry) -> bool:
        return self.fate.around(lambda: self.store.claim_nudge(entry))

    def settle_nudge(self, *args: Any) -> None:
        self.fate.around(lambda: self.store.settle_nudge(*args))

    def intend_note(self, *args: Any) -> None:
        self.fate.around(lambda: self.store.intend_note(*args))

    def settle_note(self, *args: Any) -> None:
        self.fate.around(lambda: self.store.settle_note(*args))


@dataclass
class MortalChannel:
    channel: Channel
    fate: Fate

    @property
    def most_copies(self) -> int:
        return self.channel.most_copies

    @property
    def knows_ids(self) -> bool:
        return self.channel.knows_ids

    def is_under_way(self, message: Message, since: datetime) -> bool:
        return self.channel.is_under_way(message, since)

    def deliver(self, message: Message, copy: int) -> None:
        self.fate.around(lambda: self.channel.deliver(message, copy))


@dataclass
class MortalConnector:
    """A real connector; of its calls those that a work note takes are boundaries."""

    connector: Any
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.connector, name)
        if name not in {"comments", "add_comment", "identity"}:
            return found
        return lambda *args: self.fate.around(lambda: found(*args))
