"""Histories of an estate, of people and of losses, drawn by a seed: whatever happens, owners' tickets keep what they promise."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.engine import make_deployment
from tests.invariants import story
from tests.invariants.estate import Estate, owner_tickets

from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.model.run import RunReport

DAYS = 12
PRODUCTS = ("edge", "java", "office")
GROUPS = ("Laptops", "Plant", "Kiosks")
OWNERS = {"Laptops": "desk", "Plant": "plant", "Kiosks": "unowned"}
OPEN = {"1", "2", "3"}


class History:
    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.estate = Estate(make_deployment(folder, mappings=story.mappings_with(), evidence=True))
        self.deployment = self.estate.deployment
        self.touched: set[str] = set()
        """Tickets (by their marker) that a person has closed or opened."""
        self.known: dict[str, bool] = {}
        """What (by owner and recommendation) was done when it was last collected, gone by now or not."""
        self.left: set[str] = set()
        """What (by owner and recommendation) a person has closed the ticket about, and that was not done since."""

    def devices(self) -> None:
        for product in PRODUCTS:
            task, draw = self.estate.tasks.get(product), self.random.random()
            if task is None and draw < 0.5:
                groups = self.random.sample(GROUPS, self.random.randint(1, 3))
                self.estate.ask(product, *groups, due=self.random.choice([-2, 5, 50]))
            elif task is not None and task.left and draw < 0.5:
                self.estate.mend(product, self.random.randint(1, task.left))
            elif task is not None and not task.left and draw < 0.4:
                self.estate.come_back(product, self.random.randint(1, task.fixed))
            elif task is not None and draw > 0.97:
                del self.estate.tasks[product]

    def people(self) -> None:
        for ticket in owner_tickets(self.deployment):
            deeds = ["resolve", "close", "hold"] if ticket["state"] in {"1", "2"} else ["reopen"]
            if self.random.random() < 0.15 and ticket["state"] not in {"7", "8"}:
                do = self.random.choice(deeds)
                story.in_servicenow(self.deployment, "aoife.murphy", do, ticket["number"])
                self.touched |= {ticket["correlation_id"]} if do != "hold" else set()
                self.left -= {self.about(ticket)}
                self.left |= (
                    {self.about(ticket)} if do in {"resolve", "close"} and not self.known[self.about(ticket)] else set()
                )

    def run(self) -> RunReport:
        """One run, perhaps killed before and repeated, perhaps after the store was lost."""
        if self.random.random() < 0.1:
            self.deployment.lose_the_database()
            if self.random.random() < 0.5:
                self.deployment.sync()
        self.estate.collect()
        for product, task in self.estate.tasks.items():
            names = {name_of(OWNERS[group], f"update/{product}") for group in task.groups}
            self.known |= dict.fromkeys(names, task.left == 0)
        self.left = {each for each in self.left if not self.known[each]}
        before = {row["correlation_id"]: row["state"] for row in owner_tickets(self.deployment)}
        if self.random.random() < 0.2:
            fatal = self.random.randint(1, 12)
            with story.killing(self.deployment, lambda number, _: number == fatal):
                self.deployment.sync()
            story.later(self.deployment)
        report = self.deployment.sync()
        self.judge(before)
        return report

    def judge(self, before: dict[str, str]) -> None:
        rows = owner_tickets(self.deployment)
        markers = [row["correlation_id"] for row in rows]
        assert len(set(markers)) == len(markers)
        for row in rows:
            was, done = before.get(row["correlation_id"]), self.known[self.about(row)]
            if was in OPEN and row["state"] not in OPEN:
                assert done, "closed, though devices are left"
            if was is None or (was not in OPEN and row["state"] in OPEN):
                assert not done, "opened, though nothing is left"
                assert self.about(row) not in self.left, "opened again, though a person had closed it"
        open_ones = [
            self.about(row) for row in rows if row["state"] in OPEN and row["correlation_id"] not in self.touched
        ]
        assert len(set(open_ones)) == len(open_ones), "two tickets about one thing"

    @staticmethod
    def about(row: dict[str, Any]) -> str:
        return str(row["correlation_id"]).partition("@~")[2].partition("-")[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_tickets_are_opened_and_closed_by_the_devices_alone(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    for _ in range(DAYS):
        history.people()  # who know no more than what was collected
        history.devices()
        report = history.run()
        assert (report.exit_code, report.valves) == (0, ()), report.reasons
        history.estate.next_day()
    for _ in range(4):  # nobody does anything any more
        history.estate.collect()
        history.deployment.sync()
        history.estate.next_day()
    history.estate.collect()
    assert story.idle_writes(history.deployment) == []
