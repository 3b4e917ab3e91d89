"""`owners.yaml`: who owns the devices that are to be mended, by themselves or by a service of the CMDB."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from pydantic import Discriminator, Field, StringConstraints, Tag

from watchkeeper.catalog.entries import Entry, Slug, Text, ZoneName
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.team_file import Language
from watchkeeper.mapping.base_models import Version
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.model.owner_book import UNOWNED_ID, OwnerBook, OwnerRule, ServiceRule

OWNERS: Final = "owners.yaml"
OWNERS_SCHEMA: Final = "owners.schema.json"


def _form(value: object) -> str:
    return "one" if isinstance(value, str) else "each"


Spelled = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Called = Annotated[Annotated[Spelled, Tag("one")] | Annotated[Text, Tag("each")], Discriminator(_form)]
"""A text for every language, or one for each."""


class OwnerEntry(Entry):
    """Somebody who owns devices: a team, a department, a supplier."""

    id: Slug = Field(
        description="The owner's id, part of every key of its tickets and of its address on the portal: never change it."
    )
    name: Called = Field(description="What people call it: one text, or one in each language.")
    device_groups: tuple[Spelled, ...] = Field(
        default=(), description="Its device groups, as Defender for Endpoint names them."
    )
    services: tuple[Spelled, ...] = Field(
        default=(),
        description="CMDB services that are this owner's, by name: device groups of such a service are, too, and the service's "
        "support group and contact serve where the owner has none here.",
    )
    group: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = Field(
        default="",
        description="The ServiceNow assignment group of its tickets, by name or sys_id; left out: its service's support group, "
        "else the oversight team's.",
    )
    contact: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = Field(
        default="", description="Whom to ask, as an address; left out: the contact of its service's owner."
    )
    language: Language | None = Field(
        default=None, description="The language of its tickets and pages; left out: the deployment's."
    )
    zone: ZoneName | None = Field(default=None, description="Its time zone; left out: the deployment's.")


class ServiceEntry(Entry):
    """Which CMDB service a device group belongs to. The service's owner or support group then owns the devices."""

    device_group: Spelled = Field(description="The device group, as Defender for Endpoint names it.")
    service: Spelled = Field(description="The service, by its name in the CMDB.")


class OwnersFile(Entry):
    """Who owns devices. What neither an owner nor a service claims is unowned, and goes to the oversight team."""

    version: Version = Field(description="The version of this file format.")
    owners: tuple[OwnerEntry, ...] = Field(default=(), description="The owners.")
    services: tuple[ServiceEntry, ...] = Field(default=(), description="Services of device groups.")


def load_owners(folder: Path, catalog: Catalog) -> OwnerBook:
    """The owners of a mappings folder with this catalogue; none where it has no `owners.yaml`. Raises Config."""
    path = folder / OWNERS
    if not path.is_file():
        return _book(OwnersFile(version=1), None, catalog)
    problems = ProblemList()
    document = problems.load(path)
    file = problems.validate(document, OwnersFile)
    if file is not None and document is not None:
        _check(file, document, problems)
    problems.raise_if_any()
    return _book(file or OwnersFile(version=1), document, catalog)


_Place = tuple[str | int, ...]


def _check(file: OwnersFile, document: Document, problems: ProblemList) -> None:
    entries = tuple(enumerate(file.owners))
    for index, owner in entries:
        if owner.id == UNOWNED_ID:
            found = f"{UNOWNED_ID!r} means what nobody owns and cannot be the id of an owner"
            problems.add(document.problem(("owners", index, "id"), found))
        if not (owner.device_groups or owner.services):
            found = "owns nothing"
            problems.add(document.problem(("owners", index), found, allowed="device_groups, services, or both"))
    ids = (((("owners", index, "id")), owner.id) for index, owner in entries)
    groups = _each(((("owners", index, "device_groups")), owner.device_groups) for index, owner in entries)
    services = _each(((("owners", index, "services")), owner.services) for index, owner in entries)
    placed = ((("services", index, "device_group"), each.device_group) for index, each in enumerate(file.services))
    _once(ids, "one owner per id", document, problems)
    _once(groups, "one owner per device group", document, problems)
    _once(services, "one owner per service", document, problems)
    _once(placed, "one service per device group", document, problems)


def _each(lists: Iterable[tuple[_Place, tuple[str, ...]]]) -> Iterable[tuple[_Place, str]]:
    return (((*path, index), name) for path, names in lists for index, name in enumerate(names))


def _once(named: Iterable[tuple[_Place, str]], allowed: str, document: Document, problems: ProblemList) -> None:
    """Names compare as the device groups of an ownership do: without case and outer white space."""
    seen: dict[str, str] = {}
    for path, name in named:
        place = document.position(path)
        first = seen.setdefault(name.strip().casefold(), place)
        if first != place:
            problems.add(document.problem(path, f"{name!r} is at {first} already", allowed=allowed))


def _book(file: OwnersFile, document: Document | None, catalog: Catalog) -> OwnerBook:
    home = catalog.deployment
    language, zone = home.language, str(home.zone)
    return OwnerBook(
        group=catalog.teams[home.oversight_team].group,
        language=language,
        zone=zone,
        owners=tuple(
            OwnerRule(
                id=entry.id,
                name=_by_language(entry.name),
                device_groups=entry.device_groups,
                services=entry.services,
                group=entry.group,
                contact=entry.contact,
                language=entry.language or language,
                zone=entry.zone or zone,
                place=document.position(("owners", index)) if document else OWNERS,
            )
            for index, entry in enumerate(file.owners)
        ),
        services=tuple(
            ServiceRule(
                entry.device_group,
                entry.service,
                document.position(("services", index)) if document else OWNERS,
            )
            for index, entry in enumerate(file.services)
        ),
    )


def _by_language(name: str | Text) -> dict[str, str]:
    return {"en": name, "ja": name} if isinstance(name, str) else name.by_language()
