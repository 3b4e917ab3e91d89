"""`./dev chaos`: real processes, real sockets, and everything that can happen to them; see docs/chaos.md."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count

from tests.chaos.campaign import KILLS_PER_BLOCK, Campaign, Finished, Stage
from tests.chaos.disks import with_mounts_of_our_own


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=25, help="how many runs to kill -9; other troubles come along (25)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first block's seed (1)")
    given = parser.parse_args()
    with_mounts_of_our_own()
    stage = Stage()
    finished = []
    with stage as campaign:
        for each in episodes(campaign, given.seed, given.kills):
            finished.append(each)
            tell(each)
    summarise(finished)
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


def tell(each: Finished) -> None:
    print(each.line, flush=True)
    for problem in each.told.problems:
        print(f"    {problem}")
    if each.told.problems:
        print(f"    people had done: {each.deeds}")
        print(f"    left behind: {each.folder}")
        print(f"    again: ./dev chaos --kills {KILLS_PER_BLOCK - 2} --seed {each.seed}", flush=True)


def summarise(finished: list[Finished]) -> None:
    """One line per trouble, and one for all."""
    kinds = Counter(each.kind for each in finished)
    broken = Counter(each.kind for each in finished if each.told.problems)
    for kind, times in sorted(kinds.items()):
        print(f"{times:5} {kind}" + (f", {broken[kind]} with violations" if broken[kind] else ""))
    killed = sum(each.killed for each in finished)
    last_of_blocks = {each.seed: each.repeated_notes for each in finished}
    print(
        f"{len(finished)} episodes in {sum(each.seconds for each in finished):.0f} s, {killed} runs killed, "
        f"{sum(last_of_blocks.values())} work notes repeated, {broken.total()} violations"
    )


if __name__ == "__main__":
    sys.exit(main())
