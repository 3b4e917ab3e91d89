"""One error tree, ordered by what the caller should do next.

WatchkeeperError
├── Retry            known not applied; the same call may work in a moment
│   └── Unavailable      cannot connect, a queue that dropped the call (202); for a read also 5xx
├── Wait             known not applied; not before `retry_after`
│   └── Throttled        429 and friends
├── Conflict         the world moved; read again and decide afresh
│   ├── PreconditionFailed   the record is no longer the revision we expected
│   └── AlreadyExists        the id we chose is taken; adopt, never overwrite
├── Reject           permanent for this input; another item may be fine
│   ├── Rejected             refused by a rule, a policy, an ACL, a schema
│   └── NotFound             nothing there, or nothing that we may see
├── Operator         a person has to act before anything can work
│   ├── AuthFailed           credentials or rights
│   └── WritesForbidden      WATCHKEEPER_MODE does not allow this write
├── Protocol         the answer is not what the documented API gives (cut JSON, an `error` beside rows)
│   ├── NotTheApi        something else answered: a sign-in page, a hibernating instance, a proxy
│   └── TooLarge         more bytes than are read
├── Ambiguous        the write may have happened; never blindly retried
├── Config           settings or mappings are wrong; carries every problem at once
├── StateUnusable    the state store cannot be used (newer schema, corrupt, full, read-only)
├── Locked           another run holds the lease
├── Retired          a person took this deployment out of use
└── Deferred         out of time or calls; the next run resumes
    ├── Paused           a person stopped this deployment for a while
    └── Interrupted      a signal asked the run to stop
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried and what came back: the part of an error that an operator needs.

    `system` is the side ("servicenow", "sentinel"), `call` a method and path without query or secrets, `record` the
    record's id or number, `status` the HTTP status, `answer` the remote's own words (untrusted text).
    """

    system: str = ""
    call: str = ""
    record: str = ""
    status: int | None = None
    answer: str = ""


class WatchkeeperError(Exception):
    """Base of everything that Watchkeeper raises on purpose.

    `message` says what went wrong, `remedy` what to do next, `attempt` what was tried.
    """

    def __init__(self, message: str, *, remedy: str = "", attempt: Attempt | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.attempt = attempt or Attempt()

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class Retry(WatchkeeperError):
    """Known not applied; trying again may help."""


class Unavailable(Retry):
    """The system could not be reached or refused to work just now; nothing was applied."""


class Wait(WatchkeeperError):
    """Known not applied; trying again before `retry_after` would make it worse."""

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, remedy: str = "", attempt: Attempt | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, attempt=attempt)
        self.retry_after = retry_after


class Throttled(Wait):
    """A quota of the remote system is used up."""


class Conflict(WatchkeeperError):
    """The record is not what we thought; read it again."""


class PreconditionFailed(Conflict):
    """The record's revision is not the expected one (ServiceNow: sys_mod_count moved; Sentinel: 409 on the etag)."""


class AlreadyExists(Conflict):
    """A create met a record with the chosen id."""


class Reject(WatchkeeperError):
    """Permanent for this input."""


class Rejected(Reject):
    """The remote refused the call for good (business rule, data policy, ACL, schema)."""


class NotFound(Reject):
    """No record with this id, or none that we may see; absence is never proof of deletion."""


class Operator(WatchkeeperError):
    """Nothing works on this side until a person acts."""


class AuthFailed(Operator):
    """Credentials are wrong or expired, or the account lacks a right for everything on this side."""


class WritesForbidden(Operator):
    """The transport refused a writing call because WATCHKEEPER_MODE does not allow it."""


class Protocol(WatchkeeperError):
    """The answer breaks the documented API; treated as incomplete, never as data."""


class NotTheApi(Protocol):
    """A web page came instead of the API's answer: the system behind it was not reached at all."""


class TooLarge(Protocol):
    """An answer of more bytes than its reader takes; none of them is kept."""


class Ambiguous(WatchkeeperError):
    """The request was sent and no usable answer came back: it may have been applied."""


class ProblemKind(StrEnum):
    """What sort of mistake a problem is, for those who count, filter or silence them; the words are part of our output."""

    FILE = "file"
    """A file that cannot be read, or is not what its name says."""
    YAML = "yaml"
    """Not the small YAML that mappings are written in."""
    KEY = "key"
    """A key that is missing or unknown."""
    VALUE = "value"
    """A value of the wrong type, form or size."""
    WORD = "word"
    """A word that is not one of those that are known: a status, a team, a name in a template."""
    TEMPLATE = "template"
    """A text that is no template, or may come out empty."""
    LOSSY = "lossy"
    """A value that comes back as another one."""
    UNMAPPED = "unmapped"
    """A value that nothing is said about."""
    UNREACHABLE = "unreachable"
    """Something that is never read, written or asked."""
    TRANSITION = "transition"
    """A change of status that cannot be made."""
    CLOSING = "closing"
    """A close that the other side refuses, or that claims too much."""
    TWICE = "twice"
    """Two rules for one thing."""
    CYCLE = "cycle"
    """Values that lead in a circle."""
    MEANING = "meaning"
    """Anything else that does not make sense together."""
    SETTING = "setting"
    """A setting, not a file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in what a person wrote: where, what, what is allowed, what may have been meant."""

    place: str
    """`file:line:col`, or the name of a setting."""
    path: str
    """Where inside the document, as `tasks.0.schedule.rule`; empty for a setting."""
    message: str
    allowed: str = ""
    suggestion: str = ""
    kind: ProblemKind = ProblemKind.MEANING

    @property
    def position(self) -> tuple[str, int, int]:
        """File, line and column; line 0 where the place names no line."""
        parts = self.place.rsplit(":", 2)
        if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
            return parts[0], int(parts[1]), int(parts[2])
        return self.place, 0, 0

    @property
    def sentence(self) -> str:
        """The same without its place, for where that is shown beside it."""
        parts = [f"{self.path}: {self.message}" if self.path else self.message]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.suggestion:
            parts.append(f"did you mean {self.suggestion}?")
        return "; ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class Config(WatchkeeperError):
    """Settings or mappings are invalid. `problems` holds all of them, in the order of their places."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class StateUnusable(WatchkeeperError):
    """The state store is newer than this program, corrupt, full, locked or read-only."""


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """Who holds the lease, as recorded by that run."""

    run_id: str
    holder: str
    host: str
    operation: str
    taken_at: datetime
    expires_at: datetime
    token: int = field(default=0)


class Locked(WatchkeeperError):
    """Another run holds the lease of this deployment."""

    def __init__(self, message: str, *, holder: LeaseHolder | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.holder = holder


class Deferred(WatchkeeperError):
    """The run's time, calls or patience are used up before it was done; the next run resumes."""


class Paused(Deferred):
    """A person wants this deployment to write nothing for a while; nothing was applied."""


class Retired(WatchkeeperError):
    """A person took this deployment out of use; nothing was applied."""


class Interrupted(Deferred):
    """Somebody asked the run to stop, by the signal of this number; nothing was applied."""

    def __init__(self, message: str, *, signal: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.signal = signal
