"""A Prometheus that scrapes a running stack and the lag exporter, with the rules of deploy/prometheus."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from devtools.stack.ports import Ports
from devtools.stack.services import HttpProcess, module_command
from devtools.stack.supervisor import Stack
from tests.observability.conftest import PROMETHEUS

Samples = list[dict[str, Any]]


class PrometheusClient:
    """A client of Prometheus' HTTP API."""

    def __init__(self, address: str, lag: HttpProcess) -> None:
        self.address = address
        self.lag = lag
        """The lag exporter beside the stack."""

    def query(self, expr: str) -> Samples:
        """Return the current samples. Raises AssertionError with Prometheus' error."""
        found: Samples = self._get("query", query=expr)["result"]
        return found

    def rules(self) -> Samples:
        """Return all rules with their health."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def targets(self) -> dict[str, str]:
        """Return the scrape health of each service."""
        return {one["labels"]["service"]: one["health"] for one in self._get("targets")["activeTargets"]}

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {one["labels"]["alertname"] for one in self.alerts()}

    def alerts(self) -> Samples:
        """Return the alerts that fire: each with `labels` and `annotations`."""
        return [one for one in self._get("alerts")["alerts"] if one["state"] == "firing"]

    def _get(self, path: str, **query: str) -> Any:
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own Prometheus
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from None


@contextmanager
def run_prometheus(
    stack: Stack, prometheus: Path, folder: Path, rules: Path = PROMETHEUS / "rules"
) -> Iterator[PrometheusClient]:
    """Run Prometheus and the lag exporter until the end of the block. rules: the folder of the rules."""
    ports = Ports(folder / "ports.json")
    lag = _process("lag", module_command("shared.kafka.lag"), "/health/ready", ports.get("lag"), folder, stack.env)
    port = ports.get("prometheus")
    config = folder / "prometheus.yaml"
    config.write_text(yaml.safe_dump(_config(stack, lag.address, rules)))
    command = [
        str(prometheus),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    server = _process("prometheus", command, "/-/ready", port, folder, {})
    try:
        for process in (lag, server):
            process.start()
        for process in (lag, server):
            process.wait_ready()
        yield PrometheusClient(server.address, lag)
    finally:
        for process in (server, lag):
            process.stop(5.0)
        ports.close()


def _process(name: str, command: list[str], path: str, port: int, folder: Path, env: dict[str, str]) -> HttpProcess:
    return HttpProcess(
        name,
        command,
        path,
        port=port,
        log=folder / f"{name}.log",
        env={**env, "OPS_PORT": str(port), "INSTANCE_ID": ""},
    )


def _config(stack: Stack, lag: str, rules: Path) -> dict[str, Any]:
    """Return a configuration with the repository's rules and labels, targets by port, and short intervals."""
    addresses = {**stack.info["ops"], "lag": [lag]}
    targets = [
        {"targets": [urlsplit(one).netloc for one in several], "labels": {"service": service}}
        for service, several in addresses.items()
    ]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "2s"},
        "rule_files": [str(rules / "*.yaml")],
        "scrape_configs": [{"job_name": "parley", "static_configs": targets}],
    }


def until_empty(left: list[str], seconds: float) -> Iterator[list[str]]:
    """Yield twice a second, until nothing is left or the time is over."""
    end = time.monotonic() + seconds
    while left and time.monotonic() < end:
        yield left
        time.sleep(0.5)
