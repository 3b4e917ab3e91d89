"""How many calls runs make: an idle one, and one that would carry out today's plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from watchkeeper.errors import WatchkeeperError
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport


def idle_probes(profiles: Mapping[str, Profile]) -> Iterator[Probe]:
    """One call per distinct table of a side, and at most one more: tokens and cached probes counted apart."""
    tables: dict[Side, set[str]] = {}
    for profile in profiles.values():
        for side, rules in profile.sides.items():
            tables.setdefault(side, set()).add(rules.table)
    for side, names in sorted(tables.items()):
        args = {"calls": str(len(names))}
        yield Probe(side, Check.IDLE, ProbeOutcome.OK, Finding.IDLE_CALLS, args)


def plan_probes(plan: Callable[[], RunReport]) -> Iterator[Probe]:
    """What today's plan needs on each side, beside the listings, and whether that fits into what the side allows."""
    try:
        report = plan()
    except WatchkeeperError as error:
        yield Probe("", Check.PLAN, ProbeOutcome.SKIPPED, Finding.PLAN_UNKNOWN, {"reason": error.message})
        return
    if not report.forecast:
        yield _without_writes(report)
    for forecast in report.forecast:
        writes = sum(action.ref.side == forecast.side for action in report.plan.actions)
        allowed = forecast.allowance
        limit = allowed.left if allowed else 0
        kind = allowed.kind.value if allowed else ""
        args = {"writes": f"{writes}", "calls": f"{forecast.calls}", "limit": f"{limit}"}
        if forecast.fits:
            yield Probe(forecast.side, Check.PLAN, ProbeOutcome.OK, Finding.PLAN_CALLS, args, kind)
        else:
            yield Probe(forecast.side, Check.PLAN, ProbeOutcome.WARN, Finding.PLAN_OVER_LIMIT, args, kind)


def _without_writes(report: RunReport) -> Probe:
    """A plan that writes nothing: because nothing is to be done, or because a side could not be read whole."""
    if report.problems:
        return Probe("", Check.PLAN, ProbeOutcome.SKIPPED, Finding.PLAN_UNKNOWN, {"reason": report.problems[0]})
    return Probe("", Check.PLAN, ProbeOutcome.OK, Finding.PLAN_CALLS, {"writes": "0", "calls": "0"})
