"""The form on which a record is pasted to see what a profile would do with it. It is looked at in memory, and nothing of it is kept or
logged; nothing is changed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from watchkeeper.mapping.profile import Profile
from watchkeeper.report.board.mapping import below
from watchkeeper.report.board.mapping_tried import Tried, trial_document
from watchkeeper.report.document import with_texts
from watchkeeper.report.texts import Texts
from watchkeeper.web.answers import page
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.pasted import LONGEST, Flaw, pasted
from watchkeeper.web.reading.mappings import sound_profile
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.trial import tried_record
from watchkeeper.web.registry import MAPPING
from watchkeeper.web.showing import frame_of, reader_of
from watchkeeper.web.visit import Visit

PATH: Final = f"/{{lang}}/{{deployment}}/{MAPPING.path}/try"
_FORM: Final = "try.html"
_RECORD: Final = "record"


@dataclass(frozen=True, slots=True)
class Form:
    """What was pasted, and what is wrong with it."""

    csrf: str
    label: str
    help: str
    send: str
    record: str = ""
    flaw: str = ""


async def show(visit: Visit) -> Response:
    return await run_in_threadpool(_page, visit)


async def send(visit: Visit) -> Response:
    body = (await visit.request.body()).decode("utf-8", "replace")
    typed = parse_qs(body, keep_blank_values=True, max_num_fields=20).get(_RECORD, [""])[0]
    # Browsers send the end of a line as two characters, whichever it was.
    return await run_in_threadpool(_page, visit, typed.replace("\r\n", "\n"))


def _page(visit: Visit, typed: str | None = None) -> Response:
    """Raises NothingHere for a profile that there is not, or that cannot be read."""
    reader = reader_of(visit, MAPPING)
    with reader.store.view():
        return _answer(visit, reader, typed)


def _answer(visit: Visit, reader: Reader, typed: str | None) -> Response:
    written, profile = sound_profile(reader)
    if profile is None:
        raise NothingHere
    shown = None if typed is None else pasted(typed)
    if shown is None or isinstance(shown, Flaw):
        flaw = "" if shown is None else flaw_text(shown, visit.texts)
        return _shown(
            visit, reader, profile, written.folder, None, _form(visit, typed or "", flaw), 422 if flaw else 200
        )
    tried = tried_record(reader, profile, shown)
    return _shown(visit, reader, profile, written.folder, tried, _form(visit, typed or ""), 200)


def _shown(
    visit: Visit, reader: Reader, profile: Profile, folder: str, tried: Tried | None, form: Form, status: int
) -> Response:
    texts = visit.texts
    root = f"/{texts.language}/{quote(reader.deployment)}/"
    document = trial_document(profile.name, reader.deployment, tried, folder, texts)
    shown = with_texts(document, below(folder))
    frame = frame_of(visit, MAPPING, reader, reader.head(), form=True)
    return page(visit, shown, frame, status, _FORM, root=root, form=form)


def _form(visit: Visit, typed: str, flaw: str = "") -> Form:
    say = visit.texts.say
    return Form(
        csrf=visit.csrf,
        label=say("board.try.record"),
        help=say("board.try.help", most=f"{LONGEST:,}"),
        send=say("board.try.send"),
        record=typed,
        flaw=flaw,
    )


def flaw_text(flaw: Flaw, texts: Texts) -> str:
    """What is wrong, where, and what would be right."""
    said: Mapping[str, object] = {"line": flaw.line, "column": flaw.column, "why": flaw.why, "most": f"{LONGEST:,}"}
    return texts.say(f"board.try.flaw.{flaw.kind}", **said)
