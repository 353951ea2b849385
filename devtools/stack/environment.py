"""The environment variables of the stack's processes: their sources and precedence.

From lowest to highest precedence: the caller's environment, the stack's defaults, `.env` in the project's root, the
overrides given by code. With simulators, the defaults for the providers' URLs and keys override the caller's
environment: a demo must not spend money on a developer's own ANTHROPIC_API_KEY. To use real providers, put their
settings into `.env` or use `--no-simulators`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEMO_META_APP_SECRET = "demo-app-secret"  # noqa: S105 - known to the simulators only
DEMO_META_VERIFY_TOKEN = "demo-verify-token"  # noqa: S105 - known to the simulators only
_DEMO_KEY = "demo-key"

# Security settings of a Kafka named in the environment; the stack's own Kafka uses PLAINTEXT.
KAFKA_SECURITY = (
    *("KAFKA_SECURITY_PROTOCOL", "KAFKA_SSL_CA_FILE", "KAFKA_SSL_CERT_FILE", "KAFKA_SSL_KEY_FILE"),
    *("KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"),
)

# Variables written to the env file, for other commands. The rest of the caller's environment stays out of it.
EXPORTED = (
    *("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "MONGODB_DATABASE", "MONGODB_DRIVER", "REDIS_URL", "PUBLIC_BASE_URL"),
    *("META_GRAPH_URL", "META_GRAPH_VERSION", "META_APP_SECRET", "META_VERIFY_TOKEN", "TWILIO_API_URL"),
    *("MSG91_API_URL", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "OPENROUTER_BASE_URL", "OPENROUTER_API_KEY"),
    *KAFKA_SECURITY,
    *(
        "SECRETS_KEY",
        "CONSOLE_URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "SENTRY_DSN",
        "LOG_LEVEL",
        "PARLEY_KAFKA_KIND",
        "SIM_INGRESS_URL",
    ),
)


@dataclass(frozen=True, slots=True)
class EnvironmentSources:
    """The sources of environment variables other than the stack's defaults and addresses."""

    inherited: Mapping[str, str]
    dotenv: Mapping[str, str]
    overrides: Mapping[str, str]

    def merged(self) -> dict[str, str]:
        """Return all variables of the sources, without the stack's defaults."""
        return {**self.inherited, **self.dotenv, **self.overrides}

    def for_services(
        self, *, infra: Mapping[str, str], secrets_key: str, ingress: str, console: str, simulators: str | None
    ) -> dict[str, str]:
        """Return the environment of every service. `ingress`, `console` and `simulators` are URLs."""
        fallbacks = {"MONGODB_DATABASE": "parley", "SECRETS_KEY": secrets_key, "PUBLIC_BASE_URL": ingress}
        fallbacks["CONSOLE_URL"] = console
        defaults = {**_without_proxy(self.inherited), "PYTHONUNBUFFERED": "1"}
        if simulators is not None:
            fallbacks |= {"META_APP_SECRET": DEMO_META_APP_SECRET, "META_VERIFY_TOKEN": DEMO_META_VERIFY_TOKEN}
            defaults |= simulator_urls(simulators) | {"SIM_INGRESS_URL": ingress}
            defaults |= {"ANTHROPIC_API_KEY": _DEMO_KEY, "OPENROUTER_API_KEY": _DEMO_KEY}
        non_empty = {name: value for name, value in self.inherited.items() if value}
        return {**fallbacks, **non_empty, **defaults, **self.dotenv, **self.overrides, **infra}


def simulator_urls(base: str) -> dict[str, str]:
    """Return the settings of the providers' URLs; all simulators share one port."""
    return {
        "META_GRAPH_URL": f"{base}/meta",
        "TWILIO_API_URL": f"{base}/twilio",
        "MSG91_API_URL": f"{base}/msg91",
        "ANTHROPIC_BASE_URL": f"{base}/anthropic",
        "OPENROUTER_BASE_URL": f"{base}/openrouter",
        "CONSOLE_PHONE_URL": base,
    }


def read_dotenv(path: Path | None) -> dict[str, str]:
    """Return the variables of a dotenv file that have a value; none if the file does not exist."""
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value}


def as_dotenv(env: Mapping[str, str]) -> str:
    """Return the exported variables as a dotenv file, which a shell can read too."""
    return "".join(f"{name}={_quoted(env[name])}\n" for name in EXPORTED if env.get(name))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _without_proxy(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return NO_PROXY settings that exclude the stack's own addresses from proxies."""
    current = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    value = ",".join(filter(None, (current, "127.0.0.1", "localhost")))
    return {"NO_PROXY": value, "no_proxy": value}
