"""Who owns each device group, and where the answer comes from: the deployment's file first, then the CMDB."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.owners import UNOWNED
from watchkeeper.evidence.ownership import Assignment, Claim, Gap, Origin, assign
from watchkeeper.model.administration import ServiceOwner
from watchkeeper.model.owner_book import OwnerBook, OwnerRule, ServiceRule

HOME = OwnerBook("SOC Oversight", "en", "Europe/Dublin")


def owner(
    name: str, *device_groups: str, services: Sequence[str] = (), group: str = "", contact: str = ""
) -> OwnerRule:
    names = {"en": name.title(), "ja": f"{name}（日本）"}
    place = f"owners.yaml:{name}"
    return OwnerRule(name, names, device_groups, tuple(services), group, contact, "ja", "Asia/Tokyo", place)


def book(*owners: OwnerRule, **services: str) -> OwnerBook:
    """`services`: by device group."""
    rules = tuple(ServiceRule(name, each, f"owners.yaml:{name}") for name, each in services.items())
    return OwnerBook(HOME.group, HOME.language, HOME.zone, owners, rules)


def row(service: str, user: str = "", group: str = "", *, name: str = "", contact: str = "") -> ServiceOwner:
    return ServiceOwner(f"id-{service}-{user}-{group}", service, user, name, contact, group)


def the(assignment: Assignment, device_group: str) -> Claim:
    (found,) = (each for each in assignment.claims if each.device_group == device_group)
    return found


def test_an_owner_of_the_file_has_the_device_groups_that_it_names() -> None:
    found = assign(book(owner("tokyo", "Tokyo", group="Desk")), [])
    claim = the(found, "Tokyo")
    assert (claim.owner.id, claim.origin, claim.tickets, claim.place) == (
        "tokyo",
        Origin.FILE,
        Origin.FILE,
        "owners.yaml:tokyo",
    )
    assert found.ownership.owners == (claim.owner,)
    assert (claim.owner.device_groups, claim.owner.group) == (("Tokyo",), "Desk")
    assert (claim.owner.language, claim.owner.zone) == ("ja", "Asia/Tokyo")
    assert (claim.owner.called("ja"), claim.owner.called("en"), claim.owner.called("fr")) == (
        "tokyo（日本）",
        "Tokyo",
        "Tokyo",
    )


def test_a_device_group_of_an_owner_s_service_is_the_owner_s_without_any_cmdb() -> None:
    claim = the(assign(book(owner("tokyo", services=["Workplace"]), Dublin="WORKPLACE "), None), "Dublin")
    assert (claim.owner.id, claim.origin, claim.service) == ("tokyo", Origin.SERVICE, "WORKPLACE ")
    assert (claim.owner.group, claim.tickets) == ("SOC Oversight", Origin.NOBODY)


def test_what_an_owner_leaves_out_its_service_s_row_fills_in() -> None:
    rows = [row("Workplace", "ava.nguyen", "Workplace desk", contact="ava@soc.example")]
    claim = the(assign(book(owner("tokyo", "Tokyo", services=["Workplace"])), rows), "Tokyo")
    assert (claim.owner.group, claim.tickets, claim.owner.contact) == (
        "Workplace desk",
        Origin.CMDB,
        "ava@soc.example",
    )


def test_a_service_that_no_owner_names_is_its_cmdb_owner_s() -> None:
    rows = [row("Hosting", "ava.nguyen", "SOC Engineering", name="Ava Nguyen", contact="ava@soc.example")]
    claim = the(assign(book(Servers="Hosting"), rows), "Servers")
    assert (claim.origin, claim.tickets, claim.gap) == (Origin.CMDB, Origin.CMDB, None)
    assert (claim.owner.name, claim.owner.group, claim.owner.contact) == (
        "Ava Nguyen",
        "SOC Engineering",
        "ava@soc.example",
    )
    assert (claim.owner.language, claim.owner.zone) == (HOME.language, HOME.zone)
    assert claim.owner.id == "ava-nguyen-fcd0108a"


def test_a_service_without_an_owner_is_its_support_group_s() -> None:
    claim = the(assign(book(Servers="Hosting"), [row("Hosting", group="SOC Engineering")]), "Servers")
    assert claim.owner.id.startswith("soc-engineering-")
    assert (claim.owner.name, claim.owner.group, claim.owner.contact) == ("SOC Engineering", "SOC Engineering", "")


def test_somebody_who_answers_for_several_services_is_one_owner() -> None:
    rows = [row("B hosting", "ava", "Second"), row("A hosting", "ava"), row("C hosting", "ava", "Third")]
    found = assign(book(One="A hosting", Two="B hosting", Three="C hosting"), rows)
    (ava,) = found.ownership.owners
    assert ava.device_groups == ("One", "Three", "Two")
    assert ava.group == "Second", "the first of its services by name that has a group"
    assert {claim.owner for claim in found.claims} == {ava}
    assert {claim.tickets for claim in found.claims} == {Origin.CMDB}


def test_the_file_wins_over_the_cmdb_and_says_whom_it_passed_over() -> None:
    rows = [row("Hosting", "ava.nguyen", "SOC Engineering")]
    by_cmdb = the(assign(book(Servers="Hosting"), rows), "Servers").owner.id
    named = the(assign(book(owner("servers", "Servers"), Servers="Hosting"), rows), "Servers")
    assert (named.owner.id, named.origin, named.overruled) == ("servers", Origin.FILE, by_cmdb)
    served = the(assign(book(owner("servers", services=["hosting"]), Servers="Hosting"), rows), "Servers")
    assert (served.owner.id, served.origin, served.overruled) == ("servers", Origin.SERVICE, by_cmdb)


def test_an_owner_of_the_file_under_a_derived_id_takes_its_place() -> None:
    rows = [row("Hosting", "ava.nguyen", "SOC Engineering")]
    name = the(assign(book(Servers="Hosting"), rows), "Servers").owner.id
    found = assign(book(owner(name, "Other", group="Desk"), Servers="Hosting"), rows)
    assert [each.id for each in found.ownership.owners] == [name]
    assert found.ownership.owners[0].device_groups == ("Other", "Servers")
    assert the(found, "Servers").tickets is Origin.FILE


@pytest.mark.parametrize(
    ("rows", "gap", "near"),
    [
        (None, Gap.CMDB_NOT_READ, ""),
        ([row("Server hosting", "ava")], Gap.NO_SUCH_SERVICE, "Server hosting"),
        ([row("Server hostin")], Gap.SERVICE_WITHOUT_OWNER, ""),
        ([row("Server hostin", "ava"), row("server hostin", "noah")], Gap.AMBIGUOUS_SERVICE, ""),
    ],
)
def test_a_device_group_without_an_owner_says_why_and_its_tickets_go_to_the_oversight_team(
    rows: list[ServiceOwner] | None, gap: Gap, near: str
) -> None:
    found = assign(book(Servers="Server hostin"), rows)
    assert found.claims == found.unowned
    (claim,) = found.unowned
    assert (claim.gap, claim.near, claim.origin) == (gap, near, Origin.NOBODY)
    assert claim.owner == found.ownership.unowned
    assert (claim.owner.id, claim.owner.group) == (UNOWNED.id, "SOC Oversight")
    assert found.ownership.owners == ()


def test_two_rows_of_a_service_that_agree_are_no_doubt() -> None:
    rows = [row("Hosting", "ava", "Desk"), row("hosting ", "Ava", "desk"), row("Hosting")]
    assert the(assign(book(Servers="Hosting"), rows), "Servers").gap is None


def test_a_device_group_that_nothing_names_is_unowned_and_one_that_is_not_seen_is_said_so() -> None:
    found = assign(book(owner("tokyo", "Tokyo client")), [], seen=["Tokyo clients", "Seattle clients"])
    assert [(each.device_group, each.gap, each.seen) for each in found.claims] == [
        ("Seattle clients", Gap.NOT_NAMED, True),
        ("Tokyo client", None, False),
        ("Tokyo clients", Gap.NOT_NAMED, True),
    ]
    assert the(found, "Tokyo client").near == "Tokyo clients"


def test_every_owner_of_the_file_is_there_in_its_order_whether_it_has_devices_or_not() -> None:
    rows = [row("Hosting", "ava")]
    found = assign(book(owner("zoo", services=["Other"]), owner("art", "Art"), Servers="Hosting"), rows)
    assert [each.id.split("-")[0] for each in found.ownership.owners] == ["zoo", "art", "ava"]
    assert found.ownership.owners[0].device_groups == ()


NAMES = st.sampled_from(["ava.nguyen", "ava-nguyen", "AVA.NGUYEN", "監視", "運用", "7up", "", "x" * 90, "x" * 91])


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5))
def test_derived_ids_are_ids_and_the_same_whatever_the_order_and_the_company(people: list[tuple[str, str]]) -> None:
    rows = [row(f"service {index}", user, group) for index, (user, group) in enumerate(people)]
    told = OwnerBook(
        *(HOME.group, HOME.language, HOME.zone, ()),
        tuple(ServiceRule(f"group {index}", each.service, "") for index, each in enumerate(rows)),
    )
    found = assign(told, rows)
    assert assign(told, list(reversed(rows))) == found
    for index, (user, group) in enumerate(people):
        claim = the(found, f"group {index}")
        assert (claim.gap is None) == bool(user or group)
        if claim.gap is None:
            alone = OwnerBook(HOME.group, HOME.language, HOME.zone, (), (told.services[index],))
            assert the(assign(alone, [rows[index]]), f"group {index}").owner.id == claim.owner.id
            assert len(claim.owner.id) <= 48
            assert claim.owner.id[0].isascii()
            assert set(claim.owner.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    keys = {(user or group).casefold() + str(bool(user)) for user, group in people if user or group}
    assert len({each.id for each in found.ownership.owners}) == len(keys)
