"""The processes that a stack shall run: services, replicas, commands and ports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.stack.errors import StackError
from devtools.stack.ports import Ports
from devtools.stack.services import HttpProcess, Service, known_services, module_command

_LISTEN = {"ingress": "INGRESS_PORT", "console": "CONSOLE_PORT"}
_MAX_REPLICAS = 32


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The options given to `Stack`, and the processes that follow from them."""

    infra_only: bool
    simulators: bool
    replicas: Mapping[str, int]
    commands: Mapping[str, Sequence[str]]
    grace: float

    def validate(self) -> None:
        """Raise StackError if the options are invalid."""
        known = known_services()
        for name, count in self.replicas.items():
            if name not in known:
                raise StackError(f"there is no service {name!r}; there are {', '.join(known)}")
            if not 0 <= count <= _MAX_REPLICAS:
                raise StackError(f"{name}={count}: the number of replicas must be from 0 to {_MAX_REPLICAS}")

    def validate_kafka(self, kind: str) -> None:
        """Raise StackError if this kind of Kafka does not support the options."""
        replicated = [name for name, count in self.replicas.items() if count > 1 and name not in _LISTEN]
        if kind == "embedded" and replicated and not self.infra_only:
            raise StackError(
                f"the embedded Kafka supports one replica per service, not more of {', '.join(replicated)}: "
                "install Java 17 and Maven, or name a Kafka in KAFKA_BOOTSTRAP_SERVERS"
            )

    def ingress_url(self, env: Mapping[str, str], ports: Ports) -> str:
        return f"http://127.0.0.1:{_listen_port('ingress', 0, env, ports)}"

    def console_url(self, env: Mapping[str, str], ports: Ports) -> str:
        return f"http://127.0.0.1:{_listen_port('console', 0, env, ports)}"

    def topics_command(self) -> Sequence[str]:
        return self.commands.get("topics") or module_command("shared.kafka.admin")

    def make_simulators(self, ports: Ports, logs: Path, env: Mapping[str, str]) -> HttpProcess:
        port = ports.get("simulators")
        command = self.commands.get("simulators") or module_command("devtools.simulators", "--port", str(port))
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
                    self.commands.get(service) or module_command(f"services.{service}"),
                    ops_port=ports.get(f"{name}.ops"),
                    listen=listen,
                    log=logs / f"{name}.log",
                    env=env,
                    grace=self.grace,
                )


def _listen_port(service: str, index: int, env: Mapping[str, str], ports: Ports) -> int:
    """Return the port set in the environment for the first replica; a free port otherwise and for other replicas."""
    named = env.get(_LISTEN[service])
    if index or not named:
        return ports.get(f"{service}-{index}")
    try:
        return int(named)
    except ValueError:
        raise StackError(f"{_LISTEN[service]} is {named!r}; it must be a number") from None
