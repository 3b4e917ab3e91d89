"""What is around every page of the portal."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.portal.told import Home, Told
from watchkeeper.portal.view import Frame
from watchkeeper.report.document import Link
from watchkeeper.report.texts import LANGUAGES, Texts, texts_in
from watchkeeper.report.values import on_the_wall


def file_in(language: str, first: str, stem: str = "index") -> str:
    """A page's file: plain in the folder's `first` language, with the tag in another."""
    return f"{stem}.html" if language == first else f"{stem}.{language}.html"


def contact(home: Home, texts: Texts) -> str:
    """Whom to ask."""
    name = home.contact.get(texts.language) or home.group
    return texts.say("portal.contact", name=name, group=home.group) if home.group and home.group != name else name


def frame_of(
    told: Told, title: str, texts: Texts, *, way: Sequence[Link], depth: int, first: str, zone: str, stem: str = "index"
) -> Frame:
    """`depth`: how many folders below the site's own the page is; `first`: its folder's first language."""
    ask = contact(told.home, texts)
    at = "" if told.as_of is None else on_the_wall(told.as_of, zone, texts)
    days = 0 if told.as_of is None else (told.now - told.as_of).days
    return Frame(
        title=title,
        language=texts.language,
        to_root="../" * depth,
        way=tuple(way),
        languages=tuple(
            (Link(texts_in(each).say("portal.language"), file_in(each, first, stem)), each)
            for each in LANGUAGES
            if each != texts.language
        ),
        as_of=texts.say("portal.as_of", at=at) if at else texts.say("portal.never"),
        daily=texts.say("portal.as_of.daily", contact=ask),
        old=texts.say("portal.old", at=at, days=f"{days:,}", contact=ask) if told.is_old else "",
        made=texts.say("portal.made", deployment=told.home.deployment),
        skip=texts.say("portal.skip"),
        way_label=texts.say("portal.way"),
        languages_label=texts.say("portal.languages"),
    )
