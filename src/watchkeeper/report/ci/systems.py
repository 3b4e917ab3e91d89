"""CI systems: how each is known, and what it takes from a command beside its exit code.

Sources: github/docs, workflow commands and variables; MicrosoftDocs/azure-devops-docs, logging commands and predefined
variables; docs.gitlab.com, predefined CI/CD variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MEBIBYTE: Final = 1024 * 1024


class Dialect(StrEnum):
    """How a system is told things on the log."""

    GITHUB = "github"
    AZURE = "azure-pipelines"
    SILENT = "silent"
    """It takes no commands: what the log says is for people."""


@dataclass(frozen=True, slots=True)
class CiSystem:
    """`known_by` is the variable that the system sets to `true`. The variables that name places are "" where it has none:
    `summary_file` is appended to by every command of a step, `summary_folder` takes one file per command, which a command on
    the log names; `output_file` takes outputs, which else are commands on the log. `most` annotations of a kind are shown for
    a step. A summary above `summary_limit` bytes is lost as a whole."""

    name: str
    known_by: str
    dialect: Dialect
    summary_file: str = ""
    summary_folder: str = ""
    output_file: str = ""
    most: int = 0
    summary_limit: int = MEBIBYTE


GITHUB: Final = CiSystem(
    "GitHub Actions",
    "GITHUB_ACTIONS",
    Dialect.GITHUB,
    summary_file="GITHUB_STEP_SUMMARY",
    output_file="GITHUB_OUTPUT",
    most=10,
)
AZURE: Final = CiSystem(
    "Azure Pipelines", "TF_BUILD", Dialect.AZURE, summary_folder="AGENT_TEMPDIRECTORY", most=10
)  # Neither limit is documented for Azure Pipelines: GitHub's are kept, so that one report fits both.
GITLAB: Final = CiSystem("GitLab", "GITLAB_CI", Dialect.SILENT)
SYSTEMS: Final = (GITHUB, AZURE, GITLAB)

OUTPUTS: Final = "WATCHKEEPER_CI_OUTPUTS"
"""The setting that names a file for outputs, whatever runs a command."""

VARIABLES: Final = frozenset(
    name
    for system in SYSTEMS
    for name in (system.known_by, system.summary_file, system.summary_folder, system.output_file, OUTPUTS)
    if name
)
"""Everything that is read of a CI system's environment, and of ours beside it."""


def detected(variables: Mapping[str, str]) -> CiSystem | None:
    """The system that runs this command; none on a machine that says nothing of one."""
    return next((system for system in SYSTEMS if variables.get(system.known_by, "").lower() == "true"), None)
