"""Grafana dashboards as typed values, and their JSON (schema 41: Grafana 11.6 and later).

A dashboard is rows of panels, 24 columns wide; a panel has a title, a help text and queries. All other properties are
the same in all dashboards and are set here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from devtools.observability.metric_names import metrics_of
from devtools.observability.no_data import no_data

Json = dict[str, Any]
RATE = "$__rate_interval"
PER_SECOND = "suffix:/s"  # of anything that is counted; the title says of what
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression, and the legend of its lines in Grafana's form (`{{label}}`)."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel. unit: Grafana's name. limit: a red line; in a `stat`, the value from which it is red.

    width: in columns, of 24. help: how to read the panel, for an operator on call.
    """

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: str = "timeseries"
    limit: float | None = None
    worse_below: bool = False  # red is below the limit, not above
    stacked: bool = False
    decimals: int | None = None  # None: as many as Grafana likes
    width: int = 8
    height: int = 8
    help: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A drop-down list of a dashboard: the values of a label."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard. uid: also the file's name; never changed, because links contain it."""

    uid: str
    title: str
    help: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = field(default=())

    def queries(self) -> Iterator[tuple[Panel, Query]]:
        """Yield each query with its panel."""
        for row in self.rows:
            for panel in row.panels:
                for query in panel.queries:
                    yield panel, query


def lines(title: str, *queries: Query | str, **options: Any) -> Panel:
    """Return a panel of lines over time."""
    return Panel(title, _queries(queries), **options)


def stat(title: str, query: str, **options: Any) -> Panel:
    """Return a panel of one current value."""
    return Panel(title, (Query(query),), kind="stat", **{"width": 4, "height": 5, **options})


def table(title: str, query: str, **options: Any) -> Panel:
    """Return a table of current values, one row per set of labels."""
    return Panel(title, (Query(query),), kind="table", **options)


def rate(metric: str, by: str, labels: str = "") -> Query:
    """Return a query of a counter's events per second."""
    chosen = f"{{{labels}}}" if labels else ""
    legend = " ".join(f"{{{{{name.strip()}}}}}" for name in by.split(","))
    return Query(f"sum by ({by}) (rate({metric}{chosen}[{RATE}]))", legend)


def events(selector: str, window: str) -> str:
    """Return an expression for the number of a counter's events in a window such as `30m`, also of the first ones.

    A counter begins with its first event, and `increase` sees no increase in that: a budget that was spent once would
    never be shown. A counter is new only if its process was scraped before the window and lacked it, or has started
    since; otherwise the end of a failed scrape or of a gap would show all that was ever counted as events of now.
    `last_over_time(…[window])`: also while the process is not scraped.
    """
    begun = f"last_over_time({selector}[{window}]) unless last_over_time({selector}[5m] offset {window})"
    lacked = f'max_over_time(up{{job="parley"}}[5m] offset {window}) == 1'
    latest_start = f'last_over_time(process_start_time_seconds{{job="parley"}}[{window}])'
    started = f"time() - {latest_start} < {_seconds(window) + 60}"
    return f"({begun} and on (instance) ({lacked} or {started}) or increase({selector}[{window}]))"


def _seconds(window: str) -> int:
    return int(window[:-1]) * {"m": 60, "h": 3600}[window[-1]]


def quantile(share: float, metric: str, by: str = "", labels: str = "") -> Query:
    """Return a query of a histogram's quantile; share: 0 to 1."""
    chosen = f"{{{labels}}}" if labels else ""
    groups = f"{by}, le" if by else "le"
    legend = " ".join([*(f"{{{{{name.strip()}}}}}" for name in by.split(",") if name), f"{100 * share:g} %"])
    return Query(f"histogram_quantile({share}, sum by ({groups}) (rate({metric}_bucket{chosen}[{RATE}])))", legend)


def _queries(given: tuple[Query | str, ...]) -> tuple[Query, ...]:
    return tuple(query if isinstance(query, Query) else Query(query) for query in given)


def to_json(dashboard: Dashboard) -> Json:
    """Return the JSON of a dashboard."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.help,
        "tags": ["parley"],
        "schemaVersion": 41,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "links": [_links()],
        "templating": {"list": [_datasource(), *map(_variable, dashboard.variables)]},
        "annotations": {"list": [_alerts()]},
        "panels": list(_layout(dashboard)),
    }


def _links() -> Json:
    return {"type": "dashboards", "title": "Parley", "tags": ["parley"], "asDropdown": True, "keepTime": True}


def _datasource() -> Json:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _variable(variable: Variable) -> Json:
    return {
        "name": variable.name,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": variable.query, "refId": variable.name},
        "refresh": 2,
        "sort": 1,
    }


def _alerts() -> Json:
    expr = 'max by (alertname) (ALERTS{alertstate="firing",severity="page"})'
    return {
        "name": "Pages",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": expr,
        "titleFormat": "{{alertname}}",
        "step": "60s",
    }


def _layout(dashboard: Dashboard) -> Iterator[Json]:
    number, top = 0, 0
    for row in dashboard.rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": _grid_position(0, top, _WIDTH, 1),
            "panels": [],
        }
        top, left, tallest = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > _WIDTH:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            yield _panel(number, panel, _grid_position(left, top, panel.width, panel.height))
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _grid_position(left: int, top: int, width: int, height: int) -> Json:
    return {"x": left, "y": top, "w": width, "h": height}


def _panel(number: int, panel: Panel, position: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.help,
        "datasource": _SOURCE,
        "gridPos": position,
        "targets": [_target(index, query, panel) for index, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }


def _target(index: int, query: Query, panel: Panel) -> Json:
    now = panel.kind != "timeseries"
    return {
        "refId": chr(ord("A") + index),
        "datasource": _SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": now,
        "range": not now,
        "format": "table" if panel.kind == "table" else "time_series",
    }


def _defaults(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": _steps(panel)}}
    empty = no_data({name for query in panel.queries for name in metrics_of(query.expr)})
    if panel.kind == "stat" or empty:
        defaults["noValue"] = "0" if panel.kind == "stat" else empty
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.kind == "timeseries":
        defaults["min"] = 0
        defaults["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 20 if panel.stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": "line" if panel.limit is not None else "off"},
        }
    return defaults


def _steps(panel: Panel) -> list[Json]:
    first, then = ("red", "green") if panel.worse_below else ("green", "red")
    steps: list[Json] = [{"color": first if panel.limit is not None else "green", "value": None}]
    return steps if panel.limit is None else [*steps, {"color": then, "value": panel.limit}]


def _options(panel: Panel) -> Json:
    if panel.kind == "timeseries":
        return {
            "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    if panel.kind == "stat":
        calcs = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {"reduceOptions": calcs, "colorMode": "background", "graphMode": "none"}
    return {"showHeader": True}
