"""Which incident holds a duty that is written as an incident task, and what that incident is called.

One incident per ISO week of the duty's nominal date, and a further one when it is full: an incident takes 40 tasks
(defender-docs, sentinel/sentinel-service-limits). All names derive from the deployment and the week, so every run, on any
machine and after any loss of memory, means the same incidents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, RecordRef
from watchkeeper_sentinel.records import OWN_LABEL

MOST_TASKS: Final = 40
HOST_LABEL: Final = "watchkeeper-tasks"
"""On every host: what the listing asks for."""
WEEK_LABEL: Final = "watchkeeper-tasks:"
"""Prefix of the label that says whose host it is, and of which week: `watchkeeper-tasks:<deployment>/2026-W47`."""
CLOSED_LABEL: Final = "watchkeeper-tasks-closed"
"""On a host that we have closed once; it stays when a person reopens it, and then we leave it open."""
MAINTENANCE_LABEL: Final = "soc-maintenance"
_NOMINAL: Final = re.compile(r"@(\d{4}-\d{2}-\d{2})(?:~[0-9a-f]+)?$")
_WEEK: Final = re.compile(r"(?P<deployment>[^/]+)(?:/(?P<week>\d{4}-W\d{2}))?(?:/(?P<number>\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Host:
    """`week` is an ISO week (`2026-W47`), "" for duties whose key is too long to show its date. `number` counts from 1."""

    deployment: str
    week: str
    number: int = 1

    @property
    def name(self) -> str:
        """The incident's ARM name."""
        return following(str(chosen_uuid("/".join(filter(None, (self.deployment, "~tasks", self.week))))), self.number)

    @property
    def title(self) -> str:
        number = f" ({self.number})" if self.number > 1 else ""
        return " ".join(filter(None, ("SOC duties", self.week))) + number

    @property
    def labels(self) -> tuple[str, ...]:
        number = str(self.number) if self.number > 1 else ""
        own = WEEK_LABEL + "/".join(filter(None, (self.deployment, self.week, number)))
        return tuple(sorted((OWN_LABEL, MAINTENANCE_LABEL, HOST_LABEL, own)))

    def is_over(self, today: date) -> bool:
        """Whether the week lies behind."""
        return bool(self.week) and self.week < week_of(today)


def week_of(day: date) -> str:
    """The ISO week; compares as text."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def host_of(marker: str) -> Host:
    """The first host of the duty that a marker (`<deployment>/<key>`) stands for."""
    deployment = marker.partition("/")[0]
    nominal = _NOMINAL.search(marker)
    return Host(deployment, week_of(date.fromisoformat(nominal[1])) if nominal else "")


def host_in(labels: Sequence[str]) -> Host | None:
    """The host that an incident's labels say it is; None for any other incident."""
    for label in labels:
        match = _WEEK.fullmatch(label.removeprefix(WEEK_LABEL)) if label.startswith(WEEK_LABEL) else None
        if match is not None:
            return Host(match["deployment"], match["week"] or "", int(match["number"] or 1))
    return None


def following(first: str, number: int) -> str:
    """The name of a week's further host, from the first one's."""
    return first if number == 1 else str(uuid5(UUID(first), str(number)))


def task_ref(host: str, task: str) -> RecordRef:
    """The reference of a task, `<host's name>/<task's name>`; names compare without case."""
    return RecordRef(SENTINEL, INCIDENT_TASKS, f"{host}/{task}".lower())


def chosen_task(marker: str) -> RecordRef:
    """Where the duty's task is created, as long as the week's first host has room."""
    return task_ref(host_of(marker).name, str(chosen_uuid(marker)))


def parts(ref: RecordRef) -> tuple[str, str]:
    """The host's and the task's name."""
    host, _, task = ref.id.partition("/")
    return host, task
