"""Settings that every test shares, and what every test is watched for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from tests.api_rules.watch import API

# Wall time per example says nothing on a machine that runs other work beside the tests.
settings.register_profile("watchkeeper", deadline=None)
settings.load_profile("watchkeeper")

API.install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """No test may send Sentinel a request that the published description does not allow."""
    API.taken()
    yield
    broken = API.taken()
    if broken:
        pytest.fail("requests that the published API description does not allow:\n" + "\n".join(broken), pytrace=False)
