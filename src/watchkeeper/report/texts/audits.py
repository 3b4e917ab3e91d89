"""Texts of the audit's windows, waivers and history."""

from __future__ import annotations

ENGLISH = {
    "reason.waived": "{approver} released it from the daily update until {until}: {waiver} ({place})",
    "reason.due-within-hours": "no human update since {since}; one is due within 24 hours of working days",
    "reason.silent-hours": "no human update for {hours} hours of working days; at most 24 are allowed",
    "reason.silent-hours-at-least": "no human update for at least {hours} hours of working days; at most 24 are allowed",
    "reason.gap-of-hours": "it went {hours} hours of working days without a human update; at most 24 are allowed",
    "reason.due-in-shift": "no human update yet in the shift {shift}; it is due by {until}",
    "reason.missed-shifts": "no human update in these shifts of {day}: {shifts}",
    "flag.waiver-expired": "waiver has expired",
    "column.waived": "Waived",
    "column.approver": "Approver",
    "column.approved": "Approved",
    "column.expires": "Expires",
    "column.exempts": "Exempts now",
    "audit.waivers": "Waivers ({count})",
    "audit.waiver.expired": "{day} (expired)",
    "audit.waiver.where": "all of: {where}",
}

JAPANESE = {
    "reason.waived": "{approver} の承認により {until} まで日次更新を免除されています：{waiver}（{place}）",
    "reason.due-within-hours": "{since} 以降、人による更新がありません。営業日の 24 時間以内に更新が必要です",
    "reason.silent-hours": "営業日の {hours} 時間、人による更新がありません（上限は 24 時間）",
    "reason.silent-hours-at-least": "営業日の少なくとも {hours} 時間、人による更新がありません（上限は 24 時間）",
    "reason.gap-of-hours": "営業日の {hours} 時間、人による更新が途切れました（上限は 24 時間）",
    "reason.due-in-shift": "シフト {shift} の人による更新はまだありません。期限は {until} です",
    "reason.missed-shifts": "{day} の次のシフトで人による更新がありません：{shifts}",
    "flag.waiver-expired": "免除期限切れ",
    "column.waived": "免除対象",
    "column.approver": "承認者",
    "column.approved": "承認日",
    "column.expires": "期限",
    "column.exempts": "現在の免除件数",
    "audit.waivers": "更新義務の免除（{count} 件）",
    "audit.waiver.expired": "{day}（期限切れ）",
    "audit.waiver.where": "次のすべてに当てはまるもの：{where}",
}
