"""What asset owners ask for is kept once, with who asked and why, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.state.examples import MONDAY, SERIES, SetClock, a_link, a_request, a_request_duty

from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.owner_request import MOST_A_DAY, NEVER, Asked, OwnerRequest, Stage, Standing
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.state.prune import prune


def ask(store: SqlStateStore, request: OwnerRequest | None = None, series: str = SERIES) -> Asked:
    asked = request or a_request()
    return store.ask(series, asked, a_request_duty(asked, series), asked.asked_at)


def standing(store: SqlStateStore, series: str = SERIES) -> Standing:
    return store.request_standings([series]).get(series, NEVER)


def put_ticket(
    store: SqlStateStore, key: str = SERIES, *, closed: bool = False, state: LinkState = LinkState.LIVE
) -> None:
    store.put_links([a_link(key, closed=closed, state=state, profile="maintenance")])


def numbered(number: int) -> str:
    return f"owner-not-mine/soc-oversight@~{number:010x}"


def test_who_asked_for_what_comes_back_as_it_was(store: SqlStateStore) -> None:
    assert ask(store) is Asked.RAISED
    assert store.requests([SERIES]) == {SERIES: a_request()}
    assert store.unopened_requests() == {SERIES: a_request()}
    assert [each.key for each in store.raised()] == [SERIES]
    assert standing(store) == Standing(Stage.WAITING, 1, a_request())


def test_the_same_is_asked_once(store: SqlStateStore) -> None:
    assert [ask(store), ask(store), ask(store, a_request(reason="again"))] == [
        Asked.RAISED,
        Asked.ALREADY,
        Asked.ALREADY,
    ]
    assert store.requests([SERIES]) == {SERIES: a_request()}


def test_a_request_is_open_with_its_ticket_and_over_with_it(store: SqlStateStore) -> None:
    ask(store)
    put_ticket(store)
    opened = standing(store)
    assert (opened.stage, opened.number, opened.next_episode) == (Stage.OPEN, a_link().number, 1)
    assert store.unopened_requests() == {}
    put_ticket(store, closed=True)
    assert (standing(store).stage, standing(store).next_episode) == (Stage.CLOSED, 2)
    assert ask(store, a_request(3)) is Asked.OUTDATED
    assert ask(store, a_request(2)) is Asked.RAISED
    assert (standing(store).stage, standing(store).episode) == (Stage.WAITING, 2)


def test_a_ticket_that_is_gone_is_over_and_one_that_is_only_not_to_be_seen_is_not(store: SqlStateStore) -> None:
    ask(store)
    put_ticket(store, state=LinkState.MISSING)
    assert standing(store).stage is Stage.OPEN
    put_ticket(store, state=LinkState.GONE)
    assert standing(store).stage is Stage.CLOSED


def test_series_whose_keys_begin_alike_are_not_taken_for_each_other(store: SqlStateStore) -> None:
    for episode in range(1, 12):
        ask(store, a_request(episode))
        key = SERIES if episode == 1 else f"{SERIES}-{episode}"
        store.put_links([a_link(key, episode, closed=True, profile="maintenance")])
        ask(store, series=f"{SERIES[:-1]}f")
    assert (standing(store).stage, standing(store).episode) == (Stage.CLOSED, 11)
    assert standing(store, f"{SERIES[:-1]}f").episode == 1
    assert standing(store, f"{SERIES[:-1]}e") == NEVER


def test_many_series_are_told_as_each_alone_is(store: SqlStateStore) -> None:
    for number in range(4):
        for episode in range(1, number + 1):
            ask(store, a_request(episode), numbered(number))
            key = numbered(number) if episode == 1 else f"{numbered(number)}-{episode}"
            if episode < 3:
                store.put_links([a_link(key, 10 * number + episode, closed=True, profile="maintenance")])
    every = [numbered(number) for number in range(6)]
    alone = {each: found for each in every if (found := standing(store, each)) != NEVER}
    assert store.request_standings(every) == alone
    assert [(each.stage, each.episode) for each in alone.values()] == [
        (Stage.CLOSED, 1),
        (Stage.CLOSED, 2),
        (Stage.WAITING, 3),
    ]


def test_where_the_first_is_lost_a_later_one_is_found_before_the_same_is_asked_again(store: SqlStateStore) -> None:
    put_ticket(store, f"{SERIES}-2")
    assert (standing(store).stage, standing(store).episode) == (Stage.OPEN, 2)
    assert ask(store) is Asked.ALREADY


def test_an_owner_has_so_many_in_a_day(store: SqlStateStore) -> None:
    asked = [ask(store, series=numbered(number)) for number in range(MOST_A_DAY + 1)]
    assert asked == [Asked.RAISED] * MOST_A_DAY + [Asked.TOO_MANY]
    late = a_request(asked_at=MONDAY + timedelta(days=1, seconds=1))
    assert ask(store, late, numbered(MOST_A_DAY)) is Asked.RAISED


def test_browsers_that_ask_at_once_get_no_more_than_one_after_the_other(url: str, clock: SetClock) -> None:
    open_store(url, "test", clock, migrate=True).close()
    ready, asked = threading.Barrier(4), list[Asked]()

    def browse(number: int) -> None:
        with open_store(url, "test", clock, migrate=False) as own:
            ready.wait(10)
            asked.extend(ask(own, series=numbered(each)) for each in range(number % 2, 2 * MOST_A_DAY, 2))

    threads = [threading.Thread(target=browse, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert asked.count(Asked.RAISED) == MOST_A_DAY


def test_a_request_under_a_number_that_was_taken_gets_another_one(store: SqlStateStore) -> None:
    ask(store)
    [old], fresh = store.raised(), a_request(2)
    decided = Decided(old, Decision.SKIPPED, "taken", MONDAY)
    for _ in range(2):
        store.renew_request(decided, fresh, a_request_duty(fresh))
    assert [each.key for each in store.raised()] == [f"{SERIES}-2"]
    assert standing(store).episode == 2


@pytest.mark.parametrize(("closed", "kept"), [(True, False), (False, True)])
def test_pruning_takes_the_words_of_old_requests_whose_ticket_is_closed(
    store: SqlStateStore, closed: bool, kept: bool
) -> None:
    ask(store)
    ask(store, series=numbered(1))
    put_ticket(store, closed=closed)
    prune(store, MONDAY + timedelta(days=1), "pruning", MONDAY + timedelta(days=2), apply=True)
    assert set(store.requests([SERIES, numbered(1)])) == ({SERIES, numbered(1)} if kept else {numbered(1)})
    assert standing(store).stage is (Stage.CLOSED if closed else Stage.OPEN), "what it stands for stays"
