"""Half a year of evidence: what collecting would have kept of each day, and what the sources said in their own words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from tests.contract.evidence_sources.rig import EvidenceRig

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence.estate import Remediation
from watchkeeper.emulators.evidence.scores import FIRST_DAY, SecureScores
from watchkeeper.evidence.exceptions import excepted
from watchkeeper.evidence.kept import PROFILES, REMEDIATION, SCORES, ProfileDay, RemediationDay
from watchkeeper.model.record import Side
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sources import DEFENDER, GRAPH

TODAY: Final = FIRST_MONDAY.date()
ASKED: Final = 30
"""Days after which the source is asked for its scores again; it has the last 90."""
APPROVED: Final = TODAY - timedelta(days=40)
"""Since when the exceptions are known that the source tells of today."""
NIGHT: Final = timedelta(hours=21)
"""When evidence is collected, after the beginning of the day."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What the sources answered, by day, as JSON."""

    scores: dict[date, dict[str, Any]]
    profiles: dict[date, dict[str, dict[str, Any]]]
    tasks: dict[date, list[dict[str, Any]]]
    exposure: dict[date, dict[str, Any]]
    recommendations: list[dict[str, Any]]
    """Of the last day."""

    def exempt(self, day: date) -> set[str]:
        """The ids of products that an exception was approved for."""
        if day < APPROVED:
            return set()
        return {each["id"].removeprefix("va-_-") for each in self.recommendations if each["status"] == "Exception"}


@dataclass(frozen=True, slots=True)
class EvidenceHistory:
    kept: tuple[Snapshot[Any], ...]
    raw: Raw


def half_a_year(
    *sources: Side, first: date = FIRST_DAY, last: date = TODAY, skipped: Collection[date] = ()
) -> EvidenceHistory:
    """Every day of these sources through the real connectors but for those that are `skipped`, as a source skips days."""
    rig = EvidenceRig()
    days = [each for each in days_from(first, last) if each not in skipped]
    kept = [each for day in days for source in sources for each in _OF_DAY[source](rig, day, last)]
    return EvidenceHistory(tuple(each for each in kept if each.day not in skipped), _raw(rig, sources, days))


def days_from(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _tenant(rig: EvidenceRig, day: date, last: date) -> Iterator[Snapshot[Any]]:
    now = _put(rig, day)
    profiles = ProfileDay(rig.graph.control_profiles().rows)
    yield Snapshot(PROFILES, day, now, profiles if day == last else profiles.slim())
    if (last - day).days % ASKED == 0:
        yield from (Snapshot(SCORES, each.day, now, each) for each in rig.graph.secure_scores().rows)


def _estate(rig: EvidenceRig, day: date, last: date) -> Iterator[Snapshot[Any]]:
    now = _put(rig, day)
    (exposure,) = rig.defender.exposure_score().rows
    tasks = rig.defender.remediation_tasks().rows
    exempt = excepted(tasks, rig.defender.recommendations().rows) if day >= APPROVED else ()
    yield Snapshot(REMEDIATION, day, now, RemediationDay(tasks, exposure, tuple(sorted(exempt))))


_OF_DAY: Final = {GRAPH: _tenant, DEFENDER: _estate}


def _put(rig: EvidenceRig, day: date) -> datetime:
    now = _night(day)
    rig.clock.set(now)
    return now


def _night(day: date) -> datetime:
    return FIRST_MONDAY.replace(hour=0) + (day - TODAY) + NIGHT


def _raw(rig: EvidenceRig, sources: Collection[Side], days: Iterable[date]) -> Raw:
    """The same days from what the emulators make up, without their HTTP and without our connectors."""
    options, at = rig.world.options, {day: _night(day) for day in days}
    scores, remediation = SecureScores(options.tenant_id, options.seed), Remediation(options.seed)
    tenant, estate = (at if each in sources else {} for each in (GRAPH, DEFENDER))
    return Raw(
        scores={day: scores.scores(now, 1)[0] for day, now in tenant.items()},
        profiles={day: {each["id"]: each for each in scores.profiles(now)} for day, now in tenant.items()},
        tasks={day: remediation.tasks(now) for day, now in estate.items()},
        exposure={day: remediation.exposure(now)[0] for day, now in estate.items()},
        recommendations=remediation.recommendations(_night(TODAY)),
    )
