"""One execution of a scheduled command as those see it who have to notice when it fails or stays away. Whatever goes wrong here
is logged and changes no exit code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from watchkeeper.cli.console import console
from watchkeeper.clock import SystemClock, random_id, system_monotonic, system_sleep
from watchkeeper.settings import (
    COLLECTOR_SETTINGS,
    HEARTBEAT_WAY,
    HEARTBEATS,
    TEXTFILE_SETTINGS,
    Signal,
    load_watch_settings,
)
from watchkeeper.transport import Redactor, Secret, Transport, patient_session
from watchkeeper.vitals import Finish, Heartbeat, Sample, samples_of_finish, samples_of_traffic
from watchkeeper.wiring import DEFAULT_DEPLOYMENT

Teller = Callable[[Finish, tuple[Sample, ...]], None]
"""Tells one who watches how a run ended and what it brought."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watch:
    """`tellers` are told how the run ended and what it brought, in this order. `transport` made the run's calls; `sentence` and
    `samples` are its result, as soon as there is one."""

    command: str
    deployment: str
    tellers: tuple[Teller, ...]
    redactor: Redactor
    transport: Transport | None = None
    sentence: str = ""
    samples: tuple[Sample, ...] = ()
    began: float = field(default_factory=system_monotonic)

    def found(self, sentence: str, samples: tuple[Sample, ...]) -> None:
        """What came of the run, in one sentence and in numbers."""
        self.sentence, self.samples = self.redactor.known(sentence), samples

    def end(self, code: int, sentence: str) -> None:
        """Tell everybody. `sentence` is said of a run that came to no result."""
        seconds = system_monotonic() - self.began
        said = self.sentence or sentence
        finish = Finish(self.command, self.deployment, code, SystemClock().now(), seconds, said)
        calls = () if self.transport is None else samples_of_traffic(self.transport.traffic())
        brought = (*samples_of_finish(finish), *self.samples, *calls)
        for tell in self.tellers:
            _attempted(partial(tell, finish, brought))


def begin_watch(command: str) -> Watch:
    """Say that a run of `command` begins, which `running.run` ends. Nobody is told where nobody wants to know, and nobody on a way
    whose settings are invalid: of these the command itself complains, and the other ways tell of it."""
    heartbeat = _heartbeat(command)
    tellers = tuple(_tellers(heartbeat))
    deployment = load_watch_settings(("WATCHKEEPER_DEPLOYMENT",)).deployment or DEFAULT_DEPLOYMENT
    watch = Watch(command, deployment, tellers, console().redactor)
    console().watch = watch
    if heartbeat is not None:
        _attempted(heartbeat.begun)
    return watch


def _tellers(heartbeat: Heartbeat | None) -> list[Teller]:
    tellers: list[Teller] = []
    if heartbeat is not None:
        tellers.append(lambda finish, _: heartbeat.ended(finish))
    folder = load_watch_settings(TEXTFILE_SETTINGS).metrics_folder
    if folder is not None:
        tellers.append(_to_file(folder))
    settings = load_watch_settings(COLLECTOR_SETTINGS)
    collector = settings.collector_of(Signal.METRICS)
    if collector is not None:
        tellers.append(_to_collector(collector, _plain(settings.proxy) or None))
    return tellers


def _heartbeat(command: str) -> Heartbeat | None:
    settings = load_watch_settings((HEARTBEATS[command], *HEARTBEAT_WAY))
    address = {
        "sync": settings.sync_heartbeat_url,
        "audit": settings.audit_heartbeat_url,
        "evidence": settings.evidence_heartbeat_url,
    }[command]
    if address is None:
        return None
    ca_file = settings.heartbeat_ca_file
    session = patient_session(_plain(settings.proxy) or None, None if ca_file is None else str(ca_file))
    stop = console().stop
    return Heartbeat(
        Secret(_plain(address)), session, random_id(), system_monotonic, system_sleep, lambda: stop.is_asked
    )


def _to_file(folder: Path) -> Teller:
    def tell(finish: Finish, samples: tuple[Sample, ...]) -> None:
        from watchkeeper.vitals.textfile import write_metrics  # loads Prometheus' client

        write_metrics(folder, finish.deployment, finish.command, samples)

    return tell


def _to_collector(endpoint: str, proxy: str | None) -> Teller:
    def tell(finish: Finish, samples: tuple[Sample, ...]) -> None:
        try:
            from watchkeeper.vitals.otlp import send_metrics  # loads the SDK
        except ImportError:
            log.warning(
                "a collector for OpenTelemetry is set, but the libraries for it are not installed; no metrics are sent. "
                "Install them with: pip install 'watchkeeper[otel]'"
            )
            return
        send_metrics(endpoint, proxy, finish.deployment, finish.command, samples)

    return tell


def _attempted(tell: Callable[[], None]) -> None:
    try:
        tell()
    except OSError as error:
        log.warning("it could not be told how the run went", extra={"why": error.strerror, "file": error.filename})
    except Exception as error:  # noqa: BLE001 - a result is a result, told or not
        log.warning("it could not be told how the run went", extra={"why": type(error).__name__})


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
