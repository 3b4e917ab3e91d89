from __future__ import annotations

import pytest

from watchkeeper.model.reasons import Because, because, together
from watchkeeper.model.troubles import Trouble
from watchkeeper.report.reasons import problem_text, reason_text
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


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            (
                "75: servicenow: asks to wait 3600 s before GET /api/now/table/incident, longer than this run may; "
                "the next run goes on from here"
            ),
            (
                "75: ServiceNow が GET /api/now/table/incident の前に 3600 秒待つよう求めています。"
                "この実行で待てる時間を超えています；次回の実行がここから続けます"
            ),
        ),
        ("4: 1 item needs a person: a system refused to write what was planned", "4: 1 件は人の対応が必要です"),
        ("4: 2 items are unfinished; a rerun may help", "4: 2 件が未完了です；もう一度実行すると"),
        ("75: sentinel: the run's time is used up before GET /x", "75: Sentinel：GET /x の前に実行の制限時間を"),
        (
            (
                "7: valve first-import: the first import of profile incidents would create 4 records; the first import of "
                "profile alerts would create 1 record (limit: A person opens it); look at the plan, then run again with "
                "--open-valve first-import:0123456789ab"
            ),
            (
                "7: 安全弁 first-import：プロファイル incidents の最初の取り込みで 4 件のレコードが作成されます；"
                "プロファイル alerts の最初の取り込みで 1 件のレコードが作成されます（上限：人が内容を確かめて開けます）。"
                "計画を確認し、正しければ --open-valve first-import:0123456789ab を付けて再実行してください"
            ),
        ),
        (
            "5: sentinel: GET /x: 401 no; sorry; check the credentials of this side",
            "「no; sorry」；この接続先の資格情報",
        ),
        (
            "sentinel could not be read in full: nothing answered in time",
            "Sentinel を最後まで読み取れませんでした（時間内に",
        ),
        ("servicenow: PATCH /x: 403 ACL (not sent again as it is)", "「ACL」（このままでは再送しません）"),
    ],
)
def test_why_a_run_ended_is_said_in_japanese_around_a_system_s_own_words(stored: str, said: str) -> None:
    assert said in problem_text(stored, JAPANESE)


def test_a_reason_within_a_reason_is_said_in_the_report_s_language() -> None:
    refused = "servicenow: PATCH /api/now/table/incident/1: 403 Operation Failed"
    again = because(Trouble.NOT_SENT_AGAIN, why=refused)
    assert reason_text(again, JAPANESE) == (
        "ServiceNow が PATCH /api/now/table/incident/1 に 403 を返しました：「Operation Failed」（このままでは再送しません）"
    )
