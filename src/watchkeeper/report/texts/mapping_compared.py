"""The texts of how mappings stand beside those that Watchkeeper ships, on the watch board, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "board.mapping.shipped": "Compared with what Watchkeeper ships",
    "board.mapping.beside.differs.one": "1 thing means something else than in the mappings of Watchkeeper {version}.",
    "board.mapping.beside.differs.other": "{count} things mean something else than in the mappings of Watchkeeper {version}.",
    "board.mapping.beside.profile.shipped": (
        "This is the profile that came with Watchkeeper {version}. `watchkeeper mappings diff REVISION` compares it with an earlier one."
    ),
    "board.mapping.beside.profile.same": "It means the same as the profile that comes with Watchkeeper {version}.",
    "board.mapping.beside.profile.own": "Watchkeeper {version} comes with no profile of this name.",
    "board.mapping.beside.profile.unread": "It can be compared once its problems are mended.",
    "board.mapping.beside.folder.shipped": (
        "This is the folder that came with Watchkeeper {version}. `watchkeeper mappings diff REVISION` compares it with an earlier one."
    ),
    "board.mapping.beside.folder.same": "It means the same as the folder that comes with Watchkeeper {version}.",
    "board.mapping.beside.folder.unread": "It can be compared once it can be found.",
    "board.mappings.shipped.profiles_only": (
        "Only profiles without problems were compared: teams, calendars, tasks and valves are once the problems are mended."
    ),
    "board.mapping.since.same": "The latest sync of all profiles worked with this mapping.",
    "board.mapping.since.changed": (
        "It means something else than in the latest sync of all profiles: the next one looks at every pair of the profile again, as "
        "`watchkeeper plan` shows. `watchkeeper mappings diff REVISION` tells what was changed."
    ),
    "board.mapping.since.never": "No sync of all profiles has worked with this profile yet.",
    "board.mapping.column.subject": "Of what",
    "board.mapping.column.differs": "What differs (shipped → here)",
}

JAPANESE: dict[str, str] = {
    "board.mapping.shipped": "Watchkeeper 同梱のマッピングとの比較",
    "board.mapping.beside.differs.other": "Watchkeeper {version} 同梱のマッピングと意味が異なる点が {count} 件あります。",
    "board.mapping.beside.profile.shipped": (
        "Watchkeeper {version} に同梱のプロファイルそのものです。以前のものとは `watchkeeper mappings diff REVISION` で比べられます。"
    ),
    "board.mapping.beside.profile.same": "Watchkeeper {version} 同梱のプロファイルと意味は同じです。",
    "board.mapping.beside.profile.own": "Watchkeeper {version} に、この名前のプロファイルは同梱されていません。",
    "board.mapping.beside.profile.unread": "問題が修正されると比較できます。",
    "board.mapping.beside.folder.shipped": (
        "Watchkeeper {version} に同梱のフォルダーそのものです。以前のものとは `watchkeeper mappings diff REVISION` で比べられます。"
    ),
    "board.mapping.beside.folder.same": "Watchkeeper {version} 同梱のフォルダーと意味は同じです。",
    "board.mapping.beside.folder.unread": "フォルダーが見つかると比較できます。",
    "board.mappings.shipped.profiles_only": (
        "問題のないプロファイルだけを比べました。チーム、カレンダー、タスク、安全弁は、問題が修正されると比べます。"
    ),
    "board.mapping.since.same": "全プロファイルを対象とした最新の同期は、このマッピングで行われました。",
    "board.mapping.since.changed": (
        "全プロファイルを対象とした最新の同期のときとは意味が異なります。次の同期は `watchkeeper plan` が示すとおり、このプロファイルのすべての組を改めて確認します。"
        "変更点は `watchkeeper mappings diff REVISION` で確認できます。"
    ),
    "board.mapping.since.never": "このプロファイルで、全プロファイルを対象とした同期が行われたことはまだありません。",
    "board.mapping.column.subject": "対象",
    "board.mapping.column.differs": "異なる点（同梱版 → 現在）",
}
