"""What is to run: which services, how many of each, with which commands and ports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.stack.errors import StackError
from devtools.stack.ports import Ports
from devtools.stack.services import HttpProcess, Service, known_services, module

_LISTEN = {"ingress": "INGRESS_PORT", "console": "CONSOLE_PORT"}
_MOST_REPLICAS = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """The wishes of who starts the stack."""

    infra_only: bool
    simulators: bool
    replicas: Mapping[str, int]
    commands: Mapping[str, Sequence[str]]
    grace: float

    def check(self) -> None:
        """StackError if the wishes make no sense."""
        known = known_services()
        for name, count in self.replicas.items():
            if name not in known:
                raise StackError(f"there is no service {name!r}; there are {', '.join(known)}")
            if not 0 <= count <= _MOST_REPLICAS:
                raise StackError(f"{name}={count}: from 0 to {_MOST_REPLICAS} replicas are possible")

    def check_kafka(self, kind: str) -> None:
        """StackError if this Kafka cannot carry the wishes."""
        many = [name for name, count in self.replicas.items() if count > 1 and name not in _LISTEN]
        if kind == "embedded" and many and not self.infra_only:
            raise StackError(
                f"the embedded Kafka has room for one replica per service, not for more of {', '.join(many)}: "
                "install Java 17 and Maven, or name a Kafka in KAFKA_BOOTSTRAP_SERVERS"
            )

    def ingress_url(self, env: Mapping[str, str], ports: Ports) -> str:
        return f"http://127.0.0.1:{_listen_port('ingress', 0, env, ports)}"

    def topics_command(self) -> Sequence[str]:
        return self.commands.get("topics") or module("shared.kafka.admin")

    def make_simulators(self, ports: Ports, logs: Path, env: Mapping[str, str]) -> HttpProcess:
        port = ports.get("simulators")
        command = self.commands.get("simulators") or module("devtools.simulators", "--port", str(port))
        log = logs / "simulators.log"
        simulators = HttpProcess("simulators", command, "/health", port=port, log=log, env=env)
        simulators.grace = 10.0
        return simulators

    def make_services(self, ports: Ports, logs: Path, env: Mapping[str, str]) -> Iterator[Service]:
        for service in known_services():
            for index in range(self.replicas.get(service, 1)):
                name = f"{service}-{index}"
                listen = (_LISTEN[service], _listen_port(service, index, env, ports)) if service in _LISTEN else None
                yield Service(
                    service,
                    index,
                    self.commands.get(service) or module(f"services.{service}"),
                    ops_port=ports.get(f"{name}.ops"),
                    listen=listen,
                    log=logs / f"{name}.log",
                    env=env,
                    grace=self.grace,
                )


def _listen_port(service: str, index: int, env: Mapping[str, str], ports: Ports) -> int:
    """The port named in the environment for the first replica; else, and for all others, a free one."""
    named = env.get(_LISTEN[service])
    if index or not named:
        return ports.get(f"{service}-{index}")
    try:
        return int(named)
    except ValueError:
        raise StackError(f"{_LISTEN[service]} is {named!r}; it must be a number") from None
