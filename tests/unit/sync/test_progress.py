"""What the engine tells somebody who waits."""

from __future__ import annotations

from pathlib import Path

from tests.engine import Deployment, make_deployment
from tests.heard import Heard
from tests.invariants import story

from watchkeeper.escalation import run_audit
from watchkeeper.model.progress import Phase


def heard_of(deployment: Deployment) -> list[tuple[Phase, int | None, int]]:
    """The phases of one run."""
    heard = Heard()
    deployment.progress = heard
    deployment.sync()
    return heard.phases


def test_a_run_tells_what_it_reads_decides_and_writes(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    assert heard_of(deployment) == [
        (Phase.LISTING, None, 0),
        (Phase.READING, 14, 14),
        (Phase.DECIDING, 7, 7),
        (Phase.WRITING, 14, 14),
    ]


def test_records_and_comments_that_are_read_one_by_one_are_counted(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    for number in range(3):
        story.escalate(deployment, f"Wave {number}")
    story.import_all(deployment)
    story.later(deployment)
    story.in_servicenow(deployment, "haruto.sato", "note", story.tickets(deployment)[0]["number"], text="seen")
    phases = heard_of(deployment)
    assert {phase for phase, _, _ in phases} >= {
        Phase.LISTING,
        Phase.READING,
        Phase.COMMENTS,
        Phase.DECIDING,
        Phase.WRITING,
    }
    assert [(total, done) for phase, total, done in phases if phase is not Phase.LISTING and total != done] == []


def test_what_a_run_leaves_out_does_not_count_as_done(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    story.fault(deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", status=400)
    assert heard_of(deployment)[-1] == (Phase.WRITING, 14, 13)


def test_an_audit_tells_what_it_reads_and_judges(tmp_path: Path) -> None:
    deployment, heard = make_deployment(tmp_path, mappings=story.mappings_with()), Heard()
    for number in range(3):
        story.escalate(deployment, f"Wave {number}")
    with deployment.store() as store:
        systems = deployment._systems(store)
        run_audit(
            connectors=systems.connectors,
            store=store,
            catalog=systems.catalog,
            profiles=list(systems.profiles.values()),
            clock=systems.clock,
            run_id="audit",
            progress=heard,
        )
    assert heard.phases == [
        (Phase.LISTING, None, 3),
        (Phase.HISTORY, 3, 3),
        (Phase.JUDGING, 3, 3),
    ]
