"""What is shown of evidence: how it stands, how old it is, and what tickets are told of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.engine import MAPPINGS
from tests.unit.report.test_machine import validate

from watchkeeper.catalog.load import load_catalog
from watchkeeper.model.gathering import FRESH, BriefedFile, Found, Gathering, Piece
from watchkeeper.report import machine, text
from watchkeeper.report.document import Mark
from watchkeeper.report.gathered import collected_document, collected_json, evidence_document

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
SCORE, AUDITS = "secure-score", "escalation-tickets"
THERE = Piece("graph/secure-scores", Found.COLLECTED, NOW)
NOTHING = Piece("graph/control-profiles", Found.EMPTY, NOW, "nothing-listed")
REFUSED = Piece("graph/control-profiles", Found.MISSING, why="403 \x1b[31m::error::")
UNSET = Piece("graph/secure-scores", Found.NOT_ASKED)
CATALOG = load_catalog(MAPPINGS, deployment="soc")


def gathered(*pieces: Piece, task: str = SCORE, ago: timedelta = timedelta(0), on_ticket: bool = True) -> Gathering:
    texts = {"en": "58 % of the points\n\n- 2 more", "ja": "58 %\n- 2 増"}
    files = (BriefedFile(task, "html", "text/html", {"en": "<p>"}),)
    return Gathering(task, NOW - ago, pieces or (THERE, NOTHING), texts, files, on_ticket)


def shown(*found: Gathering, lang: str = "en", **given: Any) -> str:
    return text.render(evidence_document(found, CATALOG, NOW, lang, **given), colour=False)


@pytest.mark.parametrize(
    ("pieces", "mark"),
    [((THERE, NOTHING), Mark.GOOD), ((THERE, REFUSED), Mark.BAD), ((UNSET,), Mark.WARN), ((UNSET, REFUSED), Mark.BAD)],
)
def test_a_duty_is_marked_by_the_worst_of_its_pieces(pieces: tuple[Piece, ...], mark: Mark) -> None:
    [section] = collected_document([gathered(*pieces)], CATALOG).sections
    assert section.mark is mark


def test_what_is_not_there_has_a_next_step_of_its_own() -> None:
    assert [len(collected_document([gathered(*each)], CATALOG).next_steps) for each in ((), (REFUSED,), (UNSET,))] == [
        0,
        1,
        1,
    ]


@pytest.mark.parametrize(("lang", "words"), [("en", "the list is empty"), ("ja", "一覧が空です")])
def test_why_there_is_nothing_is_said_in_the_language_of_the_reader(lang: str, words: str) -> None:
    told = shown(gathered(), lang=lang)
    assert words in told
    assert "nothing-listed" not in told


def test_words_of_a_source_cannot_steer_a_terminal_or_a_build() -> None:
    told = shown(gathered(REFUSED))
    assert "403" in told
    assert "\x1b" not in told
    assert "\n::error::" not in told


@pytest.mark.parametrize(("more", "old"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_what_was_collected_too_long_ago_is_called_old(more: timedelta, old: bool) -> None:
    found = gathered(ago=FRESH + more)
    document = evidence_document([found], CATALOG, NOW)
    assert document.mark is (Mark.WARN if old else Mark.GOOD)
    assert ("too long ago for a ticket" in shown(found)) is old
    assert ("1 of them were collected more than 36 h ago" in shown(found)) is old
    assert ("runs `watchkeeper evidence collect` every day" in shown(found)) is old


def test_what_lies_ahead_of_the_clock_is_not_told_as_a_negative_age() -> None:
    assert ", 0 h ago" in shown(gathered(ago=timedelta(hours=-2)))


def test_a_duty_that_nothing_was_collected_for_counts_and_is_named() -> None:
    told = shown(gathered(), never=[AUDITS])
    assert "complete for 1 of 2 duties" in told
    assert told.count("No evidence was collected yet") == 1
    assert AUDITS in told


def test_nothing_at_all_is_said_in_a_sentence() -> None:
    assert shown() == shown(never=[SCORE])
    assert "No evidence was collected yet" in shown()


def test_what_the_ticket_is_told_is_shown_in_the_language_of_the_reader() -> None:
    assert "What the ticket is told" in shown(gathered())
    assert "• 2 増" in shown(gathered(), lang="ja")


def test_what_the_ticket_is_not_told_is_not_called_so() -> None:
    told = shown(gathered(task=AUDITS, on_ticket=False))
    assert "What the ticket is told" not in told
    assert "the ticket is told by the audit itself" in told


def test_the_machine_form_follows_its_schema_and_says_what_is_stale() -> None:
    found = [gathered(THERE, REFUSED), gathered(task=AUDITS, on_ticket=False, ago=FRESH * 2)]
    payload = json.loads(machine.render(collected_json("evidence show", found, NOW)))
    validate("evidence", payload)
    assert [(each["stale"], each["on_ticket"], each["complete"]) for each in payload["duties"]] == [
        (False, True, False),
        (True, False, True),
    ]
    assert payload["reasons"] == ["secure-score: graph/control-profiles: 403 \x1b[31m::error::"]
