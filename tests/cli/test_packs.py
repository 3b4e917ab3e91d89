"""Packs through the command line: which there are, one switched on and off, and an installed copy beside the shipped one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.program import Ended, Program

pytestmark = pytest.mark.thorough

SHIPPED = Path(__file__).parents[2] / "mappings"


@pytest.fixture
def own(soc: Program) -> Path:
    folder = soc.folder / "own"
    shutil.copytree(SHIPPED, folder)
    return folder


def run(soc: Program, own: Path, *words: str) -> Ended:
    return soc.run("packs", *words, WATCHKEEPER_MAPPINGS=str(own))


def test_every_pack_is_listed_with_its_state(soc: Program, own: Path) -> None:
    (own / "packs" / "mdo-secops.yaml").unlink()
    listed = run(soc, own, "list", "--json").json("packs-list")["packs"]
    assert {pack["id"]: (pack["state"], pack["tasks"]) for pack in listed} == {
        "defender-xdr": ("enabled", 8),
        "mdo-secops": ("not-installed", 13),
        "sentinel-ops": ("disabled", 10),
    }
    assert "1 of 3 packs are enabled." in run(soc, own, "list").out
    assert "3 個のパックのうち 1 個が有効です" in run(soc, own, "list", "--lang", "ja").out


def test_switching_on_and_off_changes_one_line_and_comes_back_to_the_same_bytes(soc: Program, own: Path) -> None:
    path = own / "packs" / "sentinel-ops.yaml"
    before, rights = path.read_bytes(), path.stat().st_mode
    assert run(soc, own, "enable", "sentinel-ops", "--json").json("packs-switch")["changed"] is True
    assert path.read_bytes() == before.replace(b"\nenabled: false\n", b"\nenabled: true\n")
    assert path.stat().st_mode == rights
    assert "sentinel-hunting" in soc.run("tasks", "list", WATCHKEEPER_MAPPINGS=str(own)).out
    assert "already" in run(soc, own, "enable", "sentinel-ops").out
    assert run(soc, own, "disable", "sentinel-ops").code == 0
    assert path.read_bytes() == before


def test_a_shipped_pack_that_is_not_installed_is_copied(soc: Program, own: Path) -> None:
    path = own / "packs" / "mdo-secops.yaml"
    path.unlink()
    assert run(soc, own, "enable", "mdo-secops").code == 0
    shipped = (SHIPPED / "packs" / "mdo-secops.yaml").read_bytes()
    assert path.read_bytes() == shipped.replace(b"\nenabled: false\n", b"\nenabled: true\n")


def test_a_pack_that_says_nothing_of_being_enabled_gets_the_line(soc: Program, own: Path) -> None:
    path = own / "packs" / "defender-xdr.yaml"
    before = path.read_bytes()
    assert run(soc, own, "disable", "defender-xdr").code == 0
    assert path.read_bytes() == before.replace(b"\nid: defender-xdr\n", b"\nid: defender-xdr\nenabled: false\n")


def test_the_file_keeps_its_rights_and_a_link_to_it_stays_one(soc: Program, own: Path) -> None:
    path = own / "packs" / "defender-xdr.yaml"
    kept = path.rename(soc.folder / "defender-xdr.kept")
    kept.chmod(0o640)
    path.symlink_to(kept)
    assert run(soc, own, "disable", "defender-xdr").code == 0
    assert (path.is_symlink(), kept.stat().st_mode & 0o777) == (True, 0o640)
    assert "enabled: false" in kept.read_text(encoding="utf-8")


def test_an_unknown_pack_is_a_wrong_argument(soc: Program, own: Path) -> None:
    ended = run(soc, own, "enable", "sentinel-op")
    assert (ended.code, "did you mean sentinel-ops?" in ended.err) == (2, True)


def test_a_difference_is_one_of_meaning(soc: Program, own: Path) -> None:
    path = own / "packs" / "defender-xdr.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("    overlap: allow\n", "", 1).replace("# Where the source", "# Ours: where the source")
    path.write_text(text, encoding="utf-8")
    assert "say what the shipped ones say" in run(soc, own, "diff").out

    text = text.replace("weekday: monday", "weekday: friday", 1).replace("Walk through licence requests", "Read", 1)
    path.write_text(text, encoding="utf-8")
    (pack,) = run(soc, own, "diff", "defender-xdr", "--json").json("packs-diff")["packs"]
    assert [(row["task"], row["field"], row["installed"], row["shipped"]) for row in pack["changes"]] == [
        (
            "service-administration",
            "checklist.en",
            ["Read and device purchases"],
            ["Walk through licence requests and device purchases"],
        ),
        (
            "service-administration",
            "schedule.rule",
            ["FREQ=WEEKLY;WKST=MO;BYDAY=FR"],
            ["FREQ=WEEKLY;WKST=MO;BYDAY=MO"],
        ),
    ]
    assert "2 things differ" in run(soc, own, "diff").out


def test_tasks_that_only_one_copy_has_are_told(soc: Program, own: Path) -> None:
    path = own / "packs" / "defender-xdr.yaml"
    text = path.read_text(encoding="utf-8").replace("- id: secure-score\n", "- id: our-score\n")
    path.write_text(text, encoding="utf-8")
    (pack,) = run(soc, own, "diff", "defender-xdr", "--json").json("packs-diff")["packs"]
    assert [(row["kind"], row["task"]) for row in pack["changes"]] == [
        ("only-installed", "our-score"),
        ("only-shipped", "secure-score"),
    ]


def test_a_pack_of_ones_own_has_nothing_to_be_compared_with(soc: Program, own: Path) -> None:
    path = own / "packs" / "sentinel-ops.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\nid: sentinel-ops\n", "\nid: house\n"), encoding="utf-8")
    assert run(soc, own, "diff", "house", "--json").json("packs-diff")["own"] == ["house"]


def test_a_file_that_one_line_cannot_switch_is_left_alone(soc: Program, own: Path) -> None:
    path = own / "packs" / "sentinel-ops.yaml"
    path.write_text(path.read_text("utf-8").replace("\nenabled: false\n", '\n"enabled": false\n'), encoding="utf-8")
    before = path.read_bytes()
    ended = run(soc, own, "enable", "sentinel-ops")
    assert (ended.code, path.read_bytes()) == (3, before)
    assert "write `enabled: true` yourself" in ended.err
