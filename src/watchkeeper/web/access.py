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
    if needs is METRICS:
        return Answer.FORBIDDEN
    if person is None:
        return Answer.SIGN_IN
    return Answer.ALLOWED if person.roles & needs else Answer.FORBIDDEN


def roles_in(groups: Collection[str], names: Collection[tuple[Role, str]]) -> frozenset[Role]:
    """The roles of somebody who is in these groups; `names` says which group stands for which role. Without one, none."""
    return frozenset(role for role, group in names if group in groups)
