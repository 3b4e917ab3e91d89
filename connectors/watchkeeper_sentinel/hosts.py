"""The standing incidents that hold our tasks: read with their tasks, opened when a week's first task comes, closed afterwards."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from watchkeeper.errors import AlreadyExists, Attempt, NotFound, PreconditionFailed, Rejected, WatchkeeperError
from watchkeeper.model.record import SENTINEL, RawFields
from watchkeeper_sentinel.host_names import CLOSED_LABEL, HOST_LABEL, MOST_TASKS, Host, following, host_in
from watchkeeper_sentinel.incidents import Incidents, changed_since, labelled
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.overlay import overlay
from watchkeeper_sentinel.records import label_names, pick, section, text_of
from watchkeeper_sentinel.task_records import COMPLETED, flatten_task

MOST_HOSTS: Final = 50
"""Of one week: two thousand tasks. More means that something is wrong."""
DESCRIPTION: Final = (
    "Watchkeeper keeps the SOC's recurring duties of this week here, one task each. Complete a task, or resolve its "
    "ServiceNow ticket; this incident is closed when its week is over and all of its tasks are completed.\n\n"
    "この週の SOC の定期作業を、Watchkeeper が 1 件ずつタスクとして登録します。タスクを完了するか、対応する ServiceNow "
    "チケットを解決してください。週が終わり、すべてのタスクが完了すると、このインシデントはクローズされます。"
)
CLOSING: Final = (
    "SOC maintenance duties; all tasks are completed. Not a security finding. / "
    "SOC の保守作業です。すべてのタスクが完了しました。セキュリティ上の検知ではありません。"
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class HostState:
    """A host as this run last saw it: the incident, and its tasks' items. `added`: names of those that we made since."""

    name: str
    item: Mapping[str, Any]
    items: tuple[Any, ...] = ()
    added: set[str] = field(default_factory=set)

    @property
    def tasks(self) -> Mapping[str, Mapping[str, Any]]:
        """The items by lower-case name; one without a name can be shown to be broken, and nothing else."""
        named = ((text_of(pick(item, "name")), item) for item in self.items if isinstance(item, Mapping))
        return {name.lower(): item for name, item in named if name}

    @property
    def full(self) -> bool:
        return len(self.items) + len(self.added) >= MOST_TASKS

    @property
    def number(self) -> str:
        """The incident's number, which people know it by."""
        return text_of(pick(self.properties, "incidentNumber")) or ""

    @property
    def properties(self) -> Mapping[str, Any]:
        return section(self.item, "properties")

    @property
    def labels(self) -> tuple[str, ...]:
        return label_names(pick(self.properties, "labels"))

    @property
    def host(self) -> Host | None:
        return host_in(self.labels)

    @property
    def closed(self) -> bool:
        return (text_of(pick(self.properties, "status")) or "").casefold() == "closed"

    @property
    def finished(self) -> bool:
        """Whether every task is completed."""
        return all(flatten_task(section(task, "properties"))["status"] == COMPLETED for task in self.tasks.values())


class TaskHosts:
    """Hold `lock` from the read that decides to the write that follows: parallel writes below one incident meet each other's
    versions (briandelmsft/SentinelAutomationModules issue 211)."""

    def __init__(self, incidents: Incidents, logs: Logs, now: Callable[[], datetime]) -> None:
        self.lock = threading.RLock()
        self._incidents = incidents
        self._logs = logs
        self._now = now
        self._seen: dict[str, HostState | None] = {}
        self._deleted: dict[str, bool] = {}

    def listed(self, since: str | None) -> Iterator[list[Any]]:
        """Host incidents, all of them or those modified at or after an instant, page by page.

        A service that does not take both conditions together is asked for the changes of all incidents instead.
        """
        condition = labelled(HOST_LABEL) + (f" and {changed_since(since)}" if since else "")
        fallback = changed_since(since) if since else None
        for items in self._incidents.pages_or(condition, fallback):
            yield [item for item in items if _is_host(item)]

    def read(self, name: str, item: Mapping[str, Any] | None = None) -> HostState | None:
        """A host and its tasks as they are now; None when there is no such incident. `item`: the incident, if just listed."""
        item = item or self._incidents.get(name)
        state = None
        if item is not None:
            try:
                state = HostState(name, item, tuple(self._incidents.tasks(name)))
            except NotFound:
                state = None
        self._seen[name] = state
        return state

    def chain(self, first: str, *, fresh: bool = False) -> Iterator[HostState]:
        """A week's hosts in their order, read when they are asked for; known ones of this run are good unless `fresh`.

        A host that was deleted is passed over, never made anew, once the table shows it.
        """
        for number in range(1, MOST_HOSTS + 1):
            name = following(first, number)
            state = self.read(name) if fresh or name not in self._seen else self._seen[name]
            if state is not None:
                yield state
                if state.host is None or state.host.number != number:
                    return
            elif not self._is_deleted(name):
                return

    def open_next(self, first: str, host: Host) -> HostState:
        """Open the first host of the week that is neither there nor deleted, and close those of earlier weeks that are done."""
        taken = {state.name for state in self.chain(first)}
        numbers = ((number, following(first, number)) for number in range(1, MOST_HOSTS + 1))
        number = next((each for each, name in numbers if name not in taken and not self._is_deleted(name)), None)
        if number is None:
            raise Rejected(f"week {host.week} has {MOST_HOSTS} hosts already", attempt=Attempt(SENTINEL, record=first))
        state = self._open(following(first, number), Host(host.deployment, host.week, number))
        with _by_the_way(host.name):
            self._close_earlier(host)
        return state

    def _open(self, name: str, host: Host) -> HostState:
        """Create the incident, whose absence has just been read."""
        fields: RawFields = {
            "title": host.title,
            "description": DESCRIPTION,
            "severity": "Informational",
            "status": "New",
            "labels": host.labels,
        }
        try:
            status, item = self._incidents.create(name, overlay({}, fields))
        except AlreadyExists as error:
            raise _there_already(name, error.attempt) from error
        if status != 201:
            raise _there_already(name, Attempt(SENTINEL, "PUT incident", name, status))
        state = self._seen[name] = HostState(name, item)
        return state

    def _is_deleted(self, name: str) -> bool:
        """Whether the table shows that a host was there and was deleted; asked once in a run."""
        if name not in self._deleted:
            self._deleted[name] = name in self._logs.deleted([name])[0]
        return self._deleted[name]

    def known(self, name: str) -> HostState | None:
        """What this run has seen of a host; nothing is read."""
        return self._seen.get(name)

    def take_back(self, name: str) -> None:
        """Forget what is known of a host: it is read again before the next decision."""
        self._seen.pop(name, None)

    def close_if_over(self, name: str) -> None:
        """Close a host whose week lies behind and whose last task has just been completed."""
        with _by_the_way(name):
            seen = self._seen.get(name)
            host = _host_of(seen.item if seen is not None else self._incidents.get(name) or {})
            if host is not None and self._is_over(host):
                self._tidy(name)

    def close_finished(self, deployment: str) -> None:
        """Close those of a deployment's past weeks that this run has seen with nothing left to do: a person completed the last
        task, so that no write of ours did."""
        for state in [each for each in self._seen.values() if each is not None and each.items and each.finished]:
            host = state.host
            if host is not None and host.deployment == deployment and self._is_over(host) and _may_close(state):
                with _by_the_way(state.name):
                    self._tidy(state.name)

    def _is_over(self, host: Host) -> bool:
        return host.is_over(self._now().date())

    def _close_earlier(self, host: Host) -> None:
        for items in self.listed(None):
            for item in items:
                other = _host_of(item)
                if other is not None and other.deployment == host.deployment and _is_before(other, host):
                    name = (text_of(pick(item, "name")) or "").lower()
                    with _by_the_way(name):
                        self._tidy(name, item)

    def _tidy(self, name: str, item: Mapping[str, Any] | None = None) -> None:
        """Close a host if all of its tasks are completed, and neither a person nor we have closed it before."""
        if item is not None and not _may_close(HostState(name, item)):
            return
        try:
            state = self.read(name, item)
            if state is not None and _may_close(state) and state.finished:
                self._close(state)
        finally:
            self.take_back(name)

    def _close(self, state: HostState) -> None:
        changes: RawFields = {
            "status": "Closed",
            "classification": "Undetermined",
            "classificationReason": "",
            "classificationComment": CLOSING,
            "labels": tuple(sorted({*state.labels, CLOSED_LABEL})),
        }
        body = {"etag": text_of(pick(state.item, "etag")), "properties": overlay(state.properties, changes)}
        self._incidents.put(state.name, body)


def _there_already(name: str, attempt: Attempt) -> PreconditionFailed:
    return PreconditionFailed(f"incident {name} was there already when we opened it", attempt=attempt)


@contextmanager
def _by_the_way(name: str) -> Iterator[None]:
    """What is done inside is not worth failing for: the write that it comes with stands, and a later one tries again."""
    try:
        yield
    except WatchkeeperError as error:
        log.warning("host not closed", extra={"record": name, "why": error.message})


def _host_of(item: Mapping[str, Any]) -> Host | None:
    return host_in(label_names(pick(section(item, "properties"), "labels")))


def _is_host(item: object) -> bool:
    return isinstance(item, Mapping) and _host_of(item) is not None


def _is_before(other: Host, host: Host) -> bool:
    return bool(other.week) and bool(host.week) and other.week < host.week


def _may_close(state: HostState) -> bool:
    return not state.closed and CLOSED_LABEL not in state.labels
