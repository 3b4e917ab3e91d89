"""What every source of evidence keeps to, whichever list is read: to its end, each row once, broken ones named, and nothing guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.evidence_sources.rig import COLLECTIONS, EVERY, EvidenceRig

from watchkeeper.errors import AuthFailed, Protocol, Throttled, Unavailable, WatchkeeperError
from watchkeeper.model.evidence import Emptiness
from watchkeeper.model.record import Side
from watchkeeper.model.sources import DEFENDER, GRAPH

LISTS = [(side, name) for side, name in EVERY if name not in {"exposure_score", "licences"}]


@pytest.mark.parametrize(("side", "name"), EVERY)
class TestEveryRead:
    def test_brings_rows_and_tells_as_of_when(self, rig: EvidenceRig, side: Side, name: str) -> None:
        found = rig.read(side, name)
        assert found.rows
        assert (found.set_aside, found.empty) == ((), None)
        assert found.as_of == rig.clock.now()

    def test_writes_nothing_and_is_counted_under_its_source(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.read(side, name)
        assert {rig.graph.side, rig.defender.side} == {GRAPH, DEFENDER}
        assert {entry.method for entry in rig.calls(side)} == {"GET"}
        assert rig.transport.traffic()[side].calls["GET"] == len(rig.calls(side))

    def test_of_nothing_is_empty_with_a_reason(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.seed(side, collections={COLLECTIONS[name]: []})
        found = rig.read(side, name)
        missing = {"machines", "exposure_score"}
        assert found.rows == ()
        assert found.empty is (Emptiness.NOT_FOUND if name in missing else Emptiness.NOTHING_LISTED)

    def test_names_a_broken_row_and_keeps_the_others(self, rig: EvidenceRig, side: Side, name: str) -> None:
        whole = len(rig.read(side, name).rows)
        rig.seed(side, add={COLLECTIONS[name]: [{"id": "odd-one"}]})
        found = rig.read(side, name)
        assert len(found.set_aside) == (0 if name in TOLERANT else 1)
        if name not in TOLERANT:
            (odd,) = found.set_aside
            assert "odd-one" in odd.place
            assert "has no" in odd.why
        assert len(found.rows) == (whole - (name == "exposure_score")) + (name in TOLERANT)

    def test_without_its_permission_says_which_one_to_give(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.consent(side, "User.Read.All")
        with pytest.raises(AuthFailed) as refused:
            rig.read(side, name)
        assert "application permission" in refused.value.remedy
        assert ".Read.All" in refused.value.remedy
        assert refused.value.attempt.status == 403
        assert refused.value.attempt.system == side

    def test_waits_as_long_as_it_is_asked_to(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.fault("status", side, status=429, retry_after=17, times=1)
        assert rig.read(side, name).rows
        assert 17 <= sum(rig.slept) < 18

    def test_gives_up_on_a_limit_that_lasts_longer_than_a_call_waits(
        self, rig: EvidenceRig, side: Side, name: str
    ) -> None:
        rig.fault("status", side, status=429, retry_after=3600)
        with pytest.raises(Throttled) as throttled:
            rig.read(side, name)
        assert throttled.value.retry_after == timedelta(hours=1)

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "status": 503, "times": 2},
            {"kind": "drop_before", "times": 1},
            {"kind": "page", "page": "gateway", "times": 1},
        ],
        ids=lambda fault: fault["kind"],
    )
    def test_goes_on_after_a_moment_of_trouble(
        self, rig: EvidenceRig, side: Side, name: str, fault: dict[str, Any]
    ) -> None:
        rig.fault(system=side, **fault)
        assert rig.read(side, name).rows

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"kind": "status", "status": 503}, Unavailable),
            ({"kind": "truncate"}, Protocol),
            ({"kind": "html200"}, Protocol),
            ({"kind": "content_type"}, Protocol),
            ({"kind": "empty"}, Protocol),
            ({"kind": "hostile", "shape": "nan"}, Protocol),
            ({"kind": "hostile", "shape": "deep"}, Protocol),
            ({"kind": "redirect"}, WatchkeeperError),
        ],
        ids=lambda each: "-".join(map(str, each.values())) if isinstance(each, dict) else "",
    )
    def test_never_takes_an_answer_that_is_none_for_an_empty_list(
        self, rig: EvidenceRig, side: Side, name: str, fault: dict[str, Any], error: type[WatchkeeperError]
    ) -> None:
        rig.fault(system=side, **fault)
        with pytest.raises(error):
            rig.read(side, name)

    def test_204_is_an_empty_list_that_says_so(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.fault("empty", side, status=204)
        assert rig.read(side, name).empty is Emptiness.NO_CONTENT


TOLERANT = frozenset({"machines", "service_health", "managed_devices"})
"""Lists of which a row needs nothing but an id."""


@pytest.mark.parametrize(("side", "name"), LISTS)
class TestEveryList:
    def test_is_read_to_its_end_whatever_the_page(self, rig: EvidenceRig, side: Side, name: str) -> None:
        whole = rig.read(side, name).rows
        rig.seed(side, options={"page_size": 3})
        before = len(rig.calls(side))
        assert rig.read(side, name).rows == whole
        if name != "announcements":
            assert len(rig.calls(side)) - before == -(-len(whole) // 3)

    def test_has_each_row_once_although_pages_overlap(self, rig: EvidenceRig, side: Side, name: str) -> None:
        whole = rig.read(side, name).rows
        rig.seed(side, options={"page_size": 4, "overlap": 2})
        assert rig.read(side, name).rows == whole

    @pytest.mark.parametrize("links", ["foreign_host", "endless"])
    def test_follows_no_link_that_leads_astray(self, rig: EvidenceRig, side: Side, name: str, links: str) -> None:
        if name == "announcements":
            rig.seed(side, add={COLLECTIONS[name]: [{"id": f"MC{each}"} for each in range(2000)]})
        rig.seed(side, options={"page_size": 3, "links": links})
        with pytest.raises(Protocol):
            rig.read(side, name)
        assert {entry.system for entry in rig.world.log.entries()} <= {side, "entra"}

    def test_that_breaks_off_is_no_list(self, rig: EvidenceRig, side: Side, name: str) -> None:
        rig.seed(side, options={"page_size": 3})
        if name == "announcements":
            rig.seed(side, add={COLLECTIONS[name]: [{"id": f"MC{each}"} for each in range(1000)]})
        rig.fault("status", side, status=500, after=1)
        with pytest.raises(Unavailable):
            rig.read(side, name)

    @pytest.mark.parametrize("nothing", [{"kind": "status", "status": 404}, {"kind": "empty", "status": 204}])
    def test_that_has_nothing_where_a_further_page_was_named_has_broken_off(
        self, rig: EvidenceRig, side: Side, name: str, nothing: dict[str, Any]
    ) -> None:
        rig.seed(side, options={"page_size": 3})
        if name == "announcements":
            rig.seed(side, add={COLLECTIONS[name]: [{"id": f"MC{each}"} for each in range(1000)]})
        rig.fault(system=side, after=1, **nothing)
        with pytest.raises(Protocol, match="broke off"):
            rig.read(side, name)


def test_one_token_serves_every_list_of_an_audience(rig: EvidenceRig) -> None:
    for side, name in EVERY:
        rig.read(side, name)
    assert sum(entry.path.endswith("/token") for entry in rig.calls("entra")) == 2


def test_a_token_that_expires_is_renewed_on_the_way(rig: EvidenceRig) -> None:
    rig.seed("entra", options={"token_calls": 2})
    rig.seed(GRAPH, options={"page_size": 20})
    assert len(rig.graph.secure_scores().rows) == 90


def test_a_claims_challenge_is_answered(rig: EvidenceRig) -> None:
    rig.graph.licences()
    rig.seed("entra", revoke="claims")
    assert rig.graph.licences().rows


def test_a_permission_that_was_given_meanwhile_holds_after_the_next_sign_in(rig: EvidenceRig) -> None:
    rig.consent(DEFENDER)
    with pytest.raises(AuthFailed):
        rig.defender.machines()
    rig.consent(DEFENDER, "Machine.Read.All")
    rig.open()
    assert rig.defender.machines().rows


def test_a_limit_that_does_not_say_when_to_come_back_is_given_a_few_tries(rig: EvidenceRig) -> None:
    rig.seed(DEFENDER, options={"hint": False})
    for _ in range(100):
        assert rig.defender.exposure_score().rows
    with pytest.raises(Throttled) as throttled:
        rig.defender.exposure_score()
    assert throttled.value.retry_after is None
    assert len(rig.slept) == 4


def test_a_refusal_in_spite_of_the_permission_says_so(rig: EvidenceRig) -> None:
    rig.fault("status", DEFENDER, status=403)
    with pytest.raises(AuthFailed) as refused:
        rig.defender.machines()
    assert "our token carries Machine.Read.All" in refused.value.remedy


def test_an_application_of_another_tenant_is_told_from_a_missing_permission(rig: EvidenceRig) -> None:
    rig.fault("status", DEFENDER, status=401)
    with pytest.raises(AuthFailed) as refused:
        rig.defender.machines()
    assert "AZURE_TENANT_ID" in refused.value.remedy


def test_a_directory_that_does_not_know_the_service_is_for_a_person_to_mend(rig: EvidenceRig) -> None:
    with pytest.raises(AuthFailed) as refused:
        rig.sign_in.roles("https://elsewhere.example")
    assert "GRAPH_ENDPOINT" in refused.value.remedy
