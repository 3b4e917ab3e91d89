"""From a folder of YAML files to a checked Catalog, or to every problem in them at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from watchkeeper.catalog.calendar_file import CalendarsFile, build_calendars
from watchkeeper.catalog.entries import folded
from watchkeeper.catalog.model import Calendar, Catalog, Deployment, FanOut, PackSource, Schedule, Task, Team, Waiver
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.catalog.overlaps import cycle_from, falls_due_less_often
from watchkeeper.catalog.pack_file import PackFile, TaskEntry, build_task, schedule_of, source_of
from watchkeeper.catalog.rules import RuleProblem, problems_of_firing, problems_of_rule
from watchkeeper.catalog.team_file import TeamsFile, build_deployment, build_teams, names_of_teams
from watchkeeper.catalog.waiver_file import WaiversFile, build_waivers
from watchkeeper.errors import Config, Problem, Rejected
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.files import Files, every_file
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.model.nearest import suggest

CALENDARS = "calendars.yaml"
TEAMS = "teams.yaml"
PACKS = "packs"
WAIVERS = "waivers.yaml"
"""May be left out."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def load_catalog(folder: Path, *, deployment: str, files: Files = every_file) -> Catalog:
    """Read `calendars.yaml`, `teams.yaml`, `packs/*.yaml` and, where there is one, `waivers.yaml` of a mappings folder. Reads no clock and no network.

    `deployment` is the deployment's name; `files` says which packs are read. Raises Config with every problem that can be told, each as `file:line:col`;
    tasks whose team or calendar is itself at fault are judged once that is right.
    """
    problems = ProblemList()
    calendars_document, calendars_file = _read(folder / CALENDARS, CalendarsFile, problems)
    teams_document, teams_file = _read(folder / TEAMS, TeamsFile, problems)
    known = every_file(folder / PACKS)
    packs = [_read(path, PackFile, problems) for path in files(folder / PACKS)]
    if not known:
        problems.add(Problem((folder / PACKS).as_posix(), "", "has no pack", "at least one file packs/*.yaml"))
    calendars: dict[str, Calendar] = {}
    if calendars_file and calendars_document:
        calendars = build_calendars(calendars_file, calendars_document, problems)
    if not (teams_file and teams_document and calendars_file):
        raise Config(problems.in_order())
    teams = build_teams(teams_file, calendars, teams_document, problems)
    home = build_deployment(deployment, teams_file, calendars, teams_document, problems)
    shelf = Shelf(teams, home, len(teams) == len(teams_file.teams), len(packs) == len(known), problems)
    for document, file in packs:
        if document and file:
            shelf.add(document, file)
    shelf.check_overlaps()
    waivers = _waivers(folder / WAIVERS, teams, problems)
    problems.raise_if_any()
    if home is None:
        raise AssertionError("a deployment without a home and without a problem")
    read = [calendars_file, teams_file, *(file for _, file in packs if file)]
    return Catalog(home, shelf.active(), teams, calendars, _fingerprint(read), shelf.packs, waivers)


@dataclass(slots=True)
class Shelf:
    """The packs as they are put together. `complete`: every team could be built, so an unknown one is really unknown; `whole`:
    every pack is read, so an unknown task is.
    `tasks` are those of all packs, `sound` the ones whose rule may be expanded, `overlapping` where `satisfied_by` stands."""

    teams: Mapping[str, Team]
    home: Deployment | None
    complete: bool
    whole: bool
    problems: ProblemList
    tasks: dict[str, Task] = field(default_factory=dict)
    packs: dict[str, PackSource] = field(default_factory=dict)
    sound: set[str] = field(default_factory=set)
    overlapping: dict[str, tuple[Document, tuple[str | int, ...]]] = field(default_factory=dict)

    def active(self) -> dict[str, Task]:
        """The tasks of the packs that are enabled."""
        return {task.id: task for task in self.tasks.values() if self.packs[task.pack].enabled}

    def add(self, document: Document, pack: PackFile) -> None:
        if pack.id in self.packs:
            found = f"{pack.id!r} is also the id of {self.packs[pack.id].place}"
            self.problems.add(document.problem(("id",), found, allowed="one pack per id"))
        self.packs[pack.id] = source_of(pack, document.position(()))
        for index, entry in enumerate(pack.tasks):
            path = ("tasks", index)
            if entry.id in self.tasks:
                found = f"{entry.id!r} is also the id of {self.tasks[entry.id].place}"
                self.problems.add(document.problem((*path, "id"), found, allowed="an id that no other task has"))
                continue
            teams = self._teams_of(entry, path, document)
            schedule = self._schedule_of(entry, path, document, teams)
            self.tasks[entry.id] = build_task(entry, pack.id, teams, schedule, document.position(path))
            if entry.satisfied_by is not None:
                self.overlapping[entry.id] = (document, (*path, "satisfied_by"))

    def check_overlaps(self) -> None:
        """What is wrong with the tasks that others should be satisfied by, once all of them are known."""
        named = {task.id: task.satisfied_by for task in self.tasks.values()}
        for name, (document, path) in self.overlapping.items():
            task, serving = self.tasks[name], self.tasks.get(named[name])
            if serving is None and not (self.whole and self.packs[task.pack].enabled):
                continue  # the packs that it goes with need not be here before it is switched on, nor be switched on
            if serving is None:
                found, near = f"there is no task {named[name]!r}", suggest(named[name], self.tasks)
                self.problems.add(document.problem(path, found, allowed="a task of any pack here", suggestion=near))
            elif ring := cycle_from(name, named):
                allowed = "one of them with a ticket of its own"
                self.problems.add(document.problem(path, f"goes in a circle: {' -> '.join(ring)}", allowed=allowed))
            elif found := self._unfit(task, serving):
                allowed = "a task that falls due at least as often"
                self.problems.add(document.problem(path, found, allowed=allowed))

    def _unfit(self, task: Task, serving: Task) -> str:
        """Why one task cannot serve another; empty when it can, or when a rule is itself at fault."""
        if serving.schedule is None:
            return f"{serving.id} is raised as needed and serves no period"
        if task.schedule is None or not {task.id, serving.id} <= self.sound:
            return ""
        if falls_due_less_often(serving.schedule, task.schedule):
            return f"{serving.id} falls due less often than {task.id}"
        return ""

    def _teams_of(self, entry: TaskEntry, path: tuple[str | int, ...], document: Document) -> tuple[str, ...]:
        """The enabled teams that an entry names, in the order of teams.yaml."""
        known = names_of_teams(self.teams.values())
        named: set[str] = set()
        for index, name in enumerate(entry.teams):
            if folded(name) == ALL_TEAMS:
                named.update(self.teams)
            elif folded(name) in known:
                named.add(known[folded(name)])
            elif self.complete:
                found, near = f"there is no team {name!r}", suggest(name, known)
                allowed = listed([ALL_TEAMS, *self.teams])
                place = (*path, "teams", index)
                self.problems.add(document.problem(place, found, allowed=allowed, suggestion=known.get(near, "")))
        enabled = tuple(team.id for team in self.teams.values() if team.id in named and team.enabled)
        if named and not enabled:
            found = "names only teams that are not enabled"
            self.problems.add(document.problem((*path, "teams"), found, allowed="an enabled team"))
        return enabled

    def _schedule_of(
        self, entry: TaskEntry, path: tuple[str | int, ...], document: Document, teams: tuple[str, ...]
    ) -> Schedule | None:
        spot = (*path, "schedule", "rule") if entry.schedule else (*path, "cadence")
        schedule = schedule_of(entry, document.position(spot))
        if schedule is None:
            return None
        found = problems_of_rule(schedule.rule)
        if not found:
            judged = (_judge(schedule, calendar) for calendar in self._calendars(entry, teams))
            found = tuple(dict.fromkeys(problem for problems in judged for problem in problems))
        for problem in found:
            self.problems.add(document.problem(spot, problem.message, allowed=problem.allowed))
        if not found:
            self.sound.add(entry.id)
        return schedule

    def _calendars(self, entry: TaskEntry, teams: tuple[str, ...]) -> Iterable[Calendar]:
        if entry.fan_out is FanOut.SINGLE:
            return [self.home.calendar] if self.home else []
        return {self.teams[team].calendar.id: self.teams[team].calendar for team in teams}.values()


def _judge(schedule: Schedule, calendar: Calendar) -> Iterator[RuleProblem]:
    try:
        yield from problems_of_firing(schedule, calendar)
    except Rejected as error:
        yield RuleProblem(str(error))


def _waivers(path: Path, teams: Mapping[str, Team], problems: ProblemList) -> tuple[Waiver, ...]:
    if not path.is_file():
        return ()
    document, file = _read(path, WaiversFile, problems)
    return build_waivers(file, teams, document, problems) if document and file else ()


def _read(path: Path, model: type[ModelT], problems: ProblemList) -> tuple[Document | None, ModelT | None]:
    document = problems.load(path)
    return document, problems.validate(document, model)


def _fingerprint(files: Iterable[BaseModel]) -> str:
    """Over what the files mean: comments, order of keys and layout make no difference."""
    meaning = [file.model_dump(mode="json", by_alias=True) for file in files]
    canonical = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
