"""Dashboards are generated, use existing metrics, and their panels do not overlap."""

import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from devtools.observability.dashboards import ALL, FOLDER, files
from devtools.observability.metric_names import metrics_of, unknown_labels, unknown_metrics
from devtools.observability.panels import Dashboard, Panel, Query, to_json
from tests.observability.conftest import ROOT
from tests.observability.test_rules import NAMES, RECORDED

EVERY = [(one, panel, query) for one in ALL for panel, query in one.queries()]


def test_dashboard_files_are_up_to_date() -> None:
    wanted = files()
    assert set(FOLDER.glob("*.json")) == wanted.keys(), "python -m devtools.observability.dashboards"
    for path, text in wanted.items():
        assert path.read_text() == text, f"{path.name}: python -m devtools.observability.dashboards"


@pytest.mark.parametrize(("one", "panel", "query"), EVERY, ids=[f"{one.uid}:{panel.title}" for one, panel, _ in EVERY])
def test_dashboard_queries_use_existing_metrics_and_labels(one: Dashboard, panel: Panel, query: Query) -> None:
    names = metrics_of(query.expr)
    assert names, "no metric in the query"
    assert not unknown_metrics(names - RECORDED)
    assert not unknown_labels(query.expr)


def test_every_metric_of_ours_is_on_a_dashboard() -> None:
    from devtools.observability.metric_names import exported_metrics

    shown = {name for _, _, query in EVERY for name in metrics_of(query.expr)}
    ours = {name for name in exported_metrics() if name.startswith("parley_")}
    families = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in ours}
    missing = {family for family in families if not any(name.startswith(family) for name in shown)}
    assert not missing


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.uid)
def test_panels_do_not_overlap(one: Dashboard) -> None:
    places = [panel["gridPos"] for panel in to_json(one)["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if _overlap(*pair)]


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
    down = one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]
    return bool(across and down)


def test_first_event_of_a_counter_is_shown() -> None:
    """A counter begins with its first event, in which `increase` alone sees no increase."""
    bare = [(one.uid, panel.title) for one, panel, query in EVERY if re.search(r"(?<! or )increase\(", query.expr)]
    assert bare == [], "use panels.events()"


def test_title_of_a_stat_fits_its_width() -> None:
    for one in ALL:
        for panel, _ in one.queries():
            assert panel.kind != "stat" or len(panel.title) <= 6 * panel.width, panel.title


def test_titles_are_distinct_within_a_row() -> None:
    for one in ALL:
        for row in one.rows:
            titles = [panel.title for panel in row.panels]
            assert len(set(titles)) == len(titles), (one.uid, row.title)


def test_grafana_is_provisioned_with_the_dashboards() -> None:
    provisioning = ROOT / "deploy/grafana/provisioning"
    sources = yaml.safe_load((provisioning / "datasources/datasources.yaml").read_text())["datasources"]
    assert [(source["type"], source.get("isDefault", False)) for source in sources] == [
        ("prometheus", True),
        ("jaeger", False),
    ]
    (provider,) = yaml.safe_load((provisioning / "dashboards/dashboards.yaml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def test_alerts_named_in_a_help_text_exist() -> None:
    for one in ALL:
        for panel, _ in one.queries():
            for word in panel.help.replace("/", " ").replace(".", " ").split():
                if word[:1].isupper() and sum(letter.isupper() for letter in word) > 1 and word.isalpha():
                    assert word in NAMES or word.isupper(), f"{panel.title}: {word}"
