"""What a sweep is measured on is what a run would have stored."""

from __future__ import annotations

import pytest
from bench.estate import DEPLOYMENT, Estate, links_of, number_of
from bench.filled import escalations

from watchkeeper.model.identity import marker_of
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.systems import fingerprint


@pytest.mark.parametrize("number", [0, 1, 10, 999_999])
def test_links_are_what_both_records_say(number: int) -> None:
    estate = Estate(1_000_000, 0)
    for link in links_of(number, escalations()):
        record = estate.record(link.ref.side, number)
        assert (link.ref, link.revision, link.fingerprint) == (
            record.ref,
            record.revision,
            fingerprint(escalations(), record),
        )
        assert link.closed is not holds_open(escalations(), link)
        assert number_of(link.ref) == number
    assert estate.record(SERVICENOW, number).marker == marker_of(DEPLOYMENT, link.key)


def test_as_many_tickets_have_changed_as_are_wanted() -> None:
    estate = Estate(1000, 7)
    before = {record.ref: record for record in Estate(1000, 0).records(SERVICENOW)}
    changed = [record for record in estate.records(SERVICENOW) if record != before[record.ref]]
    assert len(changed) == 7
    assert all(escalations().in_population(record) or record.ours for record in changed)
    assert list(estate.records(SENTINEL)) == list(Estate(1000, 0).records(SENTINEL))


def test_an_id_of_somebody_else_has_no_number() -> None:
    assert number_of(RecordRef(SERVICENOW, "incident", "f" * 32)) is None
    assert number_of(RecordRef(SENTINEL, "incidents", "219bbd91-ac2e-5dcc-bb5a-3e2c60cd40dc")) is None
