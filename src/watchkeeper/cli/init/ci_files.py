"""The file that lets a scheduler call Watchkeeper: one of `deploy/ci`, with this deployment's settings filled in."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from watchkeeper.cli.init.questions import Ci
from watchkeeper.cli.init.shipped import schedule_file
from watchkeeper.cli.init.yaml_scalar import scalar
from watchkeeper.errors import Config, Problem

TEMPLATES: Final[Mapping[Ci, tuple[str, str]]] = {
    Ci.GITHUB: ("github.yml", ".github/workflows/watchkeeper.yml"),
    Ci.AZURE: ("azure-pipelines.yml", "azure-pipelines.yml"),
    Ci.GITLAB: ("gitlab.yml", ".gitlab-ci.yml"),
    Ci.CRON: ("crontab", "watchkeeper.crontab"),
    Ci.KUBERNETES: ("kubernetes.yaml", "watchkeeper.kubernetes.yaml"),
}
"""The file of `deploy/ci`, and where a deployment has it."""
SUBMODULE: Final = "watchkeeper"
"""Where a repository that is no checkout of Watchkeeper has one, as a git submodule."""
_CHECKOUT, _IN_SUBMODULE = "./dev run", f"./{SUBMODULE}/dev run"
_OPEN: Final = re.compile(r"(?m)^(?P<before> +(?P<name>[A-Z_]+): )(?:\$\{\{ vars\.\w+ \}\}|\$\([a-z]\w+\))$")
"""A setting that the CI system's own variables give, unless we know it."""
_PLACE_FOR_MORE: Final = re.compile(r"(?m)^(?P<indent> +)WATCHKEEPER_STATE_URL: .*\n")
_OF_THE_JOB: Final = frozenset(
    {"WATCHKEEPER_MODE", "WATCHKEEPER_STATE_URL", "WATCHKEEPER_AZURE_CREDENTIAL", "AZURE_FEDERATED_TOKEN_FILE",
     "AZURE_CLIENT_CERTIFICATE_PATH", "SERVICENOW_CA_FILE", "AZURE_CA_FILE", "WATCHKEEPER_EMULATOR_URL"}
)  # fmt: skip
"""What is another thing where a job runs than where the questions were answered."""
_WITH_USER: Final = {
    "SERVICENOW_CLIENT_ID": "SERVICENOW_USERNAME",
    "SERVICENOW_CLIENT_SECRET": "SERVICENOW_PASSWORD",
    "servicenowClientId": "servicenowUsername",
    "servicenowClientSecret": "servicenowPassword",
    "servicenow-client-secret": "servicenow-password",
}


def schedule(ci: Ci, folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The file's path and content; nothing for `none`. `settings` are those that are no secret."""
    if ci is Ci.NONE:
        return {}
    template, path = TEMPLATES[ci]
    text = schedule_file(template)
    if ci is Ci.CRON:
        return {path: _crontab(text, folder.absolute())}
    if "SERVICENOW_USERNAME" in settings and "SERVICENOW_CLIENT_ID" not in settings:
        for oauth, basic in _WITH_USER.items():
            text = text.replace(oauth, basic)
    known = {name: value for name, value in settings.items() if name not in _OF_THE_JOB}
    text = _OPEN.sub(lambda found: f"{found['before']}{_value(found['name'], known, found[0])}", text)
    more = {name: value for name, value in known.items() if f" {name}: " not in text}
    if ci is Ci.KUBERNETES:
        return {path: _config_map(more) + text}
    text = _PLACE_FOR_MORE.sub(lambda found: found[0] + "".join(_entries(more, found["indent"])), text, count=1)
    return {path: text if is_checkout(folder) else _with_submodule(ci, text)}


def secrets_of(ci: Ci, secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets that a schedule's own store has to give: to Azure every one of them signs in without."""
    return () if ci in {Ci.NONE, Ci.CRON} else tuple(name for name in secrets if name.startswith("SERVICENOW_"))


def is_checkout(folder: Path) -> bool:
    """Whether the deployment's folder is a checkout of Watchkeeper itself, a fork with its own mappings."""
    return (folder / "dev").is_file() and (folder / "src" / "watchkeeper").is_dir()


def _value(name: str, known: Mapping[str, str], unknown: str) -> str:
    return scalar(known[name]) if name in known else unknown.partition(": ")[2]


def _entries(settings: Mapping[str, str], indent: str) -> Iterator[str]:
    return (f"{indent}{name}: {scalar(value)}\n" for name, value in settings.items())


def _with_submodule(ci: Ci, text: str) -> str:
    text = text.replace(_CHECKOUT, _IN_SUBMODULE)
    match ci:
        case Ci.GITHUB:
            return text.replace(
                "          persist-credentials: false\n",
                "          persist-credentials: false\n          submodules: true\n",
            )
        case Ci.AZURE:
            return text.replace("  - checkout: self\n", "  - checkout: self\n    submodules: true\n")
        case _:
            return text.replace("  variables:\n", "  variables:\n    GIT_SUBMODULE_STRATEGY: recursive\n")


def _config_map(settings: Mapping[str, str]) -> str:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: watchkeeper\ndata:\n  WATCHKEEPER_MODE: observe\n"
    return f"{head}{''.join(_entries(settings, '  '))}---\n"


def _crontab(text: str, folder: Path) -> str:
    program = Path(sys.executable).with_name("watchkeeper")
    command = _CHECKOUT if is_checkout(folder) else _quoted(program)
    text = text.replace("cd /srv/watchkeeper", f"cd {_quoted(folder)}").replace("/etc/watchkeeper.env", "./.env")
    return text.replace(_CHECKOUT, command)


def _quoted(path: Path) -> str:
    """A path for a crontab's command, in which a percent sign would end the line (crontab(5))."""
    if "\n" in str(path):
        raise Config([Problem("--folder", "", "has a line break in its path", "a path that a crontab can hold")])
    return shlex.quote(str(path)).replace("%", r"\%")
