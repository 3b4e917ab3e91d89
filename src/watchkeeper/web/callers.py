"""Whom a request came from: the address that its allowance is counted under. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address
ONE_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that a subscriber is given at least (RFC 6177, section 2): all below them are the same visitor's to choose."""


def address_in(text: str) -> Address | None:
    """The address of a peer or of an entry in X-Forwarded-For, some of which carry a port (Azure Application Gateway) or brackets; one
    of IPv4 that came as IPv6 is of IPv4."""
    for spelled in (text, text.rpartition(":")[0]):
        try:
            found = ip_address(spelled.strip().removeprefix("[").removesuffix("]").partition("%")[0])
        except ValueError:
            continue
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def household(address: Address) -> str:
    """What an allowance is counted under, so that nobody has as many allowances as addresses."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, ONE_HOUSEHOLD), strict=False))


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def came_from(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The visitor behind a request: the last address of X-Forwarded-For that is none of our proxies. Each proxy adds whom it was asked
    by at the end; what stands before the first address that is not ours, a visitor may have made up. Without one, the peer."""
    entries = [each for header in forwarded for each in header.split(",")]
    for entry in reversed(entries):
        address = address_in(entry)
        if address is None:
            break
        if not is_in(address, proxies):
            return household(address)
    address = address_in(peer)
    return peer if address is None else household(address)
