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


PUBLIC: Final = Everybody.PUBLIC
Needs: TypeAlias = Literal[Everybody.PUBLIC] | frozenset[Role]
"""`PUBLIC`, or the roles of which a person needs one."""
WATCHING: Final = frozenset({Role.VIEWER, Role.OVERSIGHT, Role.ADMIN})
SIGNED_IN: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: as whoever vouches for them calls them."""

    name: str
    roles: frozenset[Role]


class Answer(Enum):
    ALLOWED = "allowed"
    SIGN_IN = "sign-in"
    """Nobody knows who asks."""
    FORBIDDEN = "forbidden"


def may(person: Person | None, needs: Needs) -> Answer:
    if needs is PUBLIC:
        return Answer.ALLOWED
    if person is None:
        return Answer.SIGN_IN
    return Answer.ALLOWED if person.roles & needs else Answer.FORBIDDEN


def roles_in(groups: Collection[str], names: Collection[tuple[Role, str]]) -> frozenset[Role]:
    """The roles of somebody who is in these groups; `names` says which group stands for which role. Without one, none."""
    return frozenset(role for role, group in names if group in groups)
