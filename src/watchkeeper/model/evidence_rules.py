"""What a deployment wants of its evidence; the defaults are the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from watchkeeper.model.address_template import AddressTemplate


class Evidence(StrEnum):
    """What is collected, by the shipped task that it belongs to: the evidence of a task has the task's id."""

    SERVICE_ADMINISTRATION = "service-administration"
    ANTI_PHISHING_DLP = "anti-phishing-dlp"
    AUTOMATION_SCRIPTS = "automation-scripts"
    PORTAL_LICENCES = "portal-licences"
    ESCALATION_TICKETS = "escalation-tickets"
    VULNERABILITY_REMEDIATION = "vulnerability-remediation"
    SECURE_SCORE = "secure-score"
    TABLETOP_EXERCISE = "tabletop-exercise"


REQUIRED: Final[Mapping[str, tuple[Evidence, ...]]] = MappingProxyType({each.value: (each,) for each in Evidence})
SERVICES: Final = (
    "Microsoft Defender XDR",
    "Microsoft Defender for Cloud Apps",
    "Microsoft Defender for Endpoint",
    "Microsoft Defender for Identity",
    "Microsoft Defender for Office 365",
    "Microsoft Sentinel",
)
SCRIPT_SOURCES: Final = ("https://raw.githubusercontent.com/Azure/Azure-Sentinel/",)
_NEW: Final = "/incident.do?sys_id=-1&sysparm_query=short_description="
_ABOUT: Final = "%3A%20{recommendation}%20%28{owner}%29%20{ticket}%5Ecaller_id=javascript:gs.getUserID%28%29"
NOT_MINE: Final = AddressTemplate(f"{_NEW}Not%20mine{_ABOUT}")
EXCEPTION: Final = AddressTemplate(f"{_NEW}Exception{_ABOUT}")
"""A new incident with the subject filled in, and its reader as the caller: every instance has that (ServiceNow, URL schema and
encoded query strings). Parentheses are encoded, for what makes links of a text ends them there."""


@dataclass(frozen=True, slots=True)
class RemediationRules:
    """`due_days`, `stuck_days`: as in `evidence.remediation.Bounds`. `new_tickets`: the most that an owner gets in one run.
    `not_mine`, `exception`: where an owner says so, None for no such link."""

    due_days: int = 30
    stuck_days: int = 14
    new_tickets: int = 10
    not_mine: AddressTemplate | None = NOT_MINE
    exception: AddressTemplate | None = EXCEPTION


@dataclass(frozen=True, slots=True)
class NamedScript:
    """A script or configuration file that a task looks at, by the name that people know it by."""

    name: str
    address: str
    task: str = "automation-scripts"
    place: str = ""


@dataclass(frozen=True, slots=True)
class ScriptRules:
    """`sources`: the allow list, as https prefixes. A file of more than `max_bytes` is refused."""

    sources: tuple[str, ...] = SCRIPT_SOURCES
    max_bytes: int = 1024 * 1024
    files: tuple[NamedScript, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """`required`: by task id, the evidence without which a closed ticket is flagged; a task that is not named requires
    none. `services`: those whose posts in the Message center are judged. `low_licences`: the share of free units below which a
    licence is called low. `exercise_months`: after so many an exercise is stale. `phishing_wave`: so many phishing incidents in a
    week are a wave, if that is at least twice the usual number. `next_actions`: how many a score's report proposes."""

    required: Mapping[str, tuple[Evidence, ...]] = field(default_factory=lambda: REQUIRED)
    services: tuple[str, ...] = SERVICES
    low_licences: float = 0.05
    remediation: RemediationRules = RemediationRules()
    exercise_months: int = 12
    phishing_wave: int = 10
    next_actions: int = 5
    scripts: ScriptRules = ScriptRules()
