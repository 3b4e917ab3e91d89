"""`./dev chaos`: real processes, real sockets, and everything that can happen to them; see docs/chaos.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

from tests.chaos.campaign import KILLS_PER_BLOCK, Campaign, Finished, Stage
from tests.chaos.disks import with_mounts_of_our_own
from tests.postgres import NoServer, running_server

STORES = ("sqlite", "postgres")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=25, help="how many runs to kill -9; other troubles come along (25)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first block's seed (1)")
    parser.add_argument("--store", choices=(*STORES, "both"), default="sqlite", help="where the state is kept (sqlite)")
    given = parser.parse_args()
    if given.store == "sqlite" or (given.store == "both" and os.geteuid() == 0):
        # A server starts as another account where we are root, which is not possible for one who only plays root.
        with_mounts_of_our_own()
    stores = STORES if given.store == "both" else (given.store,)
    return max(campaign(store, given.seed, given.kills) for store in stores)


def campaign(store: str, seed: int, kills: int) -> int:
    """Play on one kind of store; the exit code."""
    finished = []
    with ExitStack() as closing:
        try:
            server = closing.enter_context(running_server()) if store == "postgres" else None
        except NoServer as missing:
            print(f"left out, no PostgreSQL server: {missing}")
            return 0
        stage = Stage(server=server)
        for each in episodes(closing.enter_context(stage), seed, kills):
            finished.append(each)
            tell(each, store)
    summarise(finished, store)
    if any(each.told.problems for each in finished):
        return 1
    stage.clean_up()
    return 0


def episodes(campaign: Campaign, seed: int, kills: int) -> Iterator[Finished]:
    """Whole blocks, until so many runs were killed."""
    killed = 0
    for each_seed in count(seed):
        for finished in campaign.block(each_seed):
            killed += finished.killed
            yield finished
        if killed >= kills:
            return


def tell(each: Finished, store: str) -> None:
    print(each.line, flush=True)
    for problem in each.told.problems:
        print(f"    {problem}")
    if each.told.problems:
        print(f"    people had done: {each.deeds}")
        print(f"    left behind: {each.folder}")
        again = f"--kills {KILLS_PER_BLOCK - 2} --seed {each.seed} --store {store}"
        print(f"    again: ./dev chaos {again}", flush=True)


def summarise(finished: list[Finished], store: str) -> None:
    """One line per trouble, and one for all."""
    kinds = Counter(each.kind for each in finished)
    broken = Counter(each.kind for each in finished if each.told.problems)
    for kind, times in sorted(kinds.items()):
        print(f"{times:5} {kind}" + (f", {broken[kind]} with violations" if broken[kind] else ""))
    killed = sum(each.killed for each in finished)
    last_of_blocks = {each.seed: each.repeated_notes for each in finished}
    print(
        f"{store}: {len(finished)} episodes in {sum(each.seconds for each in finished):.0f} s, {killed} runs killed, "
        f"{sum(last_of_blocks.values())} work notes repeated, {broken.total()} violations"
    )


if __name__ == "__main__":
    sys.exit(main())
