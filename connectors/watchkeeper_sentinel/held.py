"""The incidents as this run last saw them, whole, so that a write needs no second read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from watchkeeper_sentinel.overlay import READ_ONLY
from watchkeeper_sentinel.records import comments_count, pick, section, text_of

MOST_HELD: Final = 5000


@dataclass(frozen=True, slots=True)
class Held:
    """An incident's version and all its properties; `own_comments` were added by us since (each changed the version)."""

    etag: str
    properties: Mapping[str, Any]
    own_comments: int = 0


class HeldIncidents:
    """Incidents by name, the least recently used forgotten first. Thread-safe."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._absent: set[str] = set()

    def keep(self, item: Mapping[str, Any]) -> None:
        """Hold an incident as an answer gave it; one without name or version is not held."""
        name, etag = text_of(pick(item, "name")), text_of(pick(item, "etag"))
        if name and etag:
            with self._lock:
                self._absent.discard(name.lower())
                self._held[name.lower()] = Held(etag, section(item, "properties"))
                self._held.move_to_end(name.lower())
                while len(self._held) > self._most:
                    self._held.popitem(last=False)

    def get(self, name: str) -> Held | None:
        with self._lock:
            held = self._held.get(name.lower())
            if held is not None:
                self._held.move_to_end(name.lower())
            return held

    def commented(self, name: str) -> None:
        """One more comment of ours is on the incident, whose version we no longer know."""
        with self._lock:
            held = self._held.get(name.lower())
            if held is not None:
                self._held[name.lower()] = replace(held, own_comments=held.own_comments + 1)

    def forget(self, name: str) -> None:
        with self._lock:
            self._held.pop(name.lower(), None)

    def missed(self, name: str) -> None:
        """ARM has just said that there is no such incident."""
        with self._lock:
            self._held.pop(name.lower(), None)
            self._absent.add(name.lower())

    def take_absence(self, name: str) -> bool:
        """Whether the incident was read and not there; an answer serves one create, and is then used up."""
        with self._lock:
            known = name.lower() in self._absent
            self._absent.discard(name.lower())
            return known


def only_our_comments(held: Held, now: Mapping[str, Any]) -> bool:
    """Whether an incident differs from the held state by nothing but the comments that we added to it ourselves.

    A comment changes the incident's version (briandelmsft/SentinelAutomationModules issue 211), so the version alone would
    make our own note look like somebody else's edit.
    """
    return (
        held.own_comments > 0
        and (comments_count(now) or 0) == (comments_count(held.properties) or 0) + held.own_comments
        and _written(now) == _written(held.properties)
    )


def _written(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name.casefold() not in READ_ONLY}
