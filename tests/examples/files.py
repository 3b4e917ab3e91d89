"""The files of `examples/` and `deploy/ci` as data: what each job sets, what it runs, and how it calls our program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ACTION = ROOT / "action.yml"
WORKFLOWS = (ROOT / "deploy/ci/github.yml", *sorted(EXAMPLES.glob("github-*.yml")))
AZURE = (ROOT / "deploy/ci/azure-pipelines.yml", EXAMPLES / "azure-pipelines.yml")
GITLAB = (ROOT / "deploy/ci/gitlab.yml", EXAMPLES / "gitlab-ci.yml")
KUBERNETES = (ROOT / "deploy/ci/kubernetes.yaml", *sorted((EXAMPLES / "kubernetes").glob("*.yaml")))
CRONTABS = (ROOT / "deploy/ci/crontab", EXAMPLES / "cron/watchkeeper")
UNITS = tuple(sorted([*(EXAMPLES / "systemd").glob("*.service"), *(EXAMPLES / "systemd").glob("*.timer")]))
DROP_INS = tuple(sorted((EXAMPLES / "systemd").glob("*.service.d/*.conf")))
SETTINGS_FILE = EXAMPLES / "systemd/settings.env"
CONTAINERFILE = EXAMPLES / "container/Containerfile"
AMBER = EXAMPLES / "container/amber"

_CALL = re.compile(r"(?:\./dev run|(?<![\w@./-])watchkeeper) +(?=[a-z])([^\n|;&>)\"]*)")
_CRON_LINE = re.compile(r"(?P<when>(?:\S+ +){4}\S+) +(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Job:
    """Something that a scheduler starts: the shell it runs, and the variables that the file itself gives it. A value with a
    `$` is one that the system fills in."""

    system: str
    path: Path
    name: str
    script: str
    environment: Mapping[str, str]
    shell: str = "sh"

    @property
    def is_starter(self) -> bool:
        """Whether `watchkeeper init` fills it in, instead of a person."""
        return self.path.parent == ROOT / "deploy/ci"

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {self.name}"

    def calls(self) -> Iterator[list[str]]:
        """The arguments of each call of our program."""
        for found in _CALL.findall(self.script):
            yield shlex.split(found)


def documents(path: Path) -> list[Any]:
    return deepcopy(_documents_in(path.read_text(encoding="utf-8")))


@lru_cache
def _documents_in(text: str) -> list[Any]:
    return [each for each in YAML(typ="safe").load_all(text) if each is not None]


def jobs() -> Iterator[Job]:
    """Every job of every file."""
    for path in WORKFLOWS:
        yield from _github(path)
    for path in AZURE:
        yield from _azure(path)
    for path in GITLAB:
        yield from _gitlab(path)
    for path in KUBERNETES:
        yield from _kubernetes(path)
    for path in CRONTABS:
        yield from _cron(path)
    yield from _systemd()


def _github(path: Path) -> Iterator[Job]:
    (workflow,) = documents(path)
    for name, job in workflow["jobs"].items():
        for number, step in enumerate(job["steps"]):
            given = step.get("with", {})
            if step.get("uses") == "./":
                words = ["watchkeeper", given["command"], *given.get("arguments", "").splitlines()]
                yield Job("github", path, f"{name} {step['id']}", shlex.join(words), _texts(job["env"]), "bash")
            elif "run" in step:
                environment = {**job["env"], **step.get("env", {})}
                yield Job("github", path, f"{name} step {number}", step["run"], _texts(environment), "bash")


def _azure(path: Path) -> Iterator[Job]:
    (pipeline,) = documents(path)
    given = {each["name"]: each["value"] for each in pipeline.get("variables", []) if "name" in each}
    for job in pipeline.get("jobs", [pipeline]):
        given_here = job["variables"] if "job" in job and "variables" in job else {}
        for step in job["steps"]:
            if "bash" in step:
                environment = {**given, **given_here, **step.get("env", {})}
                yield Job("azure", path, job.get("job", "sync"), step["bash"], _texts(environment), "bash")


def _gitlab(path: Path) -> Iterator[Job]:
    (pipeline,) = documents(path)
    for name, own in pipeline.items():
        if name.startswith("."):
            continue
        shared = pipeline.get(own.get("extends"), {})
        job = {**shared, **own}
        environment = {**shared.get("variables", {}), **own.get("variables", {})}
        script = "\n".join([*job.get("before_script", []), *job["script"]])
        yield Job("gitlab", path, name, script, _texts(environment))


def pods(path: Path) -> Iterator[tuple[str, Any]]:
    """The name and the pod of each CronJob of a file."""
    for each in documents(path):
        if each["kind"] == "CronJob":
            yield each["metadata"]["name"], each["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def _kubernetes(path: Path) -> Iterator[Job]:
    shared = {} if path.parent == ROOT / "deploy/ci" else _config_map()
    for name, pod in pods(path):
        for container in pod["containers"]:
            own = {each["name"]: each["value"] for each in container.get("env", [])}
            yield Job("kubernetes", path, name, shlex.join(container["command"]), _texts({**shared, **own}))


def _config_map() -> dict[str, str]:
    (found,) = (each for each in documents(EXAMPLES / "kubernetes/watchkeeper.yaml") if each["kind"] == "ConfigMap")
    return dict(found["data"])


def _cron(path: Path) -> Iterator[Job]:
    environment: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if found := _CRON_LINE.fullmatch(line):
            rest = found["rest"]
            # A table of the system's own names the user before the command.
            command = rest.partition(" ")[2] if path.parent == EXAMPLES / "cron" else rest
            yield Job("cron", path, found["when"], command, dict(environment))
        else:
            name, _, value = line.partition("=")
            environment[name] = value


def unit(path: Path) -> list[tuple[str, str, str]]:
    """A unit's settings as section, key and value."""
    section, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.append((section, key, value))
    return found


def values(path: Path, key: str) -> list[str]:
    """What a unit says of one key."""
    return [value for _, name, value in unit(path) if name == key]


def _systemd() -> Iterator[Job]:
    for timer in (path for path in UNITS if path.suffix == ".timer"):
        (named,) = values(timer, "Unit")
        instance = named.partition("@")[2].removesuffix(".service")
        service = EXAMPLES / "systemd/watchkeeper@.service"
        own = (path for path in DROP_INS if path.parent.name == f"{named}.d")
        commands = next((values(path, "ExecStart") for path in own), values(service, "ExecStart"))
        command = "\n".join(filter(None, commands))
        environment = dict(each.split("=", 1) for each in [*settings_file(), *values(service, "Environment")])
        yield Job(
            "systemd",
            service,
            instance,
            command.replace("/opt/watchkeeper/bin/", "").replace("%i", instance),
            environment,
        )


def settings_file() -> list[str]:
    """The lines of the settings' file of one machine that are none of its comments."""
    lines = SETTINGS_FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _texts(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in environment.items()}
