"""The texts about signing in to the board that says more than that it did not work, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "board.refused.groups.title": "Your groups are not known",
    "board.refused.groups.sentence": "You are in more groups than your organisation's sign-in tells the board, so it told none.",
    "board.refused.groups.next": "Tell whoever runs the board; its log says what to set.",
}
JAPANESE: dict[str, str] = {
    "board.refused.groups.title": "所属グループ不明",
    "board.refused.groups.sentence": "所属グループの数が組織のサインインで通知できる上限を超えているため、グループが一つも通知されませんでした。",
    "board.refused.groups.next": "ボードの管理者に連絡してください。設定すべき内容はボードのログにあります。",
}
