from __future__ import annotations

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig, evidence_world

from watchkeeper.emulators.world import World


@pytest.fixture(scope="session")
def kept_world() -> World:
    return evidence_world()


@pytest.fixture
def rig(kept_world: World) -> EvidenceRig:
    """A fresh sign-in to a world as it begins."""
    return EvidenceRig(kept_world)
