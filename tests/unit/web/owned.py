"""A board over a store in which three owners have something to mend, with words of its own in every place that has words: what is found of
one where another looks has leaked."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from tempfile import mkdtemp

from starlette.testclient import TestClient
from tests.invariants import story
from tests.state.examples import SetClock, a_link
from tests.unit.portal.estates import task
from tests.unit.web.boards import NOW, ORIGIN, PROXY, ROLES, SIGNED, Ticking, a_store, sign_in

from watchkeeper.collecting.owner_tickets import day_of_owner_tickets
from watchkeeper.evidence.kept import (
    DEVICES,
    OWNERSHIP,
    REMEDIATION,
    OwnershipDay,
    RemediationDay,
    assignment,
    devices_of,
)
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.evidence.ownership import assign
from watchkeeper.model.administration import ServiceOwner
from watchkeeper.model.evidence import ExposedDevice, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.owner_ticket import OwnerTickets
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.task_devices import DeviceList, DeviceLists, GroupCount, TaskDevices
from watchkeeper.settings import WebAuth
from watchkeeper.state.opening import open_store
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.owner_duty import key_of_ticket
from watchkeeper.web.access import Role
from watchkeeper.web.board import Board
from watchkeeper.web.opening import open_board
from watchkeeper.web.rules import Rules
from watchkeeper.web.setup import Setup
from watchkeeper.wiring import load_duties

FINANCE, PLANT = "canary-finance", "canary-plant"
CANARIES = ("canary-finance", "canary-plant", "canary-payments")
"""How everything of an owner is called, its id too."""
READ_AT = NOW - timedelta(hours=6)
SERVICE = ServiceOwner(
    "1", "Canary-payments-service", "canary.payments", "Canary-payments-name", "canary-payments@c.example", ""
)
_FILE = """\
version: 1
owners:
  - id: canary-finance
    name: {en: Canary-finance-name, ja: Canary-finance-名前}
    contact: canary-finance-contact@corp.example
    device_groups: [Canary-finance-group]
  - id: canary-plant
    name: Canary-plant-name
    contact: canary-plant-contact@corp.example
    device_groups: [Canary-plant-group]
services:
  - {device_group: Canary-payments-group, service: Canary-payments-service}
"""
GROUPS = tuple((owner, f"Group of {owner}") for owner in (FINANCE, PLANT))
WITH_OWNERS = replace(SIGNED, owners=GROUPS)
BEHIND_PROXY = Setup(auth=WebAuth.PROXY, origin=ORIGIN, peers=(ip_network(f"{PROXY}/32"),), roles=ROLES, owners=GROUPS)


@lru_cache(maxsize=1)
def mappings() -> Path:
    """Mappings with these owners, and with few duties."""
    folder = Path(mkdtemp(prefix="owned-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(story.mappings_with(), folder, dirs_exist_ok=True)
    (folder / "owners.yaml").write_text(_FILE, encoding="utf-8")
    return folder


@lru_cache(maxsize=1)
def payments() -> str:
    """The id of the owner whom the CMDB alone knows."""
    found = assign(load_duties(mappings(), None, "soc").owners, [SERVICE]).ownership.owners
    return next(each.id for each in found if each.id not in {FINANCE, PLANT})


def a_task(canary: str, product: str, due: int) -> RemediationTask:
    made = task(
        f"{canary}-{product}",
        f"{canary}-group".replace("canary", "Canary"),
        product=f"vendor-_-{canary}-{product}",
        component=f"Canary-{product} of {canary}",
        title=f"Update {canary}-{product}",
        notes=f"{canary}-note",
        requester=f"{canary}-requester@corp.example",
    )
    return replace(made, created_at=NOW - timedelta(days=60), due_at=NOW + timedelta(days=due))


TASKS = [
    a_task(canary, product, due) for canary in CANARIES for product, due in (("edge", -9), ("java", 5), ("office", 60))
]
"""Of each owner something overdue, something soon, and something later."""


def a_store_of_owners(folder: Path, listed: Sequence[RemediationTask] = TASKS) -> str:
    """The address of a store in which `soc` has read all of that and opened a ticket about whatever is due."""
    url = a_store(folder)
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        day = collect(store, listed)
        store.put_links(
            replace(a_link(key_of_ticket(each), number, profile="maintenance"), number=f"INC-{each.owner}-{number}")
            for number, each in enumerate(day.tickets, start=100)
        )
    return url


def collect(store: SqlStateStore, listed: Sequence[RemediationTask], folder: Path | None = None) -> OwnerTickets:
    """What `evidence collect` keeps of two days, a week apart, with the owners of a mappings folder (None: these)."""
    week_ago = READ_AT - timedelta(days=7)
    before = tuple(replace(each, fixed=each.fixed - 3) for each in listed)
    groups = tuple(sorted({group for each in listed for group in each.groups}))
    store.keep_snapshots(
        [
            Snapshot(REMEDIATION, week_ago.date(), week_ago, RemediationDay(before)),
            Snapshot(REMEDIATION, READ_AT.date(), READ_AT, RemediationDay(tuple(listed))),
            Snapshot(OWNERSHIP, READ_AT.date(), READ_AT, OwnershipDay((SERVICE,), groups)),
        ]
    )
    owned = assignment(store, load_duties(folder or mappings(), None, "soc").owners, READ_AT.date()).ownership
    keep_devices(store, listed)
    day = day_of_owner_tickets(store, READ_AT, list(listed), (), owned, RemediationRules(new_tickets=1_000))
    store.keep_snapshots([day])
    return day.document


def keep_devices(store: SqlStateStore, listed: Sequence[RemediationTask]) -> None:
    """Of each task a device of its own group, and one of every other owner's, as a source may list them."""
    lists = []
    for asked in (each for each in listed if each.left):
        groups = (
            *asked.groups,
            *(f"Canary{canary[6:]}-group" for canary in CANARIES if not asked.id.startswith(canary)),
        )
        found = tuple(
            ExposedDevice(f"{group.casefold()}-id", f"{group.casefold()}-pc", f"{group}-system", group)
            for group in groups
        )
        counts = tuple(GroupCount(each.group, 1) for each in found)
        kept = TaskDevices(asked.id, READ_AT, found, counts)
        store.keep_snapshots([Snapshot(devices_of(asked.id), READ_AT.date(), READ_AT, kept)])
        lists.append(DeviceList(asked.id, READ_AT, None))
    store.keep_snapshots([Snapshot(DEVICES, READ_AT.date(), READ_AT, DeviceLists(tuple(lists)))])


def ref_of(owner: str, canary: str, product: str = "edge") -> str:
    """How an owner's item is named in addresses."""
    return name_of(owner, f"update/vendor-_-{canary}-{product}")


def a_board_of_owners(setup: Setup, url: str) -> Board:
    return open_board(setup, url, SetClock(NOW), Ticking(), rules=Rules(folder=mappings()))


def as_owner(client: TestClient, board: Board, *owners: str) -> str:
    """What the forms of somebody who speaks for these owners and has no other role have to bring back."""
    return sign_in(client, board, Role.OWNER, owners=owners)
