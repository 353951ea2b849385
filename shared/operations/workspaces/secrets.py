"""Fills in `${NAME}` in the secret fields of a workspace file, from variables that the workspace may use.

Workspace files are written by tenants and applied by the operator, whose environment holds Parley's own settings and
other tenants' secrets. So only secret fields are filled, and only from variables that belong to the workspace.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.settings import Settings
from shared.validation import formats
from shared.validation.strict import Problem
from shared.workspace.channels import SECRET_FIELDS

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(_\*)?")
_STACK_VARIABLES = ("PARLEY_KAFKA_KIND", "SIM_INGRESS_URL")  # variables of the local stack
# In capitals, because settings are read in any case.
_PARLEY_SETTINGS = frozenset(name.upper() for name in (*Settings.model_fields, *_STACK_VARIABLES))
_OTHER_PROGRAMS = """
ANSIBLE ARGOCD ARM AWS AZURE CLOUDFLARE CONSUL DIGITALOCEAN DO DOCKER FLY GCLOUD GCP GOOGLE HCLOUD HELM HEROKU K8S
KUBE KUBERNETES LINODE NOMAD PULUMI RAILWAY RENDER TERRAFORM TF VAULT VERCEL
BITBUCKET BUILDKITE CARGO CI CIRCLE CIRCLECI CODECOV DRONE GH GIT GITHUB GITLAB JENKINS NODE NPM PIP POETRY PYPI
PYTHON SONAR TWINE UV
CASSANDRA CLICKHOUSE DATABASE DB ELASTIC ELASTICSEARCH LDAP MAIL MAILGUN MARIADB MINIO MONGO MYSQL NATS PG POSTGRES
POSTGRESQL RABBITMQ RDS S3 SENDGRID SMTP SNOWFLAKE SQL SUPABASE
ALERTMANAGER DATADOG DD ELK GF GRAFANA HONEYCOMB LOKI NEW NEWRELIC OPSGENIE PAGERDUTY PROMETHEUS SLACK
COHERE DEEPSEEK FACEBOOK FB GEMINI GROQ HF HUGGINGFACE MISTRAL OPENAI RAZORPAY STRIPE TELEGRAM WHATSAPP
ACCESS ADMIN API APP AUTH AUTH0 BACKUP CLIENT DEPLOY ENCRYPTION HTTP HTTPS JWT KEY MASTER OAUTH OP PARLEY PASSWORD
PRIVATE PROD PRODUCTION PROXY ROOT SECRET SERVICE SIGNING SIM SSH SSL STAGING SUDO SYSTEM TLS TOKEN USER XDG
"""
"""Prefixes of variables of other programs (clouds, pipelines, databases, monitoring, models and shops), and words that
any secret may begin with.
"""
_SHARED_WORDS = frozenset(_OTHER_PROGRAMS.split()) | {name.partition("_")[0] for name in _PARLEY_SETTINGS}

Steps = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class AllowedVariables:
    """The variables that a workspace may name. named: by the operator, each a NAME or a PREFIX_*."""

    workspace: str
    named: tuple[str, ...] = ()

    def refusal(self, name: str) -> str:
        """Return why the variable may not be used, with what to do; empty when it may."""
        if name.upper() in _PARLEY_SETTINGS:
            return f"{name} is a setting of Parley's own and never part of a workspace; use a variable of the workspace"
        if not re.fullmatch(formats.NAME, self.workspace):
            return ""  # the file is refused for its name
        if self.is_named(name) or (self._prefix() and name.startswith(self._prefix())):
            return ""
        return f"{name} is not this workspace's: {self._rename()}allow it"

    def is_named(self, name: str) -> bool:
        """Return whether the operator allowed it by name."""
        return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in self.named)

    def _prefix(self) -> str:
        """Return the beginning of the workspace's own variables; empty when other programs' variables begin so too."""
        prefix = prefix_of(self.workspace)
        return "" if prefix.partition("_")[0] in _SHARED_WORDS else prefix

    def _rename(self) -> str:
        return f"call it {self._prefix()}… (the workspace's name in capitals), or " if self._prefix() else ""


def prefix_of(workspace: str) -> str:
    """Return the beginning of the variables of a workspace, such as `ACME_` for `acme`; empty for no name."""
    return re.sub(r"[^A-Z0-9]", "_", workspace.upper()) + "_" if workspace else ""


def invalid_patterns(named: Iterable[str]) -> list[str]:
    """Return the allowed names that are neither NAME nor PREFIX_*."""
    return [one for one in named if not _PATTERN.fullmatch(one)]


def problems(value: Any, env: Mapping[str, str] | None, allowed: AllowedVariables) -> Iterator[Problem]:
    """Yield each `${NAME}` of a parsed file that cannot be filled in, with the reason and what to do.

    env: None to find only those in fields that are no secrets.
    """
    for steps, text in texts(value):
        if is_secret(steps) and "${" in _VARIABLE.sub("", text):
            yield (
                steps,
                "has a ${ that begins no variable: write ${NAME}, in letters, digits and _ of ASCII, and no more",
            )
        for name in dict.fromkeys(_VARIABLE.findall(text)):
            if not is_secret(steps):
                yield steps, f"${{{name}}} is not filled in here, only in secrets such as access_token: write the text"
            elif env is None:
                continue
            elif reason := allowed.refusal(name):
                yield steps, reason
            elif name not in env:
                yield steps, f"{name} is not in the environment"


def variables(value: Any) -> frozenset[str]:
    """Return the names of all variables that the secret fields of a parsed file use."""
    return frozenset(name for steps, text in texts(value) if is_secret(steps) for name in _VARIABLE.findall(text))


def variable_of_secrets(value: Any) -> dict[str, str]:
    """Return the variable of each secret that is one variable and nothing else, by paths such as
    `channels[main].access_token`.
    """
    found: dict[str, str] = {}
    for steps, text in texts(value):
        whole = _VARIABLE.fullmatch(text)
        if whole is not None and is_secret(steps):
            items, index, name = steps
            id_ = value[items][index].get("id")
            found[f"{items}[{id_}].{name}"] = whole[1]
    return found


def filled(value: Any, env: Mapping[str, str], steps: Steps = ()) -> Any:
    """Return a parsed file whose secret fields have their variables' values; unknown variables stay as written."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: env.get(found[1], found[0]), value) if is_secret(steps) else value
    if isinstance(value, dict):
        return {key: filled(item, env, (*steps, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, env, (*steps, index)) for index, item in enumerate(value)]
    return value


def foreign_variables(
    used: Iterable[str], allowed: AllowedVariables, workspaces: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield (variable, workspace) for variables that are more likely another workspace's, such as `ACME_TWO_KEY`, which
    begins with `acme` too but is `acme-two`'s.
    """
    own = len(prefix_of(allowed.workspace))
    for name in sorted(used):
        for other in sorted(set(workspaces) - {allowed.workspace}):
            if name.startswith(prefix_of(other)) and len(prefix_of(other)) >= own and not allowed.is_named(name):
                yield name, other


def is_secret(steps: Steps) -> bool:
    """Return whether a field holds a secret: of a channel, or the one that a webhook is signed with."""
    match steps:
        case ("channels", int(), str(field)):
            return field in SECRET_FIELDS
        case ("webhooks", int(), "secret"):
            return True
    return False


def texts(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Yield each text of a parsed file, with its place."""
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*steps, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*steps, index))
