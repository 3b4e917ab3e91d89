"""Getting the answers: from flags, from the environment, and where there is a terminal from whoever sits at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.cli.init.prompter import NobodyAnswers, Prompter
from watchkeeper.cli.init.questions import Question
from watchkeeper.cli.init.shapes import Unfit, taken
from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.report.setup import clause, example_of, missing_answer, needed_answer, question_text, wrong_answer
from watchkeeper.report.texts import Texts


@dataclass(slots=True)
class Interview:
    """`flags` by the question's name, `settings` by their own; `values` are the answers so far, `problems` what is wrong with
    those that nobody was there to correct."""

    flags: Mapping[str, str]
    settings: Mapping[str, str]
    prompter: Prompter | None
    texts: Texts
    values: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def settle(self, questions: Sequence[Question]) -> None:
        """Have an answer to each of these that is to be asked."""
        for question in questions:
            self.values[question.name] = ""
            if question.applies(self.values):
                self.values[question.name] = self._answered(question)

    def settle_again(self, questions: Sequence[Question]) -> None:
        """The same once more, with the former answers to fall back on: a system did not like them."""
        before = {question.name: self.values[question.name] for question in questions}
        for question in questions:
            self.values[question.name] = ""
            if question.applies(self.values):
                self.values[question.name] = self.asked(question, before[question.name] or self._proposed(question))

    def asked(self, question: Question, default: str, team: str = "", note: str = "") -> str:
        """Ask until the answer can be taken. `team`: which one it is about, `note`: what may be answered besides. Raises Config when
        the input ends."""
        if self.prompter is None:
            raise AssertionError("nobody is there to be asked")
        text = question_text(question.name, self.texts, team) + note
        while True:
            shown = "" if question.hidden else default
            try:
                typed = self.prompter.ask(text, shown, hidden=question.hidden) or default
            except NobodyAnswers:
                raise Config([self.missing(question)]) from None
            if not typed.strip() and question.optional:
                return ""
            try:
                return taken(question.shape, typed)
            except Unfit as unfit:
                if not typed.strip():
                    self.prompter.tell(needed_answer(question.name, self.texts))
                    continue
                self.prompter.tell(wrong_answer(question.name, typed, self.texts, unfit.near))

    def refuse(self, question: Question, given: str, near: str = "", place: str = "") -> None:
        """Note an answer that cannot be taken."""
        message = clause(wrong_answer(question.name, given, self.texts))
        self.problems.append(Problem(place or question.flag, "", message, "", near, ProblemKind.SETTING))

    def missing(self, question: Question, place: str = "") -> Problem:
        message, example = missing_answer(self.texts), example_of(question.name, self.texts)
        return Problem(place or question.flag, "", message, example, kind=ProblemKind.SETTING)

    def _answered(self, question: Question) -> str:
        place, given = self._given(question)
        if given:
            try:
                return taken(question.shape, given)
            except Unfit as unfit:
                self.refuse(question, "" if question.hidden else given, unfit.near, place)
                return ""
        if self.prompter is not None:
            return self.asked(question, self._proposed(question))
        default = question.default(self.values)
        if not default and not question.optional:
            self.problems.append(self.missing(question))
        return default

    def _proposed(self, question: Question) -> str:
        return question.offered(self.values) or question.default(self.values)

    def _given(self, question: Question) -> tuple[str, str]:
        """Where an answer was given beforehand, and which."""
        if self.flags.get(question.name):
            return question.flag, self.flags[question.name]
        return question.setting, self.settings.get(question.setting, "")
