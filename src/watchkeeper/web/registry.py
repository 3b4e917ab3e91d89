"""The pages of a deployment, in the order in which they are offered."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.report.board.devices import (
    OwnerDevicesPage,
    TaskDevicesPage,
    owner_devices_document,
    task_devices_document,
)
from watchkeeper.report.board.escalations import Escalations, escalations_document
from watchkeeper.report.board.health import SyncHealth, health_document
from watchkeeper.report.board.health_day import DayHealth, day_document
from watchkeeper.report.board.mapping import ProfileMapping, mapping_document
from watchkeeper.report.board.mappings import Mappings, mappings_document
from watchkeeper.report.board.oversight import oversight_page
from watchkeeper.report.board.owners import OwnerPage, Owners, owner_document, owners_document
from watchkeeper.report.board.remediation import remediation_page
from watchkeeper.report.board.secure_score import score_page
from watchkeeper.report.board.task_history import TaskHistory, history_document
from watchkeeper.report.board.tasks import TaskBoard, tasks_document
from watchkeeper.report.board.today import Today, today_document
from watchkeeper.report.oversight_forms import oversight_json
from watchkeeper.report.remediation_forms import remediation_json
from watchkeeper.report.secure_score_forms import score_json
from watchkeeper.web.access import OWNED, WATCHING
from watchkeeper.web.behind_numbers import BEHIND_NUMBERS
from watchkeeper.web.escalation_choices import AGE, DAY, KIND, escalation_choices
from watchkeeper.web.escalation_choices import TEAM as TEAM_OF
from watchkeeper.web.page import Page, Published
from watchkeeper.web.periods import (
    OF_CATEGORY,
    OF_ITEMS,
    OF_OWNER,
    OF_PACK,
    OF_PART,
    OF_TASK,
    OF_TEAM,
    OF_USE,
    OF_WORTH,
    PERIOD,
    oversight_choices,
    periods,
    score_choices,
)
from watchkeeper.web.reading import cursors
from watchkeeper.web.reading.devices import read_owner_devices, read_task_devices
from watchkeeper.web.reading.escalations import read_escalations
from watchkeeper.web.reading.evidence import read_oversight, read_remediation, read_scores
from watchkeeper.web.reading.health import read_health
from watchkeeper.web.reading.health_day import read_day
from watchkeeper.web.reading.mapping_seen import FIELD, SIDE, VALUE
from watchkeeper.web.reading.mappings import read_mapping, read_mappings
from watchkeeper.web.reading.owners import read_owner, read_owners
from watchkeeper.web.reading.task_history import read_task_history
from watchkeeper.web.reading.tasks import read_tasks
from watchkeeper.web.reading.today import read_today
from watchkeeper.web.reading.trial import TICKET, trial_choices
from watchkeeper.web.task_choices import AFTER, COMING, PACK, TASK, TEAM, task_choices

TODAY: Final = Page(
    name="today",
    path="today",
    needs=WATCHING,
    answers=Today,
    read=read_today,
    document=today_document,
    summary="What needs a human, and what each team has to do next.",
    keeps_fresh=True,
)
TASKS: Final = Page(
    name="tasks",
    path="tasks",
    needs=WATCHING,
    answers=TaskBoard,
    read=read_tasks,
    document=tasks_document,
    summary="What became of the last periods of every task and team, what comes next, and what falls due within four weeks.",
    parameters=(TEAM, TASK, PACK, AFTER, COMING),
    choices=task_choices,
)
TASK_HISTORY: Final = Page(
    name="task-history",
    path="tasks/{task}/{team}",
    needs=WATCHING,
    answers=TaskHistory,
    read=read_task_history,
    document=history_document,
    summary="Every decided period of a task and team (`all`: of all teams together), the newest first.",
    parameters=(AFTER,),
)
SYNC_HEALTH: Final = Page(
    name="sync-health",
    path="sync-health",
    needs=WATCHING,
    answers=SyncHealth,
    read=read_health,
    document=health_document,
    summary="When the sync last worked, how long it took, what it wrote, and what stood in its way.",
    keeps_fresh=True,
)
ESCALATIONS: Final = Page(
    name="escalations",
    path="escalations",
    needs=WATCHING,
    answers=Escalations,
    read=read_escalations,
    document=escalations_document,
    summary="Who updates escalations, how old the rest is, which tickets wait for a person, and what is waived.",
    parameters=(TEAM_OF, KIND, DAY, AGE),
    choices=escalation_choices,
)
SECURE_SCORE: Final = Page(
    name="secure-score",
    path="secure-score",
    needs=WATCHING,
    answers=Published("report-secure-score", lambda found: score_json(found.report)),
    read=read_scores,
    document=score_page,
    summary="What Microsoft Secure Score did over a period, what moved it, and what would raise it most.",
    parameters=(PERIOD, OF_CATEGORY, OF_WORTH),
    choices=score_choices,
)
REMEDIATION: Final = Page(
    name="remediation",
    path="remediation",
    needs=WATCHING,
    answers=Published("report-remediation", lambda found: remediation_json(found.report)),
    read=read_remediation,
    document=remediation_page,
    summary="How far owners of devices are with what they were asked to mend.",
    parameters=(PERIOD, OF_OWNER, OF_ITEMS),
    choices=periods,
)
TASK_DEVICES: Final = Page(
    name="task-devices",
    path="remediation/{activity}",
    needs=WATCHING,
    answers=TaskDevicesPage,
    read=read_task_devices,
    document=task_devices_document,
    summary="The devices that a remediation task (`activity`: the first 10 hex digits of the SHA-256 of its id) waits for, as last listed.",
)
OVERSIGHT: Final = Page(
    name="oversight",
    path="oversight",
    needs=WATCHING,
    answers=Published("report-oversight", lambda found: oversight_json(found.report)),
    read=read_oversight,
    document=oversight_page,
    summary="Which duties fell due in a period, what became of them, and which were closed without their evidence.",
    parameters=(PERIOD, OF_TASK, OF_TEAM, OF_PACK, OF_PART, OF_USE),
    choices=oversight_choices,
)
OWNERS: Final = Page(
    name="owners",
    path="owners",
    needs=WATCHING,
    answers=Owners,
    read=read_owners,
    document=owners_document,
    summary="Every owner of devices, and how far it is with what it is asked to mend.",
)
OWNER: Final = Page(
    name="owner",
    path="owners/{owner}",
    needs=OWNED,
    answers=OwnerPage,
    read=read_owner,
    document=owner_document,
    summary="What one owner of devices has to mend, and what it has asked for about that.",
)
OWNER_DEVICES: Final = Page(
    name="owner-devices",
    path="owners/{owner}/devices/{item}",
    needs=OWNED,
    answers=OwnerDevicesPage,
    read=read_owner_devices,
    document=owner_devices_document,
    summary="The devices in an owner's own device groups that something to mend (`item`: its `ref`) waits for, as last listed.",
)

HEALTH_DAY: Final = Page(
    name="sync-health-day",
    path="sync-health/{day}",
    needs=WATCHING,
    answers=DayHealth,
    read=read_day,
    document=day_document,
    summary="The runs that ended on a day (UTC), what each asked of the systems, and what was overtaken.",
    parameters=(cursors.AFTER,),
)

MAPPINGS: Final = Page(
    name="mappings",
    path="mappings",
    needs=WATCHING,
    answers=Mappings,
    read=read_mappings,
    document=mappings_document,
    summary="Which profiles, teams, calendars and packs the mappings folder has, and what is wrong with it.",
)
MAPPING: Final = Page(
    name="mapping",
    path="mappings/{profile}",
    needs=WATCHING,
    answers=ProfileMapping,
    read=read_mapping,
    document=mapping_document,
    summary="How a profile keeps fields and values in step, which values of tickets it does not know, and what it would do with one pair.",
    parameters=(TICKET, FIELD, SIDE, VALUE),
    choices=trial_choices,
)

PAGES: Final[tuple[Page[Any], ...]] = (
    TODAY,
    TASKS,
    TASK_HISTORY,
    ESCALATIONS,
    SECURE_SCORE,
    REMEDIATION,
    TASK_DEVICES,
    OWNERS,
    OWNER,
    OWNER_DEVICES,
    OVERSIGHT,
    SYNC_HEALTH,
    HEALTH_DAY,
    MAPPINGS,
    MAPPING,
    *BEHIND_NUMBERS,
)
