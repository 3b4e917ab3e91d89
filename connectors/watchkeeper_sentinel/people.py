"""Who somebody is in Sentinel. Without Microsoft Graph nobody can be looked up, so everything here comes from what records say."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from watchkeeper.model.activity import Actor, Principal, ReferenceKind, Resolution, Resolved
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel.records import pick, text_of

NOBODY: Final = "unknown"
"""The author's id where an answer names none."""

_UPN: Final = re.compile(
    r"[^\s@<>\"',;:()\[\]\\]{1,64}@[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?(?:\.[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?)+"
)
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_upn(text: str) -> bool:
    """Whether a text has the form of a user principal name."""
    return _UPN.fullmatch(text) is not None


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def account_id(text: str) -> str:
    """A stable id: user principal names and GUIDs compare without case, other names (products, rules) as they are."""
    text = text.strip()
    return text.lower() if is_upn(text) or is_guid(text) else text


class People:
    """The accounts met in this run, and which of their names are our own.

    Entra ID knows one application under several ids (application, object); `own` maps each of ours to the one that
    `Identity.account` gives, so that our own deeds are recognised whichever id a record shows. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Principal] = {}
        self._own: dict[str, str] = {}
        self._account = ""

    def know_ourselves(self, account: str, aliases: Iterable[str]) -> None:
        with self._lock:
            self._account = account
            self._own.update({account_id(alias): account for alias in (account, *aliases) if alias})

    def called(self, names: Iterable[str]) -> None:
        """Further names that records give us (the display name of our application)."""
        with self._lock:
            self._own.update({account_id(name): self._account for name in names if name and self._account})

    def author(self, client: object) -> Actor:
        """The author in a ClientInfo object ({email, name, objectId, userPrincipalName}), remembered for `principals`."""
        info: Mapping[str, Any] = client if isinstance(client, Mapping) else {}
        upn, object_id, name, email = (
            (text_of(pick(info, key)) or "").strip() for key in ("userPrincipalName", "objectId", "name", "email")
        )
        actor = self._actor(upn or object_id or name, name or upn)
        principal = _principal(actor, upn, object_id, email)
        if principal is not None:
            with self._lock:
                self._known[actor.id] = principal
        return actor

    def named(self, text: str) -> Actor:
        """An author given as one text (`ModifiedBy`): a user principal name, an id, or the name of a product or rule."""
        found = _UPN.search(text)
        return self._actor(found[0] if found else text, text.strip())

    def principals(self, ids: Sequence[str]) -> dict[str, Principal]:
        with self._lock:
            return {wanted: self._known[account_id(wanted)] for wanted in ids if account_id(wanted) in self._known}

    def _actor(self, text: str, name: str) -> Actor:
        plain = account_id(text) or NOBODY
        with self._lock:
            return Actor(SENTINEL, self._own.get(plain, plain), name)


def _principal(actor: Actor, upn: str, object_id: str, email: str) -> Principal | None:
    """A directory user has a user principal name and an object id; an application has an object id alone."""
    if is_upn(upn) and object_id:
        return Principal(actor, email=(email or upn).lower(), active=True, integration=False)
    if not upn and is_guid(object_id):
        return Principal(actor, active=True, integration=True)
    return None


def resolve_names(kind: ReferenceKind, names: Sequence[str]) -> dict[str, Resolution]:
    """What can be said of a name without Graph: whether it has the right form. Sentinel incidents have no groups but
    owner objects, which are GUIDs."""
    well_formed = is_upn if kind is ReferenceKind.USER else is_guid
    return {
        name: Resolution(kind, name, Resolved.UNVERIFIABLE, id=account_id(name))
        if well_formed(name.strip())
        else Resolution(kind, name, Resolved.NONE)
        for name in names
    }
