"""The one store behind ARM and Log Analytics: current incidents, and every version that there ever was."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from watchkeeper.emulators.azure.identities import Identity
from watchkeeper.emulators.azure.model import Change, Incident, Task
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.kql.values import TICKS_PER_SECOND, ticks_of

_UNIX_EPOCH_TICKS: Final = 621_355_968_000_000_000


class SentinelStore:
    """Hold `lock` from the read that decides to the write that follows; readers need no lock, versions never change."""

    def __init__(self, clock: WorldClock) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._pretended: int | None = None
        self.reset()

    def reset(self) -> None:
        with self.lock:
            self.changes: list[Change] = []
            self._incidents: dict[str, Incident] = {}
            self._names_by_number: dict[int, str] = {}
            self._by_modified: list[tuple[int, int, str]] = []
            self._writes = 0
            self._numbers = 0
            self._latest = 0
            self._backdated: dict[int, int] = {}
            self.generation = object()

    def now(self) -> int:
        """The world's time in ticks, or the instant to which a deed is being backdated."""
        return ticks_of(self._clock.now()) if self._pretended is None else self._pretended

    @contextmanager
    def backdated(self, at: int | None) -> Iterator[None]:
        """Inside, whatever this thread writes was written at `at` (ticks); None changes nothing."""
        with self.lock:
            before, self._pretended = self._pretended, at if at is not None else self._pretended
            try:
                yield
            finally:
                self._pretended = before

    def get(self, name: str) -> Incident | None:
        return self._incidents.get(name.lower())

    def by_number(self, number: int) -> Incident | None:
        return self.get(self._names_by_number.get(number, ""))

    def incidents(self) -> list[Incident]:
        with self.lock:
            return list(self._incidents.values())

    def modified_since(self, ticks: int) -> Iterator[Incident]:
        """Current incidents whose last change is at `ticks` or later, without looking at the others."""
        with self.lock:
            entries = self._by_modified[bisect_left(self._by_modified, (ticks, 0, "")) :]
        for _, written, key in entries:
            incident = self._incidents.get(key)
            if incident is not None and incident.written == written:
                yield incident

    def next_etag(self) -> str:
        """An opaque version in the service's own shape, never repeated."""
        self._writes += 1
        seconds = max(0, self.now() - _UNIX_EPOCH_TICKS) // TICKS_PER_SECOND
        return f"{self._writes:08x}-0000-0100-0000-{seconds:08x}0000"

    def next_instant(self) -> int:
        """Now, but after every earlier change made in the same second, so that no two versions share an instant."""
        now = self.now()
        if self._pretended is not None:
            self._backdated[now] = self._backdated.get(now, now - 1) + 1
            return self._backdated[now]
        if 0 <= self._latest - now < TICKS_PER_SECOND:
            now = self._latest + 1
        self._latest = now
        return now

    def create(self, incident: Incident, who: Identity, what: str) -> Incident:
        """Store a new incident: it gets its number, times and version. Raises KeyError when the name is taken."""
        with self.lock:
            if incident.name.lower() in self._incidents:
                raise KeyError(incident.name)
            self._numbers += 1
            at = self.next_instant()
            numbered = replace(
                incident,
                number=self._numbers,
                created=incident.created or at,
                provider_incident_id=incident.provider_incident_id or str(self._numbers),
            )
            self._names_by_number[self._numbers] = incident.name
            return self._write(numbered, at, who, what)

    def update(
        self,
        name: str,
        alter: Callable[[Incident, int], Incident],
        who: Identity,
        what: str,
        *,
        deleted_task: Task | None = None,
        moves: bool = True,
    ) -> Incident:
        """Replace the incident by `alter(current, instant)` as one new version, which shows in its etag and time unless
        `moves` says otherwise. Raises KeyError for an unknown name."""
        with self.lock:
            current = self._incidents[name.lower()]
            at = self.next_instant()
            altered = alter(current, at)
            closed = at if altered.status == "Closed" and current.status != "Closed" else current.closed
            altered = replace(altered, closed=closed, first_modified=current.first_modified or at)
            return self._write(altered, at, who, what, deleted_task, seen_as=None if moves else current)

    def delete(self, name: str, who: Identity) -> None:
        """Remove the incident; its last version stays in the history, marked deleted. Raises KeyError for an unknown name."""
        with self.lock:
            gone = self._incidents.pop(name.lower())
            at = self.next_instant()
            gone = replace(gone, modified=at, modified_by=who.signature())
            self.changes.append(Change(at, self.now(), who, "delete", gone, deleted=True))

    def history(self, name: str) -> list[Change]:
        return [change for change in self.changes if change.incident.name.lower() == name.lower()]

    def _write(
        self,
        incident: Incident,
        at: int,
        who: Identity,
        what: str,
        gone: Task | None = None,
        seen_as: Incident | None = None,
    ) -> Incident:
        """`seen_as`: the version whose etag and times the new one keeps."""
        etag = f'"{self.next_etag()}"'
        written = replace(incident, etag=etag, written=self._writes, modified=at, modified_by=who.signature())
        if seen_as is not None:
            written = replace(written, etag=seen_as.etag, modified=seen_as.modified, modified_by=seen_as.modified_by)
        key = incident.name.lower()
        self._incidents[key] = written
        insort(self._by_modified, (written.modified, self._writes, key))
        self.changes.append(Change(at, self.now(), who, what, written, deleted_task=gone))
        return written
