"""Is this instance fit to be kept in step, with this account? Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from watchkeeper.errors import AuthFailed, Rejected, Throttled, Unavailable, WatchkeeperError
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import Probe, ProbeScope, failed
from watchkeeper.model.record import SERVICENOW
from watchkeeper.ports import Clock
from watchkeeper_servicenow.asking import FAIL, OK, SKIPPED, WARN, asked, probe
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.probe_account import AccountProbes
from watchkeeper_servicenow.probe_choices import ChoiceProbes
from watchkeeper_servicenow.probe_effects import EffectProbes
from watchkeeper_servicenow.probe_policies import PolicyProbes
from watchkeeper_servicenow.probe_rights import RightsProbes, correlation_probe, invalid_query_probe

_SKEW = timedelta(seconds=90)
NOT_TRIED = probe(Check.OTHERS, SKIPPED, Finding.NOT_TRIED)


class Probes:
    """Every check of one instance, in the order in which a later one builds on an earlier one."""

    def __init__(self, client: TableClient, host: str, clock: Clock, scope: ProbeScope) -> None:
        self._client = client
        self._host = host
        self._clock = clock
        self._scope = scope
        self._tables = sorted({use.table for use in scope.uses})

    def run(self) -> Sequence[Probe]:
        """All probes; after a failed login or connection the others are not tried."""
        first = self._reach()
        return (first, NOT_TRIED) if first.outcome is FAIL else (first, *self._others())

    def _reach(self) -> Probe:
        table = self._tables[0] if self._tables else "sys_user"
        try:
            self._client.read(table, "ORDERBYsys_id", ("sys_id",), limit=1)
        except Throttled as error:
            answer = error.attempt.answer or error.message
            return probe(Check.LIMITS, FAIL, Finding.LIMITS_SPENT, {"answer": answer})
        except AuthFailed as error:
            if not concerns_the_table(error):
                return failed(SERVICENOW, Check.SIGN_IN, error)
        except Rejected as error:
            if error.attempt.status is None:
                return self._unreachable(error)
        except Unavailable as error:
            return self._unreachable(error)
        except WatchkeeperError as error:
            return failed(SERVICENOW, Check.REACH, error) if error.remedy else self._unreachable(error)
        return probe(Check.REACH, OK, Finding.REACHED, {"host": self._host})

    def _unreachable(self, error: WatchkeeperError) -> Probe:
        args = {"message": error.message, "setting": "SERVICENOW_INSTANCE"}
        return probe(Check.REACH, FAIL, Finding.UNREACHABLE, args)

    def _others(self) -> Iterator[Probe]:
        yield from AccountProbes(self._client, self._scope).run()
        yield from RightsProbes(self._client, self._clock.now(), self._scope).run()
        for table in self._tables:
            yield from asked(
                Check.CORRELATION,
                partial(correlation_probe, self._client, table),
                table,
            )
        for table in self._tables[:1]:
            yield from asked(Check.INVALID_QUERY, partial(invalid_query_probe, self._client, table))
        yield from ChoiceProbes(self._client, self._clock.now(), self._scope).run()
        if self._scope.maintenance is not None:
            yield from PolicyProbes(self._client, self._scope.maintenance).run()
        yield from EffectProbes(self._client, self._scope).run()
        yield self._skew()
        yield self._limits()
        yield probe(Check.SYS_ID, SKIPPED, Finding.SYS_ID_UNTRIED)
        yield probe(Check.WRITE, SKIPPED, Finding.WRITE_UNTRIED)

    def _skew(self) -> Probe:
        server = self._client.server_time
        if server is None:
            return probe(Check.CLOCK, SKIPPED, Finding.CLOCK_UNTOLD)
        skew = server - self._clock.now()
        args = {"seconds": f"{skew.total_seconds():+.0f}"}
        if abs(skew) > _SKEW:
            return probe(Check.CLOCK, WARN, Finding.CLOCK_OFF, args)
        return probe(Check.CLOCK, OK, Finding.CLOCK_FINE, args)

    def _limits(self) -> Probe:
        """The hourly rule that applies to our calls, as the last answer named it."""
        limit = self._client.hourly_limit
        if limit is None:
            return probe(Check.LIMITS, OK, Finding.LIMITS_UNTOLD)
        return probe(Check.LIMITS, OK, Finding.LIMITS_RULE, {"limit": str(limit.calls), "rule": limit.rule})
