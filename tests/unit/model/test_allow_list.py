"""Which addresses lie below an allowed prefix: parsed, compared part by part, and refused where two readers could differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.model.allow_list import AllowList, NotAnAddress, parse_address, parse_prefix

ALLOWED = AllowList.of(["https://downloads.example/approved/soc", "https://other.example:8443"])


@pytest.mark.parametrize(
    "address",
    [
        "https://downloads.example/approved/soc/a.ps1",
        "https://DOWNLOADS.example:443/approved/soc/deep/er/a.ps1",
        "https://downloads.example./approved/soc/a.ps1",
        "https://downloads.example/%61pproved/soc/a%20b.ps1",
        "https://downloads.example/approved/soc",
        "https://other.example:8443/anything",
    ],
)
def test_what_lies_below_a_prefix_is_covered(address: str) -> None:
    assert ALLOWED.covers(parse_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "https://downloads.example/approved/social/a.ps1",
        "https://downloads.example/approved",
        "https://downloads.example/Approved/soc/a.ps1",
        "https://downloads.example.evil.example/approved/soc/a.ps1",
        "https://evil-downloads.example/approved/soc/a.ps1",
        "https://downloads.example:8443/approved/soc/a.ps1",
        "https://other.example/anything",
    ],
)
def test_what_only_looks_alike_is_not(address: str) -> None:
    assert not ALLOWED.covers(parse_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://downloads.example/approved/soc/a.ps1",
        "ftp://downloads.example/a",
        "downloads.example/approved/soc",
        "https:/downloads.example/a",
        "https://",
        "https://downloads.example@evil.example/approved/soc/a.ps1",
        "https://evil.example\\@downloads.example/approved/soc/a.ps1",
        "https://user:secret@downloads.example/approved/soc/a.ps1",
        "https://downloads.example/approved/soc/../a.ps1",
        "https://downloads.example/approved/soc/./a.ps1",
        "https://downloads.example/approved/soc/%2e%2e/a.ps1",
        "https://downloads.example/approved/soc/.%2E/a.ps1",
        "https://downloads.example/approved/soc/%252e%252e/a.ps1",
        "https://downloads.example/approved/soc/..;x/a.ps1",
        "https://downloads.example/approved/soc/..%2f..%2fa.ps1",
        "https://downloads.example/approved/soc/..%5ca.ps1",
        "https://downloads.example/approved//soc/a.ps1",
        "https://downloads.example/approved/soc/a%00.ps1",
        "https://downloads.example/approved/soc/a.ps1#part",
        "https://downloads.example/approved/soc/a.ps1#",
        "https://downloads.example/approved/soc/a.ps1?x=1",
        "https://downloads.example/approved/soc/a b.ps1",
        "https://downloads.example/approved/soc/a\n.ps1",
        "https://ｄownloads.example/approved/soc/a.ps1",
        "https://downloads.example:99999/approved/soc/a.ps1",
        "https://[::1]/approved/soc/a.ps1",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_address_at_all(address: str) -> None:
    with pytest.raises(NotAnAddress) as raised:
        parse_address(address)
    assert raised.value.allowed


def test_a_query_is_taken_where_one_may_be_and_is_not_compared() -> None:
    address = parse_address("https://downloads.example/approved/soc/a.ps1?to=/../x", query=True)
    assert ALLOWED.covers(address)
    assert address.segments == ("approved", "soc", "a.ps1")


@pytest.mark.parametrize(
    ("prefix", "fits"),
    [
        ("https://raw.githubusercontent.com/", False),
        ("https://github.com", False),
        ("https://raw.githubusercontent.com/Azure/Azure-Sentinel/", True),
        ("https://downloads.example", True),
    ],
)
def test_where_anybody_publishes_a_prefix_says_who(prefix: str, fits: bool) -> None:
    if fits:
        assert parse_prefix(prefix).covers(parse_address(f"{prefix.rstrip('/')}/x"))
    else:
        with pytest.raises(NotAnAddress, match="anybody publishes"):
            parse_prefix(prefix)


SEGMENT = st.text("abcXYZ019-_.~%;:@/\\?#", min_size=0, max_size=12)


@given(st.lists(SEGMENT, max_size=5).map("/".join))
def test_whatever_is_covered_keeps_the_prefix_as_a_browser_resolves_it(path: str) -> None:
    """As WHATWG resolves dots: encoded ones count, and a backslash is a slash."""
    try:
        address = parse_address(f"https://downloads.example/approved/soc/{path}")
    except NotAnAddress:
        return
    assert ALLOWED.covers(address)
    resolved: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        plain = part.casefold().replace("%2e", ".")
        if plain == "..":
            resolved = ["escaped"]
            break
        resolved.append(plain)
    assert resolved != ["escaped"]
