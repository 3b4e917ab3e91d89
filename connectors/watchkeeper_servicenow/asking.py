"""How a check asks: its own failure is its finding, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from watchkeeper.errors import AuthFailed, Reject, WatchkeeperError
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import NO_ARGS, Probe, failed
from watchkeeper.model.record import SERVICENOW
from watchkeeper_servicenow.client import concerns_the_table

Findings = Iterable[Probe]
OK, WARN, FAIL, SKIPPED = ProbeOutcome


def probe(
    check: Check, outcome: ProbeOutcome, finding: Finding, args: Mapping[str, str] = NO_ARGS, subject: str = ""
) -> Probe:
    return Probe(SERVICENOW, check, outcome, finding, args, subject)


def asked(check: Check, ask: Callable[[], Findings], subject: str = "", table: str = "") -> tuple[Probe, ...]:
    """The findings of one check, or why it could not be made. With a `table` that only this check reads, its refusal is no
    failure: the check is left out, and says so."""
    try:
        return tuple(ask())
    except (Reject, AuthFailed) as error:
        if not table or not concerns_the_table(error):
            return (failed(SERVICENOW, check, error, subject),)
        args = {"table": table, "answer": error.attempt.answer or error.message}
        return (probe(check, SKIPPED, Finding.NOT_READABLE, args, subject),)
    except WatchkeeperError as error:
        return (failed(SERVICENOW, check, error, subject),)


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
