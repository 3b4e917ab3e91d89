"""A list of a service as rows of ours: each read by itself, the broken ones named, and an empty one explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from watchkeeper.errors import AuthFailed, NotFound, Reject, WatchkeeperError
from watchkeeper.model.evidence import Emptiness, Listing, SetAside, Subject
from watchkeeper.transport.odata import Ask, Nothing, ODataReader
from watchkeeper.transport.rows import Row

T = TypeVar("T")
_NAMES: Final = 60
"""How much of an id a place shows (characters)."""
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """How a subject is read: where, with which application permission (the least one first), and how a row becomes ours.

    `key`: what tells rows apart, since rows may come again on a later page. `not_found_is_none`: whether 404 means an empty
    list. `unlicensed`: words of a refusal that mean that the tenant has no licence for this. `alone`: one object without a list.
    """

    subject: Subject
    ask: Ask
    permissions: tuple[str, ...]
    read: Callable[[Row], T]
    key: Callable[[T], str]
    not_found_is_none: bool = False
    unlicensed: re.Pattern[str] = field(default=_NEVER)
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Lister:
    """`api` is the name of the service in messages; `held` the application permissions of our token."""

    reader: ODataReader
    api: str
    held: Callable[[], frozenset[str]]

    def listing(self, reading: Reading[T], enough: Callable[[T], bool] = lambda _: False) -> Listing[T]:
        """The whole list. `enough`: once every row of a page says so, no further page is read, and such rows are left out.

        Raises what keeps it from being read to its end; AuthFailed names the permission that is missing.
        """
        try:
            found = _Rows(reading, enough)
            found.take(self.reader.pages(reading.ask))
        except (Nothing, WatchkeeperError) as error:
            return Listing((), self.reader.as_of, empty=self._emptiness(reading, error))
        return self._told(found.rows, found.set_aside)

    def single(self, reading: Reading[T]) -> Listing[T]:
        """The one object that has no list around it, as a list of one."""
        return self._brief(reading, lambda: [self.reader.single(reading.ask)])

    def glance(self, reading: Reading[T]) -> Listing[T]:
        """One row, to see whether it can be read at all."""
        if reading.alone:
            return self.single(reading)
        ask = replace(reading.ask, query={**reading.ask.query, **reading.ask.one})
        return self._brief(reading, lambda: next(self.reader.pages(ask))[:1])

    def _brief(self, reading: Reading[T], fetch: Callable[[], list[Any]]) -> Listing[T]:
        try:
            items = fetch()
        except (Nothing, WatchkeeperError) as error:
            return Listing((), self.reader.as_of, empty=self._emptiness(reading, error))
        found = _Rows(reading, lambda _: False)
        found.take([items])
        return self._told(found.rows, found.set_aside)

    def _told(self, rows: Mapping[str, T], set_aside: list[SetAside]) -> Listing[T]:
        empty = None if rows or set_aside else Emptiness.NOTHING_LISTED
        return Listing(tuple(rows.values()), self.reader.as_of, tuple(set_aside), empty)

    def _emptiness(self, reading: Reading[T], error: Nothing | WatchkeeperError) -> Emptiness:
        """Why there is nothing, if that is what the answer means; else raises what it means."""
        match error:
            case Nothing():
                return Emptiness.NO_CONTENT
            case NotFound() if reading.not_found_is_none:
                return Emptiness.NOT_FOUND
            case AuthFailed() | Reject() if reading.unlicensed.search(error.attempt.answer):
                return Emptiness.NOT_LICENSED
            case AuthFailed() | Reject() if error.attempt.status in {401, 403}:
                raise self._refused(reading, error) from error
            case _:
                raise error

    def _refused(self, reading: Reading[T], error: WatchkeeperError) -> AuthFailed:
        """Which permission to give, or that it is not the permission."""
        least = reading.permissions[0]
        if error.attempt.status == 401:
            remedy = "check AZURE_TENANT_ID, and that the application is one of the tenant whose evidence is read"
        elif self.held().isdisjoint(reading.permissions):
            remedy = f"give our application the application permission {least} of {self.api}, with an administrator's consent"
        else:
            remedy = (
                f"our token carries {least}: look for a licence, or a restriction to some devices, that keeps us out"
            )
        return AuthFailed(
            f"{self.api} does not let us read {reading.subject.value}: {error.attempt.status} {error.attempt.answer}".strip(),
            remedy=remedy,
            attempt=error.attempt,
        )


class _Rows(Generic[T]):
    """What has been read of a list so far: rows by their key, in the source's order."""

    def __init__(self, reading: Reading[T], enough: Callable[[T], bool]) -> None:
        self._reading = reading
        self._enough = enough
        self._count = 0
        self.rows: dict[str, T] = {}
        self.set_aside: list[SetAside] = []

    def take(self, pages: Iterable[list[Any]]) -> None:
        for wanted in map(self._page, pages):
            if not wanted:
                return

    def _page(self, items: list[Any]) -> bool:
        """Keep what is wanted of a page; whether there may be more of it on the next one."""
        read, wanted = 0, 0
        for row in self._read(items):
            read += 1
            if not self._enough(row):
                wanted += 1
                self.rows.setdefault(self._reading.key(row), row)
        return not read or wanted > 0

    def _read(self, items: list[Any]) -> Iterator[T]:
        for item in items:
            self._count += 1
            try:
                yield self._reading.read(Row(item))
            except ValueError as error:
                self.set_aside.append(SetAside(self._place(item), str(error)))

    def _place(self, item: object) -> str:
        name = item.get("id") if isinstance(item, Mapping) else None
        where = f"id {name:.{_NAMES}}" if isinstance(name, str) and name else f"row {self._count}"
        return f"{self._reading.subject.value}: {where}"
