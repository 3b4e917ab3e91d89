"""Who is a human: classification of authors. Pure.

A name proves nothing (anybody may be called "System", and service accounts have addresses), so only accounts decide: a
roster, an assignment group, or a person's confirmation make a human; everybody else stays unclassified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from watchkeeper.catalog.model import Team
from watchkeeper.model.activity import Actor, Principal
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import AuthorClass


class Basis(StrEnum):
    """What a classification rests on."""

    OUR_ACCOUNT = "our-account"
    CONFIRMED = "confirmed"
    SYSTEM_ACCOUNT = "system-account"
    PRODUCT = "product"
    INTEGRATION_ACCOUNT = "integration-account"
    APPLICATION_ID = "application-id"
    ROSTER = "roster"
    ASSIGNMENT_GROUP = "assignment-group"
    INACTIVE = "inactive"
    NO_AUTHOR = "no-author"
    WHO_WE_ARE = "who-we-are"
    NOT_KNOWN = "not-known"


@dataclass(frozen=True, slots=True)
class Classification:
    author_class: AuthorClass
    basis: Basis


SYSTEM_ACCOUNTS = frozenset(
    {
        # ServiceNow: scheduled jobs, maintenance logins, unauthenticated and inbound-mail sessions, flows.
        "system", "guest", "maint", "glide.maint", "soap.guest", "virtual.agent",
        "inbound.email", "inbound_email", "email.inbound", "inbound mail", "inbound email", "email",
        "workflow", "flow designer", "flow.designer", "autoclose", "auto-close", "sla engine",
        # Sentinel: who an incident was changed by when no user did it.
        "automation rule", "automation rules", "playbook", "alert grouping", "fusion", "application", "app",
        "managed identity", "system assigned managed identity",
    }
)  # fmt: skip
"""Accounts that no person uses, by id (or by name where a side gives no id); compared without case."""

PRODUCT_PREFIXES = ("microsoft ", "azure ", "logic app", "servicenow ", "windows defender", "defender ")
"""Products write under their own name ("Microsoft Defender XDR - alert correlation")."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class AuthorBook:
    """Everything that a classification looks at.

    `ours`: our own account on each side. `confirmed`: classes that a person confirmed, by (side, account).
    `principals`: what a side knows, by (side, account). `roster`: accounts of the teams' people (user names, addresses,
    principal names), and `groups` the ids of the teams' assignment groups. `people`: addresses of both, so that a
    person is known on the side that has other names and no groups. All accounts are folded (see `fold`).
    """

    ours: Mapping[Side, str]
    confirmed: Mapping[tuple[Side, str], str] = field(default_factory=dict)
    principals: Mapping[tuple[Side, str], Principal] = field(default_factory=dict)
    roster: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    def classify(self, actor: Actor) -> Classification:
        """Our own account is never a human, whatever was confirmed; then a person's word; then the rules."""
        if self.is_ours(actor):
            return Classification(AuthorClass.BOT, Basis.OUR_ACCOUNT)
        confirmed = self.confirmed.get((actor.side, fold(actor.id)))
        if confirmed in set(AuthorClass) and actor.id:
            return Classification(AuthorClass(confirmed), Basis.CONFIRMED)
        return self._by_rule(actor)

    def named(self, actor: Actor) -> Actor:
        """With the name by which people know the account, where it came without one."""
        principal = self.principals.get((actor.side, fold(actor.id)))
        return actor if actor.name or principal is None else replace(actor, name=principal.actor.name)

    def is_ours(self, actor: Actor) -> bool:
        account = self.ours.get(actor.side, "")
        return bool(account) and fold(actor.id) == fold(account)

    def _by_rule(self, actor: Actor) -> Classification:
        principal = self.principals.get((actor.side, fold(actor.id)))
        if basis := _machine(actor, principal):
            return Classification(AuthorClass.BOT, basis)
        if not actor.id:
            return Classification(AuthorClass.UNCLASSIFIED, Basis.NO_AUTHOR)
        if principal is not None and not principal.active:
            return Classification(AuthorClass.UNCLASSIFIED, Basis.INACTIVE)
        if not self.roster.isdisjoint(_accounts(actor, principal)):
            return Classification(AuthorClass.HUMAN, Basis.ROSTER)
        if (principal is not None and in_group(principal, self.groups)) or fold(actor.id) in self.people:
            # Integration accounts are members of assignment groups too: without our own name we might be this one.
            known = bool(self.ours.get(actor.side))
            return (
                Classification(AuthorClass.HUMAN, Basis.ASSIGNMENT_GROUP)
                if known
                else Classification(AuthorClass.UNCLASSIFIED, Basis.WHO_WE_ARE)
            )
        if _GUID.fullmatch(fold(actor.id)):
            return Classification(AuthorClass.BOT, Basis.APPLICATION_ID)
        return Classification(AuthorClass.UNCLASSIFIED, Basis.NOT_KNOWN)


def fold(account: str) -> str:
    """Accounts are compared without case and outer white space, on both sides."""
    return account.strip().casefold()


def roster_of(teams: Iterable[Team]) -> frozenset[str]:
    """Every account that the catalogue names as a person of an enabled team."""
    named = ((*team.members, team.lead, team.manager, team.sentinel_owner) for team in teams if team.enabled)
    return frozenset(fold(account) for accounts in named for account in accounts if account)


def in_group(principal: Principal, groups: frozenset[str]) -> bool:
    """Whether an active person belongs to one of the groups (folded ids)."""
    return principal.active and not principal.integration and not groups.isdisjoint(map(fold, principal.groups))


def people_of(principals: Iterable[Principal], roster: frozenset[str], groups: frozenset[str]) -> frozenset[str]:
    """The addresses of every active person on the roster or in one of the groups."""
    known = (each for each in principals if each.email and each.active and not each.integration)
    return frozenset(fold(each.email) for each in known if fold(each.actor.id) in roster or in_group(each, groups))


def _machine(actor: Actor, principal: Principal | None) -> Basis | None:
    spelled = fold(actor.id) or fold(actor.name)
    if spelled in SYSTEM_ACCOUNTS:
        return Basis.SYSTEM_ACCOUNT
    if spelled.startswith(PRODUCT_PREFIXES):
        return Basis.PRODUCT
    if principal is not None and principal.integration:
        return Basis.INTEGRATION_ACCOUNT
    return None


def _accounts(actor: Actor, principal: Principal | None) -> frozenset[str]:
    known = (actor.id, principal.email if principal else "")
    return frozenset(fold(account) for account in known if account)
