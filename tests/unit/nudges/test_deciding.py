"""Who is told what, and when: a function of verdicts, rules, the clock and what was sent before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.nudges.examples import (
    ADDRESSES,
    AOIFE,
    BOSS,
    EVENING,
    KEIKO,
    LONG_AGO,
    MAIL,
    POLICY,
    ROOM,
    WEDNESDAY,
    WEEKDAYS,
    a_desk,
    a_team,
    a_verdict,
    tokyo,
)

from watchkeeper.model.nudge import Held, HeldBack, NudgeKind, NudgePlan, Role
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.deciding import Before, first_missed_day, is_quiet

WITH_ROOM = replace(POLICY, channels=(MAIL, ROOM))


def recipients(plan: NudgePlan) -> list[str]:
    return [nudge.recipient for nudge in plan.nudges]


def roles(plan: NudgePlan) -> dict[str, list[Role]]:
    return {nudge.recipient: [item.role for item in nudge.items] for nudge in plan.nudges}


class TestTheLadder:
    @pytest.mark.parametrize(
        ("severity", "days", "told"),
        [
            ("high", 1, {KEIKO, AOIFE}),
            ("high", 2, {KEIKO, AOIFE, BOSS}),
            ("medium", 1, {KEIKO}),
            ("medium", 2, {KEIKO, AOIFE}),
            ("medium", 3, {KEIKO, AOIFE, BOSS}),
            ("medium", 15, {KEIKO, AOIFE, BOSS}),
            ("low", 1, {KEIKO}),
            ("low", 3, {KEIKO, AOIFE, BOSS}),
            ("informational", 2, {KEIKO}),
            ("informational", 3, {KEIKO, AOIFE}),
            ("informational", 5, {KEIKO, AOIFE, BOSS}),
            ("", 1, {KEIKO, AOIFE}),
            ("5 - Planning", 2, {KEIKO, AOIFE, BOSS}),
        ],
    )
    def test_who_hears_of_a_ticket_grows_with_the_days_and_sooner_where_it_is_severe(
        self, severity: str, days: int, told: set[str]
    ) -> None:
        plan = a_desk().decide([a_verdict(days=days, severity=severity)])
        assert set(recipients(plan)) == told

    @pytest.mark.parametrize(
        ("account", "missing", "told"),
        [
            ("", (), [AOIFE]),
            ("left.the.company", (), [AOIFE]),
            ("", ("aoife",), [BOSS]),
            ("", ("aoife", "boss"), []),
            ("KEIKO", (), [KEIKO]),
        ],
    )
    def test_where_there_is_no_assignee_to_reach_the_next_one_hears_of_it_at_once(
        self, account: str, missing: tuple[str, ...], told: list[str]
    ) -> None:
        addresses = {name: address for name, address in ADDRESSES.items() if name not in missing}
        plan = a_desk(addresses=addresses).decide([a_verdict(assignee_account=account)])
        assert recipients(plan) == told
        unreachable = (HeldBack(Held.NO_ADDRESS, "csirt", ("INC0000001",)),)
        assert plan.held == (() if told else unreachable)

    def test_somebody_who_is_lead_and_assignee_hears_once_as_the_assignee(self) -> None:
        plan = a_desk().decide([a_verdict(days=3, assignee_account="aoife")])
        assert roles(plan) == {AOIFE: [Role.ASSIGNEE], BOSS: [Role.MANAGER]}

    def test_a_person_gets_one_message_about_everything_the_longest_silence_first(self) -> None:
        tickets = [a_verdict(1), a_verdict(2, days=4, assignee_account="sam"), a_verdict(3, severity="high")]
        plan = a_desk().decide([replace(each, assignee_account=each.assignee_account) for each in tickets])
        told = {nudge.recipient: [item.number for item in nudge.items] for nudge in plan.nudges}
        assert told[KEIKO] == ["INC0000003", "INC0000001"]
        assert told[AOIFE] == ["INC0000002", "INC0000003"]

    @pytest.mark.parametrize("kind", [VerdictKind.FRESH, VerdictKind.EXEMPT, VerdictKind.UNKNOWN])
    def test_nobody_hears_of_a_ticket_that_a_person_updated_or_that_is_exempt_or_that_nobody_can_judge(
        self, kind: VerdictKind
    ) -> None:
        assert a_desk(policy=WITH_ROOM).decide([a_verdict(days=4, kind=kind)]) == NudgePlan(())

    def test_a_team_that_is_not_in_the_catalogue_has_nobody_to_tell(self) -> None:
        assert a_desk().decide([a_verdict(team="gone")]) == NudgePlan(())


class TestRooms:
    @pytest.mark.parametrize(
        ("now", "kinds"),
        [
            ("2026-11-18 14:59", []),
            ("2026-11-18 15:00", [NudgeKind.DUE_TODAY]),
            ("2026-11-18 16:59", [NudgeKind.DUE_TODAY]),
            ("2026-11-18 17:00", []),
        ],
    )
    def test_what_is_due_today_is_told_shortly_before_the_cut_off(self, now: str, kinds: list[NudgeKind]) -> None:
        plan = a_desk(now=tokyo(now), policy=WITH_ROOM).decide([a_verdict(kind=VerdictKind.DUE, days=0)])
        assert [nudge.kind for nudge in plan.nudges] == kinds
        assert all(nudge.recipient == "csirt" for nudge in plan.nudges)

    @pytest.mark.parametrize("said", ["cut_off", "until"])
    def test_it_is_told_until_when(self, said: str) -> None:
        due = a_verdict(kind=VerdictKind.DUE, days=0, reason_args=((said, "2026-11-18T17:00+09:00"),))
        [nudge] = a_desk(now=tokyo("2026-11-18 16:00"), policy=WITH_ROOM).decide([due]).nudges
        assert [item.due for item in nudge.items] == [tokyo("2026-11-18 17:00")]

    def test_it_is_never_told_where_the_hours_are_none(self) -> None:
        policy = replace(WITH_ROOM, due_today_hours=0)
        plan = a_desk(now=tokyo("2026-11-18 16:00"), policy=policy).decide([a_verdict(kind=VerdictKind.DUE, days=0)])
        assert plan == NudgePlan(())

    def test_a_room_hears_of_all_the_teams_overdue_tickets_in_one_message(self) -> None:
        plan = a_desk(policy=WITH_ROOM).decide([a_verdict(1), a_verdict(2, assignee_account="sam")])
        [room] = [nudge for nudge in plan.nudges if nudge.channel == "room"]
        assert (room.recipient, [item.number for item in room.items]) == ("csirt", ["INC0000001", "INC0000002"])
        assert {item.role for item in room.items} == {Role.ROOM}

    def test_a_room_of_other_teams_hears_nothing(self) -> None:
        elsewhere = replace(ROOM, teams=frozenset({"monitoring"}))
        plan = a_desk(policy=replace(POLICY, channels=(elsewhere,))).decide([a_verdict()])
        assert plan == NudgePlan(())


class TestWhenNotToTell:
    @pytest.mark.parametrize(
        ("now", "why"),
        [
            ("2026-11-18 06:59", Held.QUIET_HOURS),
            ("2026-11-18 07:00", None),
            ("2026-11-18 19:59", None),
            ("2026-11-18 20:00", Held.QUIET_HOURS),
            ("2026-11-18 23:59", Held.QUIET_HOURS),
            ("2026-11-21 12:00", Held.DAY_OFF),
        ],
    )
    def test_nobody_is_told_in_quiet_hours_or_on_a_day_off(self, now: str, why: Held | None) -> None:
        plan = a_desk(now=tokyo(now)).decide([a_verdict()])
        assert [row.why for row in plan.held] == ([why] if why else [])
        assert recipients(plan) == ([] if why else [KEIKO])
        assert len(plan.waiting) == (why is Held.QUIET_HOURS)

    def test_on_a_day_off_of_the_reader_s_team_it_waits(self) -> None:
        always = replace(WEEKDAYS, id="always", working_weekdays=frozenset(range(1, 8)))
        saturday = tokyo("2026-11-21 18:00")
        desk = a_desk(a_team(calendar=always), now=saturday, homes={KEIKO: a_team("home")})
        plan = desk.decide([a_verdict(day=date(2026, 11, 21))])
        assert plan.held == (HeldBack(Held.DAY_OFF, KEIKO, ("INC0000001",)),)
        assert len(plan.waiting) == 1

    def test_nobody_is_told_on_a_day_off_of_the_ticket_s_team_either(self) -> None:
        """Whoever updates it on that day is not in the verdict, which is about the day before."""
        always = a_team("oversight", calendar=replace(WEEKDAYS, id="always", working_weekdays=frozenset(range(1, 8))))
        desk = a_desk(a_team(), always, now=tokyo("2026-11-21 12:00"), homes={KEIKO: always})
        friday = a_verdict(day=date(2026, 11, 20))
        assert desk.decide([friday]) == NudgePlan((), (HeldBack(Held.DAY_OFF, "csirt", ("INC0000001",)),))

    def test_hours_and_days_are_those_of_the_reader(self) -> None:
        dublin = a_team("oversight", zone=ZoneInfo("Europe/Dublin"), language="ja")
        desk = a_desk(a_team(), dublin, now=tokyo("2026-11-19 02:00"), homes={KEIKO: dublin})
        [nudge] = desk.decide([a_verdict()]).nudges
        assert (nudge.day, nudge.language) == (WEDNESDAY, "ja")

    def test_no_more_than_the_cap_in_a_day(self) -> None:
        morning, evening_before = tokyo("2026-11-18 07:00"), tokyo("2026-11-17 19:00")
        full = Before(LONG_AGO, told={KEIKO: [morning] * 3})
        assert a_desk(before=full).decide([a_verdict()]).held == (HeldBack(Held.CAP, KEIKO, ("INC0000001",)),)
        one_left = Before(LONG_AGO, told={KEIKO: [evening_before, morning, morning]})
        assert recipients(a_desk(before=one_left).decide([a_verdict()])) == [KEIKO]

    def test_every_room_has_a_patience_of_its_own(self) -> None:
        rooms = replace(POLICY, channels=(ROOM, replace(ROOM, id="other-room")))
        full = Before(LONG_AGO, told={"room csirt": [tokyo("2026-11-18 07:00")] * 3})
        assert [nudge.channel for nudge in a_desk(policy=rooms, before=full).decide([a_verdict()]).nudges] == [
            "other-room"
        ]

    def test_the_cap_counts_what_this_very_run_sends(self) -> None:
        second = replace(MAIL, id="other-mail")
        plan = a_desk(policy=replace(POLICY, cap=1, channels=(MAIL, second))).decide([a_verdict()])
        assert [nudge.channel for nudge in plan.nudges] == ["mail"]
        assert [row.why for row in plan.held] == [Held.CAP]

    def test_a_message_that_may_have_left_is_not_counted_against_itself(self) -> None:
        [nudge] = a_desk().decide([a_verdict()]).nudges
        sent = Before(LONG_AGO, left=frozenset({nudge.id}), told={KEIKO: [EVENING] * 3})
        assert a_desk(before=sent).decide([a_verdict()]).nudges == (nudge,)

    @pytest.mark.parametrize("now", ["2026-11-18 17:30", "2026-11-18 21:00"])
    def test_of_a_message_that_was_sent_nothing_is_said_any_more(self, now: str) -> None:
        [nudge] = a_desk().decide([a_verdict()]).nudges
        sent = Before(LONG_AGO, over=frozenset({nudge.id}))
        assert a_desk(now=tokyo(now), before=sent).decide([a_verdict()]) == NudgePlan(())


class TestWhichDay:
    """What is overdue belongs to the reader's last cut-off: one message from each cut-off to the next."""

    @pytest.mark.parametrize(
        ("now", "day"),
        [
            ("2026-11-18 16:59", "2026-11-17"),
            ("2026-11-18 17:00", "2026-11-18"),
            ("2026-11-19 07:00", "2026-11-18"),
            ("2026-11-19 17:00", "2026-11-19"),
            ("2026-11-23 09:00", "2026-11-20"),
        ],
    )
    def test_a_message_is_of_the_day_whose_cut_off_has_passed(self, now: str, day: str) -> None:
        [nudge] = a_desk(now=tokyo(now)).decide([a_verdict()]).nudges
        assert nudge.day.isoformat() == day

    def test_the_cut_off_brings_a_message_whatever_the_morning_made_up_for(self) -> None:
        [made_up] = a_desk(now=tokyo("2026-11-18 07:00")).decide([a_verdict()]).nudges
        sent = Before(LONG_AGO, over=frozenset({made_up.id}))
        afternoon = a_desk(now=tokyo("2026-11-18 16:00"), before=sent)
        assert afternoon.decide([a_verdict(), a_verdict(2)]).nudges == ()
        assert recipients(a_desk(before=sent).decide([a_verdict(days=2), a_verdict(2)])) == [AOIFE, KEIKO]

    def test_it_is_the_reader_s_cut_off_and_not_the_ticket_s(self) -> None:
        dublin = a_team("oversight", zone=ZoneInfo("Europe/Dublin"))
        desk = a_desk(a_team(), dublin, homes={KEIKO: dublin})
        [nudge] = desk.decide([a_verdict()]).nudges
        assert nudge.day == date(2026, 11, 17), "in Dublin it is five past eight in the morning"


class TestTheFirstRollOut:
    @pytest.mark.parametrize(
        ("began", "days", "told"),
        [
            (None, 1, True),  # missed today, and sending is switched on today
            (None, 2, False),  # silent since yesterday: before anybody was reminded
            ("2026-11-16 09:00", 3, True),  # silent since Monday, when sending was switched on
            ("2026-11-16 09:00", 4, False),  # silent since the Friday before
            ("2026-11-05 09:00", 15, False),  # the last day of the amnesty
            ("2026-11-04 09:00", 15, True),  # it is over
        ],
    )
    def test_what_was_silent_before_is_left_alone_for_a_while(self, began: str | None, days: int, told: bool) -> None:
        plan = a_desk(before=Before(tokyo(began) if began else None)).decide([a_verdict(days=days)])
        assert bool(plan.nudges) is told
        assert [row.why for row in plan.held] == ([] if told else [Held.AMNESTY])

    @pytest.mark.parametrize(
        ("now", "days", "told"),
        [
            ("2026-11-17 09:00", 1, True),  # silent since Monday, when sending was switched on
            ("2026-11-17 09:00", 2, False),  # since the Friday before, as it was on Monday evening
        ],
    )
    def test_it_is_the_same_in_the_morning_as_in_the_evening_before(self, now: str, days: int, told: bool) -> None:
        desk = a_desk(now=tokyo(now), before=Before(tokyo("2026-11-16 09:00")))
        assert bool(desk.decide([a_verdict(days=days, day=date(2026, 11, 17))]).nudges) is told

    def test_the_day_on_which_it_began_is_each_team_s_own(self) -> None:
        honolulu = a_team(zone=ZoneInfo("Pacific/Honolulu"))
        began = tokyo("2026-11-19 01:00")  # six in the morning of Wednesday
        desk = a_desk(honolulu, now=tokyo("2026-11-19 12:30"), before=Before(began))
        assert recipients(desk.decide([a_verdict()])) == [KEIKO]

    def test_there_is_none_where_the_rules_say_so(self) -> None:
        plan = a_desk(policy=replace(POLICY, amnesty_days=0), before=Before()).decide([a_verdict(days=15)])
        assert set(recipients(plan)) == {KEIKO, AOIFE, BOSS}

    def test_a_silence_is_counted_in_working_days(self) -> None:
        assert first_missed_day(a_verdict(days=4), a_team(), EVENING) == date(2026, 11, 13)

    def test_before_the_cut_off_the_judged_day_is_not_missed_yet(self) -> None:
        assert first_missed_day(a_verdict(days=4), a_team(), tokyo("2026-11-18 16:59")) == date(2026, 11, 12)


class TestIds:
    def test_an_id_depends_on_recipient_kind_channel_day_and_deployment_and_on_nothing_else(self) -> None:
        [first] = a_desk().decide([a_verdict(1)]).nudges
        [later] = a_desk(now=EVENING + timedelta(hours=1)).decide([a_verdict(1), a_verdict(2)]).nudges
        assert later.id == first.id
        others = {"recipient": AOIFE, "kind": NudgeKind.DUE_TODAY, "channel": "x", "deployment": "test"}
        changed = [replace(first, **{name: value}).id for name, value in others.items()]  # type: ignore[arg-type]
        changed.append(replace(first, day=date(2026, 11, 19)).id)
        assert len({first.id, *changed}) == 6

    def test_the_order_of_verdicts_makes_no_difference(self) -> None:
        tickets: list[Verdict] = [
            a_verdict(n, days=1 + n % 4, assignee_account=("keiko", "sam")[n % 2]) for n in range(9)
        ]
        desk = a_desk(policy=WITH_ROOM)
        assert desk.decide(tickets) == desk.decide(tickets[::-1])


@pytest.mark.parametrize(
    ("local", "begin", "end", "quiet"),
    [
        ("12:00", "12:00", "13:00", True),
        ("13:00", "12:00", "13:00", False),
        ("00:00", "20:00", "07:00", True),
        ("12:00", "20:00", "07:00", False),
        ("12:00", "12:00", "12:00", False),
    ],
)
def test_quiet_hours_are_a_span_of_the_clock(local: str, begin: str, end: str, quiet: bool) -> None:
    assert is_quiet(time.fromisoformat(local), time.fromisoformat(begin), time.fromisoformat(end)) is quiet
