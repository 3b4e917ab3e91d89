"""The reference in docs/commands.md, made from the program itself: `python -m tests.docs.reference` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer.main
from tests.docs.findings import CSV, rights, with_findings
from tests.docs.pages import page

from watchkeeper.cli.commands import COMMANDS, application

BEGIN = "<!-- reference: made by `python -m tests.docs.reference`; do not edit by hand -->"
END = "<!-- end of reference -->"
_ALWAYS = {"--help"}
_WORDS = {
    "mappings": "FOLDER", "out_folder": "FOLDER", "out": "FILE", "plan": "FILE", "from_": "FILE", "env_file": "FILE", "max_writes": "N", "limit": "N", "keep": "DAYS",
    "latency": "SECONDS", "ingestion_lag": "SECONDS",
}  # fmt: skip


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, in the order of `watchkeeper --help`."""
    yield from _below("", typer.main.get_command(application(COMMANDS)))


def options(command: Any) -> frozenset[str]:
    """Every spelling of every option of a command."""
    return (
        frozenset(name for each in command.params for name in (*each.opts, *each.secondary_opts) if name[0] == "-")
        | _ALWAYS
    )


def reference() -> str:
    return "\n".join(line for name, command in commands() for line in _described(name, command)).strip()


def with_reference(text: str) -> str:
    """A page with its reference made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def _below(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        whole = f"{prefix} {name}".strip()
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield whole, command
            yield from _below(whole, command)
        else:
            yield whole, command


def _described(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    shown = "".join(f" {_word(each)}" for each in arguments)
    yield from ("", f"### `{name}`", "", f"`watchkeeper {name}{shown}`", "", " ".join((command.help or "").split()), "")
    yield from ("| option | meaning | default |", "| --- | --- | --- |")
    for each in command.params:
        if "--help" not in each.opts:
            yield f"| {_spelling(each)} | {_escaped(each.help or '')} | {_default(each)} |"


def _word(argument: Any) -> str:
    word = (argument.metavar or argument.name).upper()
    return word if argument.required else f"[{word}]"


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_word(parameter)}`"
    value = "" if parameter.is_flag or parameter.count else f" {_escaped(_value(parameter))}"
    names = ", ".join(f"`{name}{value}`" for name in sorted(parameter.opts, key=len, reverse=True))
    off = "".join(f", `{name}`" for name in parameter.secondary_opts)
    needed = " (required)" if parameter.required else ""
    return f"{names}{off}{needed}"


def _value(parameter: Any) -> str:
    if isinstance(parameter.default, Enum):
        return "|".join(str(each.value) for each in type(parameter.default))
    return parameter.metavar or _WORDS.get(parameter.name) or parameter.name.upper().strip("_")


def _default(parameter: Any) -> str:
    value = getattr(parameter.default, "value", parameter.default)
    if value is None or value in ((), "") or parameter.required or parameter.count:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    return f"`{value}`"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    commands_page = page("docs/commands.md")
    commands_page.path.write_text(with_reference(commands_page.text), encoding="utf-8")
    troubles = page("docs/troubleshooting.md")
    troubles.path.write_text(with_findings(troubles.text), encoding="utf-8")
    CSV.write_text(rights(), encoding="utf-8")


if __name__ == "__main__":
    main()
