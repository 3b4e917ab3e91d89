"""Who exists in the emulated tenant: users, a group, the automation, the correlation engine, and the registered applications."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID, uuid5

USER_DOMAIN: Final = "soc.example"
_NAMESPACE: Final = UUID("0f7c5f3e-6a0b-5d61-9c3a-4e8a1b2c3d4e")

Role = Literal["reader", "responder", "contributor"]


@dataclass(frozen=True, slots=True)
class Identity:
    """`kind` decides what a record shows: only users have a principal name and a mailbox."""

    object_id: str
    name: str
    kind: Literal["user", "group", "application", "system"]
    user_principal_name: str | None = None

    def signature(self) -> str:
        """As `ModifiedBy` and `Caller` show it."""
        return self.user_principal_name or self.name

    def client_info(self) -> dict[str, str | None]:
        """The ClientInfo of a comment's author or a task's editor."""
        return {
            "objectId": self.object_id,
            "email": self.user_principal_name,
            "name": self.name,
            "userPrincipalName": self.user_principal_name,
        }


@dataclass(frozen=True, slots=True)
class Application:
    """An app registration with its service principal and its role on the workspace."""

    client_id: str
    secret: str
    principal: Identity
    role: Role


def object_id_of(name: str) -> str:
    """A GUID that is the same in every world."""
    return str(uuid5(_NAMESPACE, name))


def user(user_name: str) -> Identity:
    given = " ".join(part.capitalize() for part in user_name.split("."))
    return Identity(object_id_of(user_name), given, "user", f"{user_name}@{USER_DOMAIN}")


PEOPLE: Final = tuple(
    user(name)
    for name in (
        "keiko.tanaka",
        "haruto.sato",
        "liam.byrne",
        "aoife.murphy",
        "niamh.kelly",
        "ava.nguyen",
        "noah.berg",
    )
)
AUTOMATION: Final = Identity(object_id_of("automation"), "Incident automation playbook", "application")
CORRELATION: Final = Identity(object_id_of("system"), "Microsoft Defender XDR - alert correlation", "system")
SOC_GROUP: Final = Identity(object_id_of("group soc"), "SOC Analysts", "group")

ADMINISTRATION_CLIENT_ID: Final = "9a4e1d70-3c52-4b8f-8e16-d0b7c2f5a893"
ADMINISTRATION_SECRET: Final = "emulated-administration-secret"
OBSERVER_CLIENT_ID: Final = "c71b8e25-94fd-4a06-b3da-5e2087164cf9"
OBSERVER_SECRET: Final = "emulated-observer-secret"


def applications(client_id: str, secret: str) -> tuple[Application, ...]:
    """Watchkeeper's own registration (Sentinel Responder), one that may delete, and one that may only read."""
    own = Identity(object_id_of("watchkeeper"), "Watchkeeper Integration", "application")
    administration = Identity(object_id_of("administration"), "SOC Administration", "application")
    observer = Identity(object_id_of("observer"), "Watchkeeper Observer", "application")
    return (
        Application(client_id, secret, own, "responder"),
        Application(ADMINISTRATION_CLIENT_ID, ADMINISTRATION_SECRET, administration, "contributor"),
        Application(OBSERVER_CLIENT_ID, OBSERVER_SECRET, observer, "reader"),
    )


class Directory:
    """Looks identities up the ways that people and API bodies name them; every comparison ignores case."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._by_object_id: dict[str, Identity] = {}
        self._by_name: dict[str, Identity] = {}
        for identity in identities:
            self.add(identity)

    def add(self, identity: Identity) -> None:
        self._by_object_id[identity.object_id.lower()] = identity
        self._by_name[identity.name.lower()] = identity
        if identity.user_principal_name:
            self._by_name[identity.user_principal_name.lower()] = identity
            self._by_name[identity.user_principal_name.partition("@")[0].lower()] = identity

    def by_object_id(self, object_id: str | None) -> Identity | None:
        return self._by_object_id.get((object_id or "").lower())

    def by_name(self, name: str | None) -> Identity | None:
        """By user name, principal name, mailbox or display name."""
        return self._by_name.get((name or "").lower())

    def names(self) -> list[str]:
        return sorted(identity.signature().partition("@")[0] for identity in self._by_object_id.values())
