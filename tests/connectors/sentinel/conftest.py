from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from tests.connectors.sentinel.exchanges import CONFIG, FixedClock, expect_sign_in, transport

from watchkeeper_sentinel import SentinelConnector, open_connector


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    """Everything on the network: what is not expected here fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def connector(server: responses.RequestsMock) -> SentinelConnector:
    """A connector whose sign-in works; the rest of the network is the test's."""
    expect_sign_in(server)
    return open_connector(CONFIG, transport(), FixedClock(), lambda: 0.0)
