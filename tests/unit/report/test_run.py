from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.unit.report.examples import CLOSED_VALVE, KEY, a_report

from watchkeeper.model.plan import Parked, Plan
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.report import markdown, text
from watchkeeper.report.document import Mark, Table
from watchkeeper.report.run import NEXT_STEPS, run_document
from watchkeeper.report.texts import texts_in


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_numbers_of_the_sentence_and_of_the_sections_add_up(lang: str) -> None:
    document = run_document(a_report(), lang)
    counted = [int(number) for number in re.findall(r"(\d+)", re.split("[:：]", document.sentence, maxsplit=1)[1])]
    assert sum(counted) == len(a_report().results) == 7
    sections = {section.title: section for section in document.sections}
    problems = sections[texts_in(lang).say("run.problems", count="3")]
    written = sections[texts_in(lang).say("run.results", count="4")]
    tables = [
        sum(len(block.rows) for block in section.blocks if isinstance(block, Table)) for section in (problems, written)
    ]
    assert tables == [3, 4]


def test_a_message_that_many_writes_have_is_said_once_with_their_number() -> None:
    shown = text.render(run_document(a_report(results=tuple(refused(number) for number in range(14)))))
    assert shown.count("429 Too many requests") == 1
    assert "429 Too many requests (14 times)" in shown
    assert all(f"secure-score/monitoring@{number}" in shown for number in range(14))


@pytest.mark.parametrize(("skew", "said"), [(-0.2, "0"), (0.0, "0"), (61.4, "+61"), (-1200.0, "-1,200")])
def test_a_clock_s_skew_is_in_whole_seconds(skew: float, said: str) -> None:
    sides = tuple(replace(side, clock_skew=skew) for side in a_report().sides[:1])
    (section,) = (each for each in run_document(a_report(sides=sides)).sections if each.title == "Systems")
    assert isinstance(section.blocks[0], Table)
    assert section.blocks[0].rows[0].cells[4] == said


def refused(number: int) -> ActionResult:
    action = replace(a_report().results[0].action, key=f"secure-score/monitoring@{number}")
    return ActionResult(action, Outcome.FAILED, message="429 Too many requests")


def test_failures_come_before_what_was_written() -> None:
    titles = [section.title for section in run_document(a_report()).sections]
    assert titles.index("What went wrong (3)") < titles.index("What was written (4)")


def test_a_field_that_was_not_taken_is_named() -> None:
    assert "message; not taken: assigned_to" in text.render(run_document(a_report()))


def test_a_run_with_nothing_to_do_says_so() -> None:
    report = a_report(plan=Plan(()), results=(), exit_code=0, reasons=(), problems=(), parked=(), valves=(), decided=())
    shown = text.render(run_document(report))
    assert shown.startswith("sync run-1: nothing to do; both systems agree.\n")
    assert "What to do next" not in shown


@pytest.mark.parametrize(
    ("code", "lang", "said"), [(0, "en", "left alone"), (4, "en", "left alone"), (4, "ja", "手を付けなかった")]
)
def test_a_run_that_left_something_alone_never_says_that_both_systems_agree(code: int, lang: str, said: str) -> None:
    left = Parked(KEY, "", "the record on servicenow is not visible")
    report = a_report(plan=Plan(()), results=(), exit_code=code, reasons=(), problems=(), parked=(left,), valves=())
    document = run_document(report, lang)
    assert said in document.sentence
    assert document.sentence != texts_in(lang).say("run.sentence.nothing", command="sync", run="run-1")
    assert document.mark is not Mark.GOOD


def test_a_run_that_was_stopped_says_that_nothing_was_written() -> None:
    report = a_report(
        results=(),
        valves=(CLOSED_VALVE,),
        exit_code=7,
        reasons=(f"7: valve creates: {CLOSED_VALVE.message} (limit: 20)",),
        problems=(f"valve creates: {CLOSED_VALVE.message} (limit: 20)",),
    )
    shown = text.render(run_document(report))
    assert shown.startswith("sync run-1: stopped before the first write; 3 records to create")
    assert shown.count(CLOSED_VALVE.message) == 1
    assert f"--open-valve creates:{CLOSED_VALVE.digest}" in " ".join(shown.split())


def test_in_observe_mode_the_report_says_how_to_allow_writing() -> None:
    assert "Set it to maintenance or full" in text.render(run_document(a_report(mode="observe", results=())))


@pytest.mark.parametrize("code", NEXT_STEPS)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_exit_code_that_needs_a_person_says_what_to_do(code: int, lang: str) -> None:
    document = run_document(a_report(exit_code=code), lang)
    assert texts_in(lang).say(f"run.next.{code}") in document.next_steps


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_word_in_both_languages(outcome: Outcome) -> None:
    for lang in ("en", "ja"):
        assert texts_in(lang).say(f"outcome.{outcome.value}")


def test_the_numbers_link_to_the_records_in_markdown() -> None:
    printed = markdown.render(run_document(a_report()), texts=texts_in("en"))
    assert "[INC0010001](<https://example.service-now.com/x?id=1>)" in printed
