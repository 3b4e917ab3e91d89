from __future__ import annotations

import pytest
from tests.contract.connector_contract import ConnectorContract
from tests.contract.servicenow_connector.rig import ServiceNowRig


class TestServiceNowConnector(ConnectorContract):
    @pytest.fixture
    def rig(self) -> ServiceNowRig:
        return ServiceNowRig()
