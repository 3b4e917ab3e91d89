"""How runs go and end."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.promises.judgement import Judgement

from watchkeeper.model.exit_code import ExitCode

_ENDS_WELL = {ExitCode.OK, ExitCode.PARTIAL, ExitCode.VALVE}


def i08_killed_anywhere(its: Judgement) -> Iterator[str]:
    for key, reason in its.evidence.dirty.items():
        if reason.startswith("an open intention") or reason == "in progress":
            yield f"{key} is unfinished for good: {reason}"


def i09_valves(its: Judgement) -> Iterator[str]:
    for taken in its.evidence.taken:
        closed = [trip.name for trip in taken.report.valves if not trip.opened] if taken.report else []
        wrote = [sent for sent in its.evidence.sent if sent.run == taken.run.name]
        if closed and wrote and not any(row.outcome.value == "done" for row in taken.report.results):  # type: ignore[union-attr]
            yield f"{taken.run.name} wrote {len(wrote)} times although {', '.join(closed)} tripped"
        if closed and taken.code != ExitCode.VALVE:
            yield f"{taken.run.name} ended with {taken.code} although {', '.join(closed)} tripped"


def i12_pure_plan(its: Judgement) -> Iterator[str]:
    yield from its.evidence.plans


def i14_skew(its: Judgement) -> Iterator[str]:
    """A clock that is off may make no run fail."""
    if its.evidence.history.scene.skew:
        for taken in its.evidence.taken:
            if taken.settling and taken.code not in {*_ENDS_WELL, None}:
                yield f"with a clock off by {its.evidence.history.scene.skew:g} s {taken.run.name} ended with {taken.code}"


def i15_isolation(its: Judgement) -> Iterator[str]:
    """After everything is healed, no key may still wait because of another one."""
    for taken in its.evidence.taken:
        if taken.settling and taken.report is not None and taken.run.name.startswith("settling3"):
            skipped = [row.action.key for row in taken.report.results if row.outcome.value == "skipped"]
            if skipped:
                yield f"{taken.run.name} left {', '.join(sorted(set(skipped)))} for later"


def i17_intended_first(its: Judgement) -> Iterator[str]:
    for sent in its.evidence.sent:
        if not sent.intended:
            yield f"{sent.run} sent {sent.method} {sent.path.rsplit('/', 1)[-1]} without a stored intention"


def every_run_ends_with_a_named_status(its: Judgement) -> Iterator[str]:
    for taken in its.evidence.taken:
        if taken.crash:
            yield f"{taken.run.name} crashed: {taken.crash}"
        elif not taken.killed and taken.code not in set(ExitCode):
            yield f"{taken.run.name} ended with {taken.code}"
