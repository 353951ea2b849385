"""Asks Prometheus for what the panels of a dashboard show."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STEPS = 240  # points of a line
_LIMIT = 30.0  # seconds for one query
_SHORTEST_RATE = 20.0  # seconds: several scrapes, as Grafana's $__rate_interval


@dataclass(frozen=True, slots=True)
class Span:
    """The time that pictures show, in seconds of Unix time."""

    start: float
    end: float

    @property
    def step(self) -> float:
        return max(1.0, (self.end - self.start) / _STEPS)


@dataclass(frozen=True, slots=True)
class Series:
    """A line, or with one point a current value."""

    name: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def last(self) -> float:
        return self.points[-1][1]

    @property
    def largest(self) -> float:
        return max(value for _, value in self.points)


class Prometheus:
    """Queries with the variables of a dashboard replaced. workspace: the one that `$workspace` names."""

    def __init__(self, address: str, span: Span, workspace: str = "") -> None:
        self._address = address.rstrip("/")
        self._span = span
        self._workspace = workspace

    def series(self, panel: Mapping[str, Any]) -> list[Series]:
        """Return what a panel shows, in the order of its queries."""
        found = []
        for target in panel["targets"]:
            rows = self._ask(target["expr"], instant=target["instant"])
            found += [_series(row, target["legendFormat"]) for row in rows]
        return [one for one in found if one.points]

    def _ask(self, expression: str, *, instant: bool) -> list[dict[str, Any]]:
        rate = max(_SHORTEST_RATE, 4 * self._span.step)
        query = {"query": expression.replace("$__rate_interval", f"{rate:.0f}s").replace("$workspace", self._workspace)}
        if instant:
            path, query["time"] = "query", str(self._span.end)
        else:
            path = "query_range"
            query |= {"start": str(self._span.start), "end": str(self._span.end), "step": str(self._span.step)}
        url = f"{self._address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=_LIMIT) as answer:  # noqa: S310 - the operator's own Prometheus
            rows: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return rows


def _series(row: dict[str, Any], legend: str) -> Series:
    values = row["values"] if "values" in row else [row["value"]]
    points = tuple((float(at), float(value)) for at, value in values if value not in ("NaN", "+Inf", "-Inf"))
    return Series(_name(row["metric"], legend), row["metric"], points)


def _name(labels: Mapping[str, str], legend: str) -> str:
    if legend == "__auto":
        return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "__name__") or "value"
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), legend).strip()
