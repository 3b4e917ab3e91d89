from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.escalation.world import BOTS, CATALOG, DEFENDER, KEIKO, KEIKO_UPN, OUR_APP, OUR_BOT, STRANGER

from watchkeeper.escalation.authors import AuthorBook, Basis, Classification, people_of, roster_of
from watchkeeper.model.activity import Actor, Principal
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import AuthorClass

HUMAN, BOT, UNCLASSIFIED = AuthorClass.HUMAN, AuthorClass.BOT, AuthorClass.UNCLASSIFIED
OURS = {SERVICENOW: OUR_BOT.id, SENTINEL: OUR_APP.id}
BOOK = AuthorBook(ours=OURS, roster=roster_of(CATALOG.teams.values()), groups=frozenset({"group-1"}))


def knowing(actor: Actor, **what: object) -> AuthorBook:
    principal = replace(Principal(actor), **what)  # type: ignore[arg-type]
    return replace(BOOK, principals={(actor.side, actor.id.casefold()): principal})


def test_somebody_on_a_roster_is_human_without_case() -> None:
    assert BOOK.classify(KEIKO) == Classification(HUMAN, Basis.ROSTER)
    assert BOOK.classify(replace(KEIKO, id="Keiko.TANAKA")) == Classification(HUMAN, Basis.ROSTER)


def test_a_team_s_sentinel_owner_is_human_in_sentinel() -> None:
    assert BOOK.classify(KEIKO_UPN) == Classification(HUMAN, Basis.ROSTER)


def test_a_disabled_team_s_people_are_not_on_the_roster() -> None:
    teams = [replace(team, enabled=False) for team in CATALOG.teams.values()]
    assert replace(BOOK, roster=roster_of(teams)).classify(KEIKO).author_class is UNCLASSIFIED


def test_an_active_member_of_an_assignment_group_is_human() -> None:
    book = knowing(STRANGER, groups=frozenset({"GROUP-1"}))
    assert book.classify(STRANGER) == Classification(HUMAN, Basis.ASSIGNMENT_GROUP)


def test_where_our_own_account_is_not_known_a_group_s_member_may_be_us() -> None:
    member = knowing(STRANGER, groups=frozenset({"group-1"}))
    for ours in ({}, {SERVICENOW: ""}):
        assert replace(member, ours=ours).classify(STRANGER) == Classification(UNCLASSIFIED, Basis.WHO_WE_ARE)
        assert replace(member, ours=ours).classify(KEIKO).author_class is HUMAN


def test_a_member_of_other_groups_is_not() -> None:
    assert knowing(STRANGER, groups=frozenset({"group-2"})).classify(STRANGER).author_class is UNCLASSIFIED


def test_who_left_is_unclassified_even_on_a_roster() -> None:
    assert knowing(KEIKO, active=False).classify(KEIKO) == Classification(UNCLASSIFIED, Basis.INACTIVE)


def test_an_integration_account_is_a_bot_even_on_a_roster() -> None:
    assert knowing(KEIKO, integration=True).classify(KEIKO) == Classification(BOT, Basis.INTEGRATION_ACCOUNT)


@pytest.mark.parametrize("bot", BOTS, ids=lambda actor: actor.id)
def test_our_accounts_the_system_and_products_are_bots(bot: Actor) -> None:
    assert BOOK.classify(bot).author_class is BOT


@pytest.mark.parametrize(
    "account", ["guest", "SYSTEM", "glide.maint", "inbound.email", "Automation rule", "Azure Logic Apps"]
)
def test_accounts_that_nobody_logs_in_with_are_bots(account: str) -> None:
    assert BOOK.classify(Actor(SERVICENOW, account)).author_class is BOT


def test_an_application_id_is_a_bot_unless_a_roster_names_it() -> None:
    actor = Actor(SENTINEL, "99999999-2222-3333-4444-555555555555", "Some app")
    assert BOOK.classify(actor) == Classification(BOT, Basis.APPLICATION_ID)
    assert replace(BOOK, roster=frozenset({actor.id})).classify(actor).author_class is HUMAN


def test_a_name_proves_nothing() -> None:
    assert BOOK.classify(replace(STRANGER, name="Keiko Tanaka")).author_class is UNCLASSIFIED
    assert BOOK.classify(replace(KEIKO, name="System")).author_class is HUMAN


def test_an_address_alone_makes_nobody_human() -> None:
    assert BOOK.classify(Actor(SENTINEL, "svc-soar@soc.example")) == Classification(UNCLASSIFIED, Basis.NOT_KNOWN)


def test_a_name_without_an_account_is_a_bot_only_if_it_is_a_product_s() -> None:
    assert BOOK.classify(Actor(SENTINEL, "", DEFENDER.name)).author_class is BOT
    assert BOOK.classify(Actor(SENTINEL, "", "Somebody")) == Classification(UNCLASSIFIED, Basis.NO_AUTHOR)


@pytest.mark.parametrize("given", [HUMAN, BOT])
def test_a_person_s_word_overrides_the_rules(given: AuthorClass) -> None:
    book = replace(BOOK, confirmed={(SERVICENOW, STRANGER.id): given.value, (SERVICENOW, "system"): given.value})
    assert book.classify(STRANGER) == Classification(given, Basis.CONFIRMED)
    assert book.classify(Actor(SERVICENOW, "system")) == Classification(given, Basis.CONFIRMED)


def test_nobody_s_word_makes_our_own_account_human() -> None:
    book = replace(BOOK, confirmed={(SERVICENOW, OUR_BOT.id): "human"}, roster=frozenset({OUR_BOT.id}))
    assert book.classify(OUR_BOT) == Classification(BOT, Basis.OUR_ACCOUNT)


def test_a_word_that_is_no_class_is_ignored() -> None:
    book = replace(BOOK, confirmed={(SERVICENOW, STRANGER.id): "friend"})
    assert book.classify(STRANGER).author_class is UNCLASSIFIED


def test_a_word_on_one_side_says_nothing_on_the_other() -> None:
    book = replace(BOOK, confirmed={(SERVICENOW, "pat@soc.example"): "human"})
    assert book.classify(Actor(SENTINEL, "pat@soc.example")).author_class is UNCLASSIFIED


def test_a_person_is_known_on_the_other_side_by_address() -> None:
    haruto = Principal(Actor(SERVICENOW, "haruto.sato"), email="Haruto.Sato@soc.example")
    member = Principal(STRANGER, email="sam@soc.example", groups=frozenset({"group-1"}))
    gone = Principal(Actor(SERVICENOW, "noah.berg"), email="noah.berg@old.example", active=False)
    people = people_of([haruto, member, gone], BOOK.roster, BOOK.groups)
    assert people == {"haruto.sato@soc.example", "sam@soc.example"}
    known = replace(BOOK, people=people)
    assert known.classify(Actor(SENTINEL, "haruto.sato@soc.example")).author_class is HUMAN
    assert known.classify(Actor(SENTINEL, "noah.berg@old.example")).author_class is UNCLASSIFIED
