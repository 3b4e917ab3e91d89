"""docs/board.md names every metric that the board tells, with its labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.docs.pages import code, page, rows
from tests.unit.web.boards import LOCAL, NOW, a_store, library_of
from tests.unit.web.weeks import after_some_weeks

from watchkeeper.vitals.exposition import prometheus_name
from watchkeeper.vitals.samples import STORE_METRICS
from watchkeeper.web.reading.metrics import read_samples
from watchkeeper.web.reading.reader import Reader

TABLE: Mapping[str, frozenset[str]] = {
    code(row[0])[0]: frozenset(code(row[1]))
    for row in rows(page("docs/board.md").section("Metrics"))
    if code(row[0]) and code(row[0])[0].startswith("watchkeeper_")
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, frozenset[str]]:
    folder: Path = tmp_path_factory.mktemp("store")
    library = library_of(after_some_weeks(a_store(folder)))
    try:
        found = list(read_samples(Reader(library, "soc", NOW, LOCAL.limits)))
    finally:
        library.close()
    return {prometheus_name(each.metric): frozenset(each.labels) for each in found}


def test_every_metric_is_documented_and_no_other() -> None:
    assert TABLE.keys() == {prometheus_name(metric) for metric in STORE_METRICS}


def test_labels_are_those_that_are_documented(told: Mapping[str, frozenset[str]]) -> None:
    assert len(told) >= 10
    assert told == {name: TABLE[name] for name in told}
