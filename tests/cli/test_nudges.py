"""`audit --nudge` on the command line."""

from __future__ import annotations

import pytest
from tests.cli.program import Program


def test_by_default_it_only_says_what_would_be_sent(soc: Program) -> None:
    told = soc.run("audit", "--nudge", "--json").json("audit")["nudges"]
    assert told["mode"] == "report-only"
    assert {message["state"] for message in told["messages"]} <= {"would-send"}
    assert soc.run("audit", "--json").json("audit")["nudges"] is None


@pytest.mark.parametrize("more", [("--as-of", "2026-11-16T09:00:00Z"), ("--authors",)])
def test_it_is_about_today(more: tuple[str, ...], soc: Program) -> None:
    ended = soc.run("audit", "--nudge", *more)
    assert ended.code == 2
    assert "--nudge reminds of today" in ended.err
