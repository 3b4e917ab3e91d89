"""Everything that is known about a new deployment once the questions are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.cli.console import console
from watchkeeper.cli.init.ci_files import is_checkout, secrets_of
from watchkeeper.cli.init.interview import Interview
from watchkeeper.cli.init.looking import Systems
from watchkeeper.cli.init.prompter import NobodyAnswers, Prompter, person_at_the_terminal
from watchkeeper.cli.init.questions import CI_QUESTION, QUESTIONS_OF, Ci, Question, soc_questions
from watchkeeper.cli.init.shipped import needed_teams, shipped_calendars, shipped_teams
from watchkeeper.cli.init.teams import PerTeam, TeamAnswer, TeamTalk, per_team
from watchkeeper.errors import Config, Problem, ProblemKind, WatchkeeperError
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import Side
from watchkeeper.report.complaint import complaint
from watchkeeper.report.setup import clause, keep_answers, not_a_team, taken_from_environment
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.settings import is_secret, settings_given
from watchkeeper.wiring import Workplace

_OF_THE_PROCESS = frozenset(
    {"WATCHKEEPER_MAPPINGS", "SYSTEM_ACCESSTOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL",
     "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}
)  # fmt: skip
"""Settings of whoever runs this command now, not of the deployment that begins."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """`settings`: every setting of the deployment, secrets that were typed here too; `elsewhere`: the secrets that it needs and
    that are not kept in a file. `unchecked`: names that nobody could look up."""

    values: Mapping[str, str]
    teams: tuple[TeamAnswer, ...]
    settings: Mapping[str, str]
    elsewhere: tuple[str, ...]
    missing_secrets: tuple[str, ...]
    seen: Mapping[Side, str]
    unseen: Mapping[Side, tuple[str, ...]]
    unchecked: tuple[str, ...]
    shipped: TeamsFile
    calendars: CalendarsFile

    @property
    def ci(self) -> Ci:
        return Ci(self.values["ci"])

    @property
    def ci_secrets(self) -> tuple[str, ...]:
        return secrets_of(self.ci, [*self.elsewhere, *(name for name in self.settings if self.hides(name))])

    @property
    def open_settings(self) -> Mapping[str, str]:
        """Those that are no secret."""
        return {name: value for name, value in self.settings.items() if not self.hides(name)}

    def hides(self, name: str) -> bool:
        return is_secret(name, self.settings[name])

    def needs_submodule(self, folder: Path) -> bool:
        return self.ci in {Ci.GITHUB, Ci.AZURE, Ci.GITLAB} and not is_checkout(folder)


def begun(
    given: Mapping[str, str],
    words: Mapping[str, Sequence[str]],
    without: Sequence[str],
    lang: str,
    *,
    offline: bool,
) -> Beginning:
    """Ask what is not given. `given` are answers by question, `words` those of flags that can be repeated. Raises Config with
    every answer that is missing or wrong, and what keeps a system from answering."""
    shipped, calendars, texts = shipped_teams(), shipped_calendars(), texts_in(lang)
    ids = [team.id for team in shipped.teams]
    prompter = person_at_the_terminal()
    interview = Interview(dict(given), settings_given(), prompter, texts)
    spoken = {name: per_team(name, values, ids, interview) for name, values in words.items()}
    interview.flags = {**given, **{name: each.common for name, each in spoken.items() if each.common}}
    _refuse_unknown(without, ids, interview)
    _tell_environment(interview)
    with Systems(offline) as systems:
        talk = _talk(interview, systems, spoken, calendars, lang)
        teams = _whole_conversation(talk, shipped, without)
        return _summary(interview, systems, teams, shipped, calendars)


def _talk(
    interview: Interview, systems: Systems, spoken: Mapping[str, PerTeam], calendars: CalendarsFile, lang: str
) -> TeamTalk:
    known = tuple(each.id for each in calendars.calendars)
    questions = soc_questions(known, lang, lambda zone: _today(zone, _settings(interview)))
    return TeamTalk(interview, systems, spoken, {each.name: each for each in questions}, needed_teams())


def _whole_conversation(talk: TeamTalk, shipped: TeamsFile, without: Sequence[str]) -> tuple[TeamAnswer, ...]:
    """One system after the other, what holds for all teams, the teams, the schedule. With a person there, each is looked at as
    soon as it is known; without one, everything that is wrong in itself is told before anything is asked of a system."""
    interview, systems = talk.interview, talk.systems
    for side, questions in QUESTIONS_OF.items():
        interview.settle(questions)
        if interview.prompter is not None:
            _refuse(interview)
            _look(interview, systems, side, questions)
    interview.settle(tuple(talk.questions.values()))
    if interview.prompter is not None:
        _refuse(interview)
    teams = talk.answers(shipped.teams, without)
    interview.settle((CI_QUESTION,))
    _refuse(interview)
    if interview.prompter is None:
        for side in QUESTIONS_OF:
            systems.look(side, _settings(interview))
    talk.check(teams)
    _refuse(interview)
    return teams


def _look(interview: Interview, systems: Systems, side: Side, questions: Sequence[Question]) -> None:
    """Look at a system; when it does not answer, let the person correct the answers or go on without it."""
    prompter = interview.prompter
    while prompter is not None:
        try:
            systems.look(side, _settings(interview))
        except WatchkeeperError as error:
            _tell(prompter, complaint(error, interview.texts))
            try:
                again = _wants_to_correct(prompter, interview.texts)
            except NobodyAnswers:
                raise error from None
            if not again:
                return
            interview.settle_again(questions)
        else:
            return


def _wants_to_correct(prompter: Prompter, texts: Texts) -> bool:
    question, yes, no = keep_answers(texts)
    return prompter.ask(question, yes).strip().casefold() != no


def _settings(interview: Interview) -> Mapping[str, str]:
    """The deployment's settings as far as they are known: the environment's, and the answers."""
    asked = [question for questions in QUESTIONS_OF.values() for question in questions]
    answered = {question.setting: interview.values.get(question.name, "") for question in asked}
    return {
        **interview.settings,
        "WATCHKEEPER_MODE": "observe",
        **{name: value for name, value in answered.items() if value},
    }


def _summary(
    interview: Interview, systems: Systems, teams: tuple[TeamAnswer, ...], shipped: TeamsFile, calendars: CalendarsFile
) -> Beginning:
    settings = {name: value for name, value in _settings(interview).items() if name not in _OF_THE_PROCESS}
    inherited = {name for name in settings if is_secret(name, settings[name]) and name in interview.settings}
    asked = [question for questions in QUESTIONS_OF.values() for question in questions if question.hidden]
    missing = tuple(
        question.setting
        for question in asked
        if question.applies(interview.values) and question.setting not in settings
    )
    return Beginning(
        values=interview.values,
        teams=teams,
        settings={name: value for name, value in settings.items() if name not in inherited},
        elsewhere=(*sorted(inherited), *missing),
        missing_secrets=missing,
        seen=systems.seen,
        unseen=systems.unseen,
        unchecked=tuple(sorted(systems.unverified)),
        shipped=shipped,
        calendars=calendars,
    )


def _today(zone: str, settings: Mapping[str, str]) -> str:
    """The day in a zone: this machine's, or of the emulated world that the settings name."""
    with Workplace(environ=settings, redactor=console().redactor, stop=console().stop) as place:
        return place.clock.now().astimezone(ZoneInfo(zone)).date().isoformat()


def _refuse(interview: Interview) -> None:
    if interview.problems:
        raise Config(interview.problems)


def _refuse_unknown(without: Sequence[str], ids: Sequence[str], interview: Interview) -> None:
    for name in without:
        if name not in ids:
            message, near = clause(not_a_team(name, interview.texts)), suggest(name, ids)
            interview.problems.append(Problem("--without", "", message, ", ".join(ids), near, ProblemKind.SETTING))


def _tell_environment(interview: Interview) -> None:
    if interview.prompter is not None and interview.settings:
        interview.prompter.tell(taken_from_environment(sorted(interview.settings), interview.texts))


def _tell(prompter: Prompter, lines: Sequence[str]) -> None:
    for line in lines:
        prompter.tell(line)
