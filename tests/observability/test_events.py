"""`panels.events` counts what happened in its window: no failed scrape, gap or restart adds events to it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.observability.panels import events
from tests.observability.conftest import run_tool

COUNTER = "parley_broadcast_pauses_total"
SERIES = f'{COUNTER}{{instance="a",job="parley"}}'
UP = 'up{instance="a",job="parley"}'
START = 'process_start_time_seconds{instance="a",job="parley"}'

# Events of the hour from minute 60 to 120. Three series, one sample a minute: the counter, `up`, and the start time of
# its process.
CASES: list[tuple[str, str, str, str, int]] = [
    ("nothing new", "7x150", "1x150", "0x150", 0),
    ("the first one", "_x90 1x60", "1x150", "0x150", 1),
    ("a scrape failed an hour ago", "7x58 stale _x1 7x90", "1x58 0x1 1x90", "0x58 stale _x1 0x90", 0),
    ("Prometheus was away an hour ago", "7x49 _x20 7x80", "1x49 _x20 1x80", "0x49 _x20 0x80", 0),
    ("scrapes failed for long", "7x49 stale _x20 7x80", "1x49 0x20 1x80", "0x49 stale _x20 0x80", 0),
    ("a restart, and one since", "7x70 1x80", "1x150", "0x70 4260x80", 1),
    ("a new process, and two since", "_x70 2x80", "_x70 1x80", "_x70 4260x80", 2),
    ("a process with one that has ended", "_x70 1x20 stale", "_x70 1x20 stale", "_x70 4260x20 stale", 1),
]


@pytest.mark.parametrize(("counter", "up", "start", "count"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_panel_counts_the_events_of_its_window(tmp_path: Path, counter: str, up: str, start: str, count: int) -> None:
    series = [(SERIES, counter), (UP, up), (START, start)]
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [
            {
                "expr": f"round(sum({events(COUNTER, '1h')}))",
                "eval_time": "120m",
                "exp_samples": [{"labels": "{}", "value": count}],
            }
        ],
    }
    path = tmp_path / "events.yaml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    run_tool("promtool", "test", "rules", path)
