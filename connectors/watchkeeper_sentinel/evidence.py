"""A Sentinel workspace behind the port WorkspaceEvidence: this file only wires the rooms together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.evidence import Listing, SetAside, Subject
from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ClosedIncident, ContentPackage, Playbook
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.arm_lists import ArmList, listed
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.content import (
    LOGIC_VERSION,
    Offer,
    automation_rule,
    compared,
    installed_package,
    offer,
    playbook,
)
from watchkeeper_sentinel.evidence_logs import EvidenceLogs
from watchkeeper_sentinel.logs import Logs

_INSIGHTS: Final = "Microsoft.SecurityInsights"


class SentinelEvidence:
    """One workspace, through the sessions of its connector."""

    def __init__(self, config: SentinelConfig, arm: Arm, logs: Logs) -> None:
        self._config = config
        self._arm = arm
        self._logs = EvidenceLogs(logs, arm)

    def content_packages(self) -> Listing[ContentPackage]:
        installed = listed(self._arm, _packages(self._config))
        if not installed.rows:
            return installed
        offers = listed(self._arm, _offers(self._config))
        rows = compared(installed.rows, offers.rows)
        return Listing(rows, offers.as_of, (*installed.set_aside, *offers.set_aside, *_nothing_offered(offers)))

    def automation_rules(self) -> Listing[AutomationRule]:
        return listed(self._arm, _rules(self._config))

    def automation_failures(self, since: datetime) -> Listing[AutomationFailure]:
        return self._logs.failures(since)

    def playbooks(self) -> Listing[Playbook]:
        return listed(self._arm, _playbooks(self._config))

    def closed_incidents(self, since: datetime, until: datetime) -> Listing[ClosedIncident]:
        return self._logs.closed(since, until)


def _nothing_offered(offers: Listing[Offer]) -> Iterator[SetAside]:
    """The catalogue holds hundreds of packages for everybody: an empty one does not say that nothing is newer."""
    if offers.empty is not None:
        why = f"the catalogue shows nothing ({offers.empty.value}), so nobody can tell what is outdated"
        yield SetAside(f"{Subject.CONTENT_PACKAGES.value}: contentProductPackages", why)


def _packages(config: SentinelConfig) -> ArmList[ContentPackage]:
    return ArmList(
        Subject.CONTENT_PACKAGES,
        f"{config.sentinel_path}/contentPackages",
        f"{_INSIGHTS}/contentPackages/read",
        installed_package,
        lambda package: package.id.lower(),
    )


def _offers(config: SentinelConfig) -> ArmList[Offer]:
    return ArmList(
        Subject.CONTENT_PACKAGES,
        f"{config.sentinel_path}/contentProductPackages",
        f"{_INSIGHTS}/contentProductPackages/read",
        offer,
        lambda each: f"{each.id.lower()} {each.version}",
    )


def _rules(config: SentinelConfig) -> ArmList[AutomationRule]:
    return ArmList(
        Subject.AUTOMATION_RULES,
        f"{config.sentinel_path}/automationRules",
        f"{_INSIGHTS}/automationRules/read",
        automation_rule,
        lambda rule: rule.id.lower(),
    )


def _playbooks(config: SentinelConfig) -> ArmList[Playbook]:
    """The logic apps of the workspace's resource group; a playbook elsewhere is known by the rule that runs it."""
    return ArmList(
        Subject.PLAYBOOKS,
        f"{config.group_path}/providers/Microsoft.Logic/workflows",
        "Microsoft.Logic/workflows/read",
        playbook,
        lambda each: each.id.lower(),
        LOGIC_VERSION,
    )


def _is_evidence(source: SentinelEvidence) -> WorkspaceEvidence:  # pragma: no cover - mypy alone reads it
    return source
