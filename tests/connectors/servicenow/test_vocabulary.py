"""What an instance says about its own fields: lengths and choices, read once, inherited from `task`, told in every language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.errors import Rejected
from watchkeeper.model.activity import Resolved
from watchkeeper.model.record import SERVICENOW, Draft, Record, RecordRef
from watchkeeper.model.vocabulary import ChoiceList
from watchkeeper_servicenow.vocabulary import Vocabulary, of_memo

FIELDS = {
    "incident": frozenset({"state", "close_code", "short_description", "impact"}),
    "sn_si_incident": frozenset({"state", "close_code", "impact"}),
}
CLOSE = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


def calls(rig: ServiceNowRig) -> list[tuple[str, ...]]:
    return [entry.items or (f"{entry.method} {entry.path}",) for entry in rig.requests()]


def test_groups_lists_and_lengths_are_one_call(rig: ServiceNowRig) -> None:
    told = rig.connector.orient(["CSIRT", "CSIRTT"], FIELDS, None)
    assert told.groups["CSIRT"].outcome is Resolved.ONE
    assert told.groups["CSIRTT"].near == ("CSIRT",)
    tables = [path.rsplit("/", 1)[1] for path in calls(rig)[0]]
    assert tables == ["sys_user_group", "sys_dictionary", "sys_choice"]


def test_labels_of_every_language_stand_for_the_value(rig: ServiceNowRig) -> None:
    choices = rig.connector.orient([], FIELDS, None).choices
    state = choices["incident", "state"]
    assert {state.value(name) for name in ("3", "On Hold", "on hold", "保留中")} == {"3"}
    assert (
        choices["sn_si_incident", "state"].value("Closed")
        == choices["sn_si_incident", "state"].value("クローズ済み")
        == "3"
    )
    assert choices["sn_si_incident", "close_code"].value("誤検知") == "-101"


def test_a_table_inherits_the_lists_of_task_and_its_own_come_first(rig: ServiceNowRig) -> None:
    choices = rig.connector.orient([], FIELDS, None).choices
    assert choices["sn_si_incident", "impact"].value("1 - High") == "1"
    assert set(choices["incident", "state"].labels) == {"1", "2", "3", "6", "7", "8"}
    assert ("incident", "short_description") not in choices


def test_what_was_told_is_not_asked_again_for_a_day_nor_for_fewer_fields(rig: ServiceNowRig) -> None:
    memo = rig.connector.orient([], FIELDS, None).memo
    fresh = ServiceNowRig()
    told = fresh.connector.orient([], {"incident": frozenset({"state"})}, memo)
    assert (told.remembered, told.choices["incident", "state"].value("On Hold")) == (True, "3")
    assert fresh.requests_made() == 0
    assert not fresh.connector.orient([], {"sc_task": frozenset({"state"})}, memo).remembered
    fresh.advance(timedelta(days=1))
    assert not fresh.connector.orient([], FIELDS, memo).remembered


@pytest.mark.parametrize(
    "memo", [None, "", "{", "[]", "{}", '{"asked": 1}', '{"asked": {}, "lengths": [], "choices": [], "at": "then"}']
)
def test_a_memo_that_is_none_of_ours_holds_nothing(memo: str | None) -> None:
    assert of_memo(memo) == Vocabulary()


def test_text_is_cut_at_the_length_that_this_instance_gives_the_field(rig: ServiceNowRig) -> None:
    longer = {"name": "incident", "element": "short_description", "max_length": "200", "internal_type": "string"}
    rig.servicenow.seed({"rows": [{"table": "sys_dictionary", "fields": longer}]})
    rig.connector.orient([], FIELDS, None)
    written = rig.connector.create(rig.draft("test/a@2026-11-16", "x" * 250))
    [sent] = [entry for entry in rig.requests() if entry.path.endswith("/incident")]
    without = sent.bytes_in - len("x" * 200)
    rig.connector.create(rig.draft("test/b@2026-11-16", ""))
    [_, empty] = [entry for entry in rig.requests() if entry.path.endswith("/incident")]
    assert without == empty.bytes_in
    assert [refused.field for refused in written.refused] == ["short_description"]


def test_the_usual_lengths_count_where_the_dictionary_cannot_be_read(rig: ServiceNowRig) -> None:
    rig.servicenow.seed(
        {
            "acl": [
                {"table": "sys_dictionary", "operation": "read", "allow": ["admin"]},
                {"table": "sys_choice", "operation": "read", "allow": ["admin"]},
            ]
        }
    )
    told = rig.connector.orient([], FIELDS, None)
    assert told.choices == {}
    assert of_memo(told.memo).limit("incident", "short_description") == 160
    assert of_memo(told.memo).limit("incident", "u_anything") is None


def test_a_list_of_which_rows_are_hidden_proves_nothing_wrong(rig: ServiceNowRig) -> None:
    rig.servicenow.seed({"acl": [{"table": "sys_choice", "operation": "read", "allow": ["admin"]}]})
    rig.connector.orient([], FIELDS, None)
    ref = rig.person_opens("An alert")
    before = rig.connector.get([ref], frozenset())[ref]
    assert isinstance(before, Record)
    assert rig.connector.close(ref, CLOSE, before.revision).record.fields["state"] == "6"


def closing(rig: ServiceNowRig, table: str, changes: dict[str, str]) -> Any:
    row = rig.servicenow.people({"who": "keiko.tanaka", "do": "create", "table": table})["record"]
    ref = RecordRef(SERVICENOW, table, row["sys_id"])
    record = rig.connector.get([ref], frozenset())[ref]
    assert isinstance(record, Record)
    return rig.connector.close(ref, changes, record.revision)


def test_a_close_code_that_this_table_does_not_have_is_refused_before_it_is_sent(rig: ServiceNowRig) -> None:
    """The same code may be one of the next table's."""
    rig.servicenow.seed({"roles": {"watchkeeper": ["itil", "sn_si.read", "sn_si.analyst"]}})
    rig.connector.orient([], FIELDS, None)
    with pytest.raises(Rejected, match=r"'Solution providd' is no choice of incident; near: Solution provided"):
        closing(rig, "incident", {**CLOSE, "close_code": "Solution providd"})
    with pytest.raises(Rejected, match="close_code 'Solution provided' is no choice of sn_si_incident"):
        closing(rig, "sn_si_incident", {**CLOSE, "state": "3"})
    assert rig.writes_made() == 0


def test_a_code_that_the_instance_got_since_the_list_was_read_is_let_through(rig: ServiceNowRig) -> None:
    rig.connector.orient([], FIELDS, None)
    choice = {"name": "incident", "element": "close_code", "value": "Tuned", "label": "Tuned", "language": "en"}
    rig.servicenow.seed({"rows": [{"table": "sys_choice", "fields": choice}]})
    assert closing(rig, "incident", {**CLOSE, "close_code": "Tuned"}).refused == ()


def test_a_label_that_two_values_share_stands_for_neither() -> None:
    choices = ChoiceList({"1": ("Done",), "2": ("done", "Erledigt"), "3": ("Open",)})
    assert choices.value("Done") is None
    assert choices.near("Done")[:2] == ("1", "2")
    assert choices.value("Erledigt") == "2"
    assert choices.value("3") == "3"


def test_a_draft_of_any_table_is_made_the_same_way(rig: ServiceNowRig) -> None:
    ref = rig.connector.chosen_ref("sc_task", "test/b@2026-11-16")
    written = rig.connector.create(Draft(ref, "test/b@2026-11-16", {"short_description": "Order"}))
    assert (written.record.ref, written.refused) == (ref, ())
    assert written.record.number == "SCTASK0010001"


def test_accounts_are_looked_up_once(rig: ServiceNowRig) -> None:
    first = rig.connector.principals(["keiko.tanaka", "liam.byrne"])
    asked = rig.requests_made()
    assert rig.connector.principals(["liam.byrne", "keiko.tanaka"]) == first
    assert rig.requests_made() == asked
    assert set(rig.connector.principals(["keiko.tanaka", "niamh.kelly", "nobody"])) == {"keiko.tanaka", "niamh.kelly"}
    assert rig.requests_made() > asked
