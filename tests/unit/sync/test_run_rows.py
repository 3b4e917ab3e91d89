"""A run that ends in an error leaves an end in the store: one without looks as if it had been killed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, make_deployment

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.errors import AuthFailed, Unavailable, WatchkeeperError
from watchkeeper.model.exit_code import ExitCode


def fault(deployment: Deployment, **rule: Any) -> None:
    deployment.world.faults.add(FaultRule.of_json({"kind": "status", "system": "servicenow", **rule}))


@pytest.mark.parametrize(
    ("path", "status", "error", "code"),
    [
        ("/api/now/table/sys_properties", 503, Unavailable, ExitCode.LATER),
        ("/oauth_token.do", 401, AuthFailed, ExitCode.AUTH),
    ],
)
def test_a_run_that_cannot_begin_has_an_end_and_says_why(
    tmp_path: Path, path: str, status: int, error: type[WatchkeeperError], code: int
) -> None:
    deployment = make_deployment(tmp_path)
    fault(deployment, path_prefix=path, status=status)
    with pytest.raises(error) as told:
        deployment.sync()
    with deployment.store() as store:
        [run] = store.runs(5)
    assert run["ended_at"] is not None
    assert (run["exit_code"], run["problems"]) == (code, [str(told.value)])
    assert run["counts"] == {"planned": 0, "parked": 0, "conflicts": 0}


def test_the_next_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    fault(deployment, path_prefix="/api/now/table/sys_properties", status=503)
    with pytest.raises(Unavailable):
        deployment.sync()
    deployment.world.faults.clear()
    deployment.world.clock.advance(timedelta(minutes=10))
    assert deployment.sync().exit_code == ExitCode.OK
