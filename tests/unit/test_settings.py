"""Settings: an invalid or missing value gives one line that names the variable and shows no secret."""

import re
from base64 import b64encode
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from shared.settings import _EXAMPLES, Settings, SettingsError, load

KEY = b64encode(b"1" * 32).decode()
OTHER = b64encode(b"2" * 32).decode()
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
README = (ROOT / "README.md").read_text()
NAMES = sorted(name.upper() for name in Settings.model_fields)


ROWS = re.findall(r"^\| ([^|]*`[A-Z][^|]*)\|([^|]*)\|(.*)\|$", README.partition("\n## Settings\n")[2], flags=re.M)
UNITS = {"KiB": 2**10, "MiB": 2**20}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set but the one value without a default, and there is no `.env`."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SECRETS_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def test_readme_has_a_row_for_every_setting() -> None:
    table = {
        name for cells in ROWS for cell in (cells[0], cells[2]) for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)
    }
    assert not set(NAMES) - table
    assert not {name for cells in ROWS for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cells[0])} - set(NAMES)


def test_numbers_in_the_readme_are_the_defaults() -> None:
    shown = [
        (name, default)
        for names, defaults, _ in ROWS
        for name, default in zip(re.findall(r"`([A-Z][A-Z0-9_]+)`", names), defaults.split(", "), strict=False)
    ]
    numbers = {name: re.fullmatch(r"([\d.]+)(?: (KiB|MiB))?", default.strip()) for name, default in shown}
    stated = {name: float(found[1]) * UNITS.get(found[2], 1) for name, found in numbers.items() if found}
    assert len(stated) > 40
    assert stated == {name: Settings.model_fields[name.lower()].default for name in stated}


def test_open_registration_needs_a_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_SIGNUP", "open")
    with pytest.raises(SettingsError, match="SMTP_URL"):
        load()
    monkeypatch.setenv("SMTP_URL", "smtp://user:pass@mail.example.com:587")
    assert load().console_signup == "open"


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail", "smtp://", "smtp://a b", "smtp://h:port"])
def test_address_of_the_mail_server_is_checked_without_showing_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    with pytest.raises(SettingsError, match="SMTP_URL: ") as error:
        load()
    assert "a b" not in str(error.value)


def test_signing_keys_are_those_of_secrets_key_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().signing_keys == {"k1": b"1" * 32}
    monkeypatch.setenv("CONSOLE_SIGNING_KEYS", f"s2:{OTHER},s1:{KEY}")
    assert list(load().signing_keys) == ["s2", "s1"]
    monkeypatch.setenv("CONSOLE_SIGNING_KEYS", "s1:short")
    with pytest.raises(SettingsError, match="CONSOLE_SIGNING_KEYS"):
        _ = load().signing_keys


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AI_DEADLINE", "soon", "must be a number"),
        ("INGRESS_PORT", "http", "must be a whole number"),
        ("WEBHOOKS_OUT_PRIVATE", "perhaps", "must be true or false"),
        ("OPS_PORT", "65536", "must be less than or equal to 65535"),
        ("LOG_LEVEL", "LOUD", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("PUBLIC_BASE_URL", "example.com", "must be an address that begins with https://"),
        ("CONSOLE_URL", "localhost", "must be an address that begins with https://"),
        ("REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("META_GRAPH_VERSION", "24", "must be like v24.0"),
        ("INGRESS_TRUSTED_PROXIES", "proxy", "must be addresses or networks, such as 10.0.0.7,10.1.0.0/16"),
        ("CONSOLE_TRUSTED_PROXIES", "10.0.0.300", "must be addresses or networks"),
    ],
)
def test_message_says_what_the_value_must_be(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load()
    assert str(error.value).startswith(f"{name}: {words}")
    assert "Input should" not in str(error.value)


def test_every_setting_with_a_pattern_has_an_example() -> None:
    described = TypeAdapter(Settings).json_schema()["properties"]
    assert {name.upper() for name, rules in described.items() if "pattern" in rules} == _EXAMPLES.keys()


@pytest.mark.parametrize("proxies", ["127.0.0.1", "*", "10.0.0.0/8, 172.16.0.0/12", "::1"])
def test_addresses_and_networks_are_proxies(proxies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_TRUSTED_PROXIES", proxies)
    assert load().console_trusted_proxies == proxies


@pytest.mark.parametrize(
    ("given", "value", "meant"),
    [
        ("AI_DEADLNE", "20", "AI_DEADLINE"),
        ("SECRET_KEY", OTHER, "SECRETS_KEY"),
        ("MONGODB_URL", "mongodb://db:27017/", "MONGODB_URI"),
        ("lane", "4", "LANES"),
    ],
)
def test_slip_in_a_name_of_the_file_is_found(given: str, value: str, meant: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{given}={value}\n")
    with pytest.raises(SettingsError, match=rf"^{given.upper()}: .* rename it there; .* set {meant} in \.env too"):
        load()


@pytest.mark.parametrize(
    "lines",
    ["SECRET_KEY=django-insecure-x", "MONGODB_URL=https://db", "SECRET_KEY=", f"SECRET_KEY={KEY}\nSECRETS_KEY={KEY}"],
    ids=["another value", "another scheme", "empty", "beside the setting"],
)
def test_names_of_other_programs_do_not_stop_the_start(lines: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{lines}\nLOG_LEVEL=warning\n")
    assert load().log_level == "WARNING"


@pytest.mark.parametrize("name", ["ACME_META_TOKEN", "A_META_APP_SECRET", "META_APP_SECRET_OLD", "COMPOSE_FILE", "TZ"])
def test_names_of_others_may_be_in_the_file(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{name}=x\nLOG_LEVEL=WARNING\n")
    assert load().log_level == "WARNING"


def test_defaults_run_on_one_machine() -> None:
    settings = load()
    assert settings.kafka_bootstrap_servers == "127.0.0.1:9092"
    assert settings.mongodb_driver == "motor"
    assert settings.secret_keys == {"k1": b"1" * 32}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INGRESS_PORT", "http"),
        ("INGRESS_PORT", "0"),
        ("OPS_PORT", "65536"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka://localhost:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,,b:2"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1, b:2"),
        ("MONGODB_URI", "localhost:27017"),
        ("MONGODB_URI", "http://localhost"),
        ("MONGODB_DATABASE", "my database"),
        ("MONGODB_DRIVER", "mongoengine"),
        ("REDIS_URL", "localhost:6379"),
        ("PUBLIC_BASE_URL", "parley.example.com"),
        ("META_GRAPH_URL", "ftp://graph.facebook.com"),
        ("META_GRAPH_VERSION", "24"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("INSTANCE_ID", "pod 1"),
        ("INGRESS_ACCEPT_TIMEOUT", "4"),
        ("LANES", "0"),
        ("DRAIN_TIMEOUT", "nan"),
        ("DRAIN_TIMEOUT", "45"),
        ("PUBLIC_BASE_URL", "https://wa.example.com/path?x=1"),
        ("PUBLIC_BASE_URL", "https://wa.example.com/#x"),
        ("CONSOLE_URL", "https://wa.example.com?"),
        ("AI_DEADLINE", "35"),
        ("SEND_TIMEOUT", "35"),
        ("COMMIT_INTERVAL", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("OTEL_TRACES_SAMPLE_RATIO", "2"),
        ("SENTRY_DSN", "sentry.example.com"),
        ("SENTRY_DSN", "https://sentry.example.com/1"),
        ("SECRETS_KEY", ""),
        ("SECRETS_KEY", "short"),
        ("SECRETS_KEY", "k1:" + b64encode(b"1" * 31).decode()),
        ("SECRETS_KEY", f"{KEY},{OTHER}"),
        ("SECRETS_KEY", f"a:{KEY},a:{OTHER}"),
    ],
)
def test_invalid_value_gives_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    line = str(refused.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert len(line) < 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka-0.kafka:9092,kafka-1.kafka:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "[::1]:9092"),
        ("MONGODB_URI", "mongodb+srv://user:pass@cluster.example.com/?w=majority"),
        ("REDIS_URL", "rediss://:pass@redis.example.com:6380/2"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("SECRETS_KEY", f"new:{OTHER}, old:{KEY}"),
        ("SECRETS_KEY", f"new:{OTHER},{KEY}"),
        ("INSTANCE_ID", "router-0"),
        ("SENTRY_DSN", "https://key@o1.ingest.sentry.io/42"),
    ],
)
def test_valid_value_is_accepted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    load()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: "),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: missing"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u"}, "KAFKA_SASL_USERNAME, KAFKA_SASL_PASS"),
        ({"KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p"}, "KAFKA_SASL_*: are not used"),
        ({"KAFKA_SASL_PASSWORD": "p"}, "KAFKA_SASL_*: are not used"),
        ({"KAFKA_SSL_CA_FILE": "/ca.crt"}, "KAFKA_SSL_*: are not used with KAFKA_SECURITY_PROTOCOL=PLAINTEXT"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CERT_FILE": "/a"}, "KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE: "),
    ],
)
def test_kafka_security_settings_are_used_or_refused(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], names: str
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert str(refused.value).startswith(names)


def test_process_without_secrets_starts_without_secrets_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRETS_KEY")
    settings = load(secrets_key=False)
    with pytest.raises(SettingsError, match="SECRETS_KEY: missing"):
        _ = settings.secret_keys


def test_first_key_encrypts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRETS_KEY", f"new:{OTHER},{KEY}")
    assert list(load().secret_keys) == ["new", "k1"]


def test_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a Compose file with variables that nobody has set."""
    monkeypatch.setenv("INGRESS_PORT", "")
    assert load().ingress_port == 8080


def test_url_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio signs the exact URL: two slashes would make every signature wrong."""
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://parley.example.com/")
    assert load().public_base_url == "https://parley.example.com"


def test_environment_overrides_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LANES=7\nLANES_PER_WORKSPACE=3\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("LANES", "9")
    assert (load().lanes, load().lanes_per_workspace) == (9, 3)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {
        "MONGODB_URI": "mongodb://user:hunter2@localhost",
        "REDIS_URL": "redis://:hunter2@localhost",
        "META_APP_SECRET": "hunter2",
        "META_VERIFY_TOKEN": "hunter2",
        "ANTHROPIC_API_KEY": "hunter2",
        "OPENROUTER_API_KEY": "hunter2",
        "SENTRY_DSN": "https://hunter2@sentry.example.com/1",
    }
    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    settings = load()
    shown = f"{settings!r} {settings} {settings.model_dump()}"
    assert "hunter2" not in shown
    assert KEY not in shown


def test_error_line_does_not_contain_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URI", "postgres://user:hunter2@localhost")
    with pytest.raises(SettingsError) as refused:
        load()
    assert "hunter2" not in str(refused.value)


def listed() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    found = [re.fullmatch(r"#([A-Z0-9_]+)=(.*)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_env_example_lists_every_setting_and_no_other() -> None:
    assert sorted(listed()) == NAMES


def test_env_example_has_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it, taken as it is, changes nothing."""
    plain = load()
    for name, value in listed().items():
        if name != "SECRETS_KEY":
            monkeypatch.setenv(name, value)
    assert load() == plain


def test_env_example_explains_every_setting() -> None:
    """Each group of lines has a comment above it."""
    for block in EXAMPLE.read_text().strip().split("\n\n"):
        assert block.startswith("# "), block
