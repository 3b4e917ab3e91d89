"""A profile of incident tasks may use what a task has, and nothing of an incident."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import check_document

SHIPPED = (Path(__file__).parents[3] / "mappings" / "profiles" / "maintenance-task.yaml").read_text(encoding="utf-8")


def complaints(text: str) -> list[str]:
    """What is told, without places."""
    problems = ProblemList()
    document = problems.parse(text, name="p.yaml")
    assert document is not None, problems.problems
    check_document(document, problems)
    return [str(problem).split(": ", 1)[1] for problem in problems.in_order()]


def test_the_shipped_profile_is_sound() -> None:
    assert complaints(SHIPPED) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "sentinel: { text: { field: title, max: 150 } }",
            "sentinel: { text: { field: summary, max: 150 } }",
            "fields.title.sentinel: an incident task has no 'summary' to write; allowed: title, description, status",
        ),
        (
            "    close_from: anyone\n    title_field: title\n",
            "    close_from: anyone\n    constants: { severity: Low }\n",
            "sides.sentinel.constants.severity: an incident task has no 'severity' to write; allowed: title, description, status",
        ),
        (
            "    otherwise: {}",
            "    otherwise: { classification: Undetermined }",
            "closure.sentinel: an incident task has no 'classification' to write; allowed: title, description, status",
        ),
        (
            "    creates: true\n    close_from: anyone\n    title_field: title",
            "    creates: true\n    labels: [watchkeeper]\n    close_from: anyone\n    title_field: title",
            "sides.sentinel.labels: no field of this profile keeps labels here; allowed: a field with `labels` on this side",
        ),
        (
            "kind: maintenance",
            "kind: escalation",
            "sides.sentinel.table: is 'incident-tasks'; allowed: incidents",
        ),
        (
            "table: incident\n",
            "table: incident-tasks\n",
            (
                "sides.servicenow.table: is 'incident-tasks': ServiceNow's table names have no hyphens; "
                "allowed: the table's name, not its label"
            ),
        ),
    ],
)
def test_what_a_task_does_not_have_is_told(before: str, after: str, told: str) -> None:
    assert SHIPPED.count(before) == 1
    assert told in complaints(SHIPPED.replace(before, after))
