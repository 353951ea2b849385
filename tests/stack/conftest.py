import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devtools.stack.supervisor import Stack

DUMMY = [sys.executable, str(Path(__file__).with_name("dummy_service.py"))]
NAMED_SERVERS = ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "REDIS_URL", "INGRESS_PORT", "CONSOLE_PORT")

MakeStack = Callable[..., Stack]


@pytest.fixture(scope="package")
def own_servers() -> Iterator[None]:
    """Unset the settings of external servers, so that the stack starts its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMED_SERVERS:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="package")
def infra(own_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of Kafka, MongoDB and Redis for all tests of this directory."""
    with Stack(dir=tmp_path_factory.mktemp("infra"), infra_only=True) as stack:
        yield stack


@pytest.fixture
def make_stack(infra: Stack, tmp_path: Path) -> Iterator[MakeStack]:
    """Return a factory of unstarted stacks of dummy services on the servers of `infra`; stop them after the test."""
    made: list[Stack] = []

    def make(*, dummy: str = "", **options: Any) -> Stack:
        env = {"DUMMY": dummy, **infra_env(infra), **options.pop("env", {})}
        commands = dict.fromkeys(("ingress", "router", "ai", "delivery", "console"), DUMMY)
        commands |= {"topics": [sys.executable, "-c", ""], **options.pop("commands", {})}
        settings = {"dir": tmp_path / "state", "simulators": False, "grace": 5.0, **options}
        stack = Stack(env=env, commands=commands, **settings)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.stop()


def infra_env(infra: Stack) -> dict[str, str]:
    info = infra.info
    return {"KAFKA_BOOTSTRAP_SERVERS": info["kafka"], "MONGODB_URI": info["mongodb"], "REDIS_URL": info["redis"]}
