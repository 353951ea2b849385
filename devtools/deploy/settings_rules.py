"""Check that processes in manifests get only existing settings, all required ones, and valid values."""

import re
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from devtools.deploy.pods import containers, environment, find_resource, is_parley_process, secrets_of
from devtools.deploy.render import Resource, resource_name
from shared.settings import Settings, SettingsError, load

PROJECT = Path(__file__).parents[2]
_SECRET = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
_OPTIONAL = {"SENTRY_DSN", "SMTP_URL", "CONSOLE_SIGNING_KEYS"}  # need not be in the manifest
_KAFKA_CREDENTIALS = {"KAFKA_SASL_USERNAME": "parley", "KAFKA_SASL_PASSWORD": "secret"}
_EXAMPLES = {
    "SECRETS_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MONGODB_URI": "mongodb://mongodb/?replicaSet=parley",
    "REDIS_URL": "redis://redis",
}


def known_settings() -> set[str]:
    """Return the names of all settings."""
    return {name.upper() for name in Settings.model_fields}


_SETTINGS_BY_CALL: dict[str, set[str]] = {
    "process.mongo(": {"MONGODB_URI"},
    "process.redis(": {"REDIS_URL"},
    "process.secrets(": {"SECRETS_KEY"},
    "settings.secret_keys": {"SECRETS_KEY"},
    "settings.signing_keys": {"CONSOLE_SIGNING_KEYS"},
    "ChannelChecks(": {"META_APP_SECRET"},  # `shared.operations.checks.channel`
    "from shared.service.process import": {"SENTRY_DSN", "BIND_HOST"},
}
"""Calls of a process that use these settings."""

COMMANDS = "devtools.cli"
"""The module of `parley` commands, which the tools image runs."""

_PROVIDER_MODULES = {"IngressContext(": "routes.py", "ClientSetup(": "adapter.py"}
"""Calls that pass the settings to the providers' modules of that name."""


def used_by(module: str) -> set[str]:
    """Return the settings that a process uses: those that its code names, and those of the calls that it makes.

    module: as in the command, such as `services.router` or `shared.kafka.lag`.
    """
    path = PROJECT / module.replace(".", "/")
    files = [*path.rglob("*.py")] if path.is_dir() else [path.with_suffix(".py")]
    text = "".join(file.read_text() for file in files)
    for call, name in _PROVIDER_MODULES.items():
        if call in text:
            text += "".join(file.read_text() for file in PROJECT.glob(f"shared/providers/*/{name}"))
    calls = (call for call in _SETTINGS_BY_CALL if re.search(rf"(?<![\w.])(process\.)?{re.escape(call)}", text))
    found = set(re.findall(r"settings\.([a-z0-9_]+)", text)) & set(Settings.model_fields)
    by_call = (_SETTINGS_BY_CALL[call] for call in calls)
    return {name.upper() for name in found}.union({"KAFKA_BOOTSTRAP_SERVERS"}, *by_call)


def required_settings() -> set[str]:
    """Return the settings whose default does not work in a cluster: it is 127.0.0.1, or missing."""
    local = {name for name, field in Settings.model_fields.items() if "127.0.0.1" in _default_text(field.default)}
    return {name.upper() for name in local} | {"SECRETS_KEY"}


def findings(resources: list[Resource]) -> list[str]:
    """Return the violations, one line each."""
    return [
        f"{resource_name(resource)}: {line}"
        for resource, container in containers(resources)
        if (module := module_of(container))
        for line in _container_findings(container, module, resources)
    ]


def module_of(container: dict[str, Any]) -> str:
    """Return the module whose settings a container needs; empty for stores and other programs."""
    if is_parley_process(container):
        return str(container["command"][2])
    return COMMANDS if container["name"] == "tools" else ""


def _container_findings(container: dict[str, Any], module: str, resources: list[Resource]) -> list[str]:
    given = environment(container, resources)
    found = [f"{name} is not a setting" for name in sorted(set(given) - known_settings())]
    used = used_by(module)
    needed = (required_settings() & used) | {name for name in used if is_secret(name) and name not in _OPTIONAL}
    found += [f"{name} is missing" for name in sorted(needed - set(given))]
    found += [f"{name} is set but not used" for name in sorted(secrets_of(container) - used - set(_KAFKA_CREDENTIALS))]
    return found + _values(given)


def _values(given: dict[str, str]) -> list[str]:
    """Load the values as a process would; return the error, if any."""
    concrete = {name: value for name, value in given.items() if not value.startswith("<")} | _EXAMPLES
    concrete |= {name: value for name, value in _KAFKA_CREDENTIALS.items() if name in given}
    try:
        load_from(concrete)
    except SettingsError as error:
        return [str(error)]
    return []


def load_from(environment: dict[str, str]) -> Settings:
    """Load the settings from exactly this environment. Raises SettingsError."""
    import os
    from unittest.mock import patch

    with patch.dict(os.environ, environment, clear=True):
        return load()


def settings_of(resources: list[Resource]) -> Settings:
    """Return the settings of an overlay's processes, with example values for secrets."""
    config = find_resource(resources, "ConfigMap", "parley-config") or {"data": {}}
    uses_sasl = config["data"].get("KAFKA_SECURITY_PROTOCOL", "").startswith("SASL_")
    return load_from(config["data"] | _EXAMPLES | (_KAFKA_CREDENTIALS if uses_sasl else {}))


def is_secret(name: str) -> bool:
    """Return whether a variable is a setting that holds a secret, or an address with a password in it."""
    return name.lower() in _SECRET or name in ("MONGODB_URI", "REDIS_URL", "SENTRY_DSN")


def _default_text(default: object) -> str:
    return default.get_secret_value() if isinstance(default, SecretStr) else str(default)
