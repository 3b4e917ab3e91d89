from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.model.activity import Actor, Principal, ReferenceKind, Resolved
from watchkeeper_sentinel.people import NOBODY, People, account_id, is_upn, resolve_names

KEIKO = {
    "objectId": "2046FEEA-040d-4a46-9e2b-91c2941bfa70",
    "userPrincipalName": "Keiko.Tanaka@soc.example",
    "name": "Keiko",
}
PLAYBOOK = {
    "objectId": "3FA18A54-acd0-5882-a076-a4f991ab7849",
    "name": "Playbook",
    "userPrincipalName": None,
    "email": None,
}


def test_a_users_id_is_the_principal_name_in_lower_case() -> None:
    assert People().author(KEIKO) == Actor("sentinel", "keiko.tanaka@soc.example", "Keiko")


def test_an_applications_id_is_its_object_id() -> None:
    assert People().author(PLAYBOOK) == Actor("sentinel", "3fa18a54-acd0-5882-a076-a4f991ab7849", "Playbook")


@pytest.mark.parametrize("client", [None, {}, "text", {"name": None, "objectId": ""}])
def test_an_author_that_nobody_names_is_unknown(client: Any) -> None:
    assert People().author(client).id == NOBODY


def test_only_accounts_that_were_met_are_known() -> None:
    people = People()
    keiko, playbook = people.author(KEIKO), people.author(PLAYBOOK)

    assert people.principals(["KEIKO.TANAKA@soc.example", playbook.id, "ava@soc.example", "Microsoft Sentinel"]) == {
        "KEIKO.TANAKA@soc.example": Principal(keiko, email="keiko.tanaka@soc.example"),
        playbook.id: Principal(playbook, integration=True),
    }


@pytest.mark.parametrize("client", [{"userPrincipalName": "keiko.tanaka@soc.example"}, {"name": "Microsoft Sentinel"}])
def test_an_account_without_an_object_id_proves_nothing(client: dict[str, str]) -> None:
    people = People()

    assert people.principals([people.author(client).id]) == {}


def test_we_are_one_account_under_all_our_names() -> None:
    people = People()
    people.know_ourselves("11f6a3c2-2f6e-4f04-8f2f-7f3b6d1b2c3d", ["B2C7A1DE-4d5f-4f0a-9f44-0d8d1f9f3c21", ""])
    people.called(["Watchkeeper Integration"])

    actors = (
        people.author({"objectId": "b2c7a1de-4d5f-4f0a-9f44-0d8d1f9f3c21", "name": "Watchkeeper Integration"}),
        people.named("Watchkeeper Integration"),
        people.named("11F6A3C2-2F6E-4F04-8F2F-7F3B6D1B2C3D"),
    )
    assert {actor.id for actor in actors} == {"11f6a3c2-2f6e-4f04-8f2f-7f3b6d1b2c3d"}


def test_before_we_know_who_we_are_no_name_is_ours() -> None:
    people = People()
    people.called(["Watchkeeper Integration"])

    assert people.named("Watchkeeper Integration").id == "Watchkeeper Integration"


@pytest.mark.parametrize(
    ("modified_by", "author"),
    [
        ("Ava.Nguyen@soc.example", "ava.nguyen@soc.example"),
        ("User - ava.nguyen@soc.example", "ava.nguyen@soc.example"),
        ("Microsoft Defender XDR - alert correlation", "Microsoft Defender XDR - alert correlation"),
        ("  Incident created from alert ", "Incident created from alert"),
        ("", NOBODY),
    ],
)
def test_the_tables_one_text_is_a_principal_name_where_it_holds_one(modified_by: str, author: str) -> None:
    assert People().named(modified_by).id == author


@pytest.mark.parametrize("text", ["a@b.example", "o'neil".replace("'", "") + "@b-c.example", "x#EXT#@b.example"])
def test_principal_names(text: str) -> None:
    assert is_upn(text)


@pytest.mark.parametrize(
    "text", ["", "a", "@b.example", "a@b", "a@-b.example", "a b@c.example", "a@b.example\n", "a@@b.c"]
)
def test_what_is_no_principal_name(text: str) -> None:
    assert not is_upn(text)


def test_other_names_keep_their_case() -> None:
    assert account_id(" Microsoft Sentinel ") == "Microsoft Sentinel"


def test_a_group_is_named_by_its_guid_only() -> None:
    guid = "3FA18A54-acd0-5882-a076-a4f991ab7849"
    answers = resolve_names(ReferenceKind.GROUP, [guid, "SOC Analysts"])

    assert (answers[guid].outcome, answers[guid].id) == (Resolved.UNVERIFIABLE, guid.lower())
    assert answers["SOC Analysts"].outcome is Resolved.NONE
