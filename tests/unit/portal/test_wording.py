"""What a page says in plain language, in both languages."""

from __future__ import annotations

import pytest
from tests.unit.portal.estates import advice, task, told

from watchkeeper.model.evidence import RemediationTask
from watchkeeper.portal.tasks import Work, tasks_by_owner
from watchkeeper.portal.wording import ended, priority, sentence, steps
from watchkeeper.report.texts import texts_in

EN, JA = texts_in("en"), texts_in("ja")


def work(one: RemediationTask, **more: object) -> Work:
    [found] = tasks_by_owner(told(one, **more))[0].works
    return found


@pytest.mark.parametrize(
    ("one", "english", "japanese"),
    [
        (
            task("a", due=-9),
            "Update Microsoft Edge on 12 of your 40 devices, 9 days overdue",
            "担当の 40 台のうち 12 台で Microsoft Edge を更新してください（期限を 9 日超過）",
        ),
        (
            task("a", due=-1, target=1, fixed=0, kind="upgrade"),
            "Upgrade Microsoft Edge on 1 device, 1 day overdue",
            "1 台で Microsoft Edge をアップグレードしてください（期限を 1 日超過）",
        ),
        (
            task("a", due=0, fixed=0, kind="uninstall"),
            "Remove Microsoft Edge from all your 40 devices, due today",
            "担当の 40 台すべてから Microsoft Edge を削除してください（本日が期限）",
        ),
        (
            task("a", due=1, kind="configurationChange", title="Turn on SmartScreen"),
            "“Turn on SmartScreen” on 12 of your 40 devices, due tomorrow",
            "担当の 40 台のうち 12 台で「Turn on SmartScreen」を実施してください（期限まで 1 日）",
        ),
        (
            task("a", "Finance", "Kiosks", due=None, component=""),
            "Update edge on 12 of 40 devices, no date set",
            "対象の 40 台のうち 12 台で edge を更新してください（期限なし）",
        ),
        (
            task("a", fixed=40),
            "“Update Microsoft Edge”: every device is mended, Defender has to confirm it",
            "「Update Microsoft Edge」：すべてのデバイスで対応済み（Defender の確認待ち）",
        ),
        (task("a", fixed=40, completed=True), "Update Microsoft Edge", "Update Microsoft Edge"),
        (
            task("a", due=400, target=1_200, fixed=0, component="", product="", title="Update x", kind="update"),
            "“Update x” on all your 1,200 devices, due in 400 days",
            "担当の 1,200 台すべてで「Update x」を実施してください（期限まで 400 日）",
        ),
    ],
)
def test_a_task_is_one_sentence(one: RemediationTask, english: str, japanese: str) -> None:
    assert (sentence(work(one), EN), sentence(work(one), JA)) == (english, japanese)


def test_what_to_do_names_the_version_and_why_it_is_urgent() -> None:
    known = advice(recommended_version="120.1", public_exploit=True, active_alert=True, weaknesses=1)
    assert list(steps(work(task("a"), recommendations=(known,)), EN)) == [
        "Install version 120.1 of Microsoft Edge, or a later one, on the devices that are left.",
        "This closes 1 known weakness.",
        "Attack code for it is public: do this first.",
        "There is an alert about it just now: do this at once.",
    ]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (task("a"), "Install the latest version of Microsoft Edge on the devices that are left."),
        (task("a", kind="uninstall"), "Remove Microsoft Edge from the devices that are left."),
        (task("a", kind="other"), "Do this on the devices that are left: “Update Microsoft Edge”."),
    ],
)
def test_without_advice_the_task_says_what_to_do(one: RemediationTask, said: str) -> None:
    assert list(steps(work(one), EN)) == [said]


def test_how_it_ended_is_not_made_better_than_it_was() -> None:
    whole = work(task("a", completed=True, fixed=40, completed_by="automatic"))
    part = work(task("a", completed=True, fixed=37, completed_by="liam@soc.example"))
    assert ended(whole.item, EN) == "all devices mended"
    assert ended(part.item, EN) == "closed by hand, 3 devices left"


def test_a_priority_is_in_our_words_where_we_know_it() -> None:
    assert [priority(task("a", priority=each), JA) for each in ("High", "Urgent", "")] == ["高", "urgent", "なし"]
