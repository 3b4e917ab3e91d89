"""The teams' answers: which group and which people each has, and where it differs from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from watchkeeper.catalog.team_file import TeamEntry
from watchkeeper.cli.init.interview import Interview
from watchkeeper.cli.init.looking import Systems
from watchkeeper.cli.init.questions import GROUP, PEOPLE, Question
from watchkeeper.cli.init.shapes import Unfit, taken
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.model.activity import ReferenceKind, Resolved
from watchkeeper.model.nearest import suggest
from watchkeeper.report.setup import choices, clause, may_be_left_out, not_a_team, unknown_name, wrong_answer

NOBODY = "-"
"""What a person answers for a team that takes no part."""


@dataclass(frozen=True, slots=True)
class TeamAnswer:
    """One of the shipped teams as it shall be. `people`: user names, the lead first."""

    entry: TeamEntry
    zone: str
    calendar: str
    language: str
    group: str
    people: tuple[str, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PerTeam:
    """What a repeated flag says: for every team (`common`, "" for nothing), and for single ones."""

    common: str
    single: Mapping[str, str]

    def of(self, team: str) -> str:
        return self.single.get(team, self.common)


def per_team(flag: str, words: Sequence[str], teams: Sequence[str], interview: Interview) -> PerTeam:
    """`WORD` for every team, `TEAM=WORD` for one. What nearly is a team's id is taken for a mistake, not for a word."""
    common, single = "", {}
    for word in words:
        name, equals, rest = word.partition("=")
        near = suggest(name, teams) if equals else ""
        if equals and name in teams:
            single[name] = rest
        elif near:
            message = clause(not_a_team(name, interview.texts))
            interview.problems.append(Problem(f"--{flag}", "", message, ", ".join(teams), near, ProblemKind.SETTING))
        else:
            common = word
    return PerTeam(common, single)


@dataclass(frozen=True, slots=True)
class TeamTalk:
    """Asks for the teams one by one. `words` are the flags by question; `needed` the teams that no task can do without."""

    interview: Interview
    systems: Systems
    words: Mapping[str, PerTeam]
    questions: Mapping[str, Question]
    needed: frozenset[str]

    def answers(self, entries: Sequence[TeamEntry], absent: Sequence[str]) -> tuple[TeamAnswer, ...]:
        found: list[TeamAnswer] = []
        for entry in entries:
            before = next((each for each in reversed(found) if each.enabled), None)
            found.append(self._of(entry, before, absent=entry.id in absent))
        someone = next((each for each in found if each.enabled), None)
        return tuple(
            each if each.enabled or someone is None else replace(each, group=someone.group, people=someone.people)
            for each in found
        )

    def _of(self, entry: TeamEntry, before: TeamAnswer | None, *, absent: bool) -> TeamAnswer:
        zone, calendar, language = (self._own(name, entry.id) for name in ("zone", "calendar", "ticket-language"))
        group = "" if absent else self._group(entry, before.group if before else "")
        part = not absent and group != NOBODY
        people = self._people(entry, ", ".join(before.people) if before else "") if part else ""
        names = tuple(people.split(", ")) if people else ()
        return TeamAnswer(entry, zone, calendar, language, group if part else "", names, enabled=part)

    def _own(self, name: str, team: str) -> str:
        """A team's own word on what otherwise holds for all."""
        given = self.words[name].single.get(team)
        if given is None:
            return self.interview.values[name]
        return self._shaped(self.questions[name], given, team)

    def _shaped(self, question: Question, given: str, team: str) -> str:
        try:
            return taken(question.shape, given)
        except Unfit as unfit:
            place = f"{question.flag} {team}" if team in self.words[question.name].single else question.flag
            self.interview.refuse(question, given, unfit.near, place)
            return ""

    def _group(self, entry: TeamEntry, before: str) -> str:
        given = self.words["group"].of(entry.id)
        if given:
            return self._shaped(GROUP, given, entry.id)
        if self.interview.prompter is None:
            self._lacks(GROUP)
            return ""
        known = self.systems.resolved(ReferenceKind.GROUP, [entry.group]).get(entry.group)
        default = entry.group if known is not None and known.outcome is Resolved.ONE else before
        return self._chosen_group(entry, default)

    def _chosen_group(self, entry: TeamEntry, default: str) -> str:
        """Ask until the instance has the group; it offers those that a text may have meant, by number."""
        offered: tuple[str, ...] = ()
        note = "" if entry.id in self.needed else may_be_left_out(NOBODY, self.interview.texts)
        while True:
            typed = self._meant(self.interview.asked(GROUP, default, self._called(entry), note), offered)
            if not typed:
                continue
            if typed == NOBODY and entry.id not in self.needed:
                return typed
            found = self.systems.resolved(ReferenceKind.GROUP, [typed]).get(typed)
            if found is None or found.outcome in {Resolved.ONE, Resolved.UNVERIFIABLE}:
                return typed
            offered = found.near if found.outcome is Resolved.SEVERAL else self._offered(typed)
            self._tell(
                choices("group", typed, offered, self.interview.texts, several=found.outcome is Resolved.SEVERAL)
            )

    def _meant(self, typed: str, offered: Sequence[str]) -> str:
        """What was typed, or what its number stands for; "" for a name that no mapping file can hold."""
        if not (typed.isdecimal() and 0 < int(typed) <= len(offered)):
            return typed
        name = offered[int(typed) - 1]
        try:
            return taken(GROUP.shape, name)
        except Unfit:
            self._tell([wrong_answer(GROUP.name, name, self.interview.texts)])
            return ""

    def _offered(self, typed: str) -> tuple[str, ...]:
        return self.systems.names_like(ReferenceKind.GROUP, typed)

    def _people(self, entry: TeamEntry, before: str) -> str:
        given = self.words["people"].of(entry.id)
        if given:
            return self._shaped(PEOPLE, given, entry.id)
        if self.interview.prompter is None:
            self._lacks(PEOPLE)
            return ""
        while True:
            typed = self.interview.asked(PEOPLE, before, self._called(entry))
            wrong = list(self._unknown(ReferenceKind.USER, typed.split(", ")))
            for name, near in wrong:
                self._tell(choices("people", name, near, self.interview.texts))
            if not wrong:
                return typed

    def check(self, teams: Sequence[TeamAnswer]) -> None:
        """Hold what flags gave against the instance, where it can be asked; problems go to the interview."""
        enabled = [team for team in teams if team.enabled]
        groups = dict.fromkeys(team.group for team in enabled if team.group)
        people = dict.fromkeys(name for team in enabled for name in team.people)
        for question, kind, names in ((GROUP, ReferenceKind.GROUP, groups), (PEOPLE, ReferenceKind.USER, people)):
            for name, near in self._unknown(kind, list(names)):
                self._refuse(question, name, near)

    def _refuse(self, question: Question, name: str, near: Sequence[str]) -> None:
        message = clause(unknown_name(question.name, name, self.interview.texts))
        meant = near[0] if near else ""
        self.interview.problems.append(Problem(question.flag, "", message, "", meant, ProblemKind.SETTING))

    def _unknown(self, kind: ReferenceKind, names: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Names that stand for no record, or for several, with what may have been meant."""
        found = self.systems.resolved(kind, names)
        for name in names:
            resolution = found.get(name)
            if resolution is not None and resolution.outcome in {Resolved.NONE, Resolved.SEVERAL}:
                yield name, resolution.near or self.systems.names_like(kind, name)

    def _lacks(self, question: Question) -> None:
        problem = self.interview.missing(question)
        if problem not in self.interview.problems:
            self.interview.problems.append(problem)

    def _called(self, entry: TeamEntry) -> str:
        return f"{entry.name.by_language()[self.interview.texts.language]} ({entry.id})"

    def _tell(self, lines: Sequence[str]) -> None:
        if self.interview.prompter is not None:
            for line in lines:
                self.interview.prompter.tell(line)
