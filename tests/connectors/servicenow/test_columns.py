"""Which fields a table has, of which type, its parents' among them; and what is said where that is not shown."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.errors import AuthFailed
from watchkeeper.model.vocabulary import Column, ColumnKind, Columns

STATES = [{"value": "1", "label": "Open"}, {"value": "2", "label": "Done", "is": "closed"}]


def table(name: str, field: Any, extends: str = "task") -> dict[str, Any]:
    return {"name": name, "states": STATES, "fields": [field], "extends": extends}


@pytest.fixture
def rig() -> ServiceNowRig:
    """Tables that extend each other four deep below `task`."""
    rig = ServiceNowRig()
    rig.servicenow.seed({"tables": [table("u_a", {"name": "u_when", "type": "glide_date_time"})]})
    for parent, name in (("u_a", "u_ab"), ("u_ab", "u_abc"), ("u_abc", "u_abcd")):
        rig.servicenow.seed({"tables": [table(name, f"u_{len(name)}", parent)]})
    return rig


def columns(rig: ServiceNowRig, name: str) -> Columns:
    return rig.connector.columns([name])[name]


def test_a_table_has_the_fields_of_everything_that_it_extends(rig: ServiceNowRig) -> None:
    found = columns(rig, "u_abcd")
    assert found.unread == ""
    assert {"u_when", "u_4", "u_5", "u_6", "short_description", "sys_id"} <= found.known.keys()
    assert not {"u_5", "u_6"} & columns(rig, "u_ab").known.keys()


def test_a_field_tells_what_it_holds(rig: ServiceNowRig) -> None:
    known = columns(rig, "u_ab").known
    assert known["u_when"].kind is ColumnKind.MOMENT
    assert known["short_description"] == Column(160, kind=ColumnKind.TEXT)
    assert known["assigned_to"] == Column(32, kind=ColumnKind.REFERENCE, references="sys_user")
    assert known["state"] == Column(40, kind=ColumnKind.NUMBER, listed=True)
    assert known["active"].kind is ColumnKind.FLAG
    assert known["work_notes"].kind is ColumnKind.JOURNAL


@pytest.mark.parametrize("answer", ["quiet", "refuse"])
def test_without_the_list_of_tables_only_task_is_known_as_a_parent(rig: ServiceNowRig, answer: str) -> None:
    rig.servicenow.seed(
        {"acl": [{"table": "sys_db_object", "operation": "read", "deny": ["watchkeeper"], "answer": answer}]}
    )
    found = columns(rig, "u_abcd")
    assert "sys_db_object" in found.unread
    assert {"u_6", "short_description"} <= found.known.keys()
    assert "u_when" not in found.known


def test_a_dictionary_that_hides_rows_says_so(rig: ServiceNowRig) -> None:
    hidden = {"table": "sys_dictionary", "operation": "read", "deny": ["watchkeeper"], "condition": "element=u_when"}
    rig.servicenow.seed({"acl": [hidden]})
    assert columns(rig, "u_a").unread == "sys_dictionary hides 1 rows from us"


def test_a_dictionary_that_is_closed_to_us_says_why(rig: ServiceNowRig) -> None:
    rig.servicenow.seed(
        {"acl": [{"table": "sys_dictionary", "operation": "read", "deny": ["watchkeeper"], "answer": "refuse"}]}
    )
    found = columns(rig, "u_a")
    assert found.known == {}
    assert found.unread.startswith("sys_dictionary is not readable (")


@pytest.mark.parametrize("asked", ["sys_db_object", "sys_dictionary"])
def test_a_sign_in_that_ends_meanwhile_is_no_doubt_about_a_table(rig: ServiceNowRig, asked: str) -> None:
    rig.fault("status", path_prefix=f"/api/now/table/{asked}", status=401)
    with pytest.raises(AuthFailed):
        columns(rig, "u_a")


def test_of_tables_that_extend_each_other_without_end_the_nearest_are_known(rig: ServiceNowRig) -> None:
    names = ["u_a", *(f"u_tower_{floor}" for floor in range(40))]
    for parent, name in pairwise(names):
        rig.servicenow.seed({"tables": [table(name, f"{name}_field", parent)]})
    known = columns(rig, names[-1]).known
    assert {f"{names[-1]}_field", f"{names[-30]}_field"} <= known.keys()
    assert not {f"{names[1]}_field", "short_description"} & known.keys()
