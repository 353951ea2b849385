"""Whether processes in manifests are given settings that exist, all that they need, and values that they accept."""

import re
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from devtools.deploy.pods import containers, environment, named, ours, secrets_of
from devtools.deploy.render import Resource, called
from shared.settings import Settings, SettingsError, load

PROJECT = Path(__file__).parents[2]
_SECRET = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
_OPTIONAL = {"SENTRY_DSN"}
_OF_KAFKA = {"KAFKA_SASL_USERNAME": "parley", "KAFKA_SASL_PASSWORD": "secret"}
_EXAMPLES = {
    "SECRETS_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MONGODB_URI": "mongodb://mongodb/?replicaSet=parley",
    "REDIS_URL": "redis://redis",
}


def known() -> set[str]:
    """All variables that the processes read."""
    return {name.upper() for name in Settings.model_fields}


_OF_PROCESS: dict[str, set[str]] = {
    "process.mongo(": {"MONGODB_URI"},
    "process.redis(": {"REDIS_URL"},
    "process.secrets(": {"SECRETS_KEY"},
    "run(": {"SENTRY_DSN", "BIND_HOST"},  # `shared.service.process.run`
}
"""Calls by which a process asks for what a setting names."""

_OF_PROVIDERS = {"IngressContext(": "routes.py", "ClientSetup(": "adapter.py"}
"""Calls by which a process hands its settings to the providers' modules of that name."""


def used_by(module: str) -> set[str]:
    """Return the settings that a process uses: those that its own code names, and those of what it asks for.

    module: as the command names it, such as `services.router` or `shared.kafka.lag`.
    """
    place = PROJECT / module.replace(".", "/")
    files = [*place.rglob("*.py")] if place.is_dir() else [place.with_suffix(".py")]
    text = "".join(file.read_text() for file in files)
    for call, name in _OF_PROVIDERS.items():
        if call in text:
            text += "".join(file.read_text() for file in PROJECT.glob(f"shared/providers/*/{name}"))
    calls = (call for call in _OF_PROCESS if re.search(rf"(?<![\w.])(process\.)?{re.escape(call)}", text))
    found = set(re.findall(r"settings\.([a-z0-9_]+)", text)) & set(Settings.model_fields)
    return {name.upper() for name in found}.union({"KAFKA_BOOTSTRAP_SERVERS"}, *(_OF_PROCESS[call] for call in calls))


def required() -> set[str]:
    """What has no default that would do in a cluster: the default is this machine, or nothing at all."""
    local = {name for name, field in Settings.model_fields.items() if "127.0.0.1" in _shown(field.default)}
    return {name.upper() for name in local} | {"SECRETS_KEY"}


def findings(resources: list[Resource]) -> list[str]:
    """What is wrong, a line each."""
    return [
        f"{called(resource)}: {line}"
        for resource, container in containers(resources)
        if ours(container)
        for line in _of_container(container, resources)
    ]


def _of_container(container: dict[str, Any], resources: list[Resource]) -> list[str]:
    given = environment(container, resources)
    found = [f"{name} is no setting" for name in sorted(set(given) - known())]
    used = used_by(container["command"][2])
    needed = (required() & used) | {name for name in used if is_secret(name) and name not in _OPTIONAL}
    found += [f"{name} is not given" for name in sorted(needed - set(given))]
    found += [f"{name} is given, and not used" for name in sorted(secrets_of(container) - used - set(_OF_KAFKA))]
    return found + _values(given)


def _values(given: dict[str, str]) -> list[str]:
    """Read the values as a process would."""
    concrete = {name: value for name, value in given.items() if not value.startswith("<")} | _EXAMPLES
    concrete |= {name: value for name, value in _OF_KAFKA.items() if name in given}
    try:
        load_from(concrete)
    except SettingsError as error:
        return [str(error)]
    return []


def load_from(environment: dict[str, str]) -> Settings:
    """The settings of exactly this environment. Raises SettingsError."""
    import os
    from unittest.mock import patch

    with patch.dict(os.environ, environment, clear=True):
        return load()


def settings_of(resources: list[Resource]) -> Settings:
    """What the processes of an overlay would have, without its secrets."""
    config = named(resources, "ConfigMap", "parley-config") or {"data": {}}
    named_there = config["data"].get("KAFKA_SECURITY_PROTOCOL", "").startswith("SASL_")
    return load_from(config["data"] | _EXAMPLES | (_OF_KAFKA if named_there else {}))


def is_secret(name: str) -> bool:
    """Return whether a variable is a setting that holds a secret, or an address with a password in it."""
    return name.lower() in _SECRET or name in ("MONGODB_URI", "REDIS_URL", "SENTRY_DSN")


def _shown(default: object) -> str:
    return default.get_secret_value() if isinstance(default, SecretStr) else str(default)
