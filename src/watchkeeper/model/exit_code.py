"""What a command's end means to whoever started it. The numbers are a contract with schedulers; see the README."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from watchkeeper.errors import (
    Ambiguous,
    Config,
    Conflict,
    Deferred,
    Interrupted,
    Locked,
    Operator,
    Protocol,
    Reject,
    Retired,
    Retry,
    StateUnusable,
    Wait,
    WatchkeeperError,
)


class ExitCode(IntEnum):
    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG = 3
    PARTIAL = 4
    AUTH = 5
    AUDIT = 6
    VALVE = 7
    CHANGES = 8
    STATE = 9
    LATER = 75
    """Also of a run whose time is over: nothing failed, and the next one goes on."""
    INTERRUPTED = 130
    UNREAD = 141
    TERMINATED = 143


SIGNALLED = 128
"""What shells add to the number of the signal that ended a process."""

FORBIDDEN = 403
"""The HTTP status of a refusal for want of rights."""

PRECEDENCE = (
    ExitCode.INTERNAL,
    ExitCode.STATE,
    ExitCode.CONFIG,
    ExitCode.AUTH,
    ExitCode.VALVE,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.PARTIAL,
    ExitCode.LATER,
    ExitCode.AUDIT,
    ExitCode.CHANGES,
    ExitCode.OK,
)
"""Where several apply, the first of these wins."""


def strongest(codes: Iterable[int]) -> ExitCode:
    """The one exit code for several reasons."""
    present = set(codes) or {ExitCode.OK}
    return next(code for code in PRECEDENCE if code in present)


def exit_code_of(error: WatchkeeperError) -> ExitCode:
    """The exit code of a command that ended with an error."""
    match error:
        case StateUnusable():
            return ExitCode.STATE
        case Config() | Retired():
            return ExitCode.CONFIG
        case Operator():
            return ExitCode.AUTH
        case Interrupted():
            return ExitCode(SIGNALLED + error.signal)
        case Locked() | Deferred() | Retry() | Wait() | Protocol() | Conflict():
            return ExitCode.LATER
        case Reject() | Ambiguous():
            return ExitCode.PARTIAL
        case _:
            return ExitCode.INTERNAL


def exit_code_of_side(error: WatchkeeperError) -> ExitCode:
    """The exit code of an error that keeps a run from a whole side. What the side refuses there is no single item's fault: a
    right is missing, or a setting or mapping names what is not there, and a rerun does not help."""
    if isinstance(error, Reject):
        return ExitCode.AUTH if error.attempt.status == FORBIDDEN else ExitCode.CONFIG
    return exit_code_of(error)


class Upshot(StrEnum):
    """What the end of a scheduled command tells whoever watches over the schedule."""

    SUCCESS = "success"
    FAILURE = "failure"
    LATER = "later"
    """Neither: the work is put off, or somebody broke it off. That is fine once, and not when nothing else comes any more."""


_ANSWERED = frozenset({ExitCode.OK, ExitCode.AUDIT, ExitCode.CHANGES})
_PUT_OFF = frozenset({ExitCode.LATER, ExitCode.INTERRUPTED, ExitCode.UNREAD, ExitCode.TERMINATED})


def upshot_of(code: int) -> Upshot:
    """A breach that an audit found is a success of the audit. What is amber otherwise is put off, and what is red has failed."""
    if code in _ANSWERED:
        return Upshot.SUCCESS
    return Upshot.LATER if code in _PUT_OFF else Upshot.FAILURE
