"""The Dockerfile and docker-compose.yml fit the code; the image is built if a Docker engine runs."""

import re
from typing import Any

import pytest
import yaml

from devtools import guides
from devtools.deploy import image
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.pods import SERVICES, find_resource
from devtools.deploy.settings_rules import COMMANDS, is_secret, known_settings, required_settings, used_by
from tests.deploy.unrendered import PROJECT, base_resources, resources_in

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


def _service(name: str) -> dict[str, Any]:
    return dict(COMPOSE["services"][name])


def test_packages_come_from_the_locks_by_hash() -> None:
    installs = re.findall(r"pip --python .*?install(.*?)\n(?!\s)", DOCKERFILE, re.DOTALL)
    assert len(installs) == 2
    assert all("--require-hashes" in one and "--only-binary :all:" in one for one in installs)
    assert "requirements-dev" not in DOCKERFILE


def test_every_stage_that_runs_has_a_numeric_user() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    running = [one for one in stages if re.search(r"AS (tools|runtime)$", one.splitlines()[0])]
    assert len(running) == 2
    assert all(re.findall(r"^USER (\d+)$", one, re.MULTILINE) == ["10001"] for one in running)


def test_runtime_stage_contains_no_devtools() -> None:
    runtime = DOCKERFILE.partition("AS runtime")[2]
    assert "COPY --from=pages /app/services/console/static services/console/static" in runtime
    assert "devtools" not in runtime


def test_dockerignore_admits_only_copied_paths() -> None:
    """All other paths are ignored, above all `.env`."""
    lines = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    admitted = {line[1:] for line in lines if line.startswith("!")}
    lines_of_copy = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = [path for line in lines_of_copy for path in line.split()]
    assert {next(one for one in admitted if path.startswith(one)) for path in copied} == admitted


@pytest.mark.parametrize("name", SERVICES)
def test_compose_gives_a_service_its_required_settings(name: str) -> None:
    service = _service(name)
    assert service["command"] == ["python", "-m", f"services.{name}"]
    assert set(service["environment"]) <= known_settings()
    assert required_settings() & used_by(f"services.{name}") <= set(service["environment"])
    assert service["read_only"] is True
    assert service["depends_on"]["topics"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [*SERVICES, "lag", "topics", "tools"])
def test_compose_gives_a_process_only_secrets_that_it_uses(name: str) -> None:
    """A compromised process must not expose secrets that only another one needs."""
    service = _service(name)
    given = {variable for variable in service["environment"] if is_secret(variable)}
    assert given <= used_by(COMMANDS if name == "tools" else service["command"][2])
    # Tokens that workspace files name have a file of their own; `.env` has every secret of every service.
    assert service.get("env_file") == ([{"path": "workspaces.env", "required": False}] if name == "tools" else None)


@pytest.mark.parametrize("name", ["delivery", "console", "tools"])
def test_compose_gives_each_caller_of_providers_the_same_addresses(name: str) -> None:
    """A version of Meta's API that only delivery gets would send by one and fetch files by another."""
    wanted = {"META_GRAPH_URL", "META_GRAPH_VERSION", "TWILIO_API_URL", "MSG91_API_URL"}
    assert wanted <= known_settings()
    environment = _service(name)["environment"]
    assert {variable: environment.get(variable) for variable in wanted} == {one: f"${{{one}:-}}" for one in wanted}


def test_compose_passes_the_mongodb_driver_on() -> None:
    users = [name for name, one in COMPOSE["services"].items() if "MONGODB_URI" in (one.get("environment") or {})]
    assert {*SERVICES, "tools"} <= set(users)
    assert all(_service(name)["environment"]["MONGODB_DRIVER"] == "${MONGODB_DRIVER:-}" for name in users)


def test_compose_gives_commands_their_required_settings() -> None:
    environment = set(_service("tools")["environment"])
    assert environment <= known_settings()
    assert required_settings() & used_by(COMMANDS) <= environment


@pytest.mark.parametrize("name", ["SECRETS_KEY", "PUBLIC_BASE_URL"])
def test_compose_requires_the_variable(name: str) -> None:
    users = [service for service in SERVICES if name in used_by(f"services.{service}")]
    assert {"ingress", "delivery"} <= set(users) <= {"ingress", "delivery", "console"}
    assert all(f"${{{name}:?" in _service(service)["environment"][name] for service in users)


def test_compose_names_a_version_of_every_image() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()]
    assert all(re.search(r":(v?\d|\$\{PARLEY_VERSION:-)", one) for one in images), images


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_compose_bounds_logs_and_memory(name: str) -> None:
    service = _service(name)
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["mem_limit"]


def test_guide_names_the_memory_of_all_containers() -> None:
    ended = ("topics", "replica-set", "tools")  # when all runs
    limits = [one["mem_limit"] for name, one in COMPOSE["services"].items() if name not in ended]
    gigabytes = sum(int(limit[:-1]) / {"m": 1024, "g": 1}[limit[-1]] for limit in limits)
    assert f"containers add up to {gigabytes:.0f} GB" in (PROJECT / "docs/deploy.md").read_text()


@pytest.mark.parametrize("name", [name for name, one in COMPOSE["services"].items() if "healthcheck" in one])
def test_health_checks_start_no_large_program(name: str) -> None:
    """They run every few seconds: a JVM or Node takes a sixth of a core at rest."""
    check = _service(name)["healthcheck"]
    assert check == {"disable": True} or check["test"][:2] in (["CMD", "bash"], ["CMD", "redis-cli"], ["CMD", "wget"])


@pytest.mark.parametrize("name", ["ai", "ingress", "delivery", "router", "console", "lag"])
def test_memory_limits_are_those_of_the_manifests(name: str) -> None:
    deployment = find_resource(base_resources(), "Deployment", name)
    assert deployment is not None
    limit = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    assert _service(name)["mem_limit"] == limit.removesuffix("i").lower()


@pytest.mark.parametrize("name", [*SERVICES, "lag", "topics", "tools"])
def test_room_for_temporary_files_is_that_of_the_manifests(name: str) -> None:
    """The console keeps files there that are on their way to customers."""
    resources = [*base_resources(), *resources_in("components/tools")]
    resource = find_resource(resources, "Job" if name == "topics" else "Deployment", name)
    assert resource is not None
    volumes = {one["name"]: one for one in resource["spec"]["template"]["spec"]["volumes"]}
    room = volumes["tmp"]["emptyDir"]["sizeLimit"].removesuffix("i").lower()
    assert _service(name)["tmpfs"] == [f"/tmp:size={room},mode=1777"]  # noqa: S108 - in a container


def _mounts(name: str) -> list[tuple[str, str]]:
    """Return source and target of each mount of a Compose service; a source without a slash is a volume."""
    return [(source, target) for source, target, *_ in (one.split(":") for one in _service(name).get("volumes", ()))]


KEEPS_DATA = {name for name in COMPOSE["services"] for source, _ in _mounts(name) if source in COMPOSE["volumes"]}


@pytest.mark.parametrize("name", sorted(KEEPS_DATA))
def test_programs_with_data_have_time_to_close_their_files(name: str) -> None:
    """Compose kills after ten seconds otherwise; a primary of MongoDB may need fifteen."""
    assert {"kafka", "mongodb", "redis"} <= KEEPS_DATA
    assert _service(name)["stop_grace_period"] == "60s"


CONFIGURED = {name for name in COMPOSE["services"] for source, _ in _mounts(name) if source.startswith("./deploy/")}


@pytest.mark.parametrize("name", sorted(CONFIGURED))
def test_configuration_is_mounted_as_a_folder(name: str) -> None:
    """The mount of a single file keeps the old one when an editor or git replaces it."""
    sources = [source for source, _ in _mounts(name) if source.startswith("./")]
    assert [source for source in sources if not (PROJECT / source).is_dir()] == []


def test_guide_says_how_changed_configuration_is_read() -> None:
    (line,) = (one.text for one in guides.commands(PROJECT / "docs/observability.md") if "--force-recreate" in one.text)
    assert line.startswith("docker compose up")
    assert {word for word in line.split() if word in COMPOSE["services"]} == CONFIGURED


def test_configuration_files_are_below_the_mounted_folders() -> None:
    for name in ("prometheus", "alertmanager", "otel-collector"):
        (option,) = (one for one in _service(name)["command"] if one.startswith(("--config.file=", "--config=")))
        file = option.partition("=")[2]
        source, target = next((source, target) for source, target in _mounts(name) if file.startswith(f"{target}/"))
        assert (PROJECT / source / file.removeprefix(f"{target}/")).is_file()


def test_files_that_only_their_owner_may_read_are_opened_to_the_user_of_the_image() -> None:
    """A checkout with umask 077 would give an image that cannot start."""
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    copying = [one for one in stages if re.search(r"^COPY (?!--from)(?!requirements)", one, re.MULTILINE)]
    assert copying
    assert all("chmod -R u=rwX,go=rX" in one for one in copying)


def test_redis_evicts_nothing_and_persists() -> None:
    command = " ".join(_service("redis")["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


@pytest.mark.timeout(1800)
def test_image_builds_and_runs() -> None:
    try:
        image.check_built_image()
    except ToolUnavailable as reason:
        pytest.skip(f"NOT CHECKED: {reason}")
