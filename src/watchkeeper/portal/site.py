"""The whole site as files: which there are, and what is in each. Pure, and the same for the same findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from watchkeeper.evidence.owners import Owner
from watchkeeper.portal.folders import folder_name
from watchkeeper.portal.frame import file_in, frame_of
from watchkeeper.portal.listing import as_csv, tasks_table
from watchkeeper.portal.owner_page import owner_page
from watchkeeper.portal.soc_page import home_page, soc_page
from watchkeeper.portal.tasks import OwnerTasks, tasks_by_owner
from watchkeeper.portal.told import Report, Told
from watchkeeper.portal.view import Frame, OwnerPage, TextPage
from watchkeeper.report import html, spreadsheet
from watchkeeper.report.document import Link, with_texts
from watchkeeper.report.texts import LANGUAGES, Texts, texts_in

POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
"""What a page may do: use the site's own style sheet and pictures."""
STYLE: Final = "assets/style.css"
SPREADSHEET: Final = "remediation"
_PAGES: Final = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class Site:
    """Files by path, with `/`; and the owners it was made for, with the folder of each."""

    files: Mapping[str, bytes]
    owners: tuple[tuple[OwnerTasks, str], ...]


def site_of(told: Told, *, hosts: Collection[str] = (), hide: Callable[[str], str] = str) -> Site:
    """Every page in every language. Tickets are linked at `hosts`; `hide` takes secrets out of texts before they are escaped."""
    builder = _Builder(told, hosts, hide)
    owners = tasks_by_owner(told)
    builder.style()
    builder.home()
    builder.soc(owners)
    for tasks in owners:
        builder.owner(tasks)
    return Site(builder.files, tuple((each, place_of(told, each.owner)) for each in owners))


def place_of(told: Told, owner: Owner) -> str:
    """The folder of an owner's page. What nobody owns is the SOC's to look after."""
    return "soc/unowned" if told.is_unowned(owner) else f"owners/{folder_name(owner.id)}"


@dataclass(slots=True)
class _Builder:
    told: Told
    hosts: Collection[str]
    hide: Callable[[str], str]
    files: dict[str, bytes] = field(default_factory=dict)

    def style(self) -> None:
        own = (_PAGES / "portal.css").read_text(encoding="utf-8")
        self._put(STYLE, f"{html.style_sheet()}{own}")

    def home(self) -> None:
        home = self.told.home
        for texts in _every_language():
            title = texts.say("portal.home.title")
            frame = frame_of(self.told, title, texts, way=(), depth=0, first=home.language, zone=home.zone)
            self._page("text.html", file_in(texts.language, home.language), texts, home_page(self.told, frame, texts))

    def soc(self, owners: tuple[OwnerTasks, ...]) -> None:
        first = self.told.home.language
        for texts in _every_language():
            page = soc_page(self.told, owners, self._soc_frame(texts, texts.say("portal.soc.title"), "index"), texts)
            self._page("text.html", f"soc/{file_in(texts.language, first)}", texts, page)
            for report in self.told.reports:
                self._report(report, texts)

    def _report(self, report: Report, texts: Texts) -> None:
        document = with_texts(report.documents[texts.language], self.hide)
        # Of when its data are, a report says itself.
        frame = replace(self._soc_frame(texts, document.title, report.name), as_of="", old="")
        name = f"soc/{file_in(texts.language, self.told.home.language, report.name)}"
        self._write("report.html", name, texts, frame=frame, document=document)
        self._put(f"{name.removesuffix('html')}csv", spreadsheet.render(document))

    def _soc_frame(self, texts: Texts, title: str, stem: str) -> Frame:
        home = self.told.home
        way = [_root(self.told, texts, 1)]
        if stem != "index":
            way.append(Link(texts.say("portal.soc"), file_in(texts.language, home.language)))
        return frame_of(self.told, title, texts, way=way, depth=1, first=home.language, zone=home.zone, stem=stem)

    def owner(self, tasks: OwnerTasks) -> None:
        owner, told, folder = tasks.owner, self.told, place_of(self.told, tasks.owner)
        first, zone = told.language_of(owner), told.zone_of(owner)
        for texts in _every_language():
            name = told.name_of(owner, texts.language)
            title = texts.say("portal.owner.title", owner=name) if name else texts.say("portal.unowned")
            way = (_root(told, texts, 2),)
            frame = frame_of(told, title, texts, way=way, depth=2, first=first, zone=zone)
            file = file_in(texts.language, first, SPREADSHEET).removesuffix("html") + "csv"
            page = owner_page(told, tasks, frame, file, texts)
            self._page("owner.html", f"{folder}/{file_in(texts.language, first)}", texts, page)
            self._put(f"{folder}/{file}", as_csv(with_texts(tasks_table(told, tasks, texts), self.hide)))

    def _page(self, template: str, name: str, texts: Texts, page: OwnerPage | TextPage) -> None:
        shown = with_texts(page, self.hide)
        self._write(template, name, texts, page=shown, frame=shown.frame)

    def _write(self, template: str, name: str, texts: Texts, **values: Any) -> None:
        laid_out = html.environment(_PAGES).get_template(template)
        self._put(name, html.written(laid_out, texts, self.hosts, policy=POLICY, style=STYLE, **values))

    def _put(self, name: str, content: str) -> None:
        """Two owners in one folder would read each other's page."""
        if name in self.files:
            raise ValueError(f"two pages are to be {name}")
        self.files[name] = content.encode("utf-8")


def _every_language() -> Iterator[Texts]:
    return (texts_in(each) for each in LANGUAGES)


def _root(told: Told, texts: Texts, depth: int) -> Link:
    return Link(texts.say("portal.home"), "../" * depth + file_in(texts.language, told.home.language))
