"""The questions of `watchkeeper init`, in their order: what each is called, which setting it fills, when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from watchkeeper.cli.init import shapes
from watchkeeper.cli.init.shapes import Shape
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.settings import AzureCredential

Values = Mapping[str, str]
"""Answers so far, by the question's name; an empty one was asked for and left open."""


class Ci(StrEnum):
    """What calls Watchkeeper on its schedule."""

    GITHUB = "github"
    AZURE = "azure"
    GITLAB = "gitlab"
    CRON = "cron"
    KUBERNETES = "kubernetes"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `name` is its flag's too, and that of its texts; `setting` the variable that it fills. An `optional` one may
    be left open; a `hidden` one is a secret, which no flag gives. `default` is taken where nobody says anything else; `offered` comes
    before it where a person can agree."""

    name: str
    shape: Shape
    setting: str = ""
    optional: bool = False
    hidden: bool = False
    applies: Callable[[Values], bool] = lambda _: True
    default: Callable[[Values], str] = lambda _: ""
    offered: Callable[[Values], str] = lambda _: ""

    @property
    def flag(self) -> str:
        """How it is answered without a terminal."""
        return self.setting if self.hidden else f"--{self.name}"


def _signs_in(values: Values) -> bool:
    """Whether the sign-in needs a tenant and an application."""
    return values["azure-credential"] not in {AzureCredential.MANAGED_IDENTITY, AzureCredential.DEVELOPER}


def _by(*kinds: AzureCredential) -> Callable[[Values], bool]:
    return lambda values: values["azure-credential"] in kinds


SERVICENOW_QUESTIONS: Final = (
    Question("instance", shapes.instance, "SERVICENOW_INSTANCE"),
    Question("servicenow-client-id", shapes.account, "SERVICENOW_CLIENT_ID", optional=True),
    Question(
        "servicenow-client-secret",
        str,
        "SERVICENOW_CLIENT_SECRET",
        optional=True,
        hidden=True,
        applies=lambda values: bool(values["servicenow-client-id"]),
    ),
    Question(
        "servicenow-username",
        shapes.account,
        "SERVICENOW_USERNAME",
        optional=True,
        applies=lambda values: not values["servicenow-client-id"],
    ),
    Question(
        "servicenow-password",
        str,
        "SERVICENOW_PASSWORD",
        optional=True,
        hidden=True,
        applies=lambda values: bool(values.get("servicenow-username")),
    ),
)
SENTINEL_QUESTIONS: Final = (
    Question(
        "azure-credential",
        shapes.one_of(AzureCredential),
        "WATCHKEEPER_AZURE_CREDENTIAL",
        default=lambda _: AzureCredential.CLIENT_SECRET,
    ),
    Question("azure-tenant-id", shapes.tenant, "AZURE_TENANT_ID", applies=_signs_in),
    Question("azure-client-id", shapes.guid, "AZURE_CLIENT_ID", applies=_signs_in),
    Question(
        "azure-client-secret",
        str,
        "AZURE_CLIENT_SECRET",
        optional=True,
        hidden=True,
        applies=_by(AzureCredential.CLIENT_SECRET),
    ),
    Question(
        "azure-certificate",
        shapes.existing_file,
        "AZURE_CLIENT_CERTIFICATE_PATH",
        optional=True,
        applies=_by(AzureCredential.CERTIFICATE),
    ),
    Question("subscription-id", shapes.guid, "SENTINEL_SUBSCRIPTION_ID"),
    Question("resource-group", shapes.resource_group, "SENTINEL_RESOURCE_GROUP"),
    Question("workspace", shapes.workspace, "SENTINEL_WORKSPACE_NAME"),
)
QUESTIONS_OF: Final[Mapping[Side, tuple[Question, ...]]] = {
    SERVICENOW: SERVICENOW_QUESTIONS,
    SENTINEL: SENTINEL_QUESTIONS,
}
CI_QUESTION: Final = Question("ci", shapes.one_of(Ci), default=lambda _: Ci.NONE)
GROUP: Final = Question("group", shapes.name)
PEOPLE: Final = Question("people", shapes.people)


def soc_questions(calendars: tuple[str, ...], language: str, today: Callable[[str], str]) -> tuple[Question, ...]:
    """What holds for every team that says nothing else. `calendars` are the shipped ones, `today` the day in a zone."""
    return (
        Question("zone", shapes.zone),
        Question("go-live", shapes.day, offered=lambda values: today(values["zone"]) if values.get("zone") else ""),
        Question(
            "calendar",
            partial(shapes.calendar, shipped=calendars),
            default=lambda values: shapes.country_of(values.get("zone", "")),
        ),
        Question("ticket-language", shapes.ticket_language, default=lambda _: "en", offered=lambda _: language),
    )
