"""What a Microsoft Sentinel workspace tells about its content, automation and closed incidents, as evidence.

Every text was written elsewhere: neutralise it before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContentPackage:
    """A package of the content hub. `installed` is the version in the workspace, "" for a package that is not installed;
    `available` the catalogue's newest. `kind`: `Solution`, `Standalone` … `source`: who publishes it. `published_at`: of the
    available version, None where the catalogue does not say."""

    id: str
    name: str
    kind: str
    source: str
    installed: str
    available: str
    published_at: datetime | None
    preview: bool = False

    @property
    def outdated(self) -> bool:
        """Whether the workspace holds another version than the catalogue offers."""
        return bool(self.installed) and bool(self.available) and self.installed != self.available


@dataclass(frozen=True, slots=True)
class AutomationRule:
    """An automation rule. `playbooks` are the names of the logic apps that it runs."""

    id: str
    name: str
    enabled: bool
    changed_at: datetime | None
    changed_by: str
    playbooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AutomationFailure:
    """Runs of an automation rule or playbook that did not succeed (table SentinelHealth), by resource and reason. `times`: how
    many; `last_at`: the latest of them."""

    name: str
    kind: str
    status: str
    reason: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Playbook:
    """A logic app of the workspace's resource group."""

    id: str
    name: str
    enabled: bool
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClosedIncident:
    """An incident about phishing or data loss that was closed (table SecurityIncident, its latest row). `about`: "phishing" or "dlp".
    `classification`: `TruePositive`, `BenignPositive`, `FalsePositive`, `Undetermined`, or "". `targets`: the accounts that its
    alerts name, lower case, each once."""

    number: str
    title: str
    about: str
    severity: str
    classification: str
    reason: str
    created_at: datetime
    closed_at: datetime
    targets: tuple[str, ...]
    url: str
