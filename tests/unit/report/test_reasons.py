from __future__ import annotations

import pytest

from watchkeeper.model.reasons import Because, because, together
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import texts_in

ENGLISH, JAPANESE = texts_in("en"), texts_in("ja")
MOVED = together(
    [
        because(Because.CHANGED_ON, side="servicenow", fields="status, severity"),
        because(Because.FOLLOWS_CATALOGUE, fields="title"),
    ]
)


@pytest.mark.parametrize("reason", [MOVED, str(MOVED)], ids=["as made", "as stored"])
def test_a_reason_is_said_in_the_report_s_language(reason: str) -> None:
    assert reason_text(reason, ENGLISH) == "ServiceNow changed status and severity; title follows the catalogue"
    assert reason_text(reason, JAPANESE) == "ServiceNow で状態、重大度が変更されました；件名はカタログに従います"


def test_a_time_has_its_unit_in_the_report_s_language() -> None:
    late = because(Because.OVERDUE, when="2026-11-16 09:30 JST", length="7 days")
    assert reason_text(late, JAPANESE) == "期限 2026-11-16 09:30 JST を過ぎていますが、猶予（7 日）の内です"


def test_a_system_s_own_words_stay_as_they_are() -> None:
    assert reason_text("403 Insufficient rights", JAPANESE) == "403 Insufficient rights"


def test_one_record_is_told_from_many() -> None:
    assert reason_text(because(Because.WOULD_CLOSE, count=1), ENGLISH) == "1 record would be closed in one run"
