"""The words in which a duty's ticket carries what the escalation audits found of its day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from watchkeeper.model.verdict import VerdictKind
from watchkeeper.sync.audit_result import DayResult, TeamRow
from watchkeeper.sync.drafts import text_in

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "head": "Escalation audit of {day}: {fresh} of {duties} updated.",
        "row": "- {team}: {duties} owed, {fresh} updated, {due} due, {stale} stale, {unknown} unknown, {exempt} exempt; {share}",
        "nothing": "- {team}: nothing owed, {exempt} exempt",
        "off": "- {team}: day off",
        "unjudged": "- {team}: not audited",
        "partial": "{row} (not everything could be read)",
        "so_far": "{row} (so far)",
        "standing": "Escalation audit of {day}, as it stands.",
        "evidence": "Evidence: audit {audits}, digest {digest}.",
        "closing": "Resolved by Watchkeeper: every team has made every update that it owed.",
        "between": ", ",
    },
    "ja": {
        "head": "{day} のエスカレーション監査：{duties} 件中 {fresh} 件が更新済み。",
        "row": "- {team}：対象 {duties} 件、更新済み {fresh} 件、期限前 {due} 件、未更新 {stale} 件、不明 {unknown} 件、免除 {exempt} 件、更新率 {share}",
        "nothing": "- {team}：対象なし、免除 {exempt} 件",
        "off": "- {team}：休業日",
        "unjudged": "- {team}：監査なし",
        "partial": "{row}（一部を読み取れませんでした）",
        "so_far": "{row}（途中経過）",
        "standing": "{day} のエスカレーション監査（途中経過）",
        "evidence": "根拠：監査 {audits}、ダイジェスト {digest}。",
        "closing": "Watchkeeper が解決済みにしました。全チームが対象のチケットをすべて更新しています。",
        "between": "、",
    },
}


def result_text(result: DayResult, language: str) -> str:
    """The sentence, a line per team, and which audits say so."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    audits = texts["between"].join(result.audits)
    evidence = texts["evidence"].format(audits=audits, digest=result.evidence)
    return "\n".join((told_rows(result, language), evidence))


def told_rows(result: DayResult, language: str) -> str:
    """The same without the audits: what stays as it is however often the day is judged again."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    fresh, duties = (sum(getattr(sheet, name) for sheet in result.sheets) for name in ("fresh", "duties"))
    head = texts["head"].format(day=result.period, fresh=fresh, duties=duties)
    return "\n".join((head, *(_row(row, language, texts) for row in result.rows)))


def standing_rows(result: DayResult, language: str) -> str:
    """How a day stands that may not be over yet: a line per team, those included that are judged for the time being."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    if result.over:
        return told_rows(result, language)
    head = texts["standing"].format(day=result.period)
    return "\n".join((head, *(_row(row, language, texts, so_far=True) for row in result.rows)))


def closing_text(result: DayResult, language: str) -> str:
    """What a ticket is resolved with. The evidence comes before the rows, which a side with little room cuts off."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    head, *rows = result_text(result, language).splitlines()
    return "\n".join((texts["closing"], head, rows[-1], *rows[:-1]))


def _row(row: TeamRow, language: str, texts: Mapping[str, str], *, so_far: bool = False) -> str:
    team = text_in(row.team.name, language)
    if not row.works:
        return texts["off"].format(team=team)
    if row.sheet is None or not (row.judged or so_far):
        return texts["unjudged"].format(team=team)
    sheet = row.sheet
    told = texts["row" if sheet.duties else "nothing"].format(
        team=team,
        duties=sheet.duties,
        fresh=sheet.fresh,
        due=sheet.totals[VerdictKind.DUE],
        stale=sheet.stale,
        unknown=sheet.totals[VerdictKind.UNKNOWN],
        exempt=sheet.totals[VerdictKind.EXEMPT],
        # Cut, not rounded: all but one is never everything.
        share=f"{100 * sheet.fresh // sheet.duties}%" if sheet.duties else "",
    )
    if row.over:
        return told
    return texts["partial" if row.judged else "so_far"].format(row=told)
