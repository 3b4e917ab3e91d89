"""Who the recipients are: the address of each account, and the team whose clock and language are theirs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from watchkeeper.catalog.model import Team
from watchkeeper.model.activity import Principal

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""An address that needs no quoting in a header (RFC 5322, dot-atom); anything else is no address for us."""


@dataclass(frozen=True, slots=True)
class Directory:
    """`addresses`: the e-mail address (folded) of each active account (folded). `homes`: the team of each address."""

    addresses: Mapping[str, str]
    homes: Mapping[str, Team] = field(default_factory=dict)

    def address(self, account: str) -> str:
        """Where a person's mail goes; empty for nobody, for somebody who has left, and where no side knows."""
        return self.addresses.get(account.casefold(), "")


def directory_of(principals: Iterable[tuple[str, Principal]], teams: Iterable[Team]) -> Directory:
    """Accounts as all sides know them, each with what it was asked for by (a record may name a person by an id). Whoever has left
    on one side has left: the other may know them only from what they wrote. A person's home is the first team (in the
    catalogue's order) whose roster names one of their accounts."""
    named = [(name.casefold(), each) for account, each in principals for name in (account, each.actor.id)]
    gone = {name for name, each in named if not each.active or each.integration}
    known = {
        name: each.email.strip().casefold()
        for name, each in named
        if name not in gone and _ADDRESS.fullmatch(each.email.strip())
    }
    homes: dict[str, Team] = {}
    for team in teams:
        for account in (*team.members, team.lead, team.manager, team.sentinel_owner):
            if address := known.get(account.casefold()):
                homes.setdefault(address, team)
    return Directory(known, homes)


def accounts_wanted(teams: Iterable[Team], assignees: Iterable[str]) -> list[str]:
    """Every account whose address may be needed."""
    named = {account for team in teams for account in (*team.members, team.lead, team.manager, team.sentinel_owner)}
    return sorted({*named, *assignees} - {""})
