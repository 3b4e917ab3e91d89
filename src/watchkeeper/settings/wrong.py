"""How a problem with a setting is told."""

from __future__ import annotations

from functools import partial
from typing import Final

from watchkeeper.errors import Problem, ProblemKind

wrong: Final = partial(Problem, kind=ProblemKind.SETTING)
