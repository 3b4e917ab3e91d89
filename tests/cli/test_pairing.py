from __future__ import annotations

from datetime import timedelta

import pytest
from tests.acceptance.worlds import mark, people, tickets, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World


@pytest.fixture
def strangers(soc: Program, world: World) -> tuple[str, str]:
    """A ticket and an incident about the same thing that nobody has paired: their numbers."""
    soc.run("sync", "--profile", "maintenance")
    incident = people(
        world, "arm", "niamh.kelly", "create",
        fields={"title": "Phishing wave", "severity": "High", "status": "Active", "labels": ["escalation"]},
    )  # fmt: skip
    ticket = people(
        world, "servicenow", "keiko.tanaka", "create",
        fields={"short_description": "Phishing", "category": "security", "impact": "1", "urgency": "1",
                "assignment_group": "SOC Monitoring", "state": "2"},
    )  # fmt: skip
    return ticket["record"]["number"], str(incident["number"])


def test_a_pair_is_shown_first_and_remembered_on_confirmation(
    soc: Program, world: World, strangers: tuple[str, str]
) -> None:
    seen = mark(world)
    shown = soc.run("link", *strangers, "--json").json("pairing")
    assert (shown["confirmed"], shown["stored"], [row["problem"] for row in shown["pairs"]]) == (False, 0, [""])
    stored = soc.run("link", *reversed(strangers), "--confirm", "--json").json("pairing")
    assert (stored["confirmed"], stored["stored"]) == (True, 1)
    assert writes(world, seen) == []
    world.clock.advance(timedelta(minutes=10))
    assert soc.run("sync").code == 0
    assert len([row for row in tickets(world) if row["category"] == "security"]) == 1
    shown_again = soc.run("show", strangers[0], "--json").json("show")
    assert {link["number"] for link in shown_again["links"]} == set(strangers)


@pytest.mark.parametrize("names", [("INC9999999", "1"), ("INC0010001", "99999")])
def test_a_record_that_is_not_there_is_exit_4_and_named(
    soc: Program, strangers: tuple[str, str], names: tuple[str, str]
) -> None:
    assert strangers
    ended = soc.run("link", *names, "--json")
    payload = ended.json("pairing")
    assert ended.code == 4
    assert payload["reasons"] == [row["problem"] for row in payload["pairs"]] != [""]


def test_a_list_of_pairs_is_adopted(soc: Program, strangers: tuple[str, str]) -> None:
    (soc.folder / "pairs.csv").write_text(
        f"\ufeffServiceNow,Sentinel\n{strangers[0]},{strangers[1]}\n", encoding="utf-8"
    )
    assert soc.run("adopt", "--from", "pairs.csv", "--json").json("pairing")["stored"] == 0
    stored = soc.run("adopt", "--from", "pairs.csv", "--confirm", "--json").json("pairing")
    assert (stored["command"], stored["stored"]) == ("adopt", 1)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (None, "pairs.csv: cannot be read"),
        ("a,b\n1,2\n", "pairs.csv:1:1: the header row does not name both columns"),
        ("servicenow,sentinel\nINC1,\n,2\n", "pairs.csv:2:1: one side of the pair is missing"),
    ],
)
def test_a_broken_list_is_refused_line_by_line(soc: Program, world: World, content: str | None, place: str) -> None:
    if content is not None:
        (soc.folder / "pairs.csv").write_text(content, encoding="utf-8")
    ended = soc.run("adopt", "--from", "pairs.csv")
    assert (ended.code, ended.out) == (3, "")
    assert place in ended.err
    assert writes(world) == []
