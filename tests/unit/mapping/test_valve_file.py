from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.errors import Config
from watchkeeper.mapping.valve_file import load_limits
from watchkeeper.model.limits import Limits

SHIPPED = Path(__file__).parents[3] / "mappings"


def write(folder: Path, text: str) -> Path:
    (folder / "valves.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_file_says_what_the_program_does_without_it(tmp_path: Path) -> None:
    assert load_limits(SHIPPED) == load_limits(tmp_path) == Limits()


def test_what_is_left_out_keeps_its_shipped_value(tmp_path: Path) -> None:
    limits = load_limits(write(tmp_path, "version: 1\ncloses: { ceiling: 40 }\nmax_writes: 200\n"))

    assert (limits.closes_floor, limits.closes_factor, limits.closes_ceiling) == (5, 3.0, 40)
    assert limits.max_writes == 200


def test_every_threshold_can_be_set(tmp_path: Path) -> None:
    text = """
version: 1
vanished: { share: 0.11, over: 12, emptied_from: 13 }
all_changed: { share: 0.21, over: 22 }
closes: { floor: 31, factor: 1.5, ceiling: 33 }
creates: { floor: 41, factor: 2.5 }
meaning: { share: 0.51 }
flapping: { writes: 61 }
max_writes: 71
"""

    assert load_limits(write(tmp_path, text)) == Limits(13, 0.11, 12, 0.21, 22, 31, 1.5, 33, 41, 2.5, 0.51, 61, 71)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("version: 1\nclosses: { floor: 1 }\n", "valves.yaml:2:1", "did you mean closes?"),
        ("version: 1\nvanished: { share: 20 }\n", "valves.yaml:2:", "is 20; allowed: at most 1"),
        ("version: 1\nflapping: { writes: 0 }\n", "valves.yaml:2:", "is 0; allowed: at least 1"),
        ("version: 1\ncloses: { floor: many }\n", "valves.yaml:2:11", "a whole number"),
        ("closes: { floor: 1 }\n", "valves.yaml:1:1", "version"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, place: str, words: str) -> None:
    with pytest.raises(Config) as caught:
        load_limits(write(tmp_path, text))

    assert place in str(caught.value)
    assert words in str(caught.value)
