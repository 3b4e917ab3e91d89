"""The reasons of decisions, writes and valves, by language; see watchkeeper.model.reasons for the codes."""

from __future__ import annotations

from watchkeeper.model.reasons import ALL, ALL_SINGULAR, Because, Code
from watchkeeper.report.texts.troubles import IN_JAPANESE


def _key(code: Code, form: str = "other") -> str:
    return f"because.{code.value}.{form}" if code in ALL_SINGULAR else f"because.{code.value}"


ENGLISH: dict[str, str] = {
    **{_key(code): text for code, text in ALL.items()},
    **{_key(code, "one"): text for code, text in ALL_SINGULAR.items()},
}

JAPANESE: dict[str, str] = {_key(code): text for code, text in IN_JAPANESE.items()} | {
    _key(code): text
    for code, text in {
        Because.OVERDUE: "期限 {when} を過ぎていますが、猶予（{length}）の内です",
        Because.DUE: "期限 {when}",
        Because.OPEN_ALREADY: "チケットはすでに開いています",
        Because.STILL_OPEN: "{period} のチケットがまだ開いています",
        Because.PASSED_WHILE_OPEN: "{period} のチケットが開いている間に期限を過ぎました",
        Because.BEFORE_FIRST_RUN: "初回の実行より前のものです",
        Because.NOT_OPENED_IN_TIME: "期間内にチケットが起票されませんでした",
        Because.SUPERSEDED: "{period} に置き換えられました",
        Because.LAPSED: "起票できる前に期限を {length}より長く過ぎました",
        Because.NO_CATCH_UP: "期限を過ぎており、このタスクは後から起票しません",
        Because.ONLY_LATEST: "期限を過ぎたもののうち最新の回だけを起票します",
        Because.TOO_MANY_OVERDUE: "期限を過ぎたものが同時に {limit} 件を超えました",
        Because.RAISED: "随時起票：{cause}",
        Because.TASK_REMOVED: "タスク {task} はカタログにもうありません",
        Because.ASKED_ANEW: "同じキーのチケットはすでにクローズ済みのため、{key} として改めて申請します",
        Because.SERVED: "タスク {task} の {period} のチケットで兼ねます",
        Because.DUE_RAISED: "期限 {when}：{cause}",
        Because.ESCALATED: "{side} で {number} としてエスカレーションされました",
        Because.TIES: "相手側のレコードとひも付けます",
        Because.CHANGED_ON: "{side} で{fields}が変更されました",
        Because.FOLLOWS_CATALOGUE: "{fields}はカタログに従います",
        Because.FOLLOWS_SIDE: "{fields}は {side} に従います",
        Because.COUNTERPART_GONE: "{side} の相手側レコードがなくなりました",
        Because.KEEPS_LOSER: "退けた値を残します",
        Because.DUE_AGAIN: "このチケットが開いている間に次の期限が来ました",
        Because.EARLIER_MISSED: "以前の回が実施されませんでした",
        Because.NEWER_TICKET: "この作業には新しいチケットがあります",
        Because.WROTE: "{author} が {side} に書きました",
        Because.COMMENTS_FULL: "書き込み先のコメント数が上限に近づいています",
        Because.NOBODY_UPDATED: "エスカレーションが更新されていません",
        Because.AUDITED: "{period} の監査の結果を伝えます",
        Because.GATHERED: "タスク {task} のために集めた証跡を伝えます",
        Because.FOUND_SINCE: "タスク {task} が必要になった新たな理由を伝えます",
        Because.SHOWS: "{fields}にエスカレーション監査の状況を表示します",
        Because.KEPT: "監査で、すべての更新が行われたことを確かめました",
        Because.SHOWS_REMEDIATION: "{fields}に対応の状況を表示します",
        Because.MENDED: "すべてのデバイスで対応が完了しました",
        Because.EXCEPTED: "例外が承認されました",
        Because.CAME_BACK: "{when} から再び対応が必要なデバイスがあります",
        Because.UNDOES: "実行 {id} の前の値に戻します",
        Because.OTHER_PLACE: "{side} は今は {there} ですが、以前は {before} でした",
        Because.NOT_SHOWN: "{side} に {number}（ひも付けが最も古い未完了レコード）が見えなくなりました",
        Because.VANISHED: "{side} にひも付いた {linked} 件のうち {count} 件が全件一覧にありません",
        Because.ALL_CHANGED: "{side} にひも付いた {linked} 件のうち {count} 件で{fields}が変わりました",
        Because.WOULD_CLOSE: "1 回の実行で {count} 件のレコードがクローズされます",
        Because.WOULD_CLOSE_BLIND: "合意の記録がないまま {count} 件のレコードがクローズされます",
        Because.FIRST_IMPORT: "プロファイル {profile} の最初の取り込みで {count} 件のレコードが作成されます",
        Because.WOULD_CREATE: "プロファイル {profile} で {count} 件のレコードが作成されます",
        Because.MEANING: "プロファイル {profile} のマッピングが変わり、{linked} 組のうち {count} 組に書き込みます",
        Because.FLAPPING: "24 時間以内にすでに {times} 回書き込んだ項目が {count} 個あり、ほかの何かが元に戻し続けています",
        Because.PLANNED: "{count} 件の書き込みが計画されています",
        Because.SAME_PLACE: "インスタンスとワークスペースは前回の実行と同じでなければなりません",
        Because.READABLE: "最も古い未完了の組が読み取れなければなりません",
        Because.A_PERSON: "人が内容を確かめて開けます",
        Because.SHARE_OF_RECORDS: "{share}かつ {count} 件",
        Because.SHARE_OF_PAIRS: "全組の {share}",
        Because.WRITES_OF_A_FIELD: "24 時間に 1 項目へ {count} 回",
    }.items()
}
