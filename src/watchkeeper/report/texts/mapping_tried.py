"""The texts of trying a ticket out with a profile, on the watch board, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "board.try": "Try a ticket out",
    "board.try.told": (
        "Type the number or key of a pair above to see what the rules, as the folder has them now, would do with the values on which both "
        "sides last agreed. No system is called, and nothing is changed."
    ),
    "board.try.ticket": "Number or key of a ticket to try out",
    "board.try.paste": "Paste a record instead",
    "board.try.title": "Try a record out, profile {profile}: {deployment}",
    "board.try.lead": "A record as its system gives it, and what this profile makes of it: nothing of it is kept, and nothing is changed.",
    "board.try.record": "The record as JSON",
    "board.try.help": (
        "As ServiceNow's Table API gives it with sysparm_display_value=false or all, or as Azure gives an incident; one record of at most "
        '{most} characters, also with `{{"result": …}}` around it. A record that is linked takes the place of what both sides last agreed on.'
    ),
    "board.try.send": "Try it out",
    "board.try.flaw.empty": "Paste a record first.",
    "board.try.flaw.long": "This is longer than {most} characters: leave out fields that the profile does not read.",
    "board.try.flaw.json": "This is not JSON: {why} (line {line}, column {column}). Copy the whole answer, from the first {{ to the last }}.",
    "board.try.flaw.several": "These are several records: paste one of them.",
    "board.try.flaw.none": "There is no record in this answer.",
    "board.try.flaw.stranger": (
        'This is neither a ServiceNow record (an object with sys_id or number, also inside "result") nor an incident of Azure\'s (an object '
        'with "properties").'
    ),
    "board.tried": "What becomes of {name}",
    "board.tried.pasted": "What becomes of the record",
    "board.tried.fields": "Field by field",
    "board.tried.pair_page": "The pair",
    "board.tried.pair": "It is a pair: this is what a sync would do with these values.",
    "board.tried.alone": "It has one record, and is to have no other: this is what a sync would do with these values.",
    "board.tried.mirrored": "A sync would create the other record, as shown here.",
    "board.tried.closed": "It is closed already, or its status is in no row: it is not mirrored. If it were, it would be like this.",
    "board.tried.early": (
        "It is from before the first day of the deployment or of this profile: it is not mirrored without `sync --backfill`. With it, it "
        "would be like this."
    ),
    "board.tried.outside": "The population of this profile does not take it: it is not mirrored. If it were, it would be like this.",
    "board.tried.unsure": "Whether the population of this profile takes it cannot be told here. If it does, it is mirrored like this.",
    "board.tried.one-way": "This profile creates no record on the other side. If it did, it would be like this.",
    "board.tried.catalogue": (
        "It is no pair, and tickets of this profile are opened from the catalogue. Shown is what people change on such a ticket, as it would be "
        "carried over."
    ),
    "board.tried.unfound": (
        "The store knows no pair called {name}. Copy the number or key as it stands on the page of links, or paste the record."
    ),
    "board.tried.elsewhere": "{name} is a pair of the profile {profile}.",
    "board.tried.there": "What the profile {profile} does with it",
    "board.tried.unread": "Nothing can be tried out until the problems of the mappings are mended.",
    "board.tried.unknown.one": "1 field has a value that no table knows: it is left alone on both sides.",
    "board.tried.unknown.other": "{count} fields have values that no table knows: they are left alone on both sides.",
    "board.tried.agreed_at": "Values as both sides last agreed on them, {at}. What somebody has changed since is not in the store.",
    "board.tried.alone_at": "Values as a run last found nothing to do about them, {at}. What somebody has changed since is not in the store.",
    "board.tried.forgotten": "{side}: of {names} the store keeps no value, because no sync has worked with this mapping yet. They count as not shown.",
    "board.tried.lacking": "The profile reads {names} as well, which the record does not have: they count as not shown.",
    "board.tried.other_table": "The record says that it is of the table {table}, of which this profile is not.",
    "board.tried.groups": "No run has looked up these groups, or not in this store: {names}.",
}

JAPANESE: dict[str, str] = {
    "board.try": "チケットを試す",
    "board.try.told": (
        "上の欄に組の番号またはキーを入力すると、両側が最後に一致した値が、現在のフォルダーの規則でどう扱われるかを表示します。"
        "システムの呼び出しも変更も行いません。"
    ),
    "board.try.ticket": "試すチケットの番号またはキー",
    "board.try.paste": "レコードを貼り付けて試す",
    "board.try.title": "レコードを試す、プロファイル {profile}：{deployment}",
    "board.try.lead": "システムが返した形のレコードを、このプロファイルがどう扱うかを表示します。内容は保存されず、何も変更されません。",
    "board.try.record": "レコード（JSON）",
    "board.try.help": (
        "ServiceNow の Table API が sysparm_display_value=false または all で返す形、または Azure がインシデントを返す形で、{most} 文字以内のレコードを 1 件貼り付けてください。"
        '`{{"result": …}}` で囲まれていても構いません。連携済みのレコードは、両側が最後に一致した値の代わりに使われます。'
    ),
    "board.try.send": "試す",
    "board.try.flaw.empty": "先にレコードを貼り付けてください。",
    "board.try.flaw.long": "{most} 文字を超えています。プロファイルが読まないフィールドを省いてください。",
    "board.try.flaw.json": "JSON ではありません：{why}（{line} 行 {column} 列）。最初の {{ から最後の }} まで、応答全体をコピーしてください。",
    "board.try.flaw.several": "レコードが複数あります。1 件だけ貼り付けてください。",
    "board.try.flaw.none": "この応答にはレコードがありません。",
    "board.try.flaw.stranger": (
        'ServiceNow のレコード（sys_id または number を持つオブジェクト、"result" の中でも可）でも、Azure のインシデント（"properties" を持つオブジェクト）でもありません。'
    ),
    "board.tried": "{name} はどうなるか",
    "board.tried.pasted": "このレコードはどうなるか",
    "board.tried.fields": "フィールドごとの結果",
    "board.tried.pair_page": "この組",
    "board.tried.pair": "連携済みの組です。これらの値に対して同期が行う内容を示します。",
    "board.tried.alone": "レコードは 1 件だけで、相手側には作成されません。これらの値に対して同期が行う内容を示します。",
    "board.tried.mirrored": "同期すると、ここに示すとおり相手のレコードが作成されます。",
    "board.tried.closed": "すでにクローズ済みか、状態が表にないため、連携しません。連携するとすれば次のようになります。",
    "board.tried.early": "デプロイメントまたはこのプロファイルの運用開始日より前のため、`sync --backfill` なしでは連携しません。連携すると次のようになります。",
    "board.tried.outside": "このプロファイルの対象ではないため、連携しません。連携するとすれば次のようになります。",
    "board.tried.unsure": "このプロファイルの対象かどうかは、ここでは判断できません。対象であれば次のように連携します。",
    "board.tried.one-way": "このプロファイルは相手側にレコードを作成しません。作成するとすれば次のようになります。",
    "board.tried.catalogue": "連携済みの組ではなく、このプロファイルのチケットはカタログから起票されます。人が変更する項目がどう引き継がれるかを示します。",
    "board.tried.unfound": "{name} という組はストアにありません。連携の一覧から番号またはキーをコピーするか、レコードを貼り付けてください。",
    "board.tried.elsewhere": "{name} はプロファイル {profile} の組です。",
    "board.tried.there": "プロファイル {profile} での扱い",
    "board.tried.unread": "マッピングの問題が修正されるまで、試すことはできません。",
    "board.tried.unknown.other": "{count} 件のフィールドの値がどの表にもないため、両側とも変更しません。",
    "board.tried.agreed_at": "両側が最後に一致したときの値です（{at}）。その後の変更はストアにありません。",
    "board.tried.alone_at": "同期の必要がないことを最後に確認したときの値です（{at}）。その後の変更はストアにありません。",
    "board.tried.forgotten": "{side}：{names} の値はストアにありません。このマッピングでの同期がまだ行われていないためです。見えないものとして扱います。",
    "board.tried.lacking": "プロファイルは {names} も読み取りますが、レコードにありません。見えないものとして扱います。",
    "board.tried.other_table": "このレコードは表 {table} のもので、プロファイルの表とは異なります。",
    "board.tried.groups": "次のグループは、まだどの実行でも確認されていないか、このストアにありません：{names}。",
}
