"""Creating and changing incident tasks: whole PUTs under a version, one after the other below one host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from watchkeeper.errors import AlreadyExists, Ambiguous, Attempt, NotFound, PreconditionFailed, Rejected
from watchkeeper.model.record import SENTINEL, Draft, RawFields, RecordRef, Refused, Revision, Written
from watchkeeper_sentinel.host_names import host_of, parts, task_ref
from watchkeeper_sentinel.hosts import HostState, TaskHosts
from watchkeeper_sentinel.incidents import Incidents, taken
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import pick, section, storable, text_of
from watchkeeper_sentinel.task_records import (
    COMPLETED,
    WRITABLE,
    Shown,
    flatten_task,
    new_task,
    read_task,
    task_overlay,
)
from watchkeeper_sentinel.writes import landed_or_said

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TaskWriter:
    """One host's tasks are written by one thread at a time: each write moves the host's version."""

    incidents: Incidents
    hosts: TaskHosts
    people: People
    url_of: Callable[[str], str]

    def create(self, draft: Draft) -> Written:
        """Create the task in its week's host, which is opened if need be; in the next host when that one is full or closed.

        Raises AlreadyExists when the task is there, in whichever host of the week.
        """
        first, task = parts(draft.ref)
        properties = _accepted(lambda: new_task(draft.fields, draft.marker), draft.ref)
        with self.hosts.lock:
            state = self._place(first, task, draft)
            ref = task_ref(state.name, task)
            try:
                status, item = self.incidents.create_task(state.name, task, properties)
            except Rejected as error:
                if self._has_room(state.name):
                    raise
                raise _moved(ref, error.attempt) from error
            except AlreadyExists:
                self.hosts.take_back(state.name)
                raise
            except PreconditionFailed as error:
                self.hosts.take_back(state.name)
                raise _moved(ref, error.attempt) from error
            if status != 201:
                self.hosts.take_back(state.name)
                raise taken(f"task {ref.id}", Attempt(SENTINEL, "PUT task", ref.id, status))
            state.added.add(task)
            written = self._written(state, ref, item, draft.fields)
            self.hosts.close_finished(host_of(draft.marker).deployment)
            return written

    def _place(self, first: str, task: str, draft: Draft) -> HostState:
        """The first host of the week that takes the task; the caller has looked for it in all of them."""
        for state in self.hosts.chain(first):
            if task in state.tasks or task in state.added:
                ref = task_ref(state.name, task)
                raise taken(f"task {ref.id}", Attempt(SENTINEL, "GET tasks", ref.id, 200))
            if not state.full and not state.closed:
                return state
        return self.hosts.open_next(first, host_of(draft.marker))

    def _has_room(self, host: str) -> bool:
        """Whether a host still takes tasks: people add some as well, and close it."""
        state = self.hosts.read(host)
        return state is not None and not state.full and not state.closed

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Change the given fields if the task is still at `expect`.

        Raises PreconditionFailed when it is not, NotFound when it is gone, Rejected for fields that a task does not have, and
        Ambiguous when nobody knows.
        """
        host, task = parts(ref)
        with self.hosts.lock:
            item = self._at(ref, expect)
            properties = _accepted(lambda: task_overlay(section(item, "properties"), changes), ref)
            body = {"etag": text_of(pick(item, "etag")), "properties": properties}
            try:
                status, now = self._sent(host, task, body)
            except PreconditionFailed as error:
                raise self._after_conflict(ref, properties, error) from error
            if status == 201:
                raise PreconditionFailed(
                    f"task {ref.id} had been deleted, and this update made it anew",
                    remedy="the next run reads it again",
                    attempt=Attempt(SENTINEL, "PUT task", ref.id, status),
                )
            return self._written(None, ref, now, changes)

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Like `update`; the last task of a week that lies behind closes its host."""
        if changes.get("status") != COMPLETED:
            raise _refused(ref, f"a closed task has the status {COMPLETED}, not {changes.get('status')!r}")
        written = self.update(ref, changes, expect)
        with self.hosts.lock:
            self.hosts.close_if_over(parts(ref)[0])
        return written

    def _sent(self, host: str, task: str, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        return self.incidents.put_task(host, task, body)

    def _at(self, ref: RecordRef, expect: Revision) -> Mapping[str, Any]:
        """The task's whole content at the expected version, read now."""
        item = self.incidents.get_task(*parts(ref))
        if item is None:
            raise NotFound(f"task {ref.id} is not there", attempt=Attempt(SENTINEL, "GET task", ref.id, 404))
        if text_of(pick(item, "etag")) != expect.token:
            raise PreconditionFailed(
                f"task {ref.id} is no longer at the version that the change was decided on",
                remedy="it is read and merged again",
                attempt=Attempt(SENTINEL, "GET task", ref.id, 200),
            )
        return item

    def _after_conflict(
        self, ref: RecordRef, sent: Mapping[str, Any], conflict: PreconditionFailed
    ) -> PreconditionFailed | Ambiguous:
        """What a conflict means: somebody else's change, unless the task is exactly what we sent. Nobody knows then."""
        item = self.incidents.get_task(*parts(ref))
        same = item is not None and flatten_task(section(item, "properties")) == flatten_task(sent)
        return landed_or_said(f"task {ref.id}", conflict) if same else conflict

    def _written(self, state: HostState | None, ref: RecordRef, item: Mapping[str, Any], changes: RawFields) -> Written:
        host = parts(ref)[0]
        known = state or self.hosts.known(host)
        try:
            record = read_task(item, Shown(host, known.number if known else "", self.url_of(host)), self.people)
        except ValueError as error:
            raise Ambiguous(
                f"the answer to a write of task {ref.id} cannot be read ({error}); the write may have happened",
                attempt=Attempt(SENTINEL, "PUT task", ref.id),
            ) from error
        kept = record.fields
        refused = (
            Refused(name, value, kept.get(name))
            for name, value in sorted(changes.items())
            if name in WRITABLE and storable(str(value or "")) != (kept.get(name) or "")
        )
        return Written(record, tuple(refused))


def _accepted(build: Callable[[], T], ref: RecordRef) -> T:
    """What is to be sent, or Rejected with what cannot be."""
    try:
        return build()
    except ValueError as error:
        raise _refused(ref, str(error)) from error


def _refused(ref: RecordRef, why: str) -> Rejected:
    return Rejected(
        f"task {ref.id}: {why}",
        remedy="correct the profile's mapping",
        attempt=Attempt(SENTINEL, "PUT task", ref.id),
    )


def _moved(ref: RecordRef, attempt: Attempt) -> PreconditionFailed:
    return PreconditionFailed(
        f"something moved while task {ref.id} was created", remedy="it is read and decided again", attempt=attempt
    )
