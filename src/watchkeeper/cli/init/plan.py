"""Which files a new deployment has, and whether the program itself takes them as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from watchkeeper.cli.init.beginning import Beginning
from watchkeeper.cli.init.ci_files import schedule
from watchkeeper.cli.init.env_file import NAME, env_text, ignoring, values_in
from watchkeeper.cli.init.folder import PlannedFile, text_of
from watchkeeper.cli.init.mapping_files import mapping_files
from watchkeeper.cli.init.shipped import settings_list
from watchkeeper.errors import Config, Problem
from watchkeeper.settings import load_settings, settings_given
from watchkeeper.wiring import DEFAULT_DEPLOYMENT, load_duties

MAPPINGS = "mappings"


def planned_files(folder: Path, beginning: Beginning) -> tuple[PlannedFile, ...]:
    """In the order in which they are written: what keeps secrets out of a repository first, the secrets last."""
    mapped = mapping_files(beginning.teams, beginning.values, beginning.shipped, beginning.calendars)
    return (
        PlannedFile(".gitignore", ignoring(text_of(folder / ".gitignore")), extends=True),
        *(PlannedFile(f"{MAPPINGS}/{path}", text) for path, text in mapped.items()),
        *(PlannedFile(path, text) for path, text in schedule(beginning.ci, folder, beginning.open_settings).items()),
        PlannedFile(NAME, _env(folder, beginning), private=True),
    )


def checked(folder: Path, beginning: Beginning) -> Callable[[Path], None]:
    """Loads what was made as every other command will. Raises Config with problems that name the files where they will be."""
    deployment = beginning.settings.get("WATCHKEEPER_DEPLOYMENT", DEFAULT_DEPLOYMENT)

    def check(made: Path) -> None:
        try:
            load_duties(made / MAPPINGS, None, deployment)
            load_settings(values_in((made / NAME).read_text(encoding="utf-8")))
        except Config as error:
            raise Config([_at_home(problem, made, folder) for problem in error.problems]) from error

    return check


def _env(folder: Path, beginning: Beginning) -> str:
    """A secret that is in the file already, and in the environment from there, stays in it."""
    there, given = values_in(text_of(folder / NAME)), settings_given()
    kept = {name: given[name] for name in beginning.elsewhere if name in given and there.get(name) == given[name]}
    settings = {**beginning.settings, **kept}
    return env_text(settings_list(), settings, [name for name in beginning.elsewhere if name not in kept])


def _at_home(problem: Problem, made: Path, folder: Path) -> Problem:
    place = problem.place.replace(made.as_posix(), folder.as_posix())
    return Problem(place, problem.path, problem.message, problem.allowed, problem.suggestion, problem.kind)
