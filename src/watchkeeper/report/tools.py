"""What the small commands did: raise a task, upgrade the state store, free a lease."""

from __future__ import annotations

from watchkeeper.report.document import Document, Mark
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import texts_in


def raised_document(key: str, lang: str = "en", *, fresh: bool) -> Document:
    texts = texts_in(lang)
    name = "raise.sentence.fresh" if fresh else "raise.sentence.again"
    return Document(texts.say("raise.title"), texts.say(name, key=key))


def raised_json(key: str, *, fresh: bool) -> Json:
    return payload("tasks raise", 0, (), key=key, raised=fresh)


def upgraded_document(before: str | None, after: str, lang: str = "en") -> Document:
    texts = texts_in(lang)
    name = (
        "upgrade.sentence.new" if before is None else "upgrade.sentence.same" if before == after else "upgrade.sentence"
    )
    return Document(texts.say("upgrade.title"), texts.say(name, before=before or "", after=after))


def upgraded_json(before: str | None, after: str) -> Json:
    return payload("db upgrade", 0, (), before=before, after=after)


def unlocked_document(run_id: str, holder: str, lang: str = "en", *, freed: bool) -> Document:
    """`holder` is the run that holds the lease instead; empty when nobody does."""
    texts = texts_in(lang)
    if freed:
        return Document(texts.say("unlock.title"), texts.say("unlock.sentence.freed", run=run_id))
    name = "unlock.sentence.other" if holder else "unlock.sentence.nobody"
    return Document(texts.say("unlock.title"), texts.say(name, run=run_id, holder=holder), mark=Mark.BAD)


def unlocked_json(run_id: str, holder: str, *, freed: bool, exit_code: int) -> Json:
    reasons = () if freed else (f"run {run_id} does not hold the lease",)
    return payload("unlock", exit_code, reasons, run_id=run_id, freed=freed, holder=holder)
