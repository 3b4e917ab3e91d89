"""What every command has in common: how it is registered, and the options that say how it speaks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from inspect import Parameter
from typing import Annotated, Any

import typer

from watchkeeper.cli.console import console
from watchkeeper.cli.parameters import Format, Language

Function = Callable[..., None]

Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        help="Log each step to standard error; -vv each call; tracebacks.",
    ),
]
NoColour = Annotated[bool, typer.Option("--no-color", help="No colour, as with NO_COLOR.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document (the same as --format json).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems: nothing where all is well.")]

_ALWAYS = {"verbose": (Verbose, 0), "no_color": (NoColour, False)}


def _reports(forms: type[StrEnum]) -> dict[str, tuple[Any, Any]]:
    output: Any = Annotated[forms, typer.Option("--format", help="How to print the result.")]
    return {"output": (output, next(iter(forms))), "json": (AsJson, False), "quiet": (Quiet, False), **_ALWAYS}


def register(
    app: typer.Typer,
    name: str,
    function: Function,
    *,
    reports: bool = True,
    within: str = "",
    forms: type[StrEnum] = Format,
) -> None:
    """Make `function` the command `name`. One that `reports` can do so in each of the `forms`, the first unless another is
    asked for; the others only tell a story."""
    whole_name = f"{within} {name}".strip()
    app.command(name)(_with_options(function, whole_name, _reports(forms) if reports else _ALWAYS))


def register_alone(app: typer.Typer, name: str, function: Function) -> None:
    """Make `function` what the group `name` does when none of its commands is given."""
    told = _with_options(function, name, _reports(Format))

    @functools.wraps(told)
    def unless_more_is_said(context: typer.Context, **given: Any) -> None:
        if context.invoked_subcommand is None:
            told(**given)

    signature = inspect.signature(told)
    own = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    vars(unless_more_is_said)["__signature__"] = signature.replace(parameters=[own, *signature.parameters.values()])
    unless_more_is_said.__annotations__ = {"context": typer.Context, **told.__annotations__}
    app.callback(invoke_without_command=True)(unless_more_is_said)


def _with_options(function: Function, name: str, options: dict[str, tuple[Any, Any]]) -> Function:
    @functools.wraps(function)
    def command(**given: Any) -> None:
        speaker = console()
        speaker.command = name
        speaker.language = given.get("lang", Language.ENGLISH)
        speaker.verbosity = given.pop("verbose")
        speaker.no_colour = given.pop("no_color")
        if "output" in options:
            speaker.form = Format.JSON if given.pop("json") else given.pop("output")
            given.pop("output", None)
            speaker.quiet = given.pop("quiet")
        speaker.listen()
        function(**given)

    signature = inspect.signature(function, eval_str=True)
    added = [
        Parameter(each, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for each, (annotation, default) in options.items()
    ]
    parameters = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in signature.parameters.values()]
    vars(command)["__signature__"] = signature.replace(parameters=[*parameters, *added])
    command.__annotations__ = {each.name: each.annotation for each in (*parameters, *added)}
    return command
