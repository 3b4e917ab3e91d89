"""The published schema of the Kubernetes kinds that our files hold, cut out of all kinds: the package kubernetes-validate ships
17,000 files with them, of which one is enough, and of that a fraction.

    pip download --no-deps kubernetes-validate, unpack it, and then
    python -m tests.examples.kubernetes_schema kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict/_definitions.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).with_name("kubernetes-1.37.json")
KINDS = {
    ("batch/v1", "CronJob"): "io.k8s.api.batch.v1.CronJob",
    ("networking.k8s.io/v1", "NetworkPolicy"): "io.k8s.api.networking.v1.NetworkPolicy",
    ("v1", "ConfigMap"): "io.k8s.api.core.v1.ConfigMap",
    ("v1", "Namespace"): "io.k8s.api.core.v1.Namespace",
    ("v1", "ServiceAccount"): "io.k8s.api.core.v1.ServiceAccount",
}


def problems(document: dict[str, Any]) -> list[str]:
    """Everything in which a document is none of its kind; a key that the kind does not have is one. Raises KeyError for a kind
    that is not among those of the file."""
    kind = KINDS[document["apiVersion"], document["kind"]]
    schema = {**json.loads(FILE.read_text(encoding="utf-8")), "$ref": f"#/$defs/{kind}"}
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)]


def cut(definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions that the kinds need, without their prose."""
    wanted, found = list(KINDS.values()), {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _bare(definitions[name])
            wanted += _named(found[name])
    return {"$defs": dict(sorted(found.items()))}


def _bare(schema: Any) -> Any:
    match schema:
        case dict():
            return {
                key: {name: _bare(each) for name, each in value.items()} if key == "properties" else _bare(value)
                for key, value in schema.items()
                if key != "description" and not key.startswith("x-kubernetes")
            }
        case list():
            return [_bare(each) for each in schema]
        case _:
            return schema


def _named(schema: Any) -> Iterator[str]:
    """The definitions that a schema refers to."""
    match schema:
        case {"$ref": str(reference)}:
            yield reference.removeprefix("#/$defs/")
        case dict():
            for each in schema.values():
                yield from _named(each)
        case list():
            for each in schema:
                yield from _named(each)


if __name__ == "__main__":
    published = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    kept = json.dumps(cut(published["$defs"]), separators=(",", ":"))
    FILE.write_text(f"{kept}\n", encoding="utf-8")
