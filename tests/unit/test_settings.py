from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.report.examples import a_report, an_audit

from watchkeeper.errors import Config, Problem
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.report.ci.commands import output_lines
from watchkeeper.report.ci.outputs import outputs_of_audit, outputs_of_evidence, outputs_of_run
from watchkeeper.report.document import Document
from watchkeeper.settings import (
    FILE_LIMIT,
    FILE_VARIABLES,
    HEARTBEATS,
    VARIABLES,
    AzureCredential,
    LogFormat,
    Mode,
    Settings,
    Signal,
    hosts_given,
    load_settings,
    load_watch_settings,
    secrets_given,
)

GUID = "11111111-2222-3333-4444-555555555555"
SECRET = "correct-horse-battery"
EMULATOR = {
    "SERVICENOW_INSTANCE": "https://localhost:8443",
    "SERVICENOW_CLIENT_ID": "watchkeeper",
    "SERVICENOW_CLIENT_SECRET": SECRET,
    "AZURE_TENANT_ID": GUID,
    "AZURE_CLIENT_ID": GUID,
    "AZURE_CLIENT_SECRET": SECRET,
    "AZURE_AUTHORITY_HOST": "https://localhost:8444",
    "SENTINEL_SUBSCRIPTION_ID": GUID,
    "SENTINEL_RESOURCE_GROUP": "soc",
    "SENTINEL_WORKSPACE_NAME": "soc-workspace",
    "SENTINEL_ARM_ENDPOINT": "https://127.0.0.1:8445",
    "SENTINEL_LOGS_ENDPOINT": "https://[::1]:8446",
}
BOTH = (SERVICENOW, SENTINEL)
ROOT = Path(__file__).parents[2]


def problems(environ: Mapping[str, str], needs: Collection[str] = ()) -> dict[str, Problem]:
    with pytest.raises(Config) as caught:
        load_settings(environ, needs=needs)
    return {problem.place: problem for problem in caught.value.problems}


def secret_file(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


# --- values and defaults ---


def test_without_any_variable_nothing_is_written_and_the_public_cloud_is_meant() -> None:
    settings = load_settings({})
    assert (settings.mode, settings.log_format) == (Mode.OBSERVE, LogFormat.TEXT)
    assert settings.sentinel_arm_endpoint == "https://management.azure.com"
    assert settings.state_url.get_secret_value() == "sqlite:///watchkeeper.db"
    assert settings.servicenow_instance is None


def test_a_complete_environment_is_enough_for_both_sides() -> None:
    settings = load_settings(EMULATOR, needs=BOTH)
    assert settings.azure_credential is AzureCredential.CLIENT_SECRET
    assert settings.servicenow_client_secret is not None
    assert settings.servicenow_client_secret.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("45m", 2700), ("2h", 7200), (" 1s ", 1)],
    ids=["seconds", "minutes", "hours", "spaces"],
)
def test_a_run_may_take_so_long(text: str, seconds: int) -> None:
    assert load_settings({"WATCHKEEPER_RUN_TIME": text}).run_time == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["45", "0m", "-5m", "1d", "1.5h", "m", "an hour"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    assert "90s, 45m or 2h" in problems({"WATCHKEEPER_RUN_TIME": text})["WATCHKEEPER_RUN_TIME"].allowed


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("500", {SERVICENOW: 500, SENTINEL: 500}),
        ("servicenow=400, sentinel=200", {SERVICENOW: 400, SENTINEL: 200}),
        ("sentinel=200", {SENTINEL: 200}),
        ("", {}),
    ],
)
def test_a_run_may_make_so_many_calls(text: str, budget: Mapping[str, int]) -> None:
    assert load_settings({"WATCHKEEPER_CALL_BUDGET": text}).calls_allowed() == budget


@pytest.mark.parametrize(
    "text", ["0", "many", "arm=5", "servicenow=5,servicenow=6", "7,sentinel=5", "5,", "servicenow:5"]
)
def test_what_is_no_budget_of_calls_is_refused(text: str) -> None:
    problem = problems({"WATCHKEEPER_CALL_BUDGET": text})["WATCHKEEPER_CALL_BUDGET"]
    assert problem.allowed == "a number for each side, or servicenow=NUMBER,sentinel=NUMBER"


@pytest.mark.parametrize("text", ["localhost:4318", "ftp://collector", "https://", "http://a:99999", "http://u:p@host"])
def test_what_is_no_address_of_a_collector_is_refused(text: str) -> None:
    problem = problems({"OTEL_EXPORTER_OTLP_ENDPOINT": text})["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert "http://HOST:PORT" in problem.allowed
    assert "u:p" not in problem.message


@pytest.mark.parametrize("name", HEARTBEATS.values())
@pytest.mark.parametrize(
    ("address", "fine"),
    [
        (f"https://hc-ping.com/{GUID}", True),
        ("https://hc-ping.com/key/soc-sync?create=1", True),
        (f"http://127.0.0.1:8000/ping/{GUID}", True),
        (f"http://hc-ping.com/{GUID}", False),
        (f"hc-ping.com/{GUID}", False),
        (f"https://u:p@hc-ping.com/{GUID}", False),
        (f"https://hc-ping.com:0/{GUID}", False),
        (f"https://hc-ping.com:99999/{GUID}", False),
        (f"https://hc-ping.com/{GUID}#x", False),
        (f"https://hc-ping.com/{GUID} x", False),
        ("https:///x", False),
    ],
)
def test_a_heartbeat_goes_to_an_https_address_that_nobody_is_shown(name: str, address: str, fine: bool) -> None:
    if fine:
        settings = load_settings({name: address})
        (line,) = (each for each in settings.describe() if each.name == name)
        assert (line.shown, line.present) == ("(hidden)", True)
        watch = load_watch_settings([name], {name: address, "WATCHKEEPER_MODE": "nonsense"})
        assert watch.describe() == settings.describe()
    else:
        problem = problems({name: address})[name]
        assert "https://HOST/PATH" in problem.allowed
        assert GUID not in str(problem)


def test_the_path_of_an_address_that_is_all_one_needs_is_a_secret_too() -> None:
    address = f"https://hc-ping.com/key/{GUID}?create=1"
    assert secrets_given({"WATCHKEEPER_AUDIT_HEARTBEAT_URL": address}) == (address, f"key/{GUID}")


def test_a_heartbeats_address_may_lie_in_a_file(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "url", f"https://hc-ping.com/{GUID}\n".encode())
    settings = load_watch_settings(["WATCHKEEPER_SYNC_HEARTBEAT_URL"], {"WATCHKEEPER_SYNC_HEARTBEAT_URL_FILE": file})
    assert settings.sync_heartbeat_url is not None
    assert settings.sync_heartbeat_url.get_secret_value() == f"https://hc-ping.com/{GUID}"


BASE, OWN = "http://collector:4318", "http://collector:9999/custom"


@pytest.mark.parametrize(
    ("environ", "traces", "metrics"),
    [
        ({}, None, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": BASE}, f"{BASE}/v1/traces", f"{BASE}/v1/metrics"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": f"{BASE}/base/"}, f"{BASE}/base/v1/traces", f"{BASE}/base/v1/metrics"),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": OWN}, None, OWN),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": BASE, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": OWN},
            OWN,
            f"{BASE}/v1/metrics",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": BASE, "OTEL_METRICS_EXPORTER": "none"}, f"{BASE}/v1/traces", None),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": BASE, "OTEL_TRACES_EXPORTER": "console, otlp"},
            f"{BASE}/v1/traces",
            f"{BASE}/v1/metrics",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": BASE, "OTEL_SDK_DISABLED": "TRUE"}, None, None),
    ],
)
def test_spans_and_metrics_go_where_the_standard_variables_say(
    environ: Mapping[str, str], traces: str | None, metrics: str | None
) -> None:
    settings = load_settings(environ)
    assert settings.collector_of(Signal.TRACES) == traces
    assert settings.collector_of(Signal.METRICS) == metrics


def test_the_real_environment_is_read_when_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"WATCHKEEPER_MODE": "full"})
    assert load_settings().mode is Mode.FULL


def test_nothing_is_read_behind_the_given_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATCHKEEPER_MODE", "full")
    (tmp_path / ".env").write_text("WATCHKEEPER_MODE=full\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).mode is Mode.OBSERVE
    assert Settings().mode is Mode.OBSERVE


def test_names_are_exact_in_case() -> None:
    assert problems({"watchkeeper_mode": "full"})["watchkeeper_mode"].suggestion == "WATCHKEEPER_MODE"


def test_an_empty_variable_is_not_set() -> None:
    assert load_settings({"SERVICENOW_INSTANCE": "", "WATCHKEEPER_MODE": "  \n"}).mode is Mode.OBSERVE


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("acme", "https://acme.service-now.com"),
        ("ACME-Dev1", "https://acme-dev1.service-now.com"),
        ("https://acme.example:8443/", "https://acme.example:8443"),
        ("https://localhost:9443", "https://localhost:9443"),
    ],
)
def test_an_instance_is_a_name_or_an_https_origin(given: str, origin: str) -> None:
    assert load_settings({"SERVICENOW_INSTANCE": given}).servicenow_instance == origin


@pytest.mark.parametrize(
    "given",
    [
        "http://acme.example",
        "acme.service-now.com/nav_to.do",
        "https://acme.example/path",
        "https://acme.example?x=1",
        "https://acme.example#x",
        "https://acme.example:99999",
        "https://acme.example:0",
        "https://ac me.example",
        "https://acme.example\\@evil.example",
        "-acme",
        "a" * 80,
        "ftp://acme",
        "https://",
        "アクメ",
    ],
)
def test_anything_else_is_no_instance(given: str) -> None:
    assert "name such as acme" in problems({"SERVICENOW_INSTANCE": given})["SERVICENOW_INSTANCE"].allowed


def test_a_password_inside_an_address_is_refused_and_not_shown() -> None:
    found = problems(
        {
            "SERVICENOW_INSTANCE": f"https://bot:{SECRET}@acme.example",
            "SENTINEL_ARM_ENDPOINT": f"https://{SECRET}@x.example",
        }
    )
    assert set(found) == {"SERVICENOW_INSTANCE", "SENTINEL_ARM_ENDPOINT"}
    assert SECRET not in str(list(found.values()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_TENANT_ID", "no tenant"),
        ("AZURE_CLIENT_ID", "watchkeeper"),
        ("SENTINEL_SUBSCRIPTION_ID", GUID + "0"),
        ("SENTINEL_WORKSPACE_ID", "soc"),
        ("SENTINEL_API_VERSION", "latest"),
        ("SENTINEL_LOGS_ENDPOINT", "http://api.loganalytics.io"),
        ("WATCHKEEPER_DEPLOYMENT", "Prod EU"),
        ("WATCHKEEPER_LOG_FORMAT", "xml"),
        ("WATCHKEEPER_PROXY", "proxy:8080"),
        ("WATCHKEEPER_EMULATOR_URL", "https://emulator.example"),
        ("WATCHKEEPER_MAPPINGS", "/nowhere"),
        ("SERVICENOW_CA_FILE", "/nowhere/ca.pem"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token"),
    ],
)
def test_a_malformed_value_names_its_variable_and_what_is_allowed(name: str, value: str) -> None:
    found = problems({name: value})
    assert set(found) == {name}
    assert found[name].allowed


@pytest.mark.parametrize("tenant", [GUID, "contoso.onmicrosoft.com"])
def test_a_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    assert load_settings({"AZURE_TENANT_ID": tenant}).azure_tenant_id == tenant


def test_a_misspelt_value_is_met_with_the_one_that_was_meant() -> None:
    found = problems({"WATCHKEEPER_MODE": "observ"})["WATCHKEEPER_MODE"]
    assert (found.allowed, found.suggestion) == ("observe, maintenance, full", "observe")


@pytest.mark.parametrize("url", ["sqlite:///watchkeeper.db", "sqlite:////var/lib/watchkeeper/state.db"])
def test_the_state_is_kept_in_a_sqlite_file(url: str) -> None:
    assert load_settings({"WATCHKEEPER_STATE_URL": url}).state_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        "watchkeeper.db",
        "mysql://u:hunter2@h/d",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///.",
        "sqlite:////",
        "sqlite:///?timeout=3",
        "sqlite:///file:w.db?mode=ro&uri=true",
        "sqlite://w.db",
        "postgresql://u:hunter2@db.example",
        "postgresql://u:hunter2@db.example/?sslmode=require",
        "postgresql+asyncpg://u:hunter2@db.example/watchkeeper",
    ],
)
def test_any_other_state_is_refused_without_showing_its_password(url: str) -> None:
    found = problems({"WATCHKEEPER_STATE_URL": url})["WATCHKEEPER_STATE_URL"]
    assert "sqlite:///FILE" in found.allowed
    assert "postgresql://USER@HOST/DATABASE" in found.allowed
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://watchkeeper@db.example/watchkeeper",
        "postgresql+psycopg://watchkeeper:p%40ss@db.example:6432/watchkeeper?sslrootcert=/etc/ca.pem",
        "postgresql:///watchkeeper?host=/run/postgresql",
    ],
)
def test_the_state_is_kept_in_a_postgresql_database(url: str) -> None:
    assert load_settings({"WATCHKEEPER_STATE_URL": url}).state_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sqlite3:///w.db", "sqlite:///"),
        ("postgres://db/w", "postgresql://"),
        ("postgresql+asyncpg://db/w", "postgresql://"),
    ],
)
def test_another_name_of_a_store_is_corrected(url: str, meant: str) -> None:
    assert problems({"WATCHKEEPER_STATE_URL": url})["WATCHKEEPER_STATE_URL"].suggestion == meant


# --- what a command needs ---


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_example_file() -> None:
    found = problems(
        {"SERVICENOW_INSTANCE": "a b", "AZURE_CLIENT_ID": "x", "WATCHKEEPER_MODE": "all", "WATCHKEEPER_MODUS": "full"},
        BOTH,
    )
    assert list(found) == [
        "SERVICENOW_INSTANCE",
        "SERVICENOW_CLIENT_ID",
        "AZURE_CLIENT_ID",
        "WATCHKEEPER_AZURE_CREDENTIAL",
        "SENTINEL_SUBSCRIPTION_ID",
        "SENTINEL_RESOURCE_GROUP",
        "SENTINEL_WORKSPACE_NAME",
        "WATCHKEEPER_MODE",
        "WATCHKEEPER_MODUS",
    ]


def test_only_the_sides_that_a_command_calls_are_needed() -> None:
    servicenow = {name: value for name, value in EMULATOR.items() if name.startswith("SERVICENOW")}
    assert load_settings(servicenow, needs=[SERVICENOW]).servicenow_client_id == "watchkeeper"
    assert "SENTINEL_WORKSPACE_NAME" in problems(servicenow, BOTH)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SERVICENOW_CLIENT_ID": "x"}, {"SERVICENOW_CLIENT_SECRET"}),
        ({"SERVICENOW_CLIENT_SECRET": "x"}, {"SERVICENOW_CLIENT_ID"}),
        ({"SERVICENOW_USERNAME": "x"}, {"SERVICENOW_PASSWORD"}),
        (
            {"SERVICENOW_CLIENT_ID": "x", "SERVICENOW_CLIENT_SECRET": "x", "SERVICENOW_USERNAME": "x"},
            {"SERVICENOW_PASSWORD"},
        ),
        ({}, {"SERVICENOW_CLIENT_ID"}),
    ],
)
def test_half_a_login_is_none(given: dict[str, str], missing: set[str]) -> None:
    assert set(problems({"SERVICENOW_INSTANCE": "acme", **given}, [SERVICENOW])) == missing


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("client-secret", {"AZURE_CLIENT_SECRET"}),
        ("certificate", {"AZURE_CLIENT_CERTIFICATE_PATH"}),
        ("workload-identity", {"AZURE_FEDERATED_TOKEN_FILE"}),
        ("github-oidc", {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}),
        ("azure-pipelines", {"AZURE_SERVICE_CONNECTION_ID", "SYSTEM_ACCESSTOKEN"}),
    ],
)
def test_each_kind_of_sign_in_names_what_it_lacks(kind: str, missing: set[str]) -> None:
    environ = {name: value for name, value in EMULATOR.items() if name != "AZURE_CLIENT_SECRET"}
    assert set(problems({**environ, "WATCHKEEPER_AZURE_CREDENTIAL": kind}, BOTH)) == missing


@pytest.mark.parametrize("kind", ["managed-identity", "developer"])
def test_an_identity_that_the_platform_gives_needs_nothing_else(kind: str) -> None:
    environ = {name: value for name, value in EMULATOR.items() if not name.startswith("AZURE")}
    assert load_settings({**environ, "WATCHKEEPER_AZURE_CREDENTIAL": kind}, needs=BOTH).azure_credential == kind


def test_two_ways_to_sign_in_are_not_guessed_between(tmp_path: Path) -> None:
    token = secret_file(tmp_path / "token", b"x")
    found = problems({**EMULATOR, "AZURE_FEDERATED_TOKEN_FILE": token}, BOTH)
    assert "AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE" in found["WATCHKEEPER_AZURE_CREDENTIAL"].message


def test_a_kind_that_does_not_exist_is_one_problem() -> None:
    found = problems({**EMULATOR, "WATCHKEEPER_AZURE_CREDENTIAL": "client-secrets"}, BOTH)
    assert {place: problem.suggestion for place, problem in found.items()} == {
        "WATCHKEEPER_AZURE_CREDENTIAL": "client-secret"
    }


# --- misspelt names ---


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WATCHKEEPER_STATE_URI", "WATCHKEEPER_STATE_URL"),
        ("SERVICENOW_INSTANCES", "SERVICENOW_INSTANCE"),
        ("SENTINEL_WORKSPACENAME", "SENTINEL_WORKSPACE_NAME"),
        ("SERVICENOW_PASSWORD_FIEL", "SERVICENOW_PASSWORD_FILE"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_right_name(name: str, meant: str) -> None:
    assert problems({name: "x"})[name].suggestion == meant


def test_a_foreign_tool_s_variable_is_left_alone_except_under_our_own_name() -> None:
    load_settings({"SERVICENOW_MID_SERVER": "x", "SENTINEL_ONE_TOKEN": "y", "AZURE_CONFIG_DIR": "z", "PATH": "/bin"})
    assert "WATCHKEEPER_COLOUR" in problems({"WATCHKEEPER_COLOUR": "blue"})


@pytest.mark.parametrize(
    "outputs",
    [
        outputs_of_run(a_report(), Document("", ""), 0),
        outputs_of_audit(an_audit(), Document("", ""), 0),
        outputs_of_evidence((), (), Document("", ""), 0),
        {"exit-code": "3", "sentence": "plan ended with exit code 3"},
    ],
    ids=["run", "audit", "evidence", "failure"],
)
@pytest.mark.parametrize("spelled", [str, str.upper])
def test_what_an_earlier_job_said_is_no_misspelt_setting_of_a_later_one(
    outputs: dict[str, str], spelled: Callable[[str], str]
) -> None:
    """As GitLab hands a dotenv report on; Windows knows no small letters in names."""
    told = dict(line.split("=", 1) for line in output_lines(outputs).splitlines())
    assert (
        load_settings({spelled(name): value for name, value in told.items()}).describe() == load_settings({}).describe()
    )
    assert "watchkeeper_mode" in problems({"watchkeeper_mode": "full"})


# --- files ---


def test_a_secret_may_be_in_a_file_and_loses_its_last_line_break(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "secret", f" {SECRET}\r\n".encode())
    settings = load_settings({"SERVICENOW_CLIENT_SECRET_FILE": path})
    assert settings.servicenow_client_secret is not None
    assert settings.servicenow_client_secret.get_secret_value() == f" {SECRET}"


def test_any_setting_that_is_no_path_may_be_in_a_file(tmp_path: Path) -> None:
    assert load_settings({"WATCHKEEPER_MODE_FILE": secret_file(tmp_path / "mode", b"full\n")}).mode is Mode.FULL
    assert "SERVICENOW_CA_FILE_FILE" not in FILE_VARIABLES


def test_value_and_file_together_are_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "mode", b"full")
    assert (
        problems({"WATCHKEEPER_MODE": "full", "WATCHKEEPER_MODE_FILE": path})["WATCHKEEPER_MODE_FILE"].allowed
        == "one of the two"
    )


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path / "secret", SECRET.encode(), mode)
    found = problems({"SERVICENOW_PASSWORD_FILE": path})["SERVICENOW_PASSWORD_FILE"]
    assert "can be written by others" in found.message
    assert SECRET not in str(found)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_that_others_can_only_read_is_taken_as_platforms_mount_it(tmp_path: Path) -> None:
    load_settings({"SERVICENOW_PASSWORD_FILE": secret_file(tmp_path / "secret", b"x", 0o444)})


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"x" * (FILE_LIMIT + 1), "holds 65537 bytes"), (b"\xff\xfe", "is not UTF-8 text"), (b"\n", "is empty")],
)
def test_a_file_that_holds_no_value_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = secret_file(tmp_path / "secret", content)
    assert message in problems({"SERVICENOW_PASSWORD_FILE": path})["SERVICENOW_PASSWORD_FILE"].message


def test_the_largest_file_is_taken(tmp_path: Path) -> None:
    load_settings({"SERVICENOW_PASSWORD_FILE": secret_file(tmp_path / "secret", b"x" * FILE_LIMIT)})


def test_a_file_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    found = problems({"SERVICENOW_PASSWORD_FILE": str(tmp_path / "none"), "SERVICENOW_USERNAME_FILE": str(tmp_path)})
    assert "cannot be read" in found["SERVICENOW_PASSWORD_FILE"].message
    assert found["SERVICENOW_USERNAME_FILE"].allowed == "a regular file"


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert (
        problems({"SERVICENOW_PASSWORD_FILE": str(tmp_path / "pipe")})["SERVICENOW_PASSWORD_FILE"].allowed
        == "a regular file"
    )


# --- secrets are never shown ---


def test_no_secret_is_printed_by_settings_or_their_description() -> None:
    names = [name for name in VARIABLES.values() if re.search("SECRET|PASSWORD|TOKEN$|ACCESSTOKEN", name)]
    environ = {
        **EMULATOR,
        **dict.fromkeys(names, SECRET),
        "SERVICENOW_USERNAME": "bot",
        "WATCHKEEPER_STATE_URL": f"sqlite:///{SECRET}.db",
    }
    environ["WATCHKEEPER_PROXY"] = f"http://u:{SECRET}@proxy.example:8080"
    settings = load_settings(environ, needs=BOTH)
    shown = f"{settings!r} {settings} {settings.describe()} {settings.model_dump_json()}"
    assert SECRET not in shown
    assert len(names) >= 7


def test_the_description_names_each_setting_with_its_source(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "secret", SECRET.encode())
    environ = {name: value for name, value in EMULATOR.items() if name != "SERVICENOW_CLIENT_SECRET"}
    lines = {line.name: line for line in load_settings({**environ, "SERVICENOW_CLIENT_SECRET_FILE": path}).describe()}
    assert list(lines) == list(VARIABLES.values())
    assert (lines["SERVICENOW_INSTANCE"].source, lines["SERVICENOW_INSTANCE"].shown) == (
        "environment",
        "https://localhost:8443",
    )
    secret = lines["SERVICENOW_CLIENT_SECRET"]
    assert (secret.source, secret.present, secret.shown) == (f"file {path}", True, "(hidden)")
    assert lines["WATCHKEEPER_MODE"].source == "default"
    assert lines["WATCHKEEPER_AZURE_CREDENTIAL"].source == "implied by AZURE_CLIENT_SECRET"
    assert (lines["SERVICENOW_USERNAME"].source, lines["SERVICENOW_USERNAME"].present) == ("not set", False)


# --- loopback ---


def test_an_emulator_is_on_this_machine_in_every_part() -> None:
    assert load_settings(EMULATOR).all_loopback()


@pytest.mark.parametrize(
    "name", ["SERVICENOW_INSTANCE", "AZURE_AUTHORITY_HOST", "SENTINEL_ARM_ENDPOINT", "SENTINEL_LOGS_ENDPOINT"]
)
def test_one_remote_endpoint_is_enough_not_to_be(name: str) -> None:
    assert not load_settings({**EMULATOR, name: "https://acme.example"}).all_loopback()
    assert not load_settings({each: value for each, value in EMULATOR.items() if each != name}).all_loopback()


@pytest.mark.parametrize("name", ["GRAPH_ENDPOINT", "DEFENDER_ENDPOINT"])
def test_a_source_of_evidence_counts_where_it_has_an_address(name: str) -> None:
    assert load_settings({**EMULATOR, name: "https://localhost:8443"}).all_loopback()
    assert not load_settings({**EMULATOR, name: "https://graph.microsoft.com"}).all_loopback()


def test_a_source_of_evidence_is_asked_only_where_it_has_an_address() -> None:
    assert load_settings(EMULATOR).evidence_endpoints() == {}
    given = load_settings({"GRAPH_ENDPOINT": "https://graph.microsoft.us/", "DEFENDER_ENDPOINT": ""})
    assert given.evidence_endpoints() == {"graph": "https://graph.microsoft.us"}


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[2001:db8::1]"])
def test_an_address_that_only_looks_like_this_machine_is_none(host: str) -> None:
    assert not load_settings({**EMULATOR, "SERVICENOW_INSTANCE": f"https://{host}"}).all_loopback()


# --- the example file ---


def test_the_example_file_lists_every_setting_once_in_order_and_explains_each_group() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert re.findall(r"^([A-Z_]+)=", text, re.MULTILINE) == list(VARIABLES.values())
    for block in text.split("\n\n"):
        if "=" in block.splitlines()[-1]:
            assert block.startswith("#")


def test_the_example_file_shows_the_defaults_and_no_other_value() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^([A-Z_]+)=(.+)$", text, re.MULTILINE))
    shown = {line.name: line for line in load_settings({}).describe() if line.present}
    assert set(given) == set(shown)
    assert load_settings(given).model_dump() == load_settings({}).model_dump()


@pytest.mark.parametrize(
    ("instance", "hosts"),
    [
        ("acme", {"acme.service-now.com"}),
        ("https://Acme.service-now.com/", {"acme.service-now.com"}),
        ("https://127.0.0.1:8443", {"127.0.0.1"}),
        ("", set()),
    ],
)
def test_reports_may_link_to_the_host_of_the_instance(instance: str, hosts: set[str]) -> None:
    assert hosts_given({"SERVICENOW_INSTANCE": instance}) == hosts
