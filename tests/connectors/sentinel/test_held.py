from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.sentinel.exchanges import ETAG, NAME, OTHER, incident

from watchkeeper_sentinel.held import Held, HeldIncidents, only_our_comments


@pytest.fixture
def held() -> HeldIncidents:
    return HeldIncidents(most=2)


def commented(count: int, **properties: Any) -> dict[str, Any]:
    return incident(additionalData={"commentsCount": count}, **properties)["properties"]  # type: ignore[no-any-return]


def test_an_incident_is_held_whole_under_its_name_in_any_case(held: HeldIncidents) -> None:
    held.keep(incident(NAME.upper(), teamInformation={"teamId": "t"}))

    found = held.get(NAME)
    assert found is not None
    assert (found.etag, found.properties["teamInformation"]) == (ETAG, {"teamId": "t"})


def test_the_least_recently_used_is_forgotten_first(held: HeldIncidents) -> None:
    third = "0d1d2f7e-21c8-4f4d-9d45-000000000000"
    for name in (NAME, OTHER):
        held.keep(incident(name))
    held.get(NAME)
    held.keep(incident(third))

    assert [held.get(name) is not None for name in (NAME, OTHER, third)] == [True, False, True]


@pytest.mark.parametrize("item", [{}, {"name": NAME}, {"etag": ETAG}])
def test_what_has_no_name_or_version_is_not_held(held: HeldIncidents, item: dict[str, str]) -> None:
    held.keep(item)

    assert held.get(NAME) is None


def test_an_absence_serves_one_create(held: HeldIncidents) -> None:
    held.missed(NAME)

    assert (held.take_absence(NAME.upper()), held.take_absence(NAME)) == (True, False)


def test_an_absence_ends_when_the_incident_is_seen(held: HeldIncidents) -> None:
    held.missed(NAME)
    held.keep(incident())

    assert not held.take_absence(NAME)


def test_a_new_reading_knows_nothing_of_earlier_comments(held: HeldIncidents) -> None:
    held.keep(incident())
    held.commented(NAME)
    held.keep(incident(etag="next"))

    assert held.get(NAME) == Held("next", incident()["properties"])


@pytest.mark.parametrize(
    ("now", "ours_alone"),
    [
        (commented(2, lastModifiedTimeUtc="later"), True),
        (commented(3), False),
        (commented(1), False),
        (commented(2, title="renamed"), False),
        (commented(2, owner=None), False),
        (commented(2, something="new"), False),
    ],
)
def test_our_comments_are_all_that_differs_or_they_are_not(now: dict[str, Any], ours_alone: bool) -> None:
    assert only_our_comments(Held(ETAG, commented(1), own_comments=1), now) is ours_alone


def test_without_a_comment_of_ours_nothing_excuses_another_version() -> None:
    assert not only_our_comments(Held(ETAG, commented(1)), commented(1))
