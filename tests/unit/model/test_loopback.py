from __future__ import annotations

import pytest

from watchkeeper.model.loopback import is_this_machine


@pytest.mark.parametrize("host", ["localhost", "sentinel.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_a_host_that_never_leaves_the_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["", "localhost.example", "notlocalhost", "localhost.", "169.254.169.254", "10.0.0.1", "127.0.0.1.example", "::2"],
)
def test_a_host_that_may_be_anywhere(host: str) -> None:
    assert not is_this_machine(host)
