"""Who owns each device group: by the deployment's own file first, then by the service that the group belongs to in the CMDB. Pure.

Every answer says where it comes from, so that a person can put a wrong one right at its source.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.owners import UNOWNED, Owner, Ownership
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.administration import ServiceOwner
from watchkeeper.model.nearest import suggest
from watchkeeper.model.owner_book import OwnerBook, OwnerRule, ServiceRule

_HASHED: Final = 8
"""Hexadecimal digits that keep two names apart which have the same letters and digits."""
_LONGEST: Final = 48
"""Characters of an owner's id, as in the file."""


class Origin(StrEnum):
    """Where an answer comes from."""

    FILE = "file"
    """The file itself says it."""
    SERVICE = "service"
    """The file gives the device group's service to an owner of the file."""
    CMDB = "cmdb"
    """The CMDB says who answers for the service."""
    NOBODY = "nobody"


class Gap(StrEnum):
    """Why a device group has no owner."""

    NOT_NAMED = "not-named"
    """Neither an owner nor a service names it."""
    CMDB_NOT_READ = "cmdb-not-read"
    """Its service is not an owner's in the file, and the CMDB could not be asked."""
    NO_SUCH_SERVICE = "no-such-service"
    """The CMDB has no active service of that name."""
    AMBIGUOUS_SERVICE = "ambiguous-service"
    """Several services of that name have different owners."""
    SERVICE_WITHOUT_OWNER = "service-without-owner"
    """The CMDB names neither an owner nor a support group."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who owns a device group, and why. `service` is the CMDB service that it goes by and `place` the line of the file, "" for none.
    `tickets`: where the assignment group comes from, NOBODY for the oversight team's. `overruled`: the id of the owner whom the file
    passed over, "" for none. `seen`: whether any device is known to be in the group. `near` is the name that was
    probably meant by an unknown service, or else by a device group that is not seen."""

    device_group: str
    owner: Owner
    origin: Origin
    tickets: Origin
    service: str = ""
    place: str = ""
    gap: Gap | None = None
    overruled: str = ""
    seen: bool = True
    near: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`claims`: every device group that is named or seen, by name."""

    ownership: Ownership
    claims: tuple[Claim, ...]

    @property
    def unowned(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.gap is not None)


def assign(book: OwnerBook, services: Iterable[ServiceOwner] | None, seen: Collection[str] | None = None) -> Assignment:
    """Who owns what. `services`: the CMDB's, None where it could not be read. `seen`: the device groups that devices are in, None
    where that is not known.

    An owner whom only the CMDB knows has an id made from the user name, or else from the support group: the same in every run.
    Its tickets go to the support group of the first of its services (by name) that has one.
    """
    cmdb = _Register.of(services)
    listed = _Listed.of(book, cmdb)
    there = None if seen is None else {folded(name): name for name in seen}
    claims = [_claim(name, listed, cmdb, there) for name in _names(book, seen or ())]
    owned = {each.id: each for each in _owned(listed, [each for each in claims if each.gap is None])}
    grouped = {each.owner.id: each.tickets for each in claims if each.tickets is not Origin.NOBODY}
    final = (
        replace(each, owner=owned.get(each.owner.id, listed.unowned), tickets=grouped.get(each.owner.id, each.tickets))
        for each in claims
    )
    return Assignment(Ownership(tuple(owned.values()), listed.unowned), tuple(final))


@dataclass(frozen=True, slots=True)
class _Register:
    """The CMDB's services by folded name, None where it was not read."""

    by_name: Mapping[str, Sequence[ServiceOwner]] | None

    @classmethod
    def of(cls, services: Iterable[ServiceOwner] | None) -> _Register:
        if services is None:
            return cls(None)
        by_name: dict[str, list[ServiceOwner]] = {}
        for each in sorted(services, key=lambda each: (folded(each.service), each.id)):
            by_name.setdefault(folded(each.service), []).append(each)
        return cls(by_name)

    def answers_for(self, service: str) -> ServiceOwner | Gap:
        if self.by_name is None:
            return Gap.CMDB_NOT_READ
        rows = self.by_name.get(folded(service), ())
        if not rows:
            return Gap.NO_SUCH_SERVICE
        answering = {(folded(row.owner), folded(row.group)): row for row in rows if row.owner or row.group}
        match list(answering.values()):
            case []:
                return Gap.SERVICE_WITHOUT_OWNER
            case [row]:
                return row
            case _:
                return Gap.AMBIGUOUS_SERVICE

    def near(self, service: str) -> str:
        known = {row.service: None for rows in (self.by_name or {}).values() for row in rows}
        return suggest(service, known)


@dataclass(frozen=True, slots=True)
class _Listed:
    """The file's answers, by folded names. `tickets`: by owner's id, where its assignment group comes from."""

    owners: Mapping[str, Owner]
    rules: Mapping[str, OwnerRule]
    of_service: Mapping[str, OwnerRule]
    services: Mapping[str, ServiceRule]
    tickets: Mapping[str, Origin]
    unowned: Owner

    @classmethod
    def of(cls, book: OwnerBook, cmdb: _Register) -> _Listed:
        filled = {rule.id: _filled(rule, book, cmdb) for rule in book.owners}
        return cls(
            owners={name: owner for name, (owner, _) in filled.items()},
            rules={folded(name): rule for rule in book.owners for name in rule.device_groups},
            of_service={folded(name): rule for rule in book.owners for name in rule.services},
            services={folded(each.device_group): each for each in book.services},
            tickets={name: origin for name, (_, origin) in filled.items()},
            unowned=replace(UNOWNED, group=book.group, language=book.language, zone=book.zone),
        )

    def by_cmdb(self, row: ServiceOwner) -> tuple[Owner, Origin]:
        """The owner of a service as the CMDB has it; the file's where it names the very id that is made here."""
        name = _derived_id(row)
        if name in self.owners:
            return self.owners[name], self.tickets[name]
        shown = row.owner_name or row.owner or row.group
        owner = replace(self.unowned, id=name, name=shown, group=row.group or self.unowned.group, contact=row.contact)
        return owner, Origin.CMDB if row.group else Origin.NOBODY


def _filled(rule: OwnerRule, book: OwnerBook, cmdb: _Register) -> tuple[Owner, Origin]:
    """A file's owner with what the CMDB knows of its services, and where its assignment group comes from."""
    known = [row for row in map(cmdb.answers_for, rule.services) if isinstance(row, ServiceOwner)]
    group = next((row.group for row in known if row.group), "")
    owner = Owner(
        id=rule.id,
        name=rule.name["en"],
        group=rule.group or group or book.group,
        contact=rule.contact or next((row.contact for row in known if row.contact), ""),
        names=tuple(sorted(rule.name.items())),
        language=rule.language,
        zone=rule.zone,
    )
    return owner, Origin.FILE if rule.group else Origin.CMDB if group else Origin.NOBODY


def _names(book: OwnerBook, seen: Iterable[str]) -> Iterator[str]:
    """Every device group once, by name; as the devices spell it where they do."""
    spelled: dict[str, str] = {}
    for name in (*seen, *(name for rule in book.owners for name in rule.device_groups)):
        spelled.setdefault(folded(name), name.strip())
    for each in book.services:
        spelled.setdefault(folded(each.device_group), each.device_group.strip())
    return (spelled[name] for name in sorted(spelled) if name)


def _claim(name: str, listed: _Listed, cmdb: _Register, there: Mapping[str, str] | None) -> Claim:
    service = listed.services.get(folded(name))
    claim = _by_service(name, service, listed, cmdb)
    if rule := listed.rules.get(folded(name)):
        owner = listed.owners[rule.id]
        passed = claim.owner.id if claim.gap is None and claim.owner.id != owner.id else ""
        claim = Claim(name, owner, Origin.FILE, listed.tickets[rule.id], claim.service, rule.place, overruled=passed)
    if there is not None and folded(name) not in there:
        claim = replace(claim, seen=False, near=claim.near or suggest(name, there.values()))
    return claim


def _by_service(name: str, rule: ServiceRule | None, listed: _Listed, cmdb: _Register) -> Claim:
    if rule is None:
        return Claim(name, listed.unowned, Origin.NOBODY, Origin.NOBODY, gap=Gap.NOT_NAMED)
    answer = cmdb.answers_for(rule.service)
    by_cmdb = listed.by_cmdb(answer) if isinstance(answer, ServiceOwner) else None
    if of_file := listed.of_service.get(folded(rule.service)):
        owner = listed.owners[of_file.id]
        passed = by_cmdb[0].id if by_cmdb and by_cmdb[0].id != owner.id else ""
        tickets = listed.tickets[owner.id]
        return Claim(name, owner, Origin.SERVICE, tickets, rule.service, rule.place, overruled=passed)
    if by_cmdb:
        owner, tickets = by_cmdb
        return Claim(name, owner, Origin.CMDB, tickets, rule.service, rule.place)
    gap = answer if isinstance(answer, Gap) else None
    near = cmdb.near(rule.service) if gap is Gap.NO_SUCH_SERVICE else ""
    return Claim(name, listed.unowned, Origin.NOBODY, Origin.NOBODY, rule.service, rule.place, gap, near=near)


def _owned(listed: _Listed, claims: Sequence[Claim]) -> Iterator[Owner]:
    """Every owner with its device groups: the file's in their order, then those of the CMDB by id."""
    owners = dict(listed.owners)
    derived = [each for each in claims if each.owner.id not in owners]
    for claim in sorted(derived, key=lambda each: (each.owner.id, each.tickets is Origin.NOBODY, folded(each.service))):
        owners.setdefault(claim.owner.id, claim.owner)
    for owner in owners.values():
        groups = tuple(each.device_group for each in claims if each.owner.id == owner.id)
        yield replace(owner, device_groups=groups)


def _derived_id(row: ServiceOwner) -> str:
    kind, name = ("user", row.owner) if row.owner else ("group", row.group)
    digest = hashlib.sha256(f"{kind}:{folded(name)}".encode()).hexdigest()[:_HASHED]
    words = re.findall(r"[a-z0-9]+", folded(name))
    slug = "-".join(words if words and words[0][0].isalpha() else (kind, *words))
    return f"{slug[: _LONGEST - _HASHED - 1].rstrip('-')}-{digest}"
