"""Finding out who the authors are: accounts, groups, rosters and confirmed classes, read once per audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from watchkeeper.catalog.model import Catalog
from watchkeeper.escalation.authors import AuthorBook, fold, people_of, roster_of
from watchkeeper.escalation.reading import SIDE_FAILS, SideLog
from watchkeeper.model.activity import Activity, Principal, ReferenceKind, Resolved
from watchkeeper.model.record import Side
from watchkeeper.ports import Connector
from watchkeeper.state_ports import StateStore


def group_ids(connectors: Mapping[Side, Connector], catalog: Catalog, logs: Mapping[Side, SideLog]) -> dict[str, str]:
    """The id of each team's assignment group, by its name in the catalogue, from the first side that has it.

    A group that does not resolve is left out: its tickets are still found by the name.
    """
    names = sorted({team.group for team in catalog.teams.values() if team.enabled and team.group})
    ids: dict[str, str] = {}
    for side, connector in connectors.items():
        try:
            answer = connector.resolve(ReferenceKind.GROUP, names)
        except SIDE_FAILS as error:
            logs[side].failed(logs[side].untold, error)
            continue
        for name, found in answer.items():
            if found.outcome is Resolved.ONE and found.id:
                ids.setdefault(name, found.id)
    return ids


def with_authors(
    book: AuthorBook, connectors: Mapping[Side, Connector], activities: Iterable[Activity], logs: Mapping[Side, SideLog]
) -> AuthorBook:
    """The book with what the sides know about authors who have turned up since it was made."""
    wrote = {(each.author.side, each.author.id) for each in activities if each.author.id}
    new = sorted(who for who in wrote if (who[0], fold(who[1])) not in book.principals)
    principals = dict(book.principals)
    for side, connector in connectors.items():
        asked = [account for where, account in new if where == side]
        try:
            known = connector.principals(asked) if asked else {}
        except SIDE_FAILS as error:
            logs[side].failed(logs[side].untold, error)
            continue
        principals.update(((side, fold(account)), principal) for account, principal in known.items())
    return replace(book, principals=principals, people=people_of(principals.values(), book.roster, book.groups))


def author_book(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    ids: Mapping[str, str],
    accounts: Iterable[tuple[Side, str]],
    logs: Mapping[Side, SideLog],
) -> AuthorBook:
    """Everything that classification needs to know about these accounts, by side.

    The roster's own accounts are asked for as well: their addresses are how a person is known on the other side.
    """
    seen = {(side, account) for side, account in accounts if account}
    roster = roster_of(catalog.teams.values())
    groups = frozenset(fold(each) for each in (*ids.values(), *ids))
    principals: dict[tuple[Side, str], Principal] = {}
    ours: dict[Side, str] = {}
    for side, connector in connectors.items():
        try:
            ours[side] = connector.identity().account
            if not ours[side]:
                logs[side].unclear.append("the side does not say which account is ours")
            known = connector.principals(sorted(roster | {account for where, account in seen if where == side}))
        except SIDE_FAILS as error:
            logs[side].failed(logs[side].untold, error)
            continue
        principals.update(((side, fold(account)), principal) for account, principal in known.items())
    return AuthorBook(
        ours=ours,
        confirmed={(side, fold(account)): cls for (side, account), cls in store.confirmed_authors().items()},
        principals=principals,
        roster=roster,
        groups=groups,
        people=people_of(principals.values(), roster, groups),
    )
