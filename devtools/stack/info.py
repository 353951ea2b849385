"""The description of a running stack, as printed by `parley up --json` and stored in `run.json`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from devtools.stack.infra import Infra
from devtools.stack.server import Server
from devtools.stack.services import Service
from devtools.stack.statedir import StateDir

T = TypeVar("T")


def describe(
    state: StateDir, infra: Infra, simulators: Server | None, services: Sequence[Service], env: Mapping[str, str]
) -> dict[str, Any]:
    """Return the JSON object that describes the stack. It holds no secrets: they are in the file that `env` names."""
    return {
        "ingress": _listen_url("ingress", services),
        "console": _listen_url("console", services),
        "kafka": infra.kafka.address,
        "kafka_kind": infra.kafka_kind,
        "mongodb": infra.mongodb.address,
        "mongodb_database": env.get("MONGODB_DATABASE"),
        "redis": infra.redis.address,
        "ops": _by_service((service.service, service.address) for service in services),
        "simulators": _simulators(simulators),
        "pids": _pids(infra, simulators, services),
        "logs": str(state.logs),
        "env": str(state.env),
    }


def _listen_url(name: str, services: Sequence[Service]) -> str | None:
    for service in services:
        if service.service == name and service.listen_port is not None:
            return f"http://127.0.0.1:{service.listen_port}"
    return None


def _simulators(server: Server | None) -> dict[str, str] | None:
    if server is None:
        return None
    names = ("meta", "twilio", "msg91", "anthropic", "openrouter")
    return {"url": server.address, **{name: f"{server.address}/{name}" for name in names}}


def _pids(infra: Infra, simulators: Server | None, services: Sequence[Service]) -> dict[str, list[int]]:
    parts: list[tuple[str, int | None]] = [(service.service, service.pid) for service in services]
    parts += [(server.name, server.pid) for server in infra.servers]
    if simulators is not None:
        parts.append(("simulators", simulators.pid))
    return _by_service((name, pid) for name, pid in parts if pid is not None)


def _by_service(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    grouped: dict[str, list[T]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
