"""`owners.yaml`: who owns devices, checked at load. What is told of mistakes is in tests/cases/mappings/owners."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.catalog import load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence.estate import machines
from watchkeeper.emulators.servicenow.cast import GROUPS, PEOPLE
from watchkeeper.emulators.servicenow.cmdb_seeds import SERVICES
from watchkeeper.evidence.ownership import Gap, Origin, assign
from watchkeeper.model.administration import ServiceOwner
from watchkeeper.model.owner_book import OwnerBook, ServiceRule

MAPPINGS = Path(__file__).parents[3] / "mappings"
WHOLE = """\
version: 1
owners:
  - id: tokyo
    name: {en: Tokyo, ja: 東京}
    device_groups: [" Tokyo clients "]
    services: [Workplace]
    group: Service Desk
    contact: desk@soc.example
    language: ja
    zone: Asia/Tokyo
  - {id: servers, name: Servers, device_groups: [Servers]}
services:
  - {device_group: Dublin clients, service: Workplace}
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(MAPPINGS, deployment="soc")


def load(folder: Path, text: str, catalog: Catalog) -> OwnerBook:
    (folder / "owners.yaml").write_text(text, encoding="utf-8")
    return load_owners(folder, catalog)


def test_without_a_file_nobody_owns_anything_and_the_oversight_team_answers(tmp_path: Path, catalog: Catalog) -> None:
    book = load_owners(tmp_path, catalog)
    assert (book.owners, book.services) == ((), ())
    assert (book.group, book.language, book.zone) == ("SOC Oversight", "en", "Europe/Dublin")


def test_everything_can_be_said(tmp_path: Path, catalog: Catalog) -> None:
    book = load(tmp_path, WHOLE, catalog)
    tokyo, servers = book.owners
    assert (tokyo.id, tokyo.name, tokyo.device_groups) == ("tokyo", {"en": "Tokyo", "ja": "東京"}, ("Tokyo clients",))
    assert (tokyo.services, tokyo.group, tokyo.contact) == (("Workplace",), "Service Desk", "desk@soc.example")
    assert (tokyo.language, tokyo.zone) == ("ja", "Asia/Tokyo")
    assert tokyo.place.endswith("owners.yaml:3:5")
    assert book.services == (ServiceRule("Dublin clients", "Workplace", f"{tmp_path.as_posix()}/owners.yaml:13:5"),)
    assert servers.place.endswith("owners.yaml:11:5")


def test_what_an_owner_leaves_out_is_the_deployment_s_and_one_name_serves_in_every_language(
    tmp_path: Path, catalog: Catalog
) -> None:
    servers = load(tmp_path, WHOLE, catalog).owners[1]
    assert (servers.language, servers.zone, servers.group, servers.contact) == ("en", "Europe/Dublin", "", "")
    assert servers.name == {"en": "Servers", "ja": "Servers"}


def test_the_shipped_owners_are_those_of_the_emulated_estate_but_for_one_device_group(catalog: Catalog) -> None:
    book = load_owners(MAPPINGS, catalog)
    owned = {name for owner in book.owners for name in owner.device_groups} | {
        each.device_group for each in book.services
    }
    there = {each["rbacGroupName"] for each in machines(FIRST_MONDAY)}
    assert owned < there
    assert there - owned == {"Seattle clients"}
    assert {owner.group for owner in book.owners} | {book.group} <= set(GROUPS)
    assert {owner.contact for owner in book.owners} <= {person.email for person in PEOPLE.values()}


def test_the_shipped_owners_and_the_emulated_cmdb_leave_each_way_to_be_seen(catalog: Catalog) -> None:
    rows = [
        ServiceOwner(name, name, values.get("owned_by", ""), "", "", values.get("support_group", ""))
        for name, values in SERVICES.items()
    ]
    there = {each["rbacGroupName"] for each in machines(FIRST_MONDAY)}
    found = assign(load_owners(MAPPINGS, catalog), rows, there)
    assert {each.device_group: (each.origin, each.gap) for each in found.claims} == {
        "Dublin clients": (Origin.SERVICE, None),
        "Seattle clients": (Origin.NOBODY, Gap.NOT_NAMED),
        "Servers": (Origin.CMDB, None),
        "Tokyo clients": (Origin.FILE, None),
    }
