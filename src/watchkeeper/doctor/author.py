"""Whether the audit would know our own account for a machine: its notes must never prove that a person was there."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import WatchkeeperError
from watchkeeper.escalation.authors import fold, roster_of
from watchkeeper.model.activity import ReferenceKind
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, failed
from watchkeeper.model.record import Side
from watchkeeper.ports import Connector


def author_probe(side: Side, connector: Connector, catalog: Catalog) -> Iterator[Probe]:
    """Our account is on no roster, and in no team's assignment group. Nothing is said where the side does not say who we are:
    the side's own check of the account does."""
    try:
        account = connector.identity().account
        if not account:
            return
        groups = _groups_of(connector, account, catalog)
    except WatchkeeperError as error:
        yield failed(side, Check.BOT, error)
        return
    args = {"account": account, "groups": ", ".join(groups)}
    if fold(account) in roster_of(catalog.teams.values()):
        yield Probe(side, Check.BOT, ProbeOutcome.FAIL, Finding.BOT_ON_ROSTER, args)
    if groups:
        yield Probe(side, Check.BOT, ProbeOutcome.WARN, Finding.BOT_IN_GROUP, args)
    elif fold(account) not in roster_of(catalog.teams.values()):
        yield Probe(side, Check.BOT, ProbeOutcome.OK, Finding.BOT_KNOWN, args)


def _groups_of(connector: Connector, account: str, catalog: Catalog) -> list[str]:
    """The teams' assignment groups that our account is a member of, by name."""
    principal = connector.principals([account]).get(account)
    if principal is None or not principal.groups:
        return []
    names = sorted({team.group for team in catalog.teams.values() if team.enabled and team.group})
    resolved = connector.resolve(ReferenceKind.GROUP, names)
    return [name for name in names if resolved[name].id in principal.groups]
