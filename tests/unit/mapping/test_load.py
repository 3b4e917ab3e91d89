"""From a mappings folder to profiles, or to every problem in it; and where that folder is looked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import collect_profiles, load_profiles
from watchkeeper.mapping.locate import find_mappings, shipped_mappings

MAPPINGS = Path(__file__).parents[3] / "mappings"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(MAPPINGS / "profiles", tmp_path / "profiles")
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def problems_of(folder: Path) -> list[Problem]:
    problems = ProblemList()
    collect_profiles(folder, problems)
    return problems.in_order()


class TestLoading:
    def test_the_shipped_profiles_have_no_problem(self) -> None:
        assert problems_of(MAPPINGS) == []
        assert set(load_profiles(MAPPINGS)) == {"maintenance", "maintenance-task", "escalation"}

    @pytest.mark.parametrize("name", ["security-incident", "catalog-task"])
    def test_a_profile_that_is_off_is_checked_and_left_out(self, folder: Path, name: str) -> None:
        path, used = folder / "profiles" / f"{name}.yaml", set(load_profiles(folder))
        assert name not in used
        edit(
            path,
            "owner: shared\n    resolver: furthest\n    may_lower",
            "owner: shred\n    resolver: furthest\n    may_lower",
        )
        assert [f"{name}.yaml" in problem.place for problem in problems_of(folder)] == [True]
        edit(path, "owner: shred", "owner: shared")
        edit(path, "enabled: false", "enabled: true")
        assert set(load_profiles(folder)) == {*used, name}

    def test_whether_a_profile_is_on_is_no_part_of_its_meaning(self, folder: Path) -> None:
        before = load_profiles(folder)["escalation"].fingerprint
        edit(folder / "profiles/escalation.yaml", "kind: escalation\n", "kind: escalation\nenabled: true\n")
        assert load_profiles(folder)["escalation"].fingerprint == before

    def test_every_rule_knows_its_place(self, folder: Path) -> None:
        rule = load_profiles(folder)["maintenance"].field("title")
        line = (folder / "profiles/maintenance.yaml").read_text(encoding="utf-8").splitlines().index("  title:") + 1
        assert rule.place == f"{(folder / 'profiles/maintenance.yaml').as_posix()}:{line}:3"

    def test_problems_of_all_files_are_told_together(self, folder: Path) -> None:
        edit(folder / "profiles/maintenance.yaml", "owner: shared", "owner: shred")
        edit(folder / "profiles/escalation.yaml", "comments: both", "comments: [both]")
        edit(folder / "profiles/escalation.yaml", "name: escalation", "name: &x escalation")
        with pytest.raises(Config) as caught:
            load_profiles(folder)
        files = [problem.place.rsplit("/", 1)[-1].split(":")[0] for problem in caught.value.problems]
        assert files == ["escalation.yaml", "maintenance.yaml", "maintenance.yaml"]
        assert [str(problem) for problem in problems_of(folder)] == str(caught.value).splitlines()

    def test_a_name_that_is_not_the_files_is_refused(self, folder: Path) -> None:
        (folder / "profiles/escalation.yaml").rename(folder / "profiles/sir.yaml")
        (problem,) = problems_of(folder)
        assert str(problem).endswith("sir.yaml:8:1: name: is 'escalation'; allowed: the file's name: sir")

    def test_a_folder_without_profiles_is_a_problem(self, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path)
        assert problem.message == "has no profiles"


class TestFingerprint:
    def test_layout_comments_and_spelt_out_defaults_do_not_count(self, folder: Path) -> None:
        before = load_profiles(folder)["maintenance"].fingerprint
        edit(folder / "profiles/maintenance.yaml", "gone: report", "# a remark\n\ngone:    report\nsweep_hours: 24")
        assert load_profiles(folder)["maintenance"].fingerprint == before

    def test_meaning_counts(self, folder: Path) -> None:
        before = load_profiles(folder)["maintenance"].fingerprint
        edit(folder / "profiles/maintenance.yaml", "gone: report", "gone: recreate")
        assert load_profiles(folder)["maintenance"].fingerprint != before

    def test_resolved_groups_do_not_count(self) -> None:
        bare, with_groups = load_profiles(MAPPINGS), load_profiles(MAPPINGS, groups=("g1",))
        assert bare["escalation"].fingerprint == with_groups["escalation"].fingerprint


class TestLocating:
    def test_the_option_comes_before_the_setting_before_the_working_folder_before_what_is_shipped(
        self, tmp_path: Path
    ) -> None:
        for name in ("option", "setting", "work/mappings"):
            (tmp_path / name).mkdir(parents=True)
        option, setting, work = tmp_path / "option", str(tmp_path / "setting"), tmp_path / "work"
        assert find_mappings(option, setting, work).origin == "--mappings"
        assert find_mappings(None, setting, work).folder == tmp_path / "setting"
        assert find_mappings(None, None, work).folder == work / "mappings"
        assert find_mappings(None, "", tmp_path).origin == "shipped"

    @pytest.mark.parametrize("origin", ["--mappings", "WATCHKEEPER_MAPPINGS"])
    def test_a_named_folder_that_is_not_there_is_never_replaced_by_another(self, tmp_path: Path, origin: str) -> None:
        missing = tmp_path / "none"
        with pytest.raises(Config, match=f"{origin}: .*/none is no folder"):
            find_mappings(missing if origin == "--mappings" else None, str(missing), tmp_path)

    def test_what_is_shipped_loads(self) -> None:
        assert problems_of(shipped_mappings()) == []
