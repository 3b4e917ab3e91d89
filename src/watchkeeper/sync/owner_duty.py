"""The duty behind the tickets of asset owners: its keys, its definition where no pack has one, and whose its tickets are. Pure.

Keys hold the owner, the recommendation (as a digest of both) and how often it came up, and nothing that a store has to remember: the
same ticket is found again whatever was lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from watchkeeper.catalog.built_in import built_in
from watchkeeper.catalog.calendars import resolve
from watchkeeper.catalog.model import Catalog, LocalText, SentinelMode, Task
from watchkeeper.catalog.occurrences import key_of, parse_key
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.one_line import plain
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.model.owner_ticket import OwnerTicket, period_of

OWNER_DUTY: Final = "owner-remediation"
"""The id of the duty. A task of a pack that has it is used instead of the one below."""
OWNER: Final = "owner."
"""How the team of such a duty's occurrence begins: no team of the catalogue may have a dot in its id."""
_SHORT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,27}")
_PERIOD: Final = re.compile(r"~([0-9a-f]{10})(?:-([1-9][0-9]*))?")
_DUE_AT: Final = time(17, 0)

TASK: Final = built_in(
    OWNER_DUTY,
    title={"en": "Remediation", "ja": "脆弱性対応"},
    summary={
        "en": "Microsoft Defender found devices that need what is named below. Please see to them by the date that is shown.",
        "ja": "Microsoft Defender が、次の対応が必要なデバイスを検出しました。表示の期限までに対応してください。",
    },
    checklist=(
        {
            "en": "Do what the title names on every device that is left.",
            "ja": "残りのすべてのデバイスで、件名の対応を実施してください。",
        },
        {
            "en": "There is no need to report or to close: this ticket follows the devices, and is resolved once all are done.",
            "ja": "報告やクローズは不要です。このチケットはデバイスの状態に従って更新され、すべて完了すると解決済みになります。",
        },
        {
            "en": "Not yours? Write in a work note whose they are, and pass the ticket on to the SOC.",
            "ja": "担当でない場合は、担当部門を作業メモに書き、SOC に差し戻してください。",
        },
        {
            "en": "It cannot be done? Ask for an exception in a work note, with the reason and until when.",
            "ja": "対応できない場合は、理由と期間を作業メモに書いて例外を申請してください。",
        },
    ),
)


_FIND_OWNER: Final[LocalText] = {
    "en": "Find out who owns these devices, and name that owner in owners.yaml or the CMDB: it then gets a ticket, and this one can be closed.",
    "ja": "デバイスの担当を確認し、owners.yaml または CMDB に登録してください。その担当にチケットが作成されるので、このチケットはクローズできます。",
}
_OF_NOBODY: Final = (_FIND_OWNER, TASK.checklist[1], TASK.checklist[3])
"""What there is to do about devices of nobody: whoever looks after them has nobody to pass them on to."""


def task_of(catalog: Catalog, ticket: OwnerTicket) -> Task:
    """The duty in the words of a ticket's reader."""
    task = catalog.tasks[OWNER_DUTY]
    is_built_in = task.checklist == TASK.checklist
    return replace(task, checklist=_OF_NOBODY) if is_built_in and ticket.owner == UNOWNED_ID else task


def with_duty(catalog: Catalog) -> Catalog:
    """The catalogue with this duty; it never writes to Sentinel, whoever defines it."""
    task = catalog.tasks.get(OWNER_DUTY, TASK)
    return replace(catalog, tasks={**catalog.tasks, OWNER_DUTY: replace(task, sentinel_mode=SentinelMode.NONE)})


def is_owners(key: str) -> bool:
    return key.startswith(f"{OWNER_DUTY}/")


def team_of(owner: str) -> str:
    """How an owner is named in keys; one with a long or unusual id by a digest of it."""
    named = owner if _SHORT.fullmatch(owner) else f"x.{hashlib.sha256(owner.encode()).hexdigest()[:10]}"
    return f"{OWNER}{named}"


def is_owner(team: str) -> bool:
    return team.startswith(OWNER)


def key_of_ticket(ticket: OwnerTicket, spell: int | None = None) -> str:
    return key_of(OWNER_DUTY, team_of(ticket.owner), period_of(ticket.name, ticket.spell if spell is None else spell))


def name_in(key: str) -> str:
    """The name of the owner's ticket that a key is of; "" for a key of another duty."""
    parts = parse_key(key)
    found = _PERIOD.fullmatch(parts[2]) if parts is not None and parts[0] == OWNER_DUTY else None
    return found[1] if found else ""


def owned_ticket(tickets: Mapping[str, OwnerTicket], key: str) -> OwnerTicket | None:
    """What a key's ticket is to say; None for a key of another duty, or where that is not known."""
    return tickets.get(name_in(key)) if is_owners(key) else None


def occurrence_of_ticket(catalog: Catalog, ticket: OwnerTicket, spell: int) -> Occurrence:
    """Due at the end of the date, in the deployment's zone. `nominal` is the day on which it came up."""
    zone, team = zone_of(catalog, ticket), team_of(ticket.owner)
    day: date = ticket.due or ticket.since
    due = resolve(datetime.combine(day, _DUE_AT), zone)
    cause = f"{plain(ticket.title)}: {ticket.left}/{ticket.target}"
    period = period_of(ticket.name, spell)
    return Occurrence(key_of(OWNER_DUTY, team, period), OWNER_DUTY, team, period, ticket.since, due, zone.key, cause)


def zone_of(catalog: Catalog, ticket: OwnerTicket) -> ZoneInfo:
    try:
        return ZoneInfo(ticket.zone) if ticket.zone else catalog.deployment.zone
    except (ZoneInfoNotFoundError, ValueError):  # known where it was collected, and not here
        return catalog.deployment.zone


def owner_name(ticket: OwnerTicket) -> LocalText:
    if ticket.owner == UNOWNED_ID:
        return {"en": "devices without an owner", "ja": "担当未定のデバイス"}
    return {language: plain(ticket.called(language)) for language in ("en", "ja")}
