"""The texts about evidence that is collected for the duties, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "gathered.title": "Evidence for the duties",
    "gathered.sentence": "Evidence is complete for {there} of {of} duties.",
    "gathered.none": "No evidence was collected yet.",
    "gathered.taken": "Collected {at}, {hours} h ago.",
    "gathered.ticket": "What the ticket is told",
    "gathered.column.subject": "Asked for",
    "gathered.column.found": "Outcome",
    "gathered.column.as_of": "As of",
    "gathered.column.why": "Why",
    "gathered.collected": "collected",
    "gathered.empty": "nothing there",
    "gathered.missing": "missing",
    "gathered.not-asked": "not asked",
    "gathered.next.missing": "Look at why evidence is missing, run `watchkeeper doctor`, and collect again",
    "gathered.next.not-asked": "Set GRAPH_ENDPOINT and DEFENDER_ENDPOINT to have Microsoft Graph and Defender asked, too",
    "note.more.one": "and 1 more, see the attached file",
    "note.more.other": "and {count} more, see the attached file",
    "note.cut": "… (the rest is in the attached file)",
}
JAPANESE: dict[str, str] = {
    "gathered.title": "保守作業の証跡",
    "gathered.sentence": "{of} 件の作業のうち {there} 件で証跡が揃っています。",
    "gathered.none": "証跡はまだ収集されていません。",
    "gathered.taken": "{at} に収集（{hours} 時間前）。",
    "gathered.ticket": "チケットに書く内容",
    "gathered.column.subject": "対象",
    "gathered.column.found": "結果",
    "gathered.column.as_of": "時点",
    "gathered.column.why": "理由",
    "gathered.collected": "収集済み",
    "gathered.empty": "該当なし",
    "gathered.missing": "不足",
    "gathered.not-asked": "未設定",
    "gathered.next.missing": "証跡が不足している理由を確認し、`watchkeeper doctor` を実行してから、もう一度収集してください",
    "gathered.next.not-asked": "Microsoft Graph と Defender にも問い合わせるには、GRAPH_ENDPOINT と DEFENDER_ENDPOINT を設定してください",
    "note.more.other": "ほか {count} 件（添付ファイルを参照）",
    "note.cut": "…（続きは添付ファイルにあります）",
}
