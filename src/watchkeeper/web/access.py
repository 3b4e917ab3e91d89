"""Who may see what: roles, and what a route asks for. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Literal, TypeAlias


class Role(StrEnum):
    VIEWER = "viewer"
    OVERSIGHT = "oversight"
    OWNER = "owner"
    """Of devices: sees what is its own, and no page of the SOC."""
    ADMIN = "admin"


class Everybody(Enum):
    """What a route asks for that asks for nothing; not an empty set of roles, which nobody has."""

    PUBLIC = "public"


class Machine(Enum):
    """What a route asks for that programs call by a secret of their own, whoever else may see what."""

    METRICS = "metrics"


PUBLIC: Final = Everybody.PUBLIC
METRICS: Final = Machine.METRICS
Needs: TypeAlias = Literal[Everybody.PUBLIC] | Literal[Machine.METRICS] | frozenset[Role]
"""`PUBLIC`, the roles of which a person needs one, or `METRICS`, which no person's role opens."""
WATCHING: Final = frozenset({Role.VIEWER, Role.OVERSIGHT, Role.ADMIN})
SIGNED_IN: Final = frozenset(Role)
OWNED: Final = WATCHING | {Role.OWNER}
"""What is of one owner: for that owner and who may see everything. Only a route whose address names the owner may ask for it."""
ASKING: Final = frozenset({Role.OWNER, Role.OVERSIGHT, Role.ADMIN})
"""Who may ask for something in an owner's name: that owner, and those who answer for all of them."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: as whoever vouches for them calls them. `owners`: the ids of the owners of devices that they speak for. `account`: what
    tells them from others of that name, where the name alone does not."""

    name: str
    roles: frozenset[Role]
    owners: frozenset[str] = frozenset()
    account: str = ""

    @property
    def known_as(self) -> str:
        """Who it was, for those who read it later; "" for somebody whom nobody vouches for."""
        return f"{self.name} ({self.account})" if self.account else self.name

    def roles_about(self, owner: str) -> frozenset[Role]:
        """The roles that count where something of an owner is asked for; "" for something that is no owner's."""
        return self.roles if not owner or owner in self.owners else self.roles - {Role.OWNER}


class Answer(Enum):
    ALLOWED = "allowed"
    SIGN_IN = "sign-in"
    """Nobody knows who asks."""
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"
    """It is another owner's, whose very name is none of this person's business."""


def may(person: Person | None, needs: Needs, owner: str = "") -> Answer:
    """`owner`: whose it is, as the address says; "" where it is nobody's in particular."""
    if needs is PUBLIC:
        return Answer.ALLOWED
    if needs is METRICS:
        return Answer.FORBIDDEN
    if person is None:
        return Answer.SIGN_IN
    counting = person.roles_about(owner)
    if counting & needs:
        return Answer.ALLOWED
    return Answer.HIDDEN if owner and Role.OWNER in person.roles and not counting & WATCHING else Answer.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Groups:
    """Which groups stand for which role, and which for which owner of devices."""

    roles: tuple[tuple[Role, str], ...] = ()
    owners: tuple[tuple[str, str], ...] = ()

    def person(self, name: str, member_of: Collection[str], account: str = "") -> Person:
        """Somebody who is in these groups. Who speaks for an owner has that role."""
        owners = frozenset(owner for owner, group in self.owners if group in member_of)
        roles = roles_in(member_of, self.roles)
        return Person(name, roles | {Role.OWNER} if owners else roles, owners, account)


def roles_in(groups: Collection[str], names: Collection[tuple[Role, str]]) -> frozenset[Role]:
    """The roles of somebody who is in these groups; `names` says which group stands for which role. Without one, none."""
    return frozenset(role for role, group in names if group in groups)
