"""The CronJobs: what Kubernetes takes, and what it is known to do otherwise when it is not told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.examples.files import EXAMPLES, KUBERNETES, documents, pods
from tests.examples.kubernetes_schema import problems

from watchkeeper.model.exit_code import ExitCode

OURS = tuple(path for path in KUBERNETES if path.parent == EXAMPLES / "kubernetes")
CRON_JOBS = {each["metadata"]["name"]: each for path in OURS for each in documents(path) if each["kind"] == "CronJob"}
PODS = {name: pod for path in OURS for name, pod in pods(path)}
DOCUMENTS = [(path, each) for path in KUBERNETES for each in documents(path)]
A_PERSON = {ExitCode.USAGE, ExitCode.CONFIG, ExitCode.AUTH, ExitCode.AUDIT, ExitCode.VALVE, ExitCode.STATE}
"""What only a person can change."""


@pytest.mark.parametrize(("path", "document"), DOCUMENTS, ids=lambda each: each.name if isinstance(each, Path) else "")
def test_a_document_is_one_of_its_kind(path: Path, document: dict[str, Any]) -> None:
    assert problems(document) == []


def test_a_key_that_its_kind_does_not_have_is_noticed() -> None:
    (document,) = documents(EXAMPLES / "kubernetes/sync.yaml")
    document["spec"]["jobTemplate"]["spec"]["backOffLimit"] = 1
    document["spec"]["timeZone"] = 9
    assert len(problems(document)) == 2


def test_there_is_one_for_each_verb() -> None:
    assert set(CRON_JOBS) == {
        f"watchkeeper-{verb}" for verb in ("sync", "audit", "prune", "doctor", "evidence", "export")
    }
    for name, pod in PODS.items():
        assert name.removeprefix("watchkeeper-") in pod["containers"][0]["command"]


@pytest.mark.parametrize("name", CRON_JOBS)
def test_it_neither_stops_for_good_nor_piles_up(name: str) -> None:
    spec = CRON_JOBS[name]["spec"]
    assert len(name) <= 52
    assert ZoneInfo(spec["timeZone"])
    assert "TZ" not in spec["schedule"]
    assert spec["schedule"].split()[0] != "0"
    assert spec["concurrencyPolicy"] == "Forbid"
    # Below ten seconds a slot may be lost to the controller's own rhythm (kubernetes.io, CronJob limitations).
    assert spec["startingDeadlineSeconds"] >= 10
    job = spec["jobTemplate"]["spec"]
    assert job["backoffLimit"] <= 1
    assert job["activeDeadlineSeconds"] <= 1200
    assert job["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("name", CRON_JOBS)
def test_an_exit_code_means_there_what_it_means_to_us(name: str) -> None:
    job = CRON_JOBS[name]["spec"]["jobTemplate"]["spec"]
    drained, final = job["podFailurePolicy"]["rules"]
    assert (drained["action"], drained["onPodConditions"]) == ("Ignore", [{"type": "DisruptionTarget"}])
    assert final["action"] == "FailJob"
    assert set(final["onExitCodes"]["values"]) <= A_PERSON
    assert final["onExitCodes"]["containerName"] == job["template"]["spec"]["containers"][0]["name"]
    command = job["template"]["spec"]["containers"][0]["command"]
    fine = [ExitCode.PARTIAL, ExitCode.LATER] if "evidence" in command else [ExitCode.LATER]
    assert command[:2] == ["amber", ",".join(str(int(code)) for code in fine)]


@pytest.mark.parametrize("name", PODS)
def test_its_pod_may_do_nothing_that_it_need_not(name: str) -> None:
    """What the namespace's own label asks for (kubernetes.io, Pod Security Standards: restricted), and a read-only root."""
    pod = PODS[name]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert {volume["name"] for volume in pod["volumes"]} == {mount["name"] for mount in container["volumeMounts"]}
    assert container["resources"]["limits"]["memory"]


def test_the_cron_jobs_differ_in_nothing_but_when_and_what() -> None:
    """Copies of one text: what is mended in one must be mended in all."""
    kept = [_without_its_own(job) for job in CRON_JOBS.values()]
    assert all(each == kept[0] for each in kept)


def test_the_site_is_below_a_volume_of_its_own_and_made_after_the_evidence() -> None:
    pod, folder = PODS["watchkeeper-export"], CRON_JOBS["watchkeeper-export"]["spec"]
    (mount,) = (each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "portal")
    assert Path(pod["containers"][0]["command"][5]).parent == Path(mount["mountPath"])
    (volume,) = (each for each in pod["volumes"] if each["name"] == "portal")
    assert volume["persistentVolumeClaim"]["claimName"] in (OURS[0].parent / "export.yaml").read_text(encoding="utf-8")
    collecting = CRON_JOBS["watchkeeper-evidence"]["spec"]
    assert folder["timeZone"] == collecting["timeZone"]
    ended = _minutes(collecting["schedule"]) + collecting["jobTemplate"]["spec"]["activeDeadlineSeconds"] // 60
    assert ended <= _minutes(folder["schedule"])


def test_what_they_share_exists() -> None:
    shared = {each["kind"]: each for each in documents(EXAMPLES / "kubernetes/watchkeeper.yaml")}
    for name, pod in PODS.items():
        assert pod["serviceAccountName"] == shared["ServiceAccount"]["metadata"]["name"]
        assert pod["containers"][0]["envFrom"] == [{"configMapRef": {"name": shared["ConfigMap"]["metadata"]["name"]}}]
        labels = CRON_JOBS[name]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        assert shared["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
        assert labels["azure.workload.identity/use"] == "true"
        assert CRON_JOBS[name]["metadata"]["namespace"] == shared["Namespace"]["metadata"]["name"]
    (mount,) = {mount["mountPath"] for pod in PODS.values() for mount in pod["containers"][0]["volumeMounts"][:1]}
    files = [value for key, value in shared["ConfigMap"]["data"].items() if key.endswith("_FILE")]
    assert files
    assert all(Path(file).parent == Path(mount) for file in files)


def test_nobody_may_call_them_and_they_may_call_little() -> None:
    (policy,) = (each for _, each in DOCUMENTS if each["kind"] == "NetworkPolicy")
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert policy["spec"]["ingress"] == []
    ports = {(each["protocol"], each["port"]) for rule in policy["spec"]["egress"] for each in rule["ports"]}
    assert ports == {("UDP", 53), ("TCP", 53), ("TCP", 443), ("TCP", 5432)}


def _minutes(schedule: str) -> int:
    minute, hour, *every_day = schedule.split()
    assert every_day == ["*", "*", "*"]
    return int(hour) * 60 + int(minute)


def _without_its_own(job: dict[str, Any]) -> dict[str, Any]:
    spec = {
        key: each for key, each in job["spec"].items() if key not in {"schedule", "timeZone", "startingDeadlineSeconds"}
    }
    template = {key: each for key, each in spec["jobTemplate"]["spec"].items() if key != "backoffLimit"}
    pod = template["template"]["spec"]
    (container,) = pod["containers"]
    mounts = [each for each in container["volumeMounts"] if each["name"] != "portal"]
    container = {**{key: each for key, each in container.items() if key != "command"}, "volumeMounts": mounts}
    volumes = [each for each in pod["volumes"] if each["name"] != "portal"]
    rules = template["podFailurePolicy"]["rules"][:1]
    return {
        **spec,
        "jobTemplate": [
            {**template, "podFailurePolicy": rules, "template": {**pod, "containers": [container], "volumes": volumes}}
        ],
    }
