from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story

from watchkeeper.sync.references import with_groups
from watchkeeper.sync.systems import Systems


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A deployment without duties, in a world in which nothing has happened yet."""
    return make_deployment(tmp_path, mappings=story.mappings_with("secure-score", "escalation-tickets"))


@pytest.fixture
def systems(deployment: Deployment) -> Iterator[Systems]:
    """What the engine works with, groups resolved as in a run."""
    with deployment.store() as store:
        yield with_groups(deployment._systems(store))
