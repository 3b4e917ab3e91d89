"""Texts of the audit's windows, waivers and history."""

from __future__ import annotations

ENGLISH = {
    "reason.waived": "{approver} released it from the daily update until {until}: {waiver} ({place})",
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
