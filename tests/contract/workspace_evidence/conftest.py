from __future__ import annotations

import pytest
from tests.contract.workspace_evidence.rig import WorkspaceRig


@pytest.fixture
def rig() -> WorkspaceRig:
    """A workspace without a past."""
    return WorkspaceRig()


@pytest.fixture
def month(rig: WorkspaceRig) -> WorkspaceRig:
    """The same after a month of incidents and runs."""
    rig.past()
    return rig
