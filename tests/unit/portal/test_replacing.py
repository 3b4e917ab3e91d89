"""The site's folder is replaced as a whole, whatever happens in between, and nothing else ever is."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from watchkeeper.errors import Config, Locked
from watchkeeper.portal.exchanging import exchange
from watchkeeper.portal.marker import MARKER
from watchkeeper.portal.replacing import Place, publish, replacing

OLD = {"index.html": b"old", "owners/finance/index.html": b"old f", "owners/gone/index.html": b"old g"}
NEW = {"index.html": b"new", "owners/finance/index.html": b"new f", "soc/index.html": b"new s", "same.css": b"same"}


def held(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but the marker."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != MARKER)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "portal"


def never(_one: Path, _other: Path) -> bool:
    """A system that cannot swap two names."""
    return False


WAYS = {"in one step": exchange, "by stepping aside": never}


def steps_of(folder: Path, files: Mapping[str, bytes], way: str = "by stepping aside") -> Iterator[str]:
    return replacing(Place(folder), "soc", files, WAYS[way])


def test_a_new_site_is_written_and_an_old_one_leaves_nothing_behind(site: Path) -> None:
    assert publish(site, "soc", OLD)
    assert publish(site, "soc", NEW)
    assert held(site) == NEW
    assert [each.name for each in site.parent.iterdir()] == ["portal"]


def test_the_same_site_is_not_written_again(site: Path) -> None:
    publish(site, "soc", NEW)
    before = site.stat().st_ino, (site / "index.html").stat().st_mtime_ns
    assert not publish(site, "soc", NEW)
    assert (site.stat().st_ino, (site / "index.html").stat().st_mtime_ns) == before


def test_what_was_tampered_with_is_written_again(site: Path) -> None:
    publish(site, "soc", NEW)
    (site / "index.html").write_bytes(b"defaced")
    assert publish(site, "soc", NEW)
    assert held(site) == NEW


def test_a_file_that_did_not_change_keeps_its_time(site: Path) -> None:
    publish(site, "soc", {**OLD, "same.css": b"same"})
    os.utime(site / "same.css", ns=(10**18, 10**18))
    publish(site, "soc", NEW)
    assert (site / "same.css").stat().st_mtime_ns == 10**18


def killed_after(folder: Path, files: Mapping[str, bytes], count: int, way: str) -> None:
    """A run that ends after so many steps, with nothing tidied up."""
    list(zip(range(count), steps_of(folder, files, way), strict=False))


def whole_run(folder: Path, way: str) -> list[str]:
    publish(folder, "soc", OLD)
    return list(steps_of(folder, NEW, way))


KILLS = range(1, len(NEW) + 7)


def test_every_step_is_a_point_where_a_run_is_killed(site: Path) -> None:
    assert len(whole_run(site, "by stepping aside")) == len(KILLS)


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_where_the_system_can_swap_names_there_is_no_instant_without_a_site(site: Path) -> None:
    publish(site, "soc", OLD)
    seen = [held(site) for _ in steps_of(site, NEW, "in one step")]
    assert seen == [OLD] * (len(NEW) + 3) + [NEW] * 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kill", KILLS)
class TestKilled:
    def test_readers_find_one_whole_site_or_for_an_instant_none(self, site: Path, kill: int, way: str) -> None:
        publish(site, "soc", OLD)
        killed_after(site, NEW, kill, way)
        assert held(site) in (OLD, NEW, {})
        without = whole_run(site.with_name("other"), way).index("made durable") + 2
        assert site.exists() or (way, kill) == ("by stepping aside", without)

    def test_the_next_run_mends_it(self, site: Path, kill: int, way: str) -> None:
        publish(site, "soc", OLD)
        killed_after(site, NEW, kill, way)
        publish(site, "soc", NEW)
        assert held(site) == NEW
        assert [each.name for each in site.parent.iterdir()] == ["portal"]

    def test_the_next_run_may_be_killed_as_well(self, site: Path, kill: int, way: str) -> None:
        publish(site, "soc", OLD)
        killed_after(site, NEW, kill, way)
        for again in range(1, 4):
            killed_after(site, OLD, again, way)
            assert held(site) in (OLD, NEW, {})
        publish(site, "soc", OLD)
        assert held(site) == OLD

    def test_the_first_site_of_all_comes_whole_too(self, site: Path, kill: int, way: str) -> None:
        killed_after(site, NEW, kill, way)
        assert held(site) in ({}, NEW)
        publish(site, "soc", NEW)
        assert held(site) == NEW


class TestRefused:
    def refused(self, folder: Path, deployment: str = "soc") -> str:
        with pytest.raises(Config) as error:
            publish(folder, deployment, NEW)
        return str(error.value)

    def test_a_folder_with_something_else_in_it(self, site: Path) -> None:
        site.mkdir()
        (site / "payroll.xlsx").write_bytes(b"x")
        assert "holds other files, which would be lost" in self.refused(site)
        assert held(site) == {"payroll.xlsx": b"x"}

    def test_a_marker_of_somebody_else_s(self, site: Path) -> None:
        site.mkdir()
        for content in (
            b"",
            b"[]",
            b'{"written_by": "x", "deployment": "soc", "files": []}',
            b"\xff",
            b'{"written_by"',
        ):
            (site / MARKER).write_bytes(content)
            assert "holds other files" in self.refused(site)

    def test_another_deployment_s_site(self, site: Path) -> None:
        publish(site, "production", OLD)
        assert "is the site of the deployment production" in self.refused(site)
        assert held(site) == OLD

    @pytest.mark.parametrize("added", ["owners/finance/.htaccess", "web.config", "owners/finance/sub/x"])
    def test_access_rules_that_somebody_put_into_it_would_be_lost(self, site: Path, added: str) -> None:
        publish(site, "soc", OLD)
        (site / added).parent.mkdir(exist_ok=True)
        (site / added).write_text("deny", encoding="utf-8")
        assert added in self.refused(site)
        assert (site / added).exists()

    def test_a_file(self, site: Path) -> None:
        site.write_text("x", encoding="utf-8")
        assert "is no folder" in self.refused(site)

    def test_a_folder_in_one_that_is_not_there(self, site: Path) -> None:
        assert "is in a folder that is not there" in self.refused(site / "below")

    def test_the_root_of_everything(self) -> None:
        assert "is no folder below another one" in self.refused(Path("/"))

    def test_a_name_beside_which_no_other_can_be_written(self, site: Path) -> None:
        assert "cannot be written: File name too long" in self.refused(site.with_name("p" * 250))


def test_an_empty_folder_is_taken(site: Path) -> None:
    site.mkdir()
    publish(site, "soc", NEW)
    assert held(site) == NEW


def test_a_link_to_a_folder_stays_one(site: Path, tmp_path: Path) -> None:
    publish(site, "soc", OLD)
    link = tmp_path / "link"
    link.symlink_to(site, target_is_directory=True)
    publish(link, "soc", NEW)
    assert link.is_symlink()
    assert held(site) == NEW


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and locks")
class TestOnPosix:
    def test_a_web_server_may_read_it_as_far_as_the_umask_lets_it(self, site: Path) -> None:
        before = os.umask(0o022)
        try:
            publish(site, "soc", NEW)
        finally:
            os.umask(before)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (site, *site.rglob("*")) if path.is_dir()}
        files = {stat.S_IMODE(path.stat().st_mode) for path in site.rglob("*") if path.is_file()}
        assert (modes, files) == ({0o755}, {0o644})

    def test_a_second_run_at_the_same_time_waits_for_another_one(self, site: Path) -> None:
        import fcntl

        descriptor = os.open(site.parent, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with pytest.raises(Locked):
                publish(site, "soc", NEW)
        finally:
            os.close(descriptor)
        assert not site.exists()

    def test_a_link_that_somebody_planted_is_not_followed(self, site: Path, tmp_path: Path) -> None:
        victim = tmp_path / "victim"
        victim.mkdir()
        (victim / "kept").write_text("x", encoding="utf-8")
        Place(site).new.symlink_to(victim, target_is_directory=True)
        with pytest.raises(Config):
            publish(site, "soc", NEW)
        assert (victim / "kept").exists()


def test_the_marker_tells_no_reader_who_the_owners_are(site: Path) -> None:
    publish(site, "soc", OLD)
    assert b"finance" not in (site / MARKER).read_bytes()
