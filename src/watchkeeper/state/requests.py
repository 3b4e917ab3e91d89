"""What asset owners have asked for: raised duties with who asked for what, when and why.

The requests of one kind about one thing have keys that begin alike: the first ends there, `-2`, `-3` and so on follow. So a series is
named by the key of its first request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, exists, func, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.owner_request import (
    MOST_A_DAY,
    NEVER,
    Asked,
    OwnerRequest,
    Stage,
    Standing,
    episode_of,
    first_key,
)
from watchkeeper.model.record import SERVICENOW
from watchkeeper.state import follow_up, tables
from watchkeeper.state.codec import instant_text, stored, to_json
from watchkeeper.state.database import batches, insert_new
from watchkeeper.state.digests import checked, sealed

_REQUEST, _RAISED, _LINK = tables.owner_request, tables.raised, tables.link
_DAY: Final = timedelta(days=1)
_AFTER: Final = "."
"""What sorts right behind the hyphen that a later request of a series goes on with."""


def ask(
    connection: Connection, deployment: str, series: str, request: OwnerRequest, occurrence: Occurrence, now: datetime
) -> Asked:
    """Raise the duty of a request, once. Writers of a deployment wait for each other, so what is counted here holds."""
    standing = standings(connection, deployment, [series]).get(series, NEVER)
    if request.episode <= standing.episode:
        return Asked.ALREADY
    if request.episode != standing.next_episode:
        return Asked.ALREADY if standing.is_open else Asked.OUTDATED
    if _asked_since(connection, deployment, request.subject.owner, now - _DAY) >= MOST_A_DAY:
        return Asked.TOO_MANY
    return Asked.RAISED if _raise(connection, deployment, request, occurrence) else Asked.ALREADY


def renew(
    connection: Connection, deployment: str, before: Decided, request: OwnerRequest, occurrence: Occurrence
) -> None:
    """Let a request that was made under a number which was taken already have another one."""
    follow_up.put_decisions(connection, deployment, [before])
    _raise(connection, deployment, request, occurrence)


def _raise(connection: Connection, deployment: str, request: OwnerRequest, occurrence: Occurrence) -> bool:
    if not follow_up.raise_occurrence(connection, deployment, occurrence, request.asked_at):
        return False
    row = _row(deployment, occurrence.key, request)
    insert_new(connection, _REQUEST, sealed(_REQUEST, [row]))
    return True


def standings(connection: Connection, deployment: str, series: Collection[str]) -> Mapping[str, Standing]:
    """The newest request of each series that there is anything of. Of several they are followed from the first on, for a range of keys for
    each costs more to say than to answer; where a lost store has the first no more, one alone is found all the same."""
    known = list(dict.fromkeys(series))
    if len(known) == 1:
        return _newest(connection, lambda table: _of_series(table, deployment, known[0]))
    newest: dict[str, Standing] = {}
    for some in batches(known):
        left, episode = list(some), 1
        while left:
            keys = [first if episode == 1 else f"{first}-{episode}" for first in left]
            found = _newest(connection, partial(_named, deployment=deployment, keys=keys))
            newest |= found
            left, episode = list(found), episode + 1
    return newest


def _newest(connection: Connection, chosen: Callable[[Table], ColumnElement[bool]]) -> dict[str, Standing]:
    """Of the rows that are chosen, by the series."""
    requests = _read(connection.execute(select(_REQUEST).where(chosen(_REQUEST))).mappings())
    raised = connection.execute(select(_RAISED.c.key).where(chosen(_RAISED))).scalars()
    found = {key: Standing(Stage.WAITING, episode_of(key)) for key in raised}
    found |= {row["key"]: _of_link(row) for row in _links(connection, chosen(_LINK))}
    newest: dict[str, Standing] = {}
    for key, standing in found.items():
        first = first_key(key)
        if standing.episode > newest.get(first, NEVER).episode:
            newest[first] = replace(standing, request=requests.get(key))
    return newest


def by_keys(connection: Connection, deployment: str, keys: Iterable[str]) -> Mapping[str, OwnerRequest]:
    found: dict[str, OwnerRequest] = {}
    for some in batches(dict.fromkeys(keys)):
        chosen = select(_REQUEST).where(_REQUEST.c.deployment == deployment, _REQUEST.c.key.in_(some))
        found |= _read(connection.execute(chosen).mappings())
    return found


def unopened(connection: Connection, deployment: str) -> Mapping[str, OwnerRequest]:
    """Those whose ticket is not there, or not any more."""
    there = exists().where(
        _LINK.c.deployment == _REQUEST.c.deployment,
        _LINK.c.key == _REQUEST.c.key,
        _LINK.c.state != LinkState.GONE.value,
    )
    chosen = select(_REQUEST).where(_REQUEST.c.deployment == deployment, ~there).order_by(_REQUEST.c.key)
    return _read(connection.execute(chosen).mappings())


def _asked_since(connection: Connection, deployment: str, owner: str, since: datetime) -> int:
    mine = (_REQUEST.c.deployment == deployment, _REQUEST.c.owner == owner)
    chosen = select(func.count()).select_from(_REQUEST).where(*mine, _REQUEST.c.asked_at > instant_text(since))
    return int(connection.execute(chosen).scalar_one())


def _of_series(table: Table, deployment: str, first: str) -> ColumnElement[bool]:
    """A range in the index of the primary key."""
    return and_(table.c.deployment == deployment, table.c.key >= first, table.c.key < f"{first}{_AFTER}")


def _named(table: Table, *, deployment: str, keys: Sequence[str]) -> ColumnElement[bool]:
    return and_(table.c.deployment == deployment, table.c.key.in_(keys))


def _links(connection: Connection, chosen: ColumnElement[bool]) -> Iterator[RowMapping]:
    names = (_LINK.c.key, _LINK.c.number, _LINK.c.url, _LINK.c.state, _LINK.c.closed)
    return iter(connection.execute(select(*names).where(chosen, _LINK.c.side == SERVICENOW)).mappings())


def _of_link(row: RowMapping) -> Standing:
    over = row["closed"] or row["state"] == LinkState.GONE.value
    stage = Stage.CLOSED if over else Stage.OPEN
    return Standing(stage, episode_of(row["key"]), number=row["number"], url=row["url"])


def _row(deployment: str, key: str, request: OwnerRequest) -> dict[str, Any]:
    return {
        "deployment": deployment,
        "key": key,
        "owner": request.subject.owner,
        "asked_at": instant_text(request.asked_at),
        "document": to_json(request),
    }


def _read(rows: Iterable[RowMapping]) -> dict[str, OwnerRequest]:
    return {row["key"]: stored(OwnerRequest, checked(_REQUEST, row)["document"]) for row in rows}
