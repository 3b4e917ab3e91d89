"""What is read of Defender for Endpoint, where, and with which application permission."""

from __future__ import annotations

import re
from typing import Any, Final

from watchkeeper.errors import Protocol
from watchkeeper.model.evidence import (
    ExposedDevice,
    ExposureScore,
    Machine,
    Recommendation,
    RemediationTask,
    Software,
    Subject,
)
from watchkeeper.transport.listing import Reading
from watchkeeper.transport.odata import Ask
from watchkeeper_defender.estate import (
    exposed_device,
    exposure_score,
    machine,
    recommendation,
    remediation_task,
    software,
)

FULL_PAGE: Final = 10_000
"""The largest page (defender-docs, get-machines). No `$top` is sent: it would be the number of rows in all."""
_ADDRESSABLE: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What an id may be to stand in an address; the documented ones are UUIDs."""
_UNLICENSED: Final = re.compile(r"no tvm license|account mode is inactive", re.IGNORECASE)

MACHINES: Final[Reading[Machine]] = Reading(
    Subject.MACHINES,
    Ask("/api/machines", full_page=FULL_PAGE),
    ("Machine.Read.All", "Machine.ReadWrite.All"),
    machine,
    lambda row: row.id,
    not_found_is_none=True,
    unlicensed=_UNLICENSED,
)
RECOMMENDATIONS: Final[Reading[Recommendation]] = Reading(
    Subject.RECOMMENDATIONS,
    Ask("/api/recommendations", full_page=FULL_PAGE),
    ("SecurityRecommendation.Read.All",),
    recommendation,
    lambda row: row.id,
    unlicensed=_UNLICENSED,
)
REMEDIATION_TASKS: Final[Reading[RemediationTask]] = Reading(
    Subject.REMEDIATION_TASKS,
    Ask("/api/remediationTasks", full_page=FULL_PAGE),
    ("RemediationTasks.Read.All",),
    remediation_task,
    lambda row: row.id,
    unlicensed=_UNLICENSED,
)
SOFTWARE: Final[Reading[Software]] = Reading(
    Subject.SOFTWARE,
    Ask("/api/Software", full_page=FULL_PAGE),
    ("Software.Read.All",),
    software,
    lambda row: row.id,
    unlicensed=_UNLICENSED,
)
EXPOSURE_SCORE: Final[Reading[ExposureScore]] = Reading(
    Subject.EXPOSURE_SCORE,
    Ask("/api/exposureScore"),
    ("Score.Read.All",),
    exposure_score,
    lambda row: row.at.isoformat(),
    not_found_is_none=True,
    unlicensed=_UNLICENSED,
    alone=True,
)


def exposed_devices(task: str) -> Reading[ExposedDevice]:
    """The devices of one task (defender-docs, get-remediation-exposed-devices-activities). Raises Protocol for an id that is none."""
    if not _ADDRESSABLE.fullmatch(task):
        raise Protocol(f"{Subject.EXPOSED_DEVICES.value}: the id of a remediation task is none: {task!r:.80}")
    return Reading(
        Subject.EXPOSED_DEVICES,
        Ask(f"/api/remediationTasks/{task}/machineReferences", full_page=FULL_PAGE),
        REMEDIATION_TASKS.permissions,
        exposed_device,
        lambda row: row.id,
        unlicensed=_UNLICENSED,
    )


READINGS: Final[tuple[Reading[Any], ...]] = (MACHINES, RECOMMENDATIONS, REMEDIATION_TASKS, SOFTWARE, EXPOSURE_SCORE)
"""What is asked for as it is; devices are asked for task by task, with the permission that the tasks need."""
