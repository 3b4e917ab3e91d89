"""Microsoft Secure Score as a tenant lives through it: controls whose worth changes, that appear and are retired, and the points
that somebody's deeds win and lose. Everything follows from the seed and the day, so that the same day always looks the same.

Shapes: microsoft-graph-docs-contrib, resources securescore and securescorecontrolprofile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from watchkeeper.emulators.clock import FIRST_MONDAY

FIRST_DAY: Final = FIRST_MONDAY.date() - timedelta(days=180)
"""Since when the tenant has a score."""
_LONGEST: Final = 720
"""Days over which deeds are spread: the world may be let run on."""
_VENDOR: Final = {"provider": "SecureScore", "providerVersion": None, "subProvider": None, "vendor": "Microsoft"}


@dataclass(frozen=True, slots=True)
class Control:
    """`worth`: its maximum points, by the day (counted from `FIRST_DAY`) from which on each holds. `born`, `retired`: days
    between which it is scored. `profiled`, `scored`: one list has entries that the other lacks."""

    name: str
    title: str
    category: str
    service: str
    worth: tuple[tuple[int, float], ...]
    born: int = 0
    retired: int | None = None
    profiled: bool = True
    scored: bool = True

    def most(self, day: int) -> float:
        return [worth for since, worth in self.worth if since <= max(day, self.worth[0][0])][-1]

    def counts(self, day: int) -> bool:
        return self.scored and self.born <= day and (self.retired is None or day < self.retired)


CONTROLS: Final = (
    Control("AdminMFAV2", "Ensure MFA for administrative roles", "Identity", "AzureAD", ((0, 10.0),)),
    Control("MFARegistrationV2", "Ensure MFA for all users", "Identity", "AzureAD", ((0, 9.0),)),
    Control("BlockLegacyAuthentication", "Block legacy authentication", "Identity", "AzureAD", ((0, 8.0),)),
    Control("SigninRiskPolicy", "Enable sign-in risk policies", "Identity", "AzureAD", ((0, 7.0), (150, 10.0))),
    Control("UserRiskPolicy", "Enable user risk policies", "Identity", "AzureAD", ((0, 7.0),)),
    Control("RoleOverlap", "Use least privileged administrative roles", "Identity", "AzureAD", ((0, 1.0),)),
    Control("SelfServicePasswordReset", "Enable self-service password reset", "Identity", "AzureAD", ((0, 1.0),)),
    Control("IntegratedApps", "Do not allow unmanaged consent", "Identity", "AzureAD", ((0, 4.0),)),
    Control("aad_admin_accounts_separate", "Separate administrative accounts", "Identity", "AzureAD", ((95, 3.0),), 95),
    Control("DLPEnabled", "Apply DLP policies", "Data", "MIP", ((0, 20.0),)),
    Control("mip_sensitivitylabelspolicies", "Publish sensitivity label policies", "Data", "MIP", ((0, 1.0),)),
    Control("exo_mailboxaudit", "Turn on mailbox auditing", "Apps", "EXO", ((0, 5.0), (60, 3.0))),
    Control("mdo_safeattachments", "Turn on Safe Attachments", "Apps", "MDO", ((0, 8.0),)),
    Control("mdo_safelinksforemail", "Turn on Safe Links", "Apps", "MDO", ((0, 9.0),)),
    Control("mdo_phisspamacation", "Quarantine phishing messages", "Apps", "MDO", ((0, 6.0),)),
    Control("mcas_firewall_log_upload", "Deploy a log collector", "Apps", "MCAS", ((0, 4.0),), retired=130),
    Control("scid_2010", "Turn on antivirus real-time protection", "Device", "MDATP", ((0, 9.0),)),
    Control("scid_2003", "Turn on tamper protection", "Device", "MDATP", ((0, 8.0),)),
    Control("scid_96", "Enable local credential protection", "Device", "MDATP", ((0, 9.0),)),
    Control("scid_5001", "Fix sensor data collection", "Device", "MDATP", ((0, 8.0), (172, 9.0))),
    Control("LogAnalyticsConnector", "A score without a profile", "Apps", "MCAS", ((0, 2.0),), profiled=False),
    Control("spo_legacy_auth", "A profile without a score", "Apps", "SPO", ((0, 3.0),), scored=False),
    Control("teams_external_access", "外部アクセスの管理", "Apps", "Teams", ((0, 2.0),), scored=False),
)


class SecureScores:
    """The tenant's daily scores and its control profiles."""

    def __init__(self, tenant_id: str, seed: int) -> None:
        self._tenant_id = tenant_id
        self._deeds = {control.name: _deeds(control, seed) for control in CONTROLS}
        self._days: dict[int, dict[str, Any]] = {}

    def scores(self, now: datetime, kept: int) -> list[dict[str, Any]]:
        """One item per day, newest first, as many days as are kept."""
        today = (now.date() - FIRST_DAY).days
        return [self._on(day) for day in range(today, max(-1, today - kept), -1)]

    def profiles(self, now: datetime) -> list[dict[str, Any]]:
        """What each control is worth now."""
        today = (now.date() - FIRST_DAY).days
        listed = [control for control in CONTROLS if control.profiled and control.born <= today]
        return [self._profile(rank, control, today) for rank, control in enumerate(listed, 1)]

    def _on(self, day: int) -> dict[str, Any]:
        """A day that is over never changes."""
        if day not in self._days:
            self._days[day] = self._score(day)
        return self._days[day]

    def _score(self, day: int) -> dict[str, Any]:
        scored = [control for control in CONTROLS if control.counts(day)]
        points = {control.name: round(self._share(control, day) * control.most(day), 2) for control in scored}
        most = sum(control.most(day) for control in scored)
        date_ = FIRST_DAY + timedelta(days=day)
        return {
            "id": f"{self._tenant_id}_{date_.isoformat()}",
            "azureTenantId": self._tenant_id,
            "activeUserCount": 312 + day % 7,
            "createdDateTime": f"{date_.isoformat()}T00:00:00Z",
            "currentScore": round(sum(points.values()), 2),
            "enabledServices": ["HasAADP1", "HasAADP2", "HasExchange", "HasInTune", "HasMDOP1"],
            "licensedUserCount": 340,
            "maxScore": most,
            "averageComparativeScores": [
                {"basis": "AllTenants", "averageScore": round(44.0 + day * 0.01, 2)},
                {"basis": "TotalSeats", "averageScore": round(49.5 + day * 0.015, 2)},
            ],
            "controlScores": [self._control_score(control, points[control.name]) for control in scored],
            "vendorInformation": _VENDOR,
        }

    @staticmethod
    def _control_score(control: Control, points: float) -> dict[str, Any]:
        return {
            "controlCategory": control.category,
            "controlName": control.name,
            "description": control.title,
            "score": points,
        }

    def _profile(self, rank: int, control: Control, today: int) -> dict[str, Any]:
        retired = control.retired is not None and today >= control.retired
        changed = [since for since, _ in control.worth if 0 < since <= today]
        return {
            "id": control.name,
            "azureTenantId": self._tenant_id,
            "actionType": "Config",
            "actionUrl": f"https://security.microsoft.com/securescore?actionId={control.name}",
            "controlCategory": control.category,
            "title": control.title,
            "deprecated": retired,
            "implementationCost": "Moderate" if rank % 3 else "Low",
            "lastModifiedDateTime": f"{_day(changed[-1]).isoformat()}T09:00:00Z" if changed else None,
            "maxScore": control.most(today),
            "rank": rank,
            "remediation": f"<p>{control.title}.</p>",
            "remediationImpact": "Users may be asked to sign in once more.",
            "service": control.service,
            "threats": ["Account Breach", "Data Exfiltration"] if control.category == "Identity" else ["Data Spillage"],
            "tier": "Core" if rank % 2 else "Defense in Depth",
            "userImpact": "Low" if rank % 4 else "Moderate",
            "complianceInformation": [],
            "controlStateUpdates": _states(control),
            "vendorInformation": _VENDOR,
        }

    def _share(self, control: Control, day: int) -> float:
        """Which part of its points a control has on a day."""
        return [share for since, share in self._deeds[control.name] if since <= day][-1]


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _deeds(control: Control, seed: int) -> Sequence[tuple[int, float]]:
    """From which day on which part of a control's points is held."""
    return tuple(_turns(control, Random(f"{seed} {control.name}")))


def _turns(control: Control, dice: Random) -> Iterator[tuple[int, float]]:
    share, day = dice.choice((0.0, 0.5, 0.5, 1.0)), control.born
    yield 0, share
    while (day := day + dice.randint(25, 160)) < _LONGEST:
        share = max(0.0, share - 0.5) if dice.random() < 0.3 else min(1.0, share + dice.choice((0.25, 0.5)))
        yield day, share


def _states(control: Control) -> list[dict[str, Any]]:
    """What people have said about a control: most say nothing, one is planned, one risk is accepted."""
    said = {"RoleOverlap": ("riskAccepted", "Break-glass accounts"), "DLPEnabled": ("planned", "Rollout in Q1")}
    state, comment = said.get(control.name, ("Default", None))
    by = None if comment is None else "liam.byrne@soc.example"
    at = _day(40).isoformat()
    return [
        {
            "assignedTo": by,
            "comment": comment,
            "state": state,
            "updatedBy": by,
            "updatedDateTime": f"{at}T10:15:30.1234567Z",
        }
    ]
