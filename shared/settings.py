"""All settings of all processes, read from the environment and `.env`.

The defaults are for one machine. An invalid or missing value ends the process with one line (`SettingsError`).
`.env.example` lists every setting; `tests/unit/test_settings.py` compares the two.
"""

import re
from base64 import b64decode
from difflib import get_close_matches
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict


class SettingsError(Exception):
    """Raised for an invalid environment; the message names the variable and the reason, on one line."""


class SecretsKeyMissing(SettingsError):
    """Raised when SECRETS_KEY is not set."""

    def __init__(self) -> None:
        super().__init__("SECRETS_KEY: missing; create one with: openssl rand -base64 32")


def _http_url(value: str) -> str:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value.rstrip("/")


def _base_url(value: str) -> str:
    """Check an address that paths are put behind: providers sign the whole of it."""
    if "?" in value or "#" in value:
        raise ValueError("must end before a ? or #, such as https://parley.example.com")
    return _http_url(value)


def _http_url_or_empty(value: str) -> str:
    return _http_url(value) if value else ""


def _of_scheme(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return AfterValidator(check)


def _sentry_dsn(value: SecretStr) -> SecretStr:
    dsn = value.get_secret_value()
    if dsn and not re.fullmatch(r"https?://[^\s@/]+@[^\s@]+/\d+", dsn):
        raise ValueError("must be like https://key@host/project")
    return value


def _smtp_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and not re.fullmatch(r"smtps?://([^\s@/]*@)?[^\s@/:]+(:\d{1,5})?/?", url):
        raise ValueError("must be like smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465")
    return value


def _proxies(value: str) -> str:
    """Check addresses and networks, separated by commas; `*` is every address."""
    for entry in value.split(","):
        try:
            _ = entry.strip() == "*" or ip_network(entry.strip(), strict=False)
        except ValueError:
            raise ValueError("must be addresses or networks, such as 10.0.0.7,10.1.0.0/16") from None
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
OptionalHttpUrl = Annotated[str, AfterValidator(_http_url_or_empty)]
MongoUri = Annotated[SecretStr, _of_scheme("mongodb", "mongodb+srv")]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp_url)]
SentryDsn = Annotated[SecretStr, AfterValidator(_sentry_dsn)]
RedisUrl = Annotated[SecretStr, _of_scheme("redis", "rediss", "unix")]
SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]  # Kafka's names
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Proxies = Annotated[str, AfterValidator(_proxies)]
Port = Annotated[int, Field(ge=1, le=65535)]


ENV_FILE = Path(".env")
_SLIP = 0.88  # how much alike two names are that differ by a slip, from 0 to 1
_OF_KEYS = frozenset({"SECRETS_KEY", "CONSOLE_SIGNING_KEYS"})
_EXAMPLES = {  # of settings with a pattern
    "KAFKA_BOOTSTRAP_SERVERS": "kafka-1:9092,kafka-2:9092, without spaces",
    "MONGODB_DATABASE": "parley: at most 60 letters, digits, - and _",
    "INSTANCE_ID": "router-0: at most 120 letters, digits, points, - and _",
    "META_GRAPH_VERSION": "v24.0",
    "CONSOLE_ORIGINS": "https://shop.example.com,https://example.com, without spaces or paths",
    "SMTP_FROM": "Parley <parley@example.com>, on one line",
}


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals; times are in seconds."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", env_ignore_empty=True, frozen=True)

    # Infrastructure.
    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", pattern=r"^[^\s,/]+:\d{1,5}(,[^\s,/]+:\d{1,5})*$")
    kafka_replication: int = Field(default=1, ge=1, le=9)  # of created topics; 3 with three brokers or more
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_ssl_ca_file: str = ""  # empty: the CAs that the system trusts
    kafka_ssl_cert_file: str = ""  # client certificate, with its key
    kafka_ssl_key_file: str = ""
    kafka_sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    kafka_sasl_username: str = ""
    kafka_sasl_password: SecretStr = SecretStr("")
    kafka_rest_wait: float = Field(default=2.0, gt=0, le=10)  # a fetch at rest, which ends with the first record
    mongodb_uri: MongoUri = SecretStr("mongodb://127.0.0.1:27017/?replicaSet=parley")
    mongodb_database: str = Field(default="parley", pattern=r"^[A-Za-z0-9_-]{1,60}$")
    mongodb_driver: Literal["motor", "pymongo"] = "motor"
    redis_url: RedisUrl = SecretStr("redis://127.0.0.1:6379/0")

    # Kafka group instance id: one stable name per replica (Kubernetes: the pod's ordinal or name). Empty: dynamic
    # membership.
    instance_id: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,120}$")

    # Ports.
    bind_host: str = "127.0.0.1"
    ingress_port: Port = 8080
    console_port: Port = 8090
    ops_port: Port = 9100

    # Providers and model vendors. PUBLIC_BASE_URL: the address of ingress for providers; Twilio signs it.
    public_base_url: BaseUrl = "http://127.0.0.1:8080"
    meta_graph_url: HttpUrl = "https://graph.facebook.com"
    meta_graph_version: str = Field(default="v24.0", pattern=r"^v\d+\.\d+$")
    meta_app_secret: SecretStr = SecretStr("")
    meta_verify_token: SecretStr = SecretStr("")
    twilio_api_url: HttpUrl = "https://api.twilio.com"
    msg91_api_url: HttpUrl = "https://control.msg91.com"
    anthropic_base_url: HttpUrl = "https://api.anthropic.com"
    anthropic_api_key: SecretStr = SecretStr("")
    openrouter_base_url: HttpUrl = "https://openrouter.ai/api/v1"
    openrouter_api_key: SecretStr = SecretStr("")

    # Keys of stored secrets: `id:base64 of 32 bytes`, separated by commas; the first one encrypts, all decrypt.
    secrets_key: SecretStr = SecretStr("")

    # Ingress.
    ingress_max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    ingress_max_buffered_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    ingress_body_timeout: float = Field(default=10.0, gt=0)
    ingress_header_timeout: float = Field(default=10.0, gt=0)
    ingress_max_header_bytes: int = Field(default=32 * 1024, ge=4096)
    ingress_max_connections: int = Field(default=1000, ge=1)
    ingress_keep_alive: int = Field(default=65, ge=1)  # longer than the idle time-out of a load balancer in front
    ingress_accept_timeout: float = Field(default=3.5, gt=0, lt=4.0)
    ingress_rejects_per_ip_per_minute: int = Field(default=120, ge=0)  # 0: no limit
    ingress_messages_per_sender_per_minute: int = Field(default=60, ge=0)  # 0: no limit
    ingress_trusted_proxies: Proxies = "127.0.0.1"

    # Console. CONSOLE_INSECURE: sign-in over plain http from other machines. CONSOLE_ORIGINS: web pages of other sites
    # that may call the API with a key.
    console_max_body_bytes: int = Field(default=1024 * 1024, ge=1024)
    console_max_connections: int = Field(default=10_000, ge=1)
    console_trusted_proxies: Proxies = "127.0.0.1"
    console_insecure: bool = False
    console_requests_per_key_per_minute: int = Field(default=600, ge=0)  # 0: no limit
    console_requests_per_session_per_minute: int = Field(default=1200, ge=0)
    console_requests_per_address_per_minute: int = Field(default=100, ge=0)  # without a valid key or session
    console_origins: str = Field(default="", pattern=r"^(https?://[^\s,/]+(,https?://[^\s,/]+)*)?$")

    # Accounts. CONSOLE_URL: the console's address for people: in links, and its scheme decides about the cookies.
    # CONSOLE_SIGNUP=open: anyone can register with an e-mail address and gets an empty workspace; needs SMTP_URL.
    # CONSOLE_LANDING: whether `/` shows strangers what Parley is, or leads to the sign-in page.
    # CONSOLE_PHONE_URL: the simulators; the console then has a page that plays a customer's phone.
    # CONSOLE_SIGNING_KEYS: as SECRETS_KEY, from which they are derived by default.
    console_url: BaseUrl = "http://127.0.0.1:8090"
    console_signup: Literal["closed", "open"] = "closed"
    console_landing: Literal["on", "off"] = "on"
    console_signing_keys: SecretStr = SecretStr("")
    console_phone_url: OptionalHttpUrl = ""
    console_session_idle: float = Field(default=12 * 3600.0, ge=600)  # without a request
    console_session_length: float = Field(default=14 * 86_400.0, ge=600)  # from the sign-in
    console_audit_days: int = Field(default=400, ge=1)
    smtp_url: SmtpUrl = SecretStr("")  # empty: links are shown to the person who invites
    smtp_from: str = Field(default="", pattern=r"^[^\r\n]*$")

    # The consumer runtime (docs/architecture.md). Longest call < DRAIN_TIMEOUT < REBALANCE_TIMEOUT < the pod's grace
    # period.
    active_records: int = Field(default=128, ge=1)  # of a consumer, divided among workspaces
    lanes: int = Field(default=400, ge=1)
    lanes_per_workspace: int = Field(default=100, ge=1)
    read_ahead_records: int = Field(default=20_000, ge=0, le=23_000)  # of a partition, within READ_AHEAD_BYTES
    read_ahead_bytes: int = Field(default=64 * 1024 * 1024, ge=0)  # of a consumer
    commit_interval: float = Field(default=2.0, gt=0)
    drain_timeout: float = Field(default=35.0, gt=0)
    rebalance_timeout: float = Field(default=45.0, gt=0)
    session_timeout: float = Field(default=10.0, gt=0)

    # A partition stops when so many of its records became dead letters within so many seconds and most of its last 200
    # failed, of several workspaces.
    dead_letter_limit: int = Field(default=50, ge=1)
    dead_letter_window: float = Field(default=600.0, gt=0)

    # AI.
    ai_deadline: float = Field(default=30.0, gt=0)
    ai_max_tokens: int = Field(default=700, ge=16, le=8192)
    ai_answer_kept: int = Field(default=3600, ge=60)
    ai_breaker_calls: int = Field(default=10, ge=1)  # of a model within a minute; it opens if half failed
    ai_breaker_seconds: float = Field(default=20.0, gt=0)  # first cooldown
    ai_prices: str = ""  # a file; empty: the built-in prices

    # Copies of customers' files that people have viewed, and of files that were sent: days for which they are kept, MB
    # of one file and of all of a workspace.
    console_media_days: int = Field(default=30, ge=1, le=365)
    console_media_mb: int = Field(default=25, ge=1, le=100)
    console_media_quota_mb: int = Field(default=1024, ge=0)

    # Delivery.
    send_timeout: float = Field(default=15.0, gt=0)
    send_attempts: int = Field(default=15, ge=1)  # that fail for transient reasons
    send_max_age: float = Field(default=24 * 3600.0, gt=0)
    in_doubt_grace: float = Field(default=20.0, ge=0)

    # Webhooks out: allow private addresses and http; limit of failed calls that wait for a retry.
    webhooks_out_private: bool = False
    webhooks_out_timeout: float = Field(default=10.0, gt=0, le=30)
    webhooks_out_waiting: int = Field(default=10_000, ge=1)
    webhooks_out_log_days: int = Field(default=14, ge=0, le=90)

    # Hours after the last `parley backup` until one is missed; 0: backups are made elsewhere.
    backup_max_age_hours: float = Field(default=36.0, ge=0)

    # Telemetry.
    otel_exporter_otlp_endpoint: OptionalHttpUrl = ""
    otel_traces_sample_ratio: float = Field(default=1.0, ge=0, le=1)
    sentry_dsn: SentryDsn = SecretStr("")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "INFO"

    @cached_property
    def secret_keys(self) -> dict[str, bytes]:
        """Return the keys of SECRETS_KEY by id, the encrypting one first. Raises SettingsError."""
        keys = _keys("SECRETS_KEY", self.secrets_key)
        if not keys:
            raise SecretsKeyMissing
        return keys

    @cached_property
    def signing_keys(self) -> dict[str, bytes]:
        """Return the secrets of the console's tokens by id, the signing one first. Raises SettingsError."""
        return _keys("CONSOLE_SIGNING_KEYS", self.console_signing_keys) or self.secret_keys


def _keys(name: str, value: SecretStr) -> dict[str, bytes]:
    """Return keys of 32 bytes by id. Raises SettingsError."""
    keys: dict[str, bytes] = {}
    for entry in filter(None, value.get_secret_value().split(",")):
        key_id, _, encoded = entry.strip().rpartition(":")
        try:
            key = b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingsError(f"{name}: each entry must be base64 of 32 bytes, optionally with `id:` before it")
        key_id = key_id or "k1"
        if key_id in keys:
            raise SettingsError(f"{name}: two keys have the id `{key_id}`; put an id and `:` before each")
        keys[key_id] = key
    return keys


def load(*, secrets_key: bool = True) -> Settings:
    """Read the environment. secrets_key: whether this process decrypts stored secrets, so that SECRETS_KEY is required.

    Raises SettingsError with one line that names the variable.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {_in_plain_words(name, first['type'], first['msg'])}") from None
    _check_names(ENV_FILE)
    if secrets_key:
        _ = settings.secret_keys
    if not settings.drain_timeout < settings.rebalance_timeout:
        raise SettingsError("DRAIN_TIMEOUT: must be less than REBALANCE_TIMEOUT, or a rebalance removes the member")
    for name in ("ai_deadline", "send_timeout"):
        if not getattr(settings, name) < settings.drain_timeout:
            raise SettingsError(
                f"{name.upper()}: must be less than DRAIN_TIMEOUT, or each rebalance and stop cuts calls off"
            )
    if settings.console_signup == "open" and not settings.smtp_url.get_secret_value():
        raise SettingsError("SMTP_URL: missing, and CONSOLE_SIGNUP=open proves addresses by e-mail")
    _check_kafka(settings)
    return settings


def _in_plain_words(name: str, kind: str, message: str) -> str:
    """Return what a value must be, in words that name no part of the library that checks it."""
    if kind.startswith("url_"):
        return "must be an address that begins with https:// or http://, such as https://parley.example.com"
    if kind == "string_pattern_mismatch":
        return f"must be like {_EXAMPLES[name]}"
    words = {"int_parsing": "a whole number", "float_parsing": "a number", "bool_parsing": "true or false"}
    if kind in words:
        return f"must be {words[kind]}"
    return message.removeprefix("Value error, ").replace("Input should be", "must be")


def _check_names(file: Path) -> None:
    """Raise SettingsError for a name in `.env` that is a setting's but for a slip: it would have no effect.

    Other names are secrets of workspace files, such as `ACME_META_APP_SECRET`, or settings of other programs, such as
    Django's `SECRET_KEY`: their values do not fit, or the file has the setting too. The environment is not checked: the
    system has names of its own there.
    """
    known = [name.upper() for name in Settings.model_fields]
    values = {name.upper(): value for name, value in DotEnvSettingsSource(Settings, env_file=file).env_vars.items()}
    for given, value in values.items():
        extended = any(given.endswith(f"_{name}") or given.startswith(f"{name}_") for name in known)
        if extended or given in known:
            continue
        near = get_close_matches(given, known, n=1, cutoff=_SLIP)
        if near and near[0] not in values and value and _fits(near[0], value):
            raise SettingsError(
                f"{given}: no setting has this name; if {file} means {near[0]}, rename it there; if it is another "
                f"program's, set {near[0]} in {file} too"
            )


def _fits(name: str, value: str) -> bool:
    """Return whether a setting takes a value."""
    given = {name.lower(): value}
    try:
        settings = Settings.model_validate(given)
        if name in _OF_KEYS:
            _keys(name, getattr(settings, name.lower()))
    except (ValidationError, SettingsError):
        return False
    return True


def _check_kafka(settings: Settings) -> None:
    """Raise SettingsError for credentials that the security protocol would not use, or sends without."""
    protocol = settings.kafka_security_protocol
    named = [bool(settings.kafka_sasl_username), bool(settings.kafka_sasl_password.get_secret_value())]
    if protocol.startswith("SASL_") and not all(named):
        raise SettingsError(f"KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: missing, and {protocol} needs both")
    if not protocol.startswith("SASL_") and any(named):
        raise SettingsError(f"KAFKA_SASL_*: are not used with KAFKA_SECURITY_PROTOCOL={protocol}; set SASL_SSL")
    files = (settings.kafka_ssl_ca_file, settings.kafka_ssl_cert_file, settings.kafka_ssl_key_file)
    if any(files) and not protocol.endswith("SSL"):
        raise SettingsError(f"KAFKA_SSL_*: are not used with KAFKA_SECURITY_PROTOCOL={protocol}; set SSL or SASL_SSL")
    if bool(settings.kafka_ssl_cert_file) != bool(settings.kafka_ssl_key_file):
        raise SettingsError("KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE: each needs the other")
