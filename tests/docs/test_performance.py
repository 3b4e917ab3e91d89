"""Every benchmark is explained, and no other."""

from __future__ import annotations

import re

from bench.__main__ import BENCHMARKS
from tests.docs.pages import ROOT, page, rows

PAGE = page("docs/performance.md")


def test_every_benchmark_has_its_yardstick_and_its_bars() -> None:
    listed = [re.match(r"`([a-z]+)`", row[0]) for row in rows(PAGE.section("What is measured"))]
    assert {found[1] for found in listed if found} == set(BENCHMARKS)
    assert all(cell for row in rows(PAGE.section("What is measured")) for cell in row)


def test_the_scripts_that_it_names_exist() -> None:
    named = re.findall(r"`(bench/[a-z_]+\.py)`", PAGE.text)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
