"""Where the services are in each cloud, and for whom a token is asked there."""

from __future__ import annotations

import pytest

from watchkeeper_defender import DefenderConfig
from watchkeeper_graph import GraphConfig


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("https://graph.microsoft.com", "https://graph.microsoft.com"),
        ("https://graph.microsoft.us", "https://graph.microsoft.us"),
        ("https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us"),
        ("https://microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
        ("https://localhost:8443", "https://graph.microsoft.com"),
    ],
)
def test_graph_of_each_cloud_is_its_own_audience(endpoint: str, audience: str) -> None:
    assert GraphConfig(endpoint).audience == audience


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("https://api.security.microsoft.com", "https://api.securitycenter.microsoft.com"),
        ("https://eu.api.security.microsoft.com", "https://api.securitycenter.microsoft.com"),
        ("https://api-gcc.securitycenter.microsoft.us", "https://api-gcc.securitycenter.microsoft.us"),
        ("https://api-gov.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us"),
        ("https://localhost:8443", "https://api.securitycenter.microsoft.com"),
    ],
)
def test_defender_has_one_audience_for_all_its_public_hosts(endpoint: str, audience: str) -> None:
    assert DefenderConfig(endpoint).audience == audience
