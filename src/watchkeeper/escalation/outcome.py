"""What an audit means to whoever called it: breach or not, and the exit code. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from watchkeeper.model.audit import AuditReport, SideReading
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Unreadable
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.verdict import VerdictKind

FAIL_ON: Mapping[str, frozenset[VerdictKind]] = MappingProxyType(
    {
        "stale": frozenset({VerdictKind.STALE, VerdictKind.VERY_STALE}),
        "unknown": frozenset({VerdictKind.UNKNOWN}),
    }
)
"""What each `--fail-on` names."""

_REFUSED = frozenset({"AuthFailed", "WritesForbidden", "Operator"})
_UNREACHABLE = frozenset({"Unavailable", "Retry", "Throttled", "Wait", "NotTheApi"})


def breach(report: AuditReport, fail_on: Collection[str]) -> bool:
    """Whether a `--fail-on` condition is met. What could not be read counts as `unknown`, never as fine.

    Raises KeyError for a condition that does not exist (see FAIL_ON).
    """
    kinds = frozenset(kind for name in fail_on for kind in FAIL_ON[name])
    unread = bool(report.unreadable) or any(not side.readable for side in report.sides)
    return any(verdict.kind in kinds for verdict in report.verdicts) or ("unknown" in fail_on and unread)


def concluded(report: AuditReport, fail_on: Collection[str]) -> AuditReport:
    """The report with its exit code and every reason that applies, the first of which it is: 5 a side refused us,
    4 something on a side (also its history alone) could not be read, 75 a side did not answer, 6 a breach, 0 fine."""
    found = [
        *(
            (5, because(Trouble.REFUSED_US, system=side.side, why=_why(side)))
            for side in report.sides
            if side.error in _REFUSED
        ),
        *(
            (4, because(Trouble.PARTLY_READ, system=side.side, why=_why(side)))
            for side in report.sides
            if _partly(side)
        ),
        *((4, _unread(row)) for row in report.unreadable),
        *(
            (75, because(Trouble.NO_ANSWER, system=side.side, why=_why(side)))
            for side in report.sides
            if side.error in _UNREACHABLE
        ),
    ]
    if breach(report, fail_on):
        found.append((6, because(Trouble.FAILS_ON, conditions=", ".join(sorted(fail_on)))))
    return replace(report, exit_code=found[0][0] if found else 0, reasons=tuple(reason for _, reason in found))


def _unread(row: Unreadable) -> str:
    return because(Trouble.RECORD_UNREAD, system=row.ref.side, id=row.ref.id, why=row.reason)


def _partly(side: SideReading) -> bool:
    return (not side.readable or bool(side.error)) and side.error not in _REFUSED | _UNREACHABLE


def _why(side: SideReading) -> str:
    return "; ".join(side.reasons)
