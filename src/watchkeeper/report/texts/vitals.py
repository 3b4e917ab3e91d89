"""The texts about when a scheduled command last succeeded, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "status.fact.success": "Last success of {command}",
    "status.success": "{at} ({age} ago, run {run})",
    "status.success.runless": "{at} ({age} ago)",
    "status.success.none": "none on record",
    "status.overdue": "{sentence} Overdue: {late}.",
    "status.late": "no {command} succeeded within {limit}",
    "status.next.overdue": "Look at the scheduler that should run {command}, and at `watchkeeper history`",
    "status.next.overdue.evidence": "Look at the scheduler that should collect evidence, and at `watchkeeper evidence show`",
    "age.minutes": "{minutes} min",
    "age.hours": "{hours} h {minutes} min",
    "age.days": "{days} d {hours} h",
}
JAPANESE: dict[str, str] = {
    "status.fact.success": "{command} の最後の成功",
    "status.success": "{at}（{age}前、実行 {run}）",
    "status.success.runless": "{at}（{age}前）",
    "status.success.none": "記録がありません",
    "status.overdue": "{sentence}期限切れ：{late}。",
    "status.late": "{limit} 以内に成功した {command} がありません",
    "status.next.overdue": "{command} を実行するはずのスケジューラと `watchkeeper history` を確認してください",
    "status.next.overdue.evidence": "証跡を収集するはずのスケジューラと `watchkeeper evidence show` を確認してください",
    "age.minutes": "{minutes} 分",
    "age.hours": "{hours} 時間 {minutes} 分",
    "age.days": "{days} 日 {hours} 時間",
}
