"""What the documents show of a command is what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.consoles import BLOCK, SCENES, blocks, calls, told
from tests.docs.pages import Fence, pages

BLOCKS = tuple(blocks())


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{block.page.name}:{' '.join(block.info[1:])}" for block in BLOCKS])
def test_a_block_shows_what_its_commands_print(block: Fence, tmp_path: Path) -> None:
    """Out of date? `python -m tests.docs.consoles`"""
    assert calls(block.body)
    assert block.body == told(block.info, block.body, tmp_path)


def test_every_block_that_is_shown_is_written_anew_too() -> None:
    assert len(BLOCKS) == sum(len(BLOCK.findall(each.text)) for each in pages())


def test_every_scene_is_shown_somewhere() -> None:
    assert {block.info[1] for block in BLOCKS} == set(SCENES)
