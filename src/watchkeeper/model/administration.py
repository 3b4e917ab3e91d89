"""What ServiceNow tells about the estate and about planned work, as evidence: configuration items, changes, owners, follow-ups.

Words of a vocabulary (`state`, `risk`, `kind`) are display values of the instance's own choice lists. Every text was written
elsewhere: neutralise it before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """A CMDB item that was made or changed (table cmdb_ci and those that extend it). `kind` is its class (`sys_class_name`),
    `created`: whether it was made in the period that was asked for, and not only changed. `status`: its operational status."""

    id: str
    name: str
    kind: str
    status: str
    created: bool
    changed_at: datetime
    changed_by: str
    url: str


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change that is not over (table change_request). `starts_at`, `ends_at`: as planned; None where nobody planned it yet.
    `item` is the configuration item that it is about, "" for none."""

    id: str
    number: str
    title: str
    kind: str
    state: str
    risk: str
    item: str
    group: str
    starts_at: datetime | None
    ends_at: datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class ServiceOwner:
    """A service of the CMDB (table cmdb_ci_service) and who answers for it: `owner` is a user name, `owner_name` and `contact` (an
    address) are that person's, `group` is its support group's name. Each may be empty."""

    id: str
    service: str
    owner: str
    owner_name: str
    contact: str
    group: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A ticket that hangs on another one (field parent). `parent` is that one's id."""

    id: str
    number: str
    title: str
    parent: str
    state: str
    open: bool
    due_at: datetime | None
    url: str
