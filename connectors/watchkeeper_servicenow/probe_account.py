"""Who we are on the instance: name, zone, language, roles, and what of other people we could see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper_servicenow.asking import FAIL, OK, SKIPPED, WARN, asked, listed, probe
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.query import CURRENT_USER, one_of, ordered
from watchkeeper_servicenow.rows import Row

_UTC = frozenset({"UTC", "GMT", "Etc/UTC", "Etc/GMT"})
_ZONE_PROPERTY, _LANGUAGE_PROPERTY = "glide.sys.default.tz", "glide.sys.language"
"""What holds for accounts that have no zone or language of their own; without a row the language is English."""
_MACHINE = ("web_service_access_only", "internal_integration_user")
_LOOK_AT = 20


class AccountProbes:
    def __init__(self, client: TableClient, scope: ProbeScope) -> None:
        self._client = client
        self._scope = scope
        self._row: Row | None = None

    def run(self) -> Iterator[Probe]:
        yield from asked(Check.ACCOUNT, self._account)
        yield from asked(Check.ZONE, self._zone, table="sys_properties")
        yield from asked(Check.ROLES, self._roles, table="sys_user_has_role")
        for table, fields in sorted(self._scope.private.items()):
            yield from asked(Check.PRIVATE, partial(self._private, table, fields), table, table)

    def _account(self) -> Iterator[Probe]:
        fields = ("user_name", *_MACHINE, "time_zone", "preferred_language")
        rows = self._client.read("sys_user", CURRENT_USER, fields, limit=2).rows
        self._row = rows[0] if len(rows) == 1 else None
        if self._row is None or not self._row.get("user_name"):
            yield probe(Check.ACCOUNT, WARN, Finding.ACCOUNT_UNKNOWN)
            return
        name = self._row.get("user_name") or ""
        yield probe(Check.ACCOUNT, OK, Finding.ACCOUNT_TOLD, {"account": name})
        if not any(self._row.get(flag) == "true" for flag in _MACHINE):
            yield probe(Check.ACCOUNT, WARN, Finding.BOT_A_PERSON, {"account": name})

    def _zone(self) -> Iterator[Probe]:
        if self._row is None or "time_zone" not in self._row:
            yield probe(Check.ZONE, SKIPPED, Finding.NOT_READABLE, {"table": "sys_user.time_zone", "answer": "-"})
            return
        own = {"zone": self._row.get("time_zone") or "", "language": self._row.get("preferred_language") or ""}
        usual = self._usual() if "" in own.values() else {}
        args = {name: value or usual.get(name, "") for name, value in own.items()}
        if not args["zone"]:
            yield probe(Check.ZONE, SKIPPED, Finding.NOT_READABLE, {"table": "sys_properties", "answer": "-"})
        elif args["zone"] in _UTC and args["language"] == "en":
            yield probe(Check.ZONE, OK, Finding.ZONE_PLAIN, args)
        else:
            yield probe(Check.ZONE, WARN, Finding.ZONE_OWN if own["zone"] else Finding.ZONE_INHERITED, args)

    def _usual(self) -> Mapping[str, str]:
        """The instance's own zone and language."""
        query = one_of("name", [_ZONE_PROPERTY, _LANGUAGE_PROPERTY])
        rows = self._client.read("sys_properties", query, ("name", "value"), limit=5).rows
        held = {row.get("name"): row.get("value") or "" for row in rows}
        return {"zone": held.get(_ZONE_PROPERTY, ""), "language": held.get(_LANGUAGE_PROPERTY) or "en"}

    def _roles(self) -> Iterator[Probe]:
        """Roles as the platform lists them for a user, inherited ones too."""
        held = self._held() if self._row is not None else set[str]()
        if not held:
            yield probe(Check.ROLES, SKIPPED, Finding.NOT_READABLE, {"table": "sys_user_has_role", "answer": "-"})
            return
        spare = held & set(self._scope.unneeded)
        if spare:
            outcome = WARN if self._scope.never.isdisjoint(spare) else FAIL
            yield probe(Check.ROLES, outcome, Finding.ROLES_TOO_MANY, {"roles": listed(spare)})
        else:
            yield probe(Check.ROLES, OK, Finding.ROLES_FINE)

    def _held(self) -> set[str]:
        user = (self._row or {}).get("sys_id") or ""
        rows = self._client.read_all("sys_user_has_role", one_of("user", [user]), ("user", "role.name")).rows
        return {name for row in rows if row.get("user") == user and (name := row.get("role.name"))}

    def _private(self, table: str, fields: tuple[str, ...]) -> Iterator[Probe]:
        rows = self._client.read(table, ordered("", "sys_id"), fields, limit=_LOOK_AT).rows
        shown = {name for row in rows for name in fields if name in row}
        if shown:
            yield probe(Check.PRIVATE, WARN, Finding.PRIVATE_SHOWN, {"fields": listed(shown), "table": table}, table)
        else:
            yield probe(Check.PRIVATE, OK, Finding.PRIVATE_HIDDEN, {}, table)
