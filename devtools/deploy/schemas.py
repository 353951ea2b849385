"""Validate resources against the schemas of Kubernetes and of the operators; unknown fields are errors."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it publishes no types
import yaml

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run
from devtools.deploy.render import Resource, resource_name

KUBERNETES = ("1.36", "1.37")
# From the CRDs of the operators; each file names its source.
_CUSTOM = {
    (schema["apiVersion"], schema["kind"]): schema["schema"]
    for schema in (json.loads(file.read_text()) for file in sorted((Path(__file__).parent / "schemas").glob("*.json")))
}


def core_findings(program: Path, resources: list[Resource], scratch: Path) -> list[str]:
    """Return the errors and warnings of kubernetes-validate; unknown kinds are warnings there."""
    file = scratch / "core.yaml"
    file.write_text(yaml.safe_dump_all([one for one in resources if _key(one) not in _CUSTOM]))
    versions = [word for version in KUBERNETES for word in ("-k", version)]
    command = [str(program), "--strict", "--quiet", *versions, str(file)]
    done = run(command, timeout=120)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode and not lines:
        raise CheckFailed(f"kubernetes-validate ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return [line.replace(str(file), "")[:300] for line in lines]


def custom_findings(resources: list[Resource]) -> list[str]:
    """Return the violations of the operators' schemas."""
    return [
        f"{resource_name(one)}: {'.'.join(str(part) for part in error.path)}: {error.message[:200]}"
        for one in resources
        if (schema := _CUSTOM.get(_key(one))) is not None
        for error in jsonschema.Draft202012Validator(_without_unknown_fields(schema)).iter_errors(one)
    ]


def _key(resource: Resource) -> tuple[str, str]:
    return resource["apiVersion"], resource["kind"]


def _without_unknown_fields(schema: Any) -> Any:
    """Return the schema with unknown fields forbidden: the API server would drop them silently."""
    if isinstance(schema, list):
        return [_without_unknown_fields(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _without_unknown_fields(value) for name, value in schema.items()}
    if closed.pop("x-kubernetes-int-or-string", False):
        closed.pop("type", None)
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", bool(closed.get("x-kubernetes-preserve-unknown-fields", False)))
    return closed
