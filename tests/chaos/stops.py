"""What schedulers do to a run that they want to end."""

from __future__ import annotations

import signal
from datetime import datetime
from time import monotonic

from tests.chaos.kills import moment
from tests.chaos.scene import Scene, Told, send, wait_for
from tests.chaos.site import report_of
from tests.cli.program import Running

HEARD = "watchkeeper: stopping"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
GRACE = 7.5
"""Seconds between GitHub's SIGINT and its SIGTERM; 2.5 more, and it kills (docs.github.com, "Workflow cancellation")."""
LAST_GRACE = 2.5


def asked_to_stop(scene: Scene) -> Told:
    """SIGTERM or SIGINT at a call; what is under way gets its answer."""
    number = scene.dice.choice((signal.SIGTERM, signal.SIGINT))
    what, rule = moment(scene)
    told = Told(f"{number.name} {what}")
    with scene.held_run(rule) as (running, came):
        if came:
            send(running, number)
            wait_for(lambda: HEARD in running.err, running)
            scene.work_meanwhile()
            heard = scene.emulators.now()
            scene.emulators.clear()
        else:
            told.not_reached()
        ended = running.wait()
        # A run whose last write it was has nothing left, and says so.
        told.ended(ended, *((CODES[number], 0) if came else (0, 7)))
    if came:
        rows = [row for row in scene.site.books.log if row["kind"] == "intended"]
        late = [row["action_id"] for row in rows if datetime.fromisoformat(row["at"]) > heard]
        told.hold(not late, f"the writes {late} began after the signal")
        left = report_of(ended).get("resume") or {}
        told.hold(ended.code == 0 or not ended.out or "left" in left, "the report does not say what is left")
    _is_clean(scene, told)
    return told


def cancelled_by_ci(scene: Scene) -> Told:
    """As GitHub cancels a job, while a system does not answer any more."""
    what, rule = moment(scene)
    told = Told(f"cancelled as GitHub does {what}, without an answer")
    with scene.held_run({**rule, "times": None}) as (running, came):
        if came:
            _cancel(running, told)
        else:
            told.not_reached()
            scene.emulators.clear()
        told.ended(running.wait(), *((130,) if came else (0, 7)))
    _is_clean(scene, told)
    return told


def _cancel(running: Running, told: Told) -> None:
    began = monotonic()
    for number, grace in ((signal.SIGINT, GRACE), (signal.SIGTERM, LAST_GRACE)):
        send(running, number)
        running.process.join(grace)
        if running.process.exitcode is not None:
            told.what += f": {monotonic() - began:.1f} s"
            return
    send(running, signal.SIGKILL)
    told.problems.append(f"still running {GRACE + LAST_GRACE} s after the first signal")


def _is_clean(scene: Scene, told: Told) -> None:
    holder = scene.site.books.holder
    told.hold(not holder, f"the stopped run {holder} did not free the lease")
