"""An estate whose devices are mended, forgotten and found again, and what is collected of it every day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.engine import Deployment
from tests.invariants import story

from watchkeeper.collecting.owner_tickets import day_of_owner_tickets
from watchkeeper.evidence.kept import RECOMMENDATIONS, RecommendationDay
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.snapshot import Snapshot

DESK = Owner("desk", "Workplace", "Service Desk", device_groups=("Laptops",), language="ja")
PLANT = Owner("plant", "Plant", "SOC Engineering", device_groups=("Plant", "Plant servers"))
MADE = datetime(2026, 9, 1, 9, tzinfo=UTC)


@dataclass
class Estate:
    """What Defender lists. `due` of a task is in days from the first day."""

    deployment: Deployment
    ownership: Ownership = field(default_factory=lambda: Ownership((DESK, PLANT)))
    rules: RemediationRules = field(default_factory=RemediationRules)
    tasks: dict[str, RemediationTask] = field(default_factory=dict)
    exceptions: list[Recommendation] = field(default_factory=list)
    recommends: bool = True
    """Whether recommendations can be read."""
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.deployment.world.clock.now()

    def ask(self, product: str, *groups: str, devices: int = 10, due: int | None = 10) -> None:
        """Somebody requests remediation."""
        day = self.began.date() + timedelta(days=due or 0)
        at = None if due is None else datetime.combine(day, time(0), UTC)
        self.tasks[product] = RemediationTask(
            product, f"Update {product}", product, "", groups, "update", "software", "high", False, devices, 0, MADE, at,
            MADE, "liam@soc.example", "", "", "",
        )  # fmt: skip

    def mend(self, product: str, devices: int) -> None:
        """So many devices are done; with the last one the task completes itself."""
        task = self.tasks[product]
        fixed = task.fixed + devices
        done = fixed >= task.target
        self.tasks[product] = replace(task, fixed=fixed, completed=done, completed_by="automatic" if done else "")

    def come_back(self, product: str, devices: int) -> None:
        """New devices have the old version."""
        task = self.tasks[product]
        self.tasks[product] = replace(task, fixed=task.fixed - devices, completed=False, completed_by="")

    def except_(self, product: str) -> None:
        """Somebody approves an exception for the whole estate."""
        names = (f"va-_-{product}", f"Update {product}", product, "", "application", "update", "exception")
        self.exceptions.append(Recommendation(*names, 5.0, 1.0, 1, 1, 1, False, False, (), ""))

    def collect(self) -> None:
        now, recommended = self.deployment.world.clock.now(), tuple(self.exceptions) if self.recommends else None
        with self.deployment.store() as store:
            found = day_of_owner_tickets(store, now, list(self.tasks.values()), recommended, self.ownership, self.rules)
            store.keep_snapshots([found])
            if recommended is not None:
                store.keep_snapshots([Snapshot(RECOMMENDATIONS, now.date(), now, RecommendationDay(recommended))])

    def next_day(self) -> None:
        self.deployment.world.clock.advance(timedelta(days=1))


def tickets_of(deployment: Deployment, owner: str, product: str) -> list[dict[str, Any]]:
    """Every ticket that there is of an owner about a product, by the key that anybody can work out, oldest first."""
    stem = f"{deployment.name}/owner-remediation/owner.{owner}@~{name_of(owner, f'update/{product}')}"
    found = [row for row in story.tickets(deployment) if row["correlation_id"].startswith(stem)]
    return sorted(found, key=lambda row: str(row["number"]))


def ticket_of(deployment: Deployment, owner: str, product: str) -> dict[str, Any]:
    [ticket] = tickets_of(deployment, owner, product)
    return ticket


def owner_tickets(deployment: Deployment) -> list[dict[str, Any]]:
    return [row for row in story.tickets(deployment) if "/owner-remediation/" in row["correlation_id"]]
