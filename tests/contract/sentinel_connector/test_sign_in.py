"""Every way to sign in, from the proof to the token to what it opens: ARM and Log Analytics."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.contract.sentinel_connector.rig import SentinelRig
from tests.scopes import shipped_scope

from watchkeeper.emulators.azure import build_workloads
from watchkeeper.emulators.azure.issuers import GITHUB, KUBERNETES
from watchkeeper.emulators.azure.workloads import (
    APP_SERVICE_PATH,
    GITHUB_PATH,
    IDENTITY_HEADER,
    JOB_TOKEN,
    PIPELINES_PATH,
    SERVICE_CONNECTION_ID,
    SYSTEM_ACCESS_TOKEN,
)
from watchkeeper.emulators.inprocess import BASE_URLS
from watchkeeper.emulators.world import World
from watchkeeper.errors import AuthFailed, Throttled, Unavailable
from watchkeeper.model.findings import Check
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.scan import ScanEnd
from watchkeeper.report.checks import remedy_text
from watchkeeper.report.texts import texts_in
from watchkeeper_sentinel import CredentialKind, SentinelConnector

Way = Callable[["SignInRig"], dict[str, Any]]


class SignInRig(SentinelRig):
    """The tenant with everything that vouches for a workload, in one process."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.folder, self.monkeypatch = folder, monkeypatch
        systems = (self.entra, self.arm, self.logs, *build_workloads(self.entra))
        self.world = World(self.clock, *systems, options=self.options)
        for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
            monkeypatch.delenv(name, raising=False)

    def signed_in(self, way: Way) -> SentinelConnector:
        return self.open(self.open_transport(writes_allowed=True), **{"client_secret": "", **way(self)})

    def told(self, **switches: Any) -> None:
        self.entra.seed({"system": "entra", **switches})

    def tokens(self) -> int:
        """How many access tokens Entra ID or the machine were asked for."""
        paths = [entry.path for entry in self.world.log.entries() if entry.system in {"entra", "machine"}]
        return sum(path.endswith("/token") for path in paths)


def secret(rig: SignInRig) -> dict[str, Any]:
    return {"client_secret": rig.options.client_secret}


def certificate(rig: SignInRig) -> dict[str, Any]:
    issued = trustme.CA().issue_cert("watchkeeper.example", key_type=trustme.KeyType.RSA).private_key_and_cert_chain_pem
    path = rig.folder / "certificate.pem"
    issued.write_to_path(str(path))
    rig.told(certificates=[issued.bytes().decode()])
    return {"credential": CredentialKind.CERTIFICATE, "certificate_path": path}


def workload_identity(rig: SignInRig) -> dict[str, Any]:
    path = rig.folder / "token"
    path.write_text(rig.entra.issuers.assertion(KUBERNETES))
    return {"credential": CredentialKind.WORKLOAD_IDENTITY, "federated_token_file": path}


def github(rig: SignInRig) -> dict[str, Any]:
    return {
        "credential": CredentialKind.GITHUB_OIDC,
        "oidc_request_url": f"{BASE_URLS['pipelines']}{GITHUB_PATH}?api-version=2.0",
        "oidc_request_token": JOB_TOKEN,
    }


def pipelines(rig: SignInRig) -> dict[str, Any]:
    rig.monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", f"{BASE_URLS['pipelines']}{PIPELINES_PATH}")
    return {
        "credential": CredentialKind.AZURE_PIPELINES,
        "service_connection_id": SERVICE_CONNECTION_ID,
        "system_access_token": SYSTEM_ACCESS_TOKEN,
    }


def machine(rig: SignInRig) -> dict[str, Any]:
    return {"credential": CredentialKind.MANAGED_IDENTITY, "tenant_id": ""}


def app_service(rig: SignInRig) -> dict[str, Any]:
    rig.monkeypatch.setenv("IDENTITY_ENDPOINT", f"{BASE_URLS['machine']}{APP_SERVICE_PATH}")
    rig.monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return {"credential": CredentialKind.MANAGED_IDENTITY, "tenant_id": "", "client_id": ""}


def developer(rig: SignInRig) -> dict[str, Any]:
    """As on a developer's machine whose environment holds the secret."""
    for name, value in (
        ("AZURE_TENANT_ID", rig.options.tenant_id),
        ("AZURE_CLIENT_ID", rig.options.client_id),
        ("AZURE_CLIENT_SECRET", rig.options.client_secret),
    ):
        rig.monkeypatch.setenv(name, value)
    return {"credential": CredentialKind.DEVELOPER, "tenant_id": "", "client_id": ""}


WAYS = (secret, certificate, workload_identity, github, pipelines, machine, app_service, developer)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignInRig:
    return SignInRig(tmp_path, monkeypatch)


def works(rig: SignInRig, connector: SentinelConnector) -> None:
    """ARM can be read and Log Analytics asked."""
    ref = rig.person_opens("Suspicious sign-in")
    rig.advance(timedelta(minutes=1))
    rig.person_edits(ref)
    rig.advance(timedelta(minutes=10))
    now = rig.clock.now()
    *_, end = connector.scan(rig.feed(), None)
    assert isinstance(end, ScanEnd)
    assert end.complete
    report = connector.activity(rig.table, now - timedelta(minutes=30), now, [ref.id])
    assert report.readable, report.reason
    assert {deed.author.id for deed in report.activities} == {"keiko.tanaka@soc.example"}


@pytest.mark.parametrize("way", WAYS)
def test_it_opens_arm_and_log_analytics_with_one_token_each(rig: SignInRig, way: Way) -> None:
    works(rig, rig.signed_in(way))
    assert rig.tokens() == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_expires_in_mid_run_is_renewed_and_nobody_notices(rig: SignInRig, way: Way) -> None:
    connector = rig.signed_in(way)
    works(rig, connector)
    rig.told(revoke="expired")
    works(rig, connector)
    assert rig.tokens() == 4


@pytest.mark.parametrize("way", WAYS)
def test_a_claims_challenge_is_answered_once_and_the_new_token_kept(rig: SignInRig, way: Way) -> None:
    """Continuous access evaluation; a managed identity's tokens do not take part in it and stay good."""
    connector = rig.signed_in(way)
    works(rig, connector)
    rig.told(revoke="claims")
    works(rig, connector)
    works(rig, connector)
    assert rig.tokens() == (2 if way in {machine, app_service} else 4)


def test_workers_whose_token_expired_renew_it_once_for_all(rig: SignInRig) -> None:
    connector = rig.signed_in(secret)
    drafts = [rig.draft(f"contract/task-{number}/all@2026-11-16", f"Task {number}") for number in range(16)]
    connector.create(drafts[0])
    rig.told(revoke="expired")

    with ThreadPoolExecutor(8) as workers:
        written = list(workers.map(connector.create, drafts[1:]))

    assert len(written) == 15
    assert rig.tokens() == 2


def test_a_token_that_lasts_a_few_calls_only_slows_a_run_down_and_does_not_stop_it(rig: SignInRig) -> None:
    rig.told(options={"token_calls": 3})
    connector = rig.signed_in(secret)
    for number in range(10):
        connector.create(rig.draft(f"contract/task-{number}/all@2026-11-16", f"Task {number}"))
    assert len(rig.arm.records()) == 10


def test_a_second_refusal_ends_it(rig: SignInRig) -> None:
    rig.told(options={"token_calls": 0})
    with pytest.raises(AuthFailed, match="a fresh one as well"):
        rig.signed_in(secret).identity()


def test_a_github_job_that_runs_longer_than_its_token_lives_signs_in_with_a_new_one(rig: SignInRig) -> None:
    connector = rig.signed_in(github)
    works(rig, connector)
    rig.advance(timedelta(hours=1))
    rig.told(revoke="expired")
    works(rig, connector)
    assert sum(entry.system == "pipelines" for entry in rig.world.log.entries()) == rig.tokens() == 4


def wrong(way: Way, **changes: Any) -> Way:
    return lambda rig: {**way(rig), **changes}


def without_the_permission(rig: SignInRig) -> dict[str, Any]:
    rig.told(options={"github_permission": False})
    return github(rig)


def with_an_expired_secret(rig: SignInRig) -> dict[str, Any]:
    rig.told(options={"secret_expired": True})
    return secret(rig)


def with_an_unregistered_certificate(rig: SignInRig) -> dict[str, Any]:
    settings = certificate(rig)
    rig.entra.reset()
    return settings


def with_an_old_token_in_its_file(rig: SignInRig) -> dict[str, Any]:
    settings = workload_identity(rig)
    rig.advance(timedelta(hours=2))
    return settings


def trusted(old: bool = False, **changed: str) -> Way:
    def way(rig: SignInRig) -> dict[str, Any]:
        credential = {"issuer": GITHUB.issuer, "subject": GITHUB.subject, "audience": GITHUB.audience, **changed}
        rig.told(federated_credentials=[credential], options={"old_federation_code": old})
        return github(rig)

    return way


@pytest.mark.parametrize(
    ("way", "code", "remedy"),
    [
        (wrong(secret, client_secret="wrong"), "AADSTS7000215", "AZURE_CLIENT_SECRET: it must hold the secret's value"),
        (with_an_expired_secret, "AADSTS7000222", "AZURE_CLIENT_SECRET: the secret has expired"),
        (wrong(secret, tenant_id="other.example"), "client-secret", "AZURE_TENANT_ID, and that AZURE_AUTHORITY_HOST"),
        (wrong(github, tenant_id="other.example"), "AADSTS90002", "AZURE_TENANT_ID"),
        (wrong(secret, client_id="11111111-2222-3333-4444-555555555555"), "AADSTS700016", "AZURE_CLIENT_ID"),
        (with_an_unregistered_certificate, "AADSTS700027", "AZURE_CLIENT_CERTIFICATE_PATH"),
        (with_an_old_token_in_its_file, "AADSTS700024", "AZURE_FEDERATED_TOKEN_FILE"),
        (trusted(issuer="https://other.example"), "AADSTS700211", "federated credential"),
        (trusted(audience="api://other"), "AADSTS700212", "federated credential"),
        (trusted(subject="repo:other/watchkeeper:ref:refs/heads/main"), "AADSTS700213", "federated credential"),
        (trusted(old=True, subject="repo:other"), "AADSTS70021", "federated credential"),
        (without_the_permission, "GitHub gave no OIDC token", "id-token: write"),
        (wrong(github, oidc_request_token="other"), "GitHub gave no OIDC token", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        (wrong(pipelines, system_access_token="other"), "azure-pipelines", "SYSTEM_ACCESSTOKEN"),
        (wrong(pipelines, service_connection_id="other"), "azure-pipelines", "AZURE_SERVICE_CONNECTION_ID"),
        (wrong(machine, client_id="11111111-2222-3333-4444-555555555555"), "managed-identity", "AZURE_CLIENT_ID"),
    ],
)
def test_a_refused_sign_in_says_what_to_change(rig: SignInRig, way: Way, code: str, remedy: str) -> None:
    with pytest.raises(AuthFailed) as caught:
        rig.signed_in(way).identity()
    assert code in caught.value.message
    assert remedy in caught.value.remedy
    shown = f"{caught.value} {caught.value.attempt.answer}"
    assert not any(word in shown for word in (rig.options.client_secret, JOB_TOKEN, SYSTEM_ACCESS_TOKEN))


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_for_the_wrong_service_names_the_setting_and_is_not_asked_for_again(
    rig: SignInRig, status: int
) -> None:
    rig.told(options={"wrong_audience_status": status})
    way = wrong(secret, logs_audience="https://management.azure.com")
    rig.arm.seed({"count": 1})
    now = rig.clock.now()

    report = rig.signed_in(way).activity(rig.table, now - timedelta(hours=1), now)

    assert not report.readable
    assert "issued for another service" in report.reason
    assert rig.tokens() == 1


def remedies(connector: SentinelConnector) -> dict[tuple[Check, str], str]:
    found = connector.probes(shipped_scope(SENTINEL))
    return {(probe.check, probe.subject): remedy_text(probe, texts_in("en")) for probe in found}


def test_an_audience_that_the_tenant_does_not_know_names_the_setting(rig: SignInRig) -> None:
    connector = rig.signed_in(wrong(secret, logs_audience="https://api.elsewhere.example"))
    assert "SENTINEL_LOGS_AUDIENCE" in remedies(connector)[Check.SIGN_IN, "https://api.elsewhere.example"]


def test_a_service_that_refuses_the_token_for_another_one_names_its_setting_in_doctor(rig: SignInRig) -> None:
    connector = rig.signed_in(wrong(secret, logs_audience="https://management.azure.com"))
    assert "SENTINEL_LOGS_AUDIENCE" in remedies(connector)[Check.AUDIENCE, ""]


def busy(rig: SignInRig, **rule: Any) -> None:
    rig.fault("status", system="entra", method="POST", **rule)


@pytest.mark.parametrize("rule", [{"status": 503}, {"status": 429, "retry_after": 2}, {"status": 429}])
def test_an_authority_that_is_busy_for_a_moment_is_asked_again(rig: SignInRig, rule: dict[str, Any]) -> None:
    busy(rig, times=2, **rule)
    works(rig, rig.signed_in(secret))
    assert rig.slept


@pytest.mark.parametrize("status", [429, 503])
def test_an_authority_that_stays_busy_is_unavailable_and_no_wrong_secret(rig: SignInRig, status: int) -> None:
    busy(rig, status=status)
    with pytest.raises((Unavailable, Throttled)):
        rig.signed_in(secret).identity()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("way", "system"), [(github, "pipelines"), (pipelines, "pipelines"), (machine, "machine")])
def test_whoever_vouches_for_us_may_be_busy_too(rig: SignInRig, way: Way, system: str, status: int) -> None:
    rig.fault("status", system=system, status=status, times=2)
    works(rig, rig.signed_in(way))

    rig.fault("status", system=system, status=status)
    with pytest.raises(Unavailable, match=rf"just now \({status}\)"):
        rig.signed_in(way).identity()


def test_a_machine_whose_identity_service_is_being_updated_is_not_one_without_identity(rig: SignInRig) -> None:
    rig.fault("status", system="machine", status=410)
    with pytest.raises(Unavailable, match=r"just now \(410\)"):
        rig.signed_in(machine).identity()


@pytest.mark.parametrize("way", [secret, github, pipelines, machine])
def test_a_lost_connection_while_signing_in_is_no_refusal(rig: SignInRig, way: Way) -> None:
    for system in ("entra", "pipelines", "machine"):
        rig.fault("drop_before", system=system)
    with pytest.raises(Unavailable):
        rig.signed_in(way).identity()
