"""The note of the daily update of escalations, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "escalation.title": "Daily update of the escalation tickets",
    "escalation.final": "On {day} {fresh} of {duties} escalation tickets were updated ({share}); every team's day is over.",
    "escalation.provisional": "On {day} {fresh} of {duties} escalation tickets were updated so far ({share}); not every team's day is over.",
    "escalation.none": "On {day} no escalation ticket owed an update.",
    "escalation.nothing": "No team has been judged on {day} yet.",
    "escalation.teams": "Verdicts by team",
    "escalation.chart": "Tickets by team and verdict",
    "escalation.unjudged": "Not judged that day",
}

JAPANESE: dict[str, str] = {
    "escalation.title": "エスカレーション チケットの日次更新",
    "escalation.final": "{day} は、エスカレーション チケット {duties} 件中 {fresh} 件が更新されました（{share}、全チームの 1 日が終了）。",
    "escalation.provisional": "{day} は、これまでにエスカレーション チケット {duties} 件中 {fresh} 件が更新されました（{share}、まだ 1 日が終わっていないチームがあります）。",
    "escalation.none": "{day} に更新が必要なエスカレーション チケットはありませんでした。",
    "escalation.nothing": "{day} について判定されたチームはまだありません。",
    "escalation.teams": "チーム別の判定",
    "escalation.chart": "チームと判定別のチケット",
    "escalation.unjudged": "この日について判定されていないチーム",
}
