"""The collection `incident-tasks` behind the connector: what the incidents' rooms do for incidents, done for our tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.errors import Attempt, Protocol
from watchkeeper.model.activity import ActivityReport
from watchkeeper.model.population import Feed
from watchkeeper.model.record import SENTINEL, Absent, Record, RecordRef
from watchkeeper.model.scan import ScanItem
from watchkeeper_sentinel import task_feed
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.feed import narrowed
from watchkeeper_sentinel.host_names import chosen_task, parts, task_ref
from watchkeeper_sentinel.hosts import HostState, TaskHosts
from watchkeeper_sentinel.people import People, is_guid
from watchkeeper_sentinel.task_records import Shown, read_task

HISTORY: Final = "a task keeps only its last change"


@dataclass(frozen=True, slots=True)
class IncidentTasks:
    """Reads. `url_of` gives the page of a host incident, where people find its tasks (in the Azure portal only)."""

    hosts: TaskHosts
    arm: Arm
    people: People
    url_of: Callable[[str], str]

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:
        return task_feed.scan(self.hosts, self.arm, self.people, self.url_of, feed, since)

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> dict[RecordRef, Record | Absent]:
        """Each task, or its absence, each host read once. A task that went to a later host of its week, because the first one
        had no room, is found there. Absence is never called proven: an incident's list of tasks keeps no trace of one."""
        by_host: dict[str, list[RecordRef]] = {}
        for ref in refs:
            by_host.setdefault(parts(ref)[0], []).append(ref)
        found: dict[RecordRef, Record | Absent] = {}
        with self.hosts.lock:
            for host, group in by_host.items():
                found.update(self._in_host(host, group, fields))
        return found

    def _in_host(
        self, host: str, refs: Sequence[RecordRef], fields: frozenset[str]
    ) -> dict[RecordRef, Record | Absent]:
        wanted = {parts(ref)[1]: ref for ref in refs}
        found: dict[RecordRef, Record | Absent] = {}
        for state in self.hosts.chain(host, fresh=True):
            for task in sorted(wanted.keys() & state.tasks.keys()):
                found[wanted.pop(task)] = narrowed(self._readable(state, task), fields)
            if not wanted:
                break
        reason = "no incident of its week has a task of that name"
        return {**found, **{ref: Absent(ref, reason=reason) for ref in wanted.values()}}

    def _readable(self, state: HostState, task: str) -> Record:
        try:
            return read_task(state.tasks[task], Shown(state.name, state.number, self.url_of(state.name)), self.people)
        except ValueError as error:
            ref = task_ref(state.name, task)
            attempt = Attempt(SENTINEL, "GET tasks", ref.id, 200)
            raise Protocol(f"task {ref.id} cannot be read: {error}", attempt=attempt) from error

    def find(self, markers: Sequence[str], fields: frozenset[str]) -> dict[str, tuple[Record, ...]]:
        """A task has no label to be searched by; it is where its marker says."""
        refs = {marker: chosen_task(marker) for marker in markers}
        found = self.get(list(refs.values()), fields)
        return {marker: _present(found[ref]) for marker, ref in refs.items()}

    def look_up(self, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
        """The task that a person means by `<incident's name>/<task's name>`; tasks have no numbers."""
        host, _, task = name.strip().partition("/")
        if not (is_guid(host) and is_guid(task)):
            return ()
        ref = task_ref(host, task)
        return _present(self.get([ref], fields)[ref])

    def activity(self) -> ActivityReport:
        return ActivityReport((), readable=False, reason=HISTORY)


def _present(answer: Record | Absent) -> tuple[Record, ...]:
    return (answer,) if isinstance(answer, Record) else ()
