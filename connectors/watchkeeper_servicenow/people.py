"""Accounts and groups: what is known about an author, and which record a name in the mappings stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from watchkeeper.errors import AuthFailed, Reject, Rejected, WatchkeeperError
from watchkeeper.model.activity import Actor, Principal, ReferenceKind, Resolution, Resolved
from watchkeeper.model.nearest import nearest
from watchkeeper.model.record import SERVICENOW
from watchkeeper_servicenow.batch import Question
from watchkeeper_servicenow.client import Everything, TableClient, concerns_the_table
from watchkeeper_servicenow.query import (
    CURRENT_USER,
    SYS_ID,
    all_of,
    any_of,
    contains,
    in_portions,
    one_of,
    ordered,
    starts_with,
)
from watchkeeper_servicenow.rows import Row

_USER_FIELDS = ("user_name", "name", "email", "active", "web_service_access_only", "internal_integration_user")
_NAMED_BY: Mapping[ReferenceKind, tuple[str, tuple[str, ...]]] = {
    ReferenceKind.GROUP: ("sys_user_group", ("name",)),
    ReferenceKind.USER: ("sys_user", ("user_name", "email")),
}
CHOICES = 20
"""Names that a person is given to choose from."""


class Directory:
    """Who is who on an instance. What it told about an account is kept as long as the connector lives, which is one command."""

    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._known: dict[str, Principal] = {}

    def current_user(self) -> str:
        """Our own user_name; empty when the instance does not say."""
        try:
            listing = self._client.read("sys_user", CURRENT_USER, ("user_name",), limit=2)
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            return ""
        return (listing.rows[0].get("user_name") or "") if len(listing.rows) == 1 else ""

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        """By user_name, or by sys_id (as resolved_by and assigned_to hold it), as asked for; unknown accounts are left out.

        Raises Rejected where our account may not read users or their groups.
        """
        wanted = [name for name in dict.fromkeys(ids) if name]
        try:
            self._known |= self._looked_up([name for name in wanted if name not in self._known])
        except AuthFailed as error:
            if not concerns_the_table(error):
                raise
            raise Rejected(error.message, remedy=error.remedy, attempt=error.attempt) from error
        return {name: self._known[name] for name in wanted if name in self._known}

    def _looked_up(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        rows: dict[str, Row] = {}
        for portion in in_portions(ids, repeats=2):
            sys_ids = [name for name in portion if SYS_ID.fullmatch(name)]
            branches = [one_of("user_name", portion), *([one_of("sys_id", sys_ids)] if sys_ids else [])]
            listing = self._client.read_all("sys_user", any_of(branches), _USER_FIELDS, "user_name")
            for row in listing.rows:
                rows |= {(row.get("user_name") or "").lower(): row, row["sys_id"] or "": row}
        groups = self._groups_of([row["sys_id"] or "" for row in rows.values()])
        return {name: _principal(rows[name.lower()], groups) for name in ids if name.lower() in rows}

    def _groups_of(self, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for portion in in_portions(users):
            members = self._client.read_all("sys_user_grmember", one_of("user", portion), ("user", "group"))
            for row in members.rows:
                found[row.get("user") or ""].add(row.get("group") or "")
        return {user: frozenset(groups) for user, groups in found.items()}

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]:
        """Exactly one active record per name (groups by name, users by user_name or e-mail, both by sys_id), else why not."""
        wanted = tuple(dict.fromkeys(names))
        questions = self.questions(kind, wanted)
        return self.resolved(kind, wanted, self._client.read_all_of(questions))

    def questions(self, kind: ReferenceKind, names: Sequence[str]) -> list[Question]:
        """What to ask the instance for the active records that have these names."""
        table, by = _NAMED_BY[kind]
        asked = []
        for portion in in_portions((name for name in names if name), repeats=len(by) + 1):
            branches = [one_of(field, portion) for field in by]
            ids = [name for name in portion if SYS_ID.fullmatch(name)]
            branches += [one_of("sys_id", ids)] if ids else []
            fields = (*by, "active")
            asked.append(Question(table, any_of(branches, "active=true"), fields, self._client.page_size))
        return asked

    def resolved(
        self, kind: ReferenceKind, names: Sequence[str], answers: Sequence[Everything | Reject | AuthFailed]
    ) -> Mapping[str, Resolution]:
        """What the answers to `questions` say; of names that none of them has, the near ones are asked for."""
        table, by = _NAMED_BY[kind]
        refused = next((each for each in answers if isinstance(each, WatchkeeperError)), None)
        try:
            if refused is not None:
                raise refused
            told = [answer for answer in answers if isinstance(answer, Everything)]
            rows = [row for answer in told for row in answer.rows]
            found = _matches(rows, (*by, "sys_id"), frozenset(names))
            hidden = sum(answer.hidden for answer in told)
            return {
                name: _hidden(kind, name, hidden)
                if hidden and name not in found
                else self._resolution(kind, table, by, name, found.get(name, ()))
                for name in names
            }
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            reason = error.attempt.answer or error.message
            return {name: Resolution(kind, name, Resolved.UNVERIFIABLE, near=(reason,)) for name in names}

    def _resolution(
        self, kind: ReferenceKind, table: str, by: tuple[str, ...], name: str, ids: tuple[str, ...]
    ) -> Resolution:
        if len(ids) == 1:
            return Resolution(kind, name, Resolved.ONE, id=ids[0])
        if ids:
            return Resolution(kind, name, Resolved.SEVERAL, near=ids)
        return Resolution(kind, name, Resolved.NONE, near=self._near(table, _spelt_as(by, name), name))

    def _near(self, table: str, field: str, name: str) -> tuple[str, ...]:
        """Active names that look like this one, for the message; of users only those with the same first letter. None where they
        may not be looked for: that there is no such name is known all the same."""
        initial = starts_with(field, [name[0]]) if table == "sys_user" and name else ""
        return nearest(name, self._listed(table, field, initial, limit=1000))

    def _listed(self, table: str, field: str, condition: str, *, limit: int) -> list[str]:
        """Active names in order; none where they may not be looked for."""
        query = ordered(all_of("active=true", condition), field)
        try:
            listing = self._client.read(table, query, (field, "active"), limit=limit)
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            return []
        return sorted({row.get(field) or "" for row in listing.rows if row.get("active") == "true"} - {""})

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        """Active names that begin with a text, contain it, or look like it, in this order; CHOICES at most."""
        table, by = _NAMED_BY[kind]
        field, wanted = _spelt_as(by, text), text.strip().casefold()
        if not wanted:
            return ()
        holding = self._listed(table, field, contains(field, text.strip()), limit=CHOICES)
        within = [name for name in holding if wanted in name.casefold()]
        first = sorted(within, key=lambda name: not name.casefold().startswith(wanted))
        return tuple(dict.fromkeys([*first, *self._near(table, field, text.strip())]))[:CHOICES]


def _hidden(kind: ReferenceKind, name: str, count: int) -> Resolution:
    """A name may be that of a record which matches and is not shown to us."""
    reason = f"of the {kind.value}s that match, the instance hides {count} from us"
    return Resolution(kind, name, Resolved.UNVERIFIABLE, near=(reason,))


def _spelt_as(by: Sequence[str], name: str) -> str:
    """The field whose values look like a name: an address is compared with addresses."""
    return "email" if "email" in by and "@" in name else by[0]


def _matches(rows: Sequence[Row], by: Sequence[str], names: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """The sys_ids of the active rows that have each name in one of the fields."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.get("active") == "true":
            for spelling in {row.get(field) or "" for field in by} & names:
                found[spelling].add(row["sys_id"] or "")
    return {name: tuple(sorted(ids)) for name, ids in found.items()}


def _principal(row: Row, groups: Mapping[str, frozenset[str]]) -> Principal:
    machine = "true" in {row.get("web_service_access_only"), row.get("internal_integration_user")}
    return Principal(
        actor=Actor(SERVICENOW, row.get("user_name") or "", row.get("name") or ""),
        email=row.get("email") or "",
        active=row.get("active") == "true",
        integration=machine,
        groups=groups.get(row["sys_id"] or "", frozenset()),
    )
