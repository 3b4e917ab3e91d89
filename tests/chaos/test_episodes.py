"""Some of the episodes of `./dev chaos`; it is the way to many."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.chaos import kills, stops, troubles
from tests.chaos.campaign import ON_A_SERVER, Episode, Stage
from tests.postgres import Server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


def play(folder: Path, seed: int, episodes: Sequence[Episode] | None = None, *, server: Server | None = None) -> None:
    with Stage(folder, server) as campaign:
        finished = list(campaign.block(seed, episodes))
    assert [(each.line, each.told.problems) for each in finished if each.told.problems] == []


def test_a_run_that_sleeps_past_its_lease_or_is_killed_breaks_no_promise(tmp_path: Path) -> None:
    play(tmp_path, 5, [kills.stopped_past_its_lease, kills.killed_at_a_call])


@pytest.mark.slow
def test_nor_do_runs_that_are_stopped_or_meet_each_other(tmp_path: Path) -> None:
    play(tmp_path, 3, [kills.started_together, stops.asked_to_stop, stops.cancelled_by_ci])


@pytest.mark.slow
def test_nor_do_runs_whose_network_breaks(tmp_path: Path) -> None:
    play(tmp_path, 5, [troubles.unreachable, troubles.cut_wire, troubles.cut_wire])


@pytest.mark.slow
def test_nor_does_whatever_happens_to_the_database(tmp_path: Path) -> None:
    episodes = [troubles.locked_database, troubles.corrupt_database, troubles.lost_database, troubles.old_database]
    play(tmp_path, 4, episodes)


@pytest.mark.slow
def test_nor_does_whatever_happens_to_a_server(tmp_path: Path, postgres: Server) -> None:
    play(tmp_path, 6, [*ON_A_SERVER, kills.stopped_past_its_lease, troubles.lost_database], server=postgres)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(1, 3))
def test_nor_does_a_block_of_everything(tmp_path: Path, seed: int) -> None:
    play(tmp_path, seed)
