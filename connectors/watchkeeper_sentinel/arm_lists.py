"""Lists of ARM as rows of ours: each read by itself, the broken ones named, and an empty one explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from watchkeeper.errors import AuthFailed, Conflict, Protocol, Reject, WatchkeeperError
from watchkeeper.model.evidence import Emptiness, Listing, SetAside, Subject
from watchkeeper.transport.rows import Row
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.permissions import EVIDENCE_FILE

T = TypeVar("T")
_NAMES: Final = 60
"""How much of a name a place shows (characters)."""
_NOT_REGISTERED: Final = "MissingSubscriptionRegistration"
"""What ARM answers where a subscription has never had anything of a provider (learn.microsoft.com/azure/azure-resource-manager,
error-register-resource-provider)."""


@dataclass(frozen=True, slots=True)
class ArmList(Generic[T]):
    """How a list is read: where, as what, and with which action. `key`: what tells rows apart, since rows may come again on a
    later page. `version`: the api-version of another provider than Sentinel's."""

    subject: Subject
    path: str
    action: str
    read: Callable[[Row], T]
    key: Callable[[T], str]
    version: str | None = None


def listed(arm: Arm, wanted: ArmList[T]) -> Listing[T]:
    """The whole list. 204 is an empty one, unless a page came before it; 404 is not, since ARM answers it to a resource group that is
    spelled wrong.

    Raises what keeps it from being read to its end; AuthFailed names the action that is missing.
    """
    pages: list[list[Any]] = []
    try:
        pages.extend(arm.pages(wanted.path, {}, version=wanted.version))
    except WatchkeeperError as error:
        empty = emptiness_of(error, wanted.subject, wanted.action)
        if pages:
            raise
        return Listing((), arm.server_now(), empty=empty)
    return _read(arm, wanted, [item for page in pages for item in page])


def _read(arm: Arm, wanted: ArmList[T], items: list[Any]) -> Listing[T]:
    rows: dict[str, T] = {}
    broken: list[SetAside] = []
    for row in _each(wanted, items, broken):
        rows.setdefault(wanted.key(row), row)
    empty = None if rows or broken else Emptiness.NOTHING_LISTED
    return Listing(tuple(rows.values()), arm.server_now(), tuple(broken), empty)


def _each(wanted: ArmList[T], items: list[Any], broken: list[SetAside]) -> Iterator[T]:
    for number, item in enumerate(items, 1):
        try:
            yield wanted.read(Row(item))
        except ValueError as error:
            broken.append(SetAside(f"{wanted.subject.value}: {_place(item, number)}", str(error)))


def _place(item: object, number: int) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"name {name:.{_NAMES}}" if isinstance(name, str) and name else f"row {number}"


def emptiness_of(error: WatchkeeperError, subject: Subject, action: str) -> Emptiness:
    """Why there is nothing, if that is what the answer means; else raises what it means."""
    match error:
        case Protocol() if error.attempt.status == 204:
            return Emptiness.NO_CONTENT
        case Conflict() if error.attempt.answer.startswith(_NOT_REGISTERED):
            return Emptiness.NOTHING_LISTED
        case AuthFailed() | Reject() if error.attempt.status == 403:
            raise refused(error, subject, action) from error
        case _:
            raise error


def refused(error: WatchkeeperError, subject: Subject, action: str) -> AuthFailed:
    """Which action to give."""
    return AuthFailed(
        f"Azure does not let us read {subject.value}: {error.attempt.status} {error.attempt.answer}".strip(),
        remedy=f"give our application {action} on the resource group, as the role in {EVIDENCE_FILE} does",
        attempt=error.attempt,
    )
