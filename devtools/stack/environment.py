"""The environment of everything in the stack: what comes from where, and what wins.

From weakest to strongest: the caller's environment, the stack's defaults, `.env` in the project's root, the overrides
given by code. With simulators, the defaults for the providers' URLs and keys win over the caller's environment: a
developer's own ANTHROPIC_API_KEY must not be spent by a demo. Who wants the real thing writes it into `.env`, or uses
`--no-simulators`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEMO_META_APP_SECRET = "demo-app-secret"  # noqa: S105 - of the simulators
DEMO_META_VERIFY_TOKEN = "demo-verify-token"  # noqa: S105 - of the simulators
_DEMO_KEY = "demo-key"

# How a Kafka that somebody named is spoken to; our own is in the clear.
KAFKA_SECURITY = (
    *("KAFKA_SECURITY_PROTOCOL", "KAFKA_SSL_CA_FILE", "KAFKA_SSL_CERT_FILE", "KAFKA_SSL_KEY_FILE"),
    *("KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"),
)

# What is written to the env file, for other commands: the contract of DESIGN.md, not the caller's whole environment.
CONTRACT = (
    *("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "MONGODB_DATABASE", "MONGODB_DRIVER", "REDIS_URL", "PUBLIC_BASE_URL"),
    *("META_GRAPH_URL", "META_GRAPH_VERSION", "META_APP_SECRET", "META_VERIFY_TOKEN", "TWILIO_API_URL"),
    *("MSG91_API_URL", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "OPENROUTER_BASE_URL", "OPENROUTER_API_KEY"),
    *KAFKA_SECURITY,
    *("SECRETS_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN", "LOG_LEVEL", "PARLEY_KAFKA_KIND", "SIM_INGRESS_URL"),
)


@dataclass(frozen=True, slots=True)
class Layers:
    """The sources, before the stack's own addresses are known."""

    ambient: Mapping[str, str]
    dotenv: Mapping[str, str]
    overrides: Mapping[str, str]

    def outside(self) -> dict[str, str]:
        """Everything that is not a default of the stack."""
        return {**self.ambient, **self.dotenv, **self.overrides}

    def complete(
        self, *, infra: Mapping[str, str], secrets_key: str, ingress: str, simulators: str | None
    ) -> dict[str, str]:
        """The environment of every service. `ingress` and `simulators` are URLs."""
        mild = {"MONGODB_DATABASE": "parley", "SECRETS_KEY": secrets_key, "PUBLIC_BASE_URL": ingress}
        strong = {**_without_proxy(self.ambient), "PYTHONUNBUFFERED": "1"}
        if simulators is not None:
            mild |= {"META_APP_SECRET": DEMO_META_APP_SECRET, "META_VERIFY_TOKEN": DEMO_META_VERIFY_TOKEN}
            strong |= simulator_urls(simulators) | {"SIM_INGRESS_URL": ingress}
            strong |= {"ANTHROPIC_API_KEY": _DEMO_KEY, "OPENROUTER_API_KEY": _DEMO_KEY}
        named = {name: value for name, value in self.ambient.items() if value}
        return {**mild, **named, **strong, **self.dotenv, **self.overrides, **infra}


def simulator_urls(base: str) -> dict[str, str]:
    """Where each provider is on the simulators' one port."""
    return {
        "META_GRAPH_URL": f"{base}/meta",
        "TWILIO_API_URL": f"{base}/twilio",
        "MSG91_API_URL": f"{base}/msg91",
        "ANTHROPIC_BASE_URL": f"{base}/anthropic",
        "OPENROUTER_BASE_URL": f"{base}/openrouter",
    }


def read_dotenv(path: Path | None) -> dict[str, str]:
    """The variables of a dotenv file; none if there is no such file. Empty values do not count."""
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value}


def as_dotenv(env: Mapping[str, str]) -> str:
    """The contract's part of the environment as a dotenv file, which a shell can read too."""
    return "".join(f"{name}={_quoted(env[name])}\n" for name in CONTRACT if env.get(name))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _without_proxy(ambient: Mapping[str, str]) -> dict[str, str]:
    """The stack's own addresses are never reached through a proxy."""
    named = ambient.get("NO_PROXY") or ambient.get("no_proxy") or ""
    value = ",".join(filter(None, (named, "127.0.0.1", "localhost")))
    return {"NO_PROXY": value, "no_proxy": value}
