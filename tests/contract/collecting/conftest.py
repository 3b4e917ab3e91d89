"""What every test of collecting shares."""

from __future__ import annotations

import pytest
from tests.engine import MAPPINGS

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(MAPPINGS, deployment="soc")
