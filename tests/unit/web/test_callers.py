"""Whose allowance a request is taken from: nobody has two by writing headers or by having many addresses, and nobody shares one with
strangers because there are two proxies."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from watchkeeper.web.callers import came_from

PROXIES = (ip_network("10.0.0.5/32"), ip_network("10.1.0.0/24"), ip_network("fd00::/64"))


@pytest.mark.parametrize(
    ("forwarded", "visitor"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1, 10.1.0.7"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1, 10.1.0.7,10.0.0.5"], "198.51.100.1"),
        (["198.51.100.1:50123"], "198.51.100.1"),
        (["[2001:db8:1:2::7]:50123"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:ffff::9"], "2001:db8:1:2::/64"),
        (["::ffff:198.51.100.1"], "198.51.100.1"),
    ],
)
def test_behind_proxies_it_is_whom_the_first_of_them_was_asked_by(forwarded: list[str], visitor: str) -> None:
    assert came_from("10.0.0.5", forwarded, PROXIES) == visitor


@pytest.mark.parametrize(
    "forwarded", [[], [""], ["unknown"], ["198.51.100.1, _hidden"], ["10.1.0.7"], [" , "], ["x" * 9999]]
)
def test_where_they_name_nobody_it_is_the_proxy(forwarded: list[str]) -> None:
    assert came_from("10.0.0.5", forwarded, PROXIES) == "10.0.0.5"


@pytest.mark.parametrize(("peer", "visitor"), [("2001:db8::1", "2001:db8::/64"), ("192.0.2.1", "192.0.2.1"), ("", "")])
def test_of_a_peer_of_ipv6_it_is_the_network(peer: str, visitor: str) -> None:
    assert came_from(peer, (), ()) == visitor
