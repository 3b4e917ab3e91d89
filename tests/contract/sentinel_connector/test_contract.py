from __future__ import annotations

import pytest
from tests.contract.connector_contract import ConnectorContract
from tests.contract.sentinel_connector.rig import SentinelRig


class TestSentinelConnector(ConnectorContract):
    @pytest.fixture
    def rig(self) -> SentinelRig:
        return SentinelRig()
