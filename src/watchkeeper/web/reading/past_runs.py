"""A run as the store keeps it, made into what pages show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watchkeeper.model.exit_code import Upshot
from watchkeeper.report.board.nouns import PastRun, SystemCalls
from watchkeeper.report.status import FAILED, LEFT, WRITTEN, Run, counted, upshot_of_run


def past_run(run: Run) -> PastRun:
    started, ended, code = run["started_at"], run["ended_at"], run["exit_code"]
    upshot, reasons = upshot_of_run(run), run.get("reasons")
    if not isinstance(started, datetime):
        raise TypeError("a run began at an instant")
    return PastRun(
        run_id=str(run["run_id"]),
        command=str(run["command"]),
        started_at=started,
        ended_at=ended if isinstance(ended, datetime) else None,
        exit_code=code if isinstance(code, int) else None,
        succeeded=upshot is Upshot.SUCCESS,
        may_follow=upshot is Upshot.LATER,
        written=counted(run, *WRITTEN),
        failed=counted(run, *FAILED),
        left=counted(run, *LEFT),
        conflicts=counted(run, "conflicts"),
        reasons=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
        calls=tuple(_calls(run.get("traffic"))),
    )


def _calls(traffic: object) -> Iterator[SystemCalls]:
    for side, told in sorted(traffic.items()) if isinstance(traffic, dict) else ():
        yield SystemCalls(
            side, told["calls"], told["errors"], told["retries"], told["throttled"], waited_seconds=told["waited"]
        )
