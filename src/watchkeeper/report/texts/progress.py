"""The texts that tell how far long work has come, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "phase.listing": "Reading what changed",
    "phase.reading": "Reading records",
    "phase.comments": "Reading comments",
    "phase.history": "Reading histories",
    "phase.deciding": "Deciding what is needed",
    "phase.judging": "Judging escalations",
    "phase.reminding": "Sending reminders",
    "phase.pairing": "Looking up pairs",
    "phase.writing": "Writing",
    "progress.of": "{phase}: {done} of {total} after {seconds} s",
    "progress.so_far": "{phase}: {done} after {seconds} s",
}

JAPANESE: dict[str, str] = {
    "phase.listing": "変更を読み取り中",
    "phase.reading": "レコードを読み取り中",
    "phase.comments": "コメントを読み取り中",
    "phase.history": "履歴を読み取り中",
    "phase.deciding": "必要な処理を判定中",
    "phase.judging": "エスカレーションを判定中",
    "phase.reminding": "リマインダーを送信中",
    "phase.pairing": "組を検索中",
    "phase.writing": "書き込み中",
    "progress.of": "{phase}：{total} 件中 {done} 件、開始から {seconds} 秒",
    "progress.so_far": "{phase}：{done} 件、開始から {seconds} 秒",
}
