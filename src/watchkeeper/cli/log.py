"""The log on standard error: one event, one line, as text or JSON; neutralised, without secrets.

Code logs through the standard library (`logging.getLogger(__name__)`, values in `extra`); structlog renders, and carries the
id of the run from where it is bound to every line, also to those of worker threads.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from typing import Any, Final

from watchkeeper.report.neutralise import guard_line, json_text, plain
from watchkeeper.settings import LogFormat
from watchkeeper.transport import Redactor, quiet_libraries
from watchkeeper.transport.imports import without

# structlog would render tracebacks with rich, fifty modules that cost a twentieth of a short run; ours are plain text.
with without("rich"):
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

_LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)
_FIRST: Final = ("timestamp", "level", "event")

_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def start_log(form: LogFormat, verbosity: int, redactor: Redactor) -> None:
    """Let our own events through from warnings (0), information (1) or every call (2) on; libraries only when they fail."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(form, redactor))
    root = logging.getLogger()
    for former in root.handlers[:]:
        if isinstance(former.formatter, _Lines):
            root.removeHandler(former)
    root.addHandler(handler)
    logging.getLogger("watchkeeper").setLevel(_LEVELS[min(verbosity, len(_LEVELS) - 1)])
    structlog.contextvars.clear_contextvars()
    _hush_libraries()


def _hush_libraries() -> None:
    """Keep third-party chatter out of the output: pysnow warns at import where libmagic is missing."""
    warnings.filterwarnings("ignore")
    quiet_libraries()
    for name in ("azure", "urllib3", "msal", "requests_oauthlib", "alembic", "opentelemetry"):
        logging.getLogger(name).setLevel(logging.ERROR)


class _Lines(structlog.stdlib.ProcessorFormatter):
    """Renders an event, hides secrets in the finished line, and takes from it what a terminal or a CI runner would obey."""

    def __init__(self, form: LogFormat, redactor: Redactor) -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _text],
        )
        self._form = form
        self._redactor = redactor
        if form is LogFormat.JSON:
            self.processors = (structlog.stdlib.ProcessorFormatter.remove_processors_meta, _json)

    def format(self, record: logging.LogRecord) -> str:
        line = self._redactor.text(super().format(record))
        return json_text(line) if self._form is LogFormat.JSON else guard_line(plain(line))


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(_in_order(event), ensure_ascii=True, default=str)


def _text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """`watchkeeper: TIME LEVEL what happened  name=value …`."""
    named = _in_order(event)
    head = f"watchkeeper: {named.pop('timestamp')} {named.pop('level')} {named.pop('event')}"
    return "  ".join([head, *(f"{name}={_value(value)}" for name, value in named.items())])


def _value(value: Any) -> str:
    text = str(value)
    return text if text and not any(character.isspace() for character in text) else json.dumps(text, ensure_ascii=False)


def _in_order(event: EventDict) -> dict[str, Any]:
    return {name: event[name] for name in _FIRST} | {name: event[name] for name in sorted(event) if name not in _FIRST}
