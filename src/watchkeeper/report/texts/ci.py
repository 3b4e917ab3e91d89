"""The texts of what CI systems show beside a run, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "ci.ended": "{command} ended with {code}",
    "ci.valve": "the valve {name} is closed",
    "ci.parked.one": "1 thing is left alone",
    "ci.parked.other": "{count} things are left alone",
    "ci.verdicts": "{team}: {kind}",
    "ci.unread": "not everything could be read",
    "ci.evidence": "{task}: evidence is missing",
    "ci.raised.one": "1 duty is raised for what was found",
    "ci.raised.other": "{count} duties are raised for what was found",
    "ci.more.one": "and 1 more",
    "ci.more.other": "and {count} more",
    "ci.more.events.one": "1 more stands in the summary and in the log of this step",
    "ci.more.events.other": "{count} more stand in the summary and in the log of this step",
}

JAPANESE: dict[str, str] = {
    "ci.ended": "{command} は終了コード {code} で終わりました",
    "ci.valve": "安全弁 {name} が閉じています",
    "ci.parked.other": "そのままにしたもの {count} 件",
    "ci.verdicts": "{team}: {kind}",
    "ci.unread": "読み取れなかったものがあります",
    "ci.evidence": "{task} の証跡が不足しています",
    "ci.raised.other": "見つかった内容に応じて随時起票した作業 {count} 件",
    "ci.more.other": "ほか {count} 件",
    "ci.more.events.other": "ほか {count} 件は、このステップの要約とログにあります",
}
