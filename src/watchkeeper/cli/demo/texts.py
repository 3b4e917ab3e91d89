"""What the demo says, in English and Japanese. `{…}` are filled in by the story."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "title": {
        "en": "Watchkeeper demo: eight SOC duties, ServiceNow and Microsoft Sentinel (both emulated, over TLS on this machine)",
        "ja": "Watchkeeper デモ：8 つの SOC 定常業務、ServiceNow と Microsoft Sentinel（どちらもこのマシン上の TLS エミュレーター）",
    },
    "due": {"en": "What is due on {day}", "ja": "{day}に期限を迎える作業"},
    "plan": {
        "en": "plan: {creates} records would be created, {updates} changed. Nothing was written.",
        "ja": "plan：{creates} 件を作成、{updates} 件を変更する計画です。まだ何も書き込んでいません。",
    },
    "sync": {
        "en": "sync: one ticket and one incident per duty",
        "ja": "sync：作業ごとにチケット 1 件とインシデント 1 件",
    },
    "again": {
        "en": "sync again: nothing to do ({calls} calls, {writes} writes)",
        "ja": "もう一度 sync：することはありません（呼び出し {calls} 回、書き込み {writes} 回）",
    },
    "exercise": {"en": "The new team has had no exercise yet", "ja": "新しいチームがまだ演習を行っていない"},
    "evidence": {
        "en": "evidence collect asks for {pieces} things, of Defender, Microsoft 365, Sentinel and the CMDB; sync brings the answers to the duties' tickets, with the whole of them attached:",
        "ja": "evidence collect が Defender、Microsoft 365、Sentinel、CMDB に {pieces} 件を問い合わせ、sync がその答えを作業のチケットに書き込み、全体を添付します：",
    },
    "owners": {
        "en": "What owners of devices have to mend within 30 days got tickets of their own",
        "ja": "デバイスの所有者が 30 日以内に修復すべきものには、所有者ごとにチケットが作成されました",
    },
    "site": {
        "en": "export site: {owners} owners have their pages, and the SOC its reports. Open {path}",
        "ja": "export site：所有者 {owners} 者のページと SOC のレポートができました。次を開いてください：{path}",
    },
    "escalations": {
        "en": "Three incidents are escalated in Sentinel, one ticket in ServiceNow. A first import waits for a person:",
        "ja": "Sentinel で 3 件のインシデント、ServiceNow で 1 件のチケットがエスカレーションされます。最初の取り込みは人の確認を待ちます：",
    },
    "opened": {"en": "The valve is opened for just these; sync:", "ja": "この内容に限って安全弁を開けて sync："},
    "people": {"en": "People at work", "ja": "人が作業します"},
    "carried": {"en": "sync: what went where", "ja": "sync：何がどこへ伝わったか"},
    "conflict": {
        "en": "{number}: {field} was changed on both sides; {winner} wins with {winning}, and {losing} is kept in the work notes",
        "ja": "{number}：{field}が両側で変更されました。{winner} の {winning} を採用し、{losing} はワークノートに残しました",
    },
    "bot": {"en": "The next day", "ja": "翌日"},
    "did_hold": {"en": "put {number} on hold until {until}", "ja": "{number} を {until} まで保留"},
    "did_scan": {
        "en": "a scanner's account alone wrote on {number}",
        "ja": "{number} にはスキャナーのアカウントだけが書き込み",
    },
    "promise_hold": {
        "en": "a ticket on hold is exempt until its follow-up date",
        "ja": "保留中のチケットは再開予定日まで対象外",
    },
    "audit": {
        "en": "audit: did a human update every escalation on {day}?",
        "ja": "audit：{day} にすべてのエスカレーションを人が更新したか",
    },
    "outage": {
        "en": "The daily remediation ticket is resolved; then three days pass without a run. sync catches up:",
        "ja": "日次の修復チケットが解決され、その後 3 日間 1 回も実行されませんでした。sync が追いつきます：",
    },
    "lost": {"en": "The database is lost. sync again:", "ja": "データベースが失われました。もう一度 sync："},
    "lost_result": {
        "en": "{tickets} tickets and {incidents} incidents as before; {writes} writes",
        "ja": "チケット {tickets} 件、インシデント {incidents} 件のまま。書き込み {writes} 回",
    },
    "promises": {
        "en": "What was promised, and what the systems' own records say",
        "ja": "約束したことと、両システム自身の記録",
    },
    "column_duty": {"en": "duty", "ja": "作業"},
    "column_team": {"en": "team", "ja": "チーム"},
    "column_owner": {"en": "owner", "ja": "所有者"},
    "column_told": {"en": "what it says first", "ja": "最初の一文"},
    "column_due": {"en": "due", "ja": "期限"},
    "column_ticket": {"en": "ticket", "ja": "チケット"},
    "column_incident": {"en": "incident", "ja": "インシデント"},
    "column_where": {"en": "written to", "ja": "書き込み先"},
    "column_what": {"en": "what", "ja": "内容"},
    "column_why": {"en": "why", "ja": "理由"},
    "column_verdict": {"en": "verdict", "ja": "判定"},
    "column_reason": {"en": "reason", "ja": "根拠"},
    "column_promise": {"en": "promise", "ja": "約束"},
    "column_seen": {"en": "seen", "ja": "結果"},
    "column_held": {"en": "held", "ja": "達成"},
    "column_who": {"en": "who", "ja": "誰が"},
    "column_did": {"en": "did", "ja": "何を"},
    "column_key": {"en": "period", "ja": "期間"},
    "column_decision": {"en": "decision", "ja": "判断"},
    "seen_writes": {"en": "{count} writes", "ja": "書き込み {count} 回"},
    "seen_writes_one": {"en": "1 write", "ja": "書き込み 1 回"},
    "seen_calls": {"en": "{count} calls", "ja": "呼び出し {count} 回"},
    "seen_calls_one": {"en": "1 call", "ja": "呼び出し 1 回"},
    "seen_exit": {"en": "exit {code}", "ja": "終了コード {code}"},
    "seen_due": {"en": "{count} due", "ja": "期限 {count} 件"},
    "seen_pages": {"en": "{count} pages", "ja": "{count} ページ"},
    "seen_tickets": {"en": "{count} tickets", "ja": "チケット {count} 件"},
    "seen_tickets_one": {"en": "1 ticket", "ja": "チケット 1 件"},
    "seen_incidents": {"en": "{count} incidents", "ja": "インシデント {count} 件"},
    "seen_incidents_one": {"en": "1 incident", "ja": "インシデント 1 件"},
    "seen_notes": {"en": "{count} notes", "ja": "メモ {count} 件"},
    "seen_notes_one": {"en": "1 note", "ja": "メモ 1 件"},
    "seen_comments": {"en": "{count} comments", "ja": "コメント {count} 件"},
    "seen_comments_one": {"en": "1 comment", "ja": "コメント 1 件"},
    "seen_work_notes": {"en": "{count} work notes", "ja": "ワークノート {count} 件"},
    "seen_work_notes_one": {"en": "1 work note", "ja": "ワークノート 1 件"},
    "seen_impact": {"en": "impact {impact}, urgency {urgency}", "ja": "影響度 {impact}、緊急度 {urgency}"},
    "seen_winner": {"en": "{value} wins", "ja": "{value} を採用"},
    "seen_opened": {"en": "{count} opened", "ja": "起票 {count} 件"},
    "seen_duties": {"en": "{count} duties", "ja": "作業 {count} 件"},
    "seen_duties_one": {"en": "1 duty", "ja": "作業 1 件"},
    "what_changed": {"en": "{operation}: {changes}", "ja": "{operation}：{changes}"},
    "day": {"en": "{weekday} {day}", "ja": "{day}（{weekday}）"},
    "moment": {"en": "{weekday} {day} {time} UTC", "ja": "{day}（{weekday}）{time} UTC"},
    "weekdays": {
        "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "ja": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
    },
    "weekdays_short": {"en": "Mon Tue Wed Thu Fri Sat Sun", "ja": "月 火 水 木 金 土 日"},
    "yes": {"en": "yes", "ja": "はい"},
    "no": {"en": "NO", "ja": "いいえ"},
    "did_resolve": {"en": "resolved {number} in ServiceNow ({code})", "ja": "ServiceNow で {number} を解決（{code}）"},
    "did_raise": {
        "en": "raised incident {number} to {severity} in Sentinel",
        "ja": "Sentinel でインシデント {number} を {severity} に変更",
    },
    "did_note_servicenow": {"en": "wrote a work note on {number}", "ja": "{number} にワークノートを記入"},
    "did_note_sentinel": {"en": "commented on incident {number}", "ja": "インシデント {number} にコメント"},
    "did_severity_servicenow": {
        "en": "set {number} to impact 1, urgency 1",
        "ja": "{number} を影響度 1、緊急度 1 に変更",
    },
    "did_severity_sentinel": {
        "en": "set incident {number} to {severity}",
        "ja": "インシデント {number} を {severity} に変更",
    },
    "promise_plan": {"en": "plan writes nothing", "ja": "plan は何も書き込まない"},
    "promise_pairs": {
        "en": "one ticket and one incident per due duty",
        "ja": "作業ごとにチケットとインシデントが 1 件ずつ",
    },
    "promise_idle": {"en": "a second sync writes nothing", "ja": "2 回目の sync は何も書き込まない"},
    "promise_evidence": {
        "en": "the tickets of all eight duties hold their evidence",
        "ja": "8 つの作業すべてのチケットに証跡がある",
    },
    "promise_owners": {
        "en": "an owner gets one ticket per recommendation",
        "ja": "所有者には推奨事項ごとにチケットが 1 件",
    },
    "promise_site": {"en": "each owner has a folder of the portal", "ja": "所有者ごとにポータルのフォルダーがある"},
    "promise_import": {
        "en": "a first import waits until a person opens it",
        "ja": "最初の取り込みは人が許可するまで待つ",
    },
    "promise_close": {
        "en": "a close in ServiceNow closes the incident, with its classification",
        "ja": "ServiceNow での解決が分類付きでインシデントを閉じる",
    },
    "promise_severity": {
        "en": "a severity raised in Sentinel reaches ServiceNow",
        "ja": "Sentinel で上げた重大度が ServiceNow に届く",
    },
    "promise_notes": {
        "en": "each person's note stands once on the other side",
        "ja": "人のメモは相手側に 1 回だけ載る",
    },
    "promise_conflict": {
        "en": "of two changes one wins; the other is kept in a work note",
        "ja": "競合では一方を採用し、もう一方はワークノートに残す",
    },
    "promise_echo": {"en": "nothing comes back as an echo", "ja": "同期した内容が跳ね返らない"},
    "promise_bot": {"en": "a bot's note makes no escalation fresh", "ja": "ボットのメモでは更新済みにならない"},
    "promise_human": {"en": "a person's note on either side does", "ja": "どちらかの側での人の更新は更新済みになる"},
    "promise_catch_up": {"en": "an outage opens no flood of tickets", "ja": "停止後にチケットがあふれない"},
    "promise_lost": {
        "en": "a lost database makes no duplicate and no write",
        "ja": "データベースを失っても重複も書き込みも生じない",
    },
    "kept": {
        "en": "The emulators go on. In a second terminal:",
        "ja": "エミュレーターは動き続けます。別のターミナルで次を実行してください：",
    },
    "served": {
        "en": "The board shows the state store as it was before the last act lost it.",
        "ja": "ボードには、最後の場面で失われる前の状態の保存先が表示されます。",
    },
    "stop": {"en": "Stop them with Ctrl-C.", "ja": "Ctrl-C で停止します。"},
    "fine": {"en": "Every promise held.", "ja": "すべての約束が守られました。"},
    "broken": {"en": "{count} promises did not hold.", "ja": "{count} 件の約束が守られませんでした。"},
}


def text(name: str, language: str, **values: object) -> str:
    """A sentence in a language, filled in. Raises KeyError for one that does not exist."""
    return TEXTS[name][language].format(**values)
