"""Packages of the content hub, automation rules and playbooks as rows of ours (azure-rest-api-specs, Microsoft.SecurityInsights
2025-09-01 contentPackages, contentProductPackages and automationRules; Microsoft.Logic 2019-05-01 workflows)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

from watchkeeper.model.workspace import AutomationRule, ContentPackage, Playbook
from watchkeeper.transport.rows import Row

LOGIC_VERSION: Final = "2019-05-01"
_RUNS_A_PLAYBOOK: Final = "runPlaybook"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue says of a package."""

    id: str
    version: str
    source: str
    published_at: datetime | None
    preview: bool


def installed_package(row: Row) -> ContentPackage:
    """A package in the workspace, as if the catalogue did not have it."""
    properties = row.part("properties")
    return ContentPackage(
        id=properties.name("contentId"),
        name=properties.name("displayName"),
        kind=properties.text("contentKind"),
        source=_source(properties),
        installed=properties.name("version"),
        available="",
        published_at=None,
        preview=_flag(properties, "isPreview"),
    )


def offer(row: Row) -> Offer:
    properties = row.part("properties")
    return Offer(
        id=properties.name("contentId"),
        version=properties.name("version"),
        source=_source(properties),
        published_at=_day_or_instant(properties, "lastPublishDate"),
        preview=_flag(properties, "isPreview"),
    )


def compared(packages: Iterable[ContentPackage], offers: Iterable[Offer]) -> tuple[ContentPackage, ...]:
    """The packages with what the catalogue offers of each, by name."""
    newest: dict[str, Offer] = {}
    for each in offers:
        known = newest.get(each.id.lower())
        if known is None or _order(known.version) < _order(each.version):
            newest[each.id.lower()] = each
    found = (_with_offer(package, newest) for package in packages)
    return tuple(sorted(found, key=lambda package: (package.name.casefold(), package.id)))


def _with_offer(package: ContentPackage, offers: Mapping[str, Offer]) -> ContentPackage:
    offered = offers.get(package.id.lower())
    if offered is None:
        return package
    return replace(
        package,
        available=offered.version,
        published_at=offered.published_at,
        source=package.source or offered.source,
        preview=offered.preview,
    )


def _order(version: str) -> tuple[int, ...]:
    """Versions in their order; 3.0.10 is newer than 3.0.9."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version))


def _source(properties: Row) -> str:
    """Who publishes it: the providers that are named, else the author."""
    return ", ".join(properties.texts("providers")) or properties.part("author").text("name")


def _flag(properties: Row, field: str) -> bool:
    """A flag of content packages is the text `true` or `false` (common/ContentCommonTypes.json, flag), and may be a real one."""
    try:
        return properties.text(field).casefold() == "true"
    except ValueError:
        return properties.flag(field)


def _day_or_instant(properties: Row, field: str) -> datetime | None:
    """Publishing dates are days (ContentCommonTypes.json): then the beginning of the day."""
    try:
        return datetime.combine(date.fromisoformat(properties.text(field)), time(), UTC)
    except ValueError:
        return properties.maybe_instant(field)


def automation_rule(row: Row) -> AutomationRule:
    properties = row.part("properties")
    by = properties.part("lastModifiedBy")
    return AutomationRule(
        id=row.name("name"),
        name=properties.name("displayName"),
        enabled=properties.part("triggeringLogic").flag("isEnabled"),
        changed_at=properties.maybe_instant("lastModifiedTimeUtc"),
        changed_by=by.text("name") or by.text("userPrincipalName") or by.text("objectId"),
        playbooks=_playbooks(properties.rows("actions")),
    )


def _playbooks(actions: Iterable[Row]) -> tuple[str, ...]:
    """The names of the logic apps that actions run, each once, in the order of the actions."""
    run = (action for action in actions if action.word("actionType") == _RUNS_A_PLAYBOOK)
    ids = (action.part("actionConfiguration").text("logicAppResourceId") for action in run)
    return tuple(dict.fromkeys(each.rstrip("/").rpartition("/")[2] for each in ids if each))


def playbook(row: Row) -> Playbook:
    properties = row.part("properties")
    return Playbook(
        id=row.name("id"),
        name=row.name("name"),
        enabled=properties.text("state") == "Enabled",
        changed_at=properties.maybe_instant("changedTime"),
    )
