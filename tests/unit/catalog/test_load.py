from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from watchkeeper.catalog import load_catalog
from watchkeeper.catalog.model import Catalog, CatchUp, FanOut, Overlap, Roll, SentinelMode
from watchkeeper.errors import Config, Problem

CALENDARS = """\
calendars:
  - id: japan
    holidays: {country: JP}
  - id: every-day
    working_days: all
"""
TEAMS = """\
deployment:
  zone: Europe/Dublin
  calendar: every-day
  group: Oversight
  oversight_team: monitoring
teams:
  - id: monitoring
    name: {en: Monitoring, ja: 監視}
    aliases: [SOC Monitoring, ＳＯＣ監視]
    zone: Asia/Tokyo
    calendar: japan
    group: SOC Monitoring
    lead: keiko.tanaka
  - id: engineering-secops
    name: {en: Engineering and SecOps, ja: エンジニアリング}
    zone: America/Los_Angeles
    calendar: every-day
    group: SOC Engineering
    lead: ava.nguyen
  - id: csirt
    name: {en: CSIRT, ja: CSIRT}
    zone: Europe/Dublin
    calendar: every-day
    group: CSIRT
    lead: niamh.kelly
    enabled: false
"""
PACK = """\
id: own
version: 1.0.0
title: {en: Own, ja: 自社}
source: {url: https://example.org/tasks, date: 2026-01-01}
tasks:
  - id: review
    title: {en: Review, ja: 確認}
    summary: {en: Look, ja: 見る}
    cadence: weekly
    teams: [Monitoring]
    checklist: [{en: Look, ja: 見る}]
    evidence: [{en: Note, ja: 記録}]
    done_when: [{en: Seen, ja: 確認済み}]
"""

Change = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "packs").mkdir()
    (tmp_path / "calendars.yaml").write_text(CALENDARS, encoding="utf-8")
    (tmp_path / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    (tmp_path / "packs" / "own.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def load(folder: Path) -> Catalog:
    return load_catalog(folder, deployment="test")


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(Config) as caught:
        load(folder)
    return caught.value.problems


def only(folder: Path) -> str:
    """The one problem, without the temporary folder's path."""
    (problem,) = problems(folder)
    return str(problem).replace(f"{folder.as_posix()}/", "")


def test_a_small_folder_loads_with_the_cadence_s_defaults(folder: Path) -> None:
    catalog = load(folder)
    task = catalog.tasks["review"]
    assert (task.teams, task.fan_out, task.overlap, task.catch_up) == (
        ("monitoring",),
        FanOut.PER_TEAM,
        Overlap.ALLOW,
        CatchUp.LATEST,
    )
    assert task.schedule is not None
    assert (task.schedule.rule, task.schedule.roll) == ("FREQ=WEEKLY;WKST=MO;BYDAY=MO", Roll.FOLLOWING)
    assert catalog.deployment.name == "test"
    assert catalog.packs["own"].url == "https://example.org/tasks"


class TestCadence:
    @pytest.mark.parametrize(
        ("written", "rule", "roll"),
        [
            ("cadence: daily", "FREQ=DAILY", Roll.SKIP),
            ("cadence: daily\n    roll: none", "FREQ=DAILY", Roll.NONE),
            ("cadence: weekly\n    weekday: thursday", "FREQ=WEEKLY;WKST=MO;BYDAY=TH", Roll.FOLLOWING),
            ("cadence: monthly\n    day: 15", "FREQ=MONTHLY;BYMONTHDAY=15", Roll.FOLLOWING),
            ("cadence: monthly\n    day: last\n    roll: preceding", "FREQ=MONTHLY;BYMONTHDAY=-1", Roll.PRECEDING),
            ("cadence: monthly\n    week: second\n    weekday: tuesday", "FREQ=MONTHLY;BYDAY=2TU", Roll.FOLLOWING),
            ("cadence: monthly\n    week: last\n    weekday: friday", "FREQ=MONTHLY;BYDAY=-1FR", Roll.FOLLOWING),
        ],
    )
    def test_the_shorthand_is_a_rule(self, folder: Path, written: str, rule: str, roll: Roll) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        schedule = load(folder).tasks["review"].schedule
        assert schedule is not None
        assert (schedule.rule, schedule.roll) == (rule, roll)

    def test_a_daily_ticket_opens_with_the_local_day(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", "cadence: daily\n    due: 09:30")
        assert load(folder).tasks["review"].lead.total_seconds() == 9.5 * 3600

    def test_a_full_schedule_says_what_the_shorthand_cannot(self, folder: Path) -> None:
        written = (
            "cadence: custom\n    schedule: {rule: FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1, start: 2026-01-01T08:00, zone: Asia/Tokyo, "
            "until: 2027-12-31, except: [2026-07-01], extra: [2026-07-02T08:00]}"
        )
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        schedule = load(folder).tasks["review"].schedule
        assert schedule is not None
        assert schedule.zone is not None
        assert (schedule.start.tzinfo, schedule.zone.key, len(schedule.except_dates), len(schedule.extra)) == (
            None,
            "Asia/Tokyo",
            1,
            1,
        )

    def test_as_needed_has_no_schedule_and_needs_a_trigger(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", "cadence: as-needed")
        assert "no as_needed trigger says when; allowed: at least one trigger" in only(folder)
        change(folder / "packs/own.yaml", "    checklist", "    as_needed: [{en: Merger, ja: 合併}]\n    checklist")
        assert load(folder).tasks["review"].schedule is None

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("cadence: daily\n    weekday: monday", "cadence: daily comes with weekday; allowed: nothing besides"),
            (
                "cadence: monthly",
                "cadence: monthly comes with nothing; allowed: day (1 to 28, or last), or week and weekday",
            ),
            ("cadence: custom", "cadence: custom comes with nothing; allowed: schedule"),
            ("cadence: wekly", "did you mean weekly?"),
            ("cadence: monthly\n    day: 31", "tasks.0.day"),
            ("cadence: custom\n    schedule: {rule: FREQ=DAILY}", "schedule.start: is required and missing"),
            (
                "cadence: custom\n    schedule: {rule: FREQ=HOURLY, start: 2026-01-01T08:00}",
                "FREQ=HOURLY is not possible",
            ),
            (
                "cadence: custom\n    schedule: {rule: FREQ=DAILY;INTERVAL=0, start: 2026-01-01T08:00}",
                "INTERVAL=0 is not",
            ),
            ("cadence: custom\n    schedule: {rule: FREQ=DAILY, start: 2026-01-01T08:00+09:00}", "has an offset"),
            (
                "cadence: custom\n    schedule: {rule: FREQ=WEEKLY, start: 1026-01-01T08:00}",
                "the year 1026 is out of range",
            ),
            (
                "cadence: custom\n    schedule: {rule: FREQ=WEEKLY, start: 2026-01-01T08:00, zone: Asia/Tokio}",
                "did you mean Asia/Tokyo?",
            ),
            ("cadence: daily\n    roll: following", "are both due on"),
            ("cadence: daily\n    lead: P3D", "allowed: a lead up to P2D"),
            ("cadence: daily\n    catch_up: all", "allowed: overlap: allow"),
            ("cadence: weekly\n    lead: P90D", "allowed: P0D to P60D"),
            ("cadence: weekly\n    lead: -P1D", "is out of range"),
            ("cadence: weekly\n    lead: two days", "tasks.0.lead"),
            ("cadence: weekly\n    due: 17:00+09:00", "has an offset; allowed: local time as 17:00"),
            ("cadence: weekly\n    due: 25:00", "a time of day as 17:00"),
            ("cadence: weekly\n    lead: 2", "is 2; allowed: a duration as P2D or PT17H"),
            ("cadence: weekly\n    catch_up: all\n    limit: 0", "is 0; allowed: at least 1"),
        ],
    )
    def test_what_cannot_work_is_refused_at_load(self, folder: Path, written: str, message: str) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        assert message in only(folder)

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            (
                "cadence: custom\n    due: 09:00\n    schedule: {rule: FREQ=WEEKLY, start: 2026-01-05T17:00}",
                "due has no effect here; allowed: the time of day in `schedule.start`",
            ),
            (
                "cadence: daily\n    fan_out: single\n    due: 12:00",
                "due has no effect here; allowed: a task with fan_out",
            ),
            (
                "cadence: daily\n    fan_out: single\n    raised: {due: 12:00}",
                "raised.due has no effect here; allowed: a task with fan_out: single is due when the last team's day ends",
            ),
            ("cadence: weekly\n    limit: 5", "limit has no effect here; allowed: `limit` beside catch_up: all"),
            ("cadence: as-needed\n    as_needed: [{en: Now, ja: 今}]\n    lead: P1D", "lead has no effect here"),
            ("cadence: as-needed\n    as_needed: [{en: Now, ja: 今}]\n    roll: skip", "`raised` says when"),
        ],
    )
    def test_a_key_that_would_change_nothing_is_refused(self, folder: Path, written: str, message: str) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        assert message in only(folder)

    @pytest.mark.parametrize("mode", list(SentinelMode))
    def test_a_task_says_where_in_sentinel_it_appears(self, folder: Path, mode: SentinelMode) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", f"cadence: weekly\n    sentinel: {{mode: {mode.value}}}")
        assert load(folder).tasks["review"].sentinel_mode is mode


class TestTeams:
    def test_teams_may_share_a_group_and_each_keeps_its_own_tasks(self, folder: Path) -> None:
        change(folder / "teams.yaml", "group: SOC Engineering", "group: Monitoring")
        assert load(folder).tasks["review"].teams == ("monitoring",)

    def test_a_team_is_found_by_its_group_where_nobody_is_called_so(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "[Monitoring]", "[SOC Engineering]")
        assert load(folder).tasks["review"].teams == ("engineering-secops",)

    @pytest.mark.parametrize("early", ["00:00", "02:00"])
    def test_a_cut_off_that_leaves_no_time_is_refused(self, folder: Path, early: str) -> None:
        change(folder / "teams.yaml", "group: CSIRT", f"cut_off: {early}\n    group: CSIRT")
        assert only(folder) == (
            f"teams.yaml:24:5: teams.2.cut_off: {early} leaves no time to update anything; "
            "allowed: later than 02:00, up to 23:59 (the end of the day)"
        )

    @pytest.mark.parametrize(
        ("named", "expected"),
        [
            ("[SOC Monitoring]", ("monitoring",)),
            ("[ＳＯＣ　Ｍｏｎｉｔｏｒｉｎｇ]", ("monitoring",)),
            ("[SOC監視]", ("monitoring",)),
            ("[Engineering & SecOps]", ("engineering-secops",)),
            ("[engineering  AND secops]", ("engineering-secops",)),
            ("[engineering-secops, monitoring, monitoring]", ("monitoring", "engineering-secops")),
            ("[all]", ("monitoring", "engineering-secops")),
            ("[csirt, monitoring]", ("monitoring",)),
        ],
    )
    def test_a_team_is_found_by_any_of_its_names_and_all_means_the_enabled_ones(
        self, folder: Path, named: str, expected: tuple[str, ...]
    ) -> None:
        change(folder / "packs/own.yaml", "[Monitoring]", named)
        assert load(folder).tasks["review"].teams == expected

    def test_an_unknown_team_is_named_with_what_was_probably_meant(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "[Monitoring]", "[Monitring]")
        assert only(folder) == (
            "packs/own.yaml:10:13: tasks.0.teams.0: there is no team 'Monitring'; "
            "allowed: all, monitoring, engineering-secops, csirt; did you mean monitoring?"
        )

    def test_a_task_for_disabled_teams_only_is_refused(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "[Monitoring]", "[CSIRT]")
        assert "names only teams that are not enabled" in only(folder)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (
                "calendar: japan",
                "calendar: japn",
                "there is no usable calendar 'japn'; allowed: japan, every-day; did you mean japan?",
            ),
            (
                "zone: Asia/Tokyo",
                "zone: Asia/Tokio",
                "there is no time zone 'Asia/Tokio'; allowed: an IANA name; did you mean Asia/Tokyo?",
            ),
            ("zone: Asia/Tokyo", "zone: JST", "there is no time zone 'JST'"),
            ("id: engineering-secops", "id: monitoring", "'monitoring' is there twice"),
            ("id: engineering-secops", "id: all", "'all' means every team"),
            (
                "id: engineering-secops",
                "id: Engineering",
                "'Engineering' is not an id; allowed: small letters and digits",
            ),
            ("ja: エンジニアリング", "ja: 監視", "'監視' is also a name of monitoring"),
            (", ja: 監視", "", "teams.0.name.ja: is required and missing"),
            ("ja: 監視", "ja: ''", "teams.0.name.ja"),
            ("oversight_team: monitoring", "oversight_team: csirt", "there is no enabled team 'csirt'"),
            ("calendar: every-day", "calendar: every-dy", "did you mean every-day?"),
            (
                "lead: keiko.tanaka",
                "lead: keiko.tanaka\n    sentinel_owner: keiko",
                "'keiko' is not a user principal name",
            ),
            ("lead: keiko.tanaka", "lead: keiko.tanaka\n    lst: x", "teams.0.lst: is not a known key"),
            ("lead: keiko.tanaka", "lead: keiko.tanaka\n    cut_off: 17:00Z", "has an offset"),
        ],
    )
    def test_what_is_wrong_in_teams_yaml_is_named(self, folder: Path, old: str, new: str, message: str) -> None:
        change(folder / "teams.yaml", old, new)
        assert any(message in str(problem) for problem in problems(folder))


class TestCalendars:
    def written(self, folder: Path, text: str) -> None:
        change(folder / "calendars.yaml", "holidays: {country: JP}", text)

    def test_yearly_closures_pass_new_year_and_single_days_stay_single(self, folder: Path) -> None:
        self.written(
            folder, "closures: [{from: 12-29, to: 01-03}, 10-01, 2027-04-30, {from: 2026-08-13, to: 2026-08-15}]"
        )
        closures = {day.isoformat() for day in load(folder).calendars["japan"].closures}
        assert {"2026-12-29", "2027-01-03", "2031-10-01", "2027-04-30", "2026-08-14"} <= closures
        assert not {"2027-01-04", "2026-12-28", "2028-04-30", "2027-08-14"} & closures

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("holidays: {country: JPN1}", "there is no holiday data for 'JPN1'; allowed: an ISO 3166 code"),
            ("holidays: {country: US, subdivision: Washington State}", "US has no subdivision 'Washington State'"),
            (
                "holidays: {country: JP, categories: [banc]}",
                "JP has no category 'banc'; allowed: bank, public; did you mean bank?",
            ),
            ("closures: [02-29]", "'02-29' is not a day"),
            ("closures: [13-01]", "'13-01' is not a day; allowed: 2026-12-29 for one year, 12-29 for every year"),
            ("closures: [{from: 2026-12-29, to: 01-03}]", "mixes a day of one year with a day of every year"),
            ("closures: [{from: 2026-12-29, to: 2026-01-03}]", "2026-01-03 is before 2026-12-29"),
            ("any_of: [weekdays]", "there is no calendar 'weekdays' above"),
            ("any_of: [japan]", "there is no calendar 'japan' above"),
            ("working_days: [monday, moonday]", "moonday"),
            ("working_days: []", "working_days"),
        ],
    )
    def test_what_is_wrong_in_calendars_yaml_is_named(self, folder: Path, text: str, message: str) -> None:
        self.written(folder, text)
        assert any(message in str(problem) for problem in problems(folder))

    def test_a_calendar_of_calendars_may_not_have_days_of_its_own(self, folder: Path) -> None:
        change(folder / "calendars.yaml", "working_days: all", "working_days: all\n    any_of: [japan]")
        assert any("stands beside working_days or holidays" in problem.message for problem in problems(folder))

    def test_a_calendar_that_never_works_is_found_by_the_tasks_that_need_it(self, folder: Path) -> None:
        self.written(folder, "closures: [{from: 01-01, to: 12-31}]")
        assert "has no working day of japan within 13 days" in str(problems(folder)[0])


class TestTexts:
    @pytest.mark.parametrize("name", ["title", "summary"])
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_a_text_without_one_of_the_languages_is_named(self, folder: Path, name: str, language: str) -> None:
        other = {"en": "ja", "ja": "en"}[language]
        text = {"title": {"en": "Review", "ja": "確認"}, "summary": {"en": "Look", "ja": "見る"}}[name]
        change(
            folder / "packs/own.yaml",
            f"    {name}: {{en: {text['en']}, ja: {text['ja']}}}",
            f"    {name}: {{{other}: {text[other]}}}",
        )
        assert f"tasks.0.{name}.{language}: is required and missing" in only(folder)

    def test_a_checklist_item_without_japanese_is_named(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "checklist: [{en: Look, ja: 見る}]", "checklist: [{en: Look}]")
        assert "tasks.0.checklist.0.ja: is required and missing" in only(folder)

    def test_a_title_that_would_be_cut_is_refused(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "ja: 確認}", f"ja: {'確' * 91}}}")
        assert "title (ja) is too long for a ticket; allowed: 90 characters" in only(folder)

    def test_a_list_that_nobody_filled_is_refused(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "done_when: [{en: Seen, ja: 確認済み}]", "done_when: []")
        assert "tasks.0.done_when" in only(folder)


class TestTheFolder:
    def test_everything_wrong_is_told_at_once_in_the_order_of_places(self, folder: Path) -> None:
        change(folder / "teams.yaml", "calendar: japan", "calendar: jpan")
        change(folder / "packs/own.yaml", "ja: 確認}", "jp: 確認}")
        change(folder / "calendars.yaml", "working_days: all", "working_days: al")
        places = [problem.place.rpartition("/")[2] for problem in problems(folder)]
        assert [place.partition(":")[0] for place in places] == sorted(place.partition(":")[0] for place in places)
        assert {place.partition(":")[0] for place in places} == {"calendars.yaml", "own.yaml"}

    def test_unknown_teams_and_bad_calendars_are_told_together(self, folder: Path) -> None:
        change(folder / "calendars.yaml", "country: JP", "country: QQ")
        change(
            folder / "packs/own.yaml",
            "cadence: weekly",
            "cadence: custom\n    schedule: {rule: FREQ=HOURLY, start: 2026-01-01T08:00}",
        )
        text = "\n".join(str(problem) for problem in problems(folder))
        assert "holiday data for 'QQ'" in text
        assert "there is no usable calendar 'japan'" in text
        assert "FREQ=HOURLY" in text

    @pytest.mark.parametrize("missing", ["calendars.yaml", "teams.yaml"])
    def test_a_missing_file_is_named(self, folder: Path, missing: str) -> None:
        (folder / missing).unlink()
        assert any(missing in problem.place and "cannot be read" in problem.message for problem in problems(folder))

    def test_a_folder_without_packs_is_refused(self, folder: Path) -> None:
        shutil.rmtree(folder / "packs")
        assert "packs: has no pack" in only(folder)

    def test_two_packs_may_not_share_a_task_or_an_id(self, folder: Path) -> None:
        shutil.copy(folder / "packs/own.yaml", folder / "packs/own2.yaml")
        messages = [problem.message for problem in problems(folder)]
        assert len(messages) == 2
        assert all("is also the id of" in message for message in messages)

    def test_the_fingerprint_follows_meaning_and_not_layout(self, folder: Path) -> None:
        before = load(folder).fingerprint
        change(
            folder / "packs/own.yaml",
            "cadence: weekly\n    teams: [Monitoring]",
            "teams: [ Monitoring ] # ours\n    cadence: weekly",
        )
        assert load(folder).fingerprint == before
        change(folder / "packs/own.yaml", "Review", "Reviewed")
        assert load(folder).fingerprint != before


SECOND = (
    PACK.replace("id: own\n", "id: second\n")
    .replace("id: review", "id: also")
    .replace("cadence: weekly", "cadence: weekly\n    satisfied_by: review")
)


class TestPacksThatAreOff:
    def test_their_tasks_are_not_in_the_catalogue_but_the_pack_is(self, folder: Path) -> None:
        (folder / "packs/second.yaml").write_text(SECOND.replace("id: second", "id: second\nenabled: false"), "utf-8")
        catalog = load(folder)
        assert list(catalog.tasks) == ["review"]
        assert (catalog.packs["second"].enabled, catalog.packs["second"].tasks) == (False, ("also",))

    def test_they_are_checked_all_the_same(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "id: own", "id: own\nenabled: false")
        change(folder / "packs/own.yaml", "[Monitoring]", "[Monitring]")
        assert only(folder).startswith("packs/own.yaml:11:13: tasks.0.teams.0: there is no team 'Monitring'")


class TestSatisfiedBy:
    @pytest.fixture(autouse=True)
    def second(self, folder: Path) -> Path:
        path = folder / "packs/second.yaml"
        path.write_text(SECOND, encoding="utf-8")
        return path

    def test_a_task_of_another_pack_may_serve(self, folder: Path) -> None:
        assert load(folder).tasks["also"].satisfied_by == "review"

    def test_one_of_a_pack_that_is_off_too(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "id: own", "id: own\nenabled: false")
        assert list(load(folder).tasks) == ["also"]

    def test_an_unknown_task_is_refused_with_its_place(self, folder: Path, second: Path) -> None:
        change(second, "satisfied_by: review", "satisfied_by: reveiw")
        assert only(folder) == (
            "packs/second.yaml:10:5: tasks.0.satisfied_by: there is no task 'reveiw'; "
            "allowed: a task of any pack here; did you mean review?"
        )

    def test_one_that_is_off_may_name_a_task_that_is_not_here(self, folder: Path, second: Path) -> None:
        change(second, "satisfied_by: review", "satisfied_by: reveiw")
        change(second, "id: second", "id: second\nenabled: false")
        assert "also" not in load(folder).tasks

    def test_a_circle_is_refused_where_it_begins(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", "cadence: weekly\n    satisfied_by: also")
        assert [str(problem).replace(f"{folder.as_posix()}/", "") for problem in problems(folder)] == [
            (
                "packs/own.yaml:10:5: tasks.0.satisfied_by: goes in a circle: review -> also -> review; "
                "allowed: one of them with a ticket of its own"
            ),
            (
                "packs/second.yaml:10:5: tasks.0.satisfied_by: goes in a circle: also -> review -> also; "
                "allowed: one of them with a ticket of its own"
            ),
        ]

    def test_a_task_cannot_serve_itself(self, folder: Path, second: Path) -> None:
        change(second, "satisfied_by: review", "satisfied_by: also")
        assert "goes in a circle: also -> also" in only(folder)

    @pytest.mark.parametrize(
        "written",
        [
            "cadence: monthly\n    day: 1",
            "cadence: custom\n    schedule: {rule: FREQ=WEEKLY;INTERVAL=2, start: 2026-01-05T08:00}",
            "cadence: custom\n    schedule: {rule: FREQ=YEARLY, start: 2026-01-05T08:00}",
        ],
    )
    def test_a_task_that_falls_due_less_often_cannot_serve(self, folder: Path, written: str) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        assert only(folder) == (
            "packs/second.yaml:10:5: tasks.0.satisfied_by: review falls due less often than also; "
            "allowed: a task that falls due at least as often"
        )

    @pytest.mark.parametrize("written", ["cadence: daily", "cadence: weekly\n    weekday: friday"])
    def test_one_that_falls_due_as_often_or_more_can(self, folder: Path, written: str) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        assert load(folder).tasks["also"].satisfied_by == "review"

    def test_one_that_is_only_raised_cannot(self, folder: Path) -> None:
        change(folder / "packs/own.yaml", "cadence: weekly", "cadence: as-needed\n    as_needed: [{en: A, ja: 甲}]")
        assert "review is raised as needed and serves no period" in only(folder)

    def test_a_task_that_is_only_raised_has_nothing_to_be_served(self, folder: Path, second: Path) -> None:
        change(second, "cadence: weekly", "cadence: as-needed\n    as_needed: [{en: A, ja: 甲}]")
        assert "satisfied_by has no effect here" in only(folder)

    def test_a_rule_that_is_itself_at_fault_is_not_compared(self, folder: Path) -> None:
        written = "cadence: custom\n    schedule: {rule: FREQ=DAILY;INTERVAL=0, start: 2026-01-05T08:00}"
        change(folder / "packs/own.yaml", "cadence: weekly", written)
        assert "INTERVAL=0 is not possible" in only(folder)
