"""docs/silence.md names every metric with its labels, and its alert rules ask for metrics that exist."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML
from tests.docs.pages import code, page, rows
from tests.unit.report.examples import CLOSED_VALVE, a_report, an_audit

from watchkeeper.model.exit_code import ExitCode, Upshot, upshot_of
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.traffic import Traffic
from watchkeeper.vitals import (
    METRICS,
    Finish,
    Sample,
    samples_of_audit,
    samples_of_evidence,
    samples_of_finish,
    samples_of_run,
    samples_of_traffic,
)
from watchkeeper.vitals.exposition import prometheus_name

PAGE = page("docs/silence.md")
NAMES = {prometheus_name(metric) for metric in METRICS}
TABLE = {code(row[0])[0]: row for row in rows(PAGE.text) if code(row[0]) and code(row[0])[0].startswith("watchkeeper_")}
RULES = YAML(typ="safe").load(next(fence.body for fence in PAGE.fences if fence.info == ("yaml", "prometheus")))[
    "groups"
][0]["rules"]


def every_kind_of_sample() -> list[Sample]:
    audit = an_audit()
    report = a_report(valves=(CLOSED_VALVE,))
    return [
        *samples_of_finish(Finish("sync", "soc", 0, audit.as_of, 1.0, "")),
        *samples_of_run(report),
        *samples_of_traffic({"servicenow": Traffic({"GET": 1}, 1, 1, 1, 1.0)}),
        *samples_of_audit(audit),
        *samples_of_evidence([Gathering("secure-score", audit.as_of, ())]),
    ]


def test_every_metric_is_documented_and_no_other() -> None:
    assert set(TABLE) == NAMES


@pytest.mark.parametrize("sample", every_kind_of_sample(), ids=lambda sample: prometheus_name(sample.metric))
def test_its_labels_are_those_that_are_documented(sample: Sample) -> None:
    documented = re.sub(r" \([^)]*\)", "", TABLE[prometheus_name(sample.metric)][1])
    named = {each for each in code(documented) if each != "(all)"}
    assert set(sample.labels) == named


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_that_exist(rule: dict[str, object]) -> None:
    assert {"alert", "expr", "labels", "annotations"} <= set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    asked = set(re.findall(r"watchkeeper_\w+", str(rule["expr"])))
    assert asked
    assert asked <= NAMES


def test_what_counts_as_a_success_is_what_the_code_takes_for_one() -> None:
    told: dict[str, set[int]] = {}
    for codes, meaning, *_ in rows(PAGE.section("What counts as a success")):
        word = re.match(r"\w+", meaning)
        assert word is not None
        told.setdefault(word[0], set()).update(int(number) for number in re.findall(r"\b\d+\b", codes))
    words = {Upshot.SUCCESS: "success", Upshot.FAILURE: "failure", Upshot.LATER: "neither"}
    assert told == {words[upshot]: {int(each) for each in ExitCode if upshot_of(each) is upshot} for upshot in Upshot}
