"""Every page of the board has its pictures in the documents."""

from __future__ import annotations

from tests.browser.board_pictures import ALBUM, DRESSES, FOLDER, album

from watchkeeper.web.registry import PAGES

SMALL = 100_000
"""Bytes of a picture."""


def test_the_album_shows_every_page_that_there_is() -> None:
    assert ALBUM.read_text(encoding="utf-8") == album()


def test_there_is_a_small_picture_of_each_page_in_each_dress_and_no_other() -> None:
    found = {file.name: file.stat().st_size for file in FOLDER.iterdir()}
    assert set(found) == {f"{page.name}-{dress}.jpg" for page in PAGES for dress in DRESSES}
    assert all(0 < size < SMALL for size in found.values())
