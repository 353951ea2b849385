"""Alerts: each has a runbook and tests, uses existing metrics, and is routed to the right receiver."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from devtools.cli.main import build
from devtools.observability import slos
from devtools.observability.metric_names import exported_metrics, metrics_of, unknown_labels, unknown_metrics
from tests.observability.conftest import PROMETHEUS, ROOT, run_tool

RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yaml"))
SECTIONS = ["Symptom", "First command", "What to look at", "Repair"]
GROUPS: list[dict[str, Any]] = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
ALL = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in ALL if "alert" in rule]
NAMES = sorted({rule["alert"] for rule in ALERTS})
RECORDED = {rule["record"] for rule in ALL if "record" in rule}


def test_service_level_rules_are_up_to_date() -> None:
    assert slos.RULES.read_text() == slos.text(), "python -m devtools.observability.slos"


def test_prometheus_configuration_and_rules_are_valid() -> None:
    run_tool("promtool", "check", "config", PROMETHEUS / "prometheus.yaml")
    run_tool("promtool", "check", "rules", *RULES)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alert_unit_tests_pass(path: Path) -> None:
    run_tool("promtool", "test", "rules", path)


def test_alertmanager_configuration_is_valid() -> None:
    run_tool("amtool", "check-config", PROMETHEUS / "alertmanager.yaml")


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [("severity=page", "page"), ("severity=ticket", "ticket"), ("severity=page service=ai", "page"), ("", "ticket")],
)
def test_alert_is_routed_to_its_receiver(labels: str, receiver: str) -> None:
    config = f"--config.file={PROMETHEUS / 'alertmanager.yaml'}"
    assert run_tool("amtool", "config", "routes", "test", config, *labels.split()).strip() == receiver


def test_inhibition_rules_name_existing_alerts() -> None:
    for rule in yaml.safe_load((PROMETHEUS / "alertmanager.yaml").read_text())["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            name, value = _matcher(matcher)
            assert name != "alertname" or set(value.split("|")) <= set(NAMES), matcher


def subjects(name: str, severity: str) -> set[str]:
    """Return the labels that tell the alerts of this name and severity from each other."""
    rules = [rule for rule in ALERTS if rule["alert"] == name and rule["labels"]["severity"] == severity]
    by = {
        label for rule in rules for labels in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in labels.split(",")
    }
    return {label.strip() for label in by} | {label for rule in rules for label in rule["labels"]} - {"severity"}


def test_page_inhibits_the_ticket_about_the_same_thing_only() -> None:
    rules = yaml.safe_load((PROMETHEUS / "alertmanager.yaml").read_text())["inhibit_rules"]
    (equal,) = (set(rule["equal"]) for rule in rules if rule["source_matchers"] == ['severity="page"'])
    both = [name for name in NAMES if subjects(name, "page") and subjects(name, "ticket")]
    assert {"DiskFilling", "ClockWrong"} < set(both)
    for name in both:
        page, ticket = subjects(name, "page"), subjects(name, "ticket")
        assert (page | ticket) & equal == page & ticket, name


def is_muted(target: dict[str, str], *firing: dict[str, str]) -> bool:
    """Return whether Alertmanager notifies nobody of an alert while others fire."""
    return any(
        matches(rule["target_matchers"], target)
        and matches(rule["source_matchers"], source)
        and all(source.get(label, "") == target.get(label, "") for label in rule.get("equal", ()))
        for rule in yaml.safe_load((PROMETHEUS / "alertmanager.yaml").read_text())["inhibit_rules"]
        for source in firing
    )


def matches(matchers: list[str], labels: dict[str, str]) -> bool:
    """Return whether labels fit all matchers; a regular expression has to fit as a whole."""
    found = [re.fullmatch(r'(\w+)=~?"(.*)"', matcher) for matcher in matchers]
    return all(one is not None and re.fullmatch(one[2], labels.get(one[1], "")) for one in found)


def alert(name: str, **labels: str) -> dict[str, str]:
    """Return the labels of an alert."""
    return {"alertname": name, **labels}


BROKER_AWAY = alert("BrokerAway", severity="page")
MONGODB_AWAY = alert("DependencyAway", severity="page", dependency="mongodb")
KAFKA_AWAY = alert("DependencyAway", severity="page", dependency="kafka")
REFUSED = alert("WebhooksRefused", severity="ticket", provider="meta")


@pytest.mark.parametrize(
    ("target", "firing", "muted"),
    [
        (KAFKA_AWAY, BROKER_AWAY, True),
        (MONGODB_AWAY, BROKER_AWAY, False),
        (alert("LagUnmeasured", severity="ticket"), BROKER_AWAY, True),
        (alert("ConsumerStuck", severity="page", group="ai"), MONGODB_AWAY, True),
        (alert("WebhooksFailing", severity="page", slo="webhooks_taken"), BROKER_AWAY, False),
        (alert("WebhooksFailing", severity="page", slo="webhooks_taken"), KAFKA_AWAY, False),
        (alert("WebhooksFailing", severity="page", slo="webhooks_taken"), MONGODB_AWAY, False),
        (alert("ServiceNotReady", severity="page", service="ai"), BROKER_AWAY, True),
        (alert("ServiceNotReady", severity="page", service="ai"), MONGODB_AWAY, True),
        (alert("ServiceNotReady", severity="page", service="ingress"), MONGODB_AWAY, False),
        (alert("ServiceNotReady", severity="page", service="ai"), alert("ServiceDown", service="ai"), True),
        (alert("ServiceNotReady", severity="page", service="ai"), alert("ServiceDown", service="router"), False),
        (alert("ServiceDown", severity="page", service="ai"), BROKER_AWAY, False),
        (REFUSED, alert("WebhooksRefused", severity="page", provider="meta"), True),
        (REFUSED, alert("WebhooksRefused", severity="page", provider="twilio"), False),
    ],
)
def test_alert_is_muted_by_its_cause_only(target: dict[str, str], firing: dict[str, str], muted: bool) -> None:
    assert is_muted(target, firing) is muted


def inhibitions() -> dict[str, set[str]]:
    """Return the names of the alerts that are muted, by that of the alert that mutes them."""
    found: dict[str, set[str]] = {}
    for rule in yaml.safe_load((PROMETHEUS / "alertmanager.yaml").read_text())["inhibit_rules"]:
        source, target = (dict(map(_matcher, rule[f"{side}_matchers"])) for side in ("source", "target"))
        if "alertname" in source:
            found.setdefault(source["alertname"], set()).update(target["alertname"].split("|"))
    return found


def _matcher(text: str) -> tuple[str, str]:
    name, value = re.fullmatch(r'(\w+)=~?"(.*)"', text).groups()  # type: ignore[union-attr]  # it fails
    return name, value


def test_page_on_observability_lists_the_inhibitions() -> None:
    page = (ROOT / "docs/observability.md").read_text().partition("## Inhibition")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert {row[0].strip("| `"): set(re.findall(r"`(\w+)`", row[1])) for row in rows} == inhibitions()


@pytest.mark.parametrize("source", inhibitions())
def test_runbooks_name_what_mutes_their_alert(source: str) -> None:
    """Whoever misses an alert reads it there; otherwise an alert that does not fire looks like good news."""
    for target in inhibitions()[source]:
        assert re.search(rf"[Mm]uted while [^.]*\[{source}\]", _symptom(target).replace(".md", "")), target
        assert f"[{target}]({target}.md)" in _symptom(source).partition("While it fires")[2], target


def _symptom(name: str) -> str:
    text = (ROOT / f"docs/runbooks/{name}.md").read_text().partition("## Symptom")[2].partition("\n## ")[0]
    return " ".join(text.split())


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_use_existing_metrics_and_labels(rule: dict[str, Any]) -> None:
    assert not unknown_metrics(metrics_of(rule["expr"]) - RECORDED)
    assert not unknown_labels(rule["expr"])


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("sum by (decision) (rate(parley_model_choices_total[5m]))", set()),
        ("sum by (reason) (increase(parley_model_choices_total[1h]))", {("parley_model_choices_total", "reason")}),
        ('parley_model_choices_total{reason="fast"}', {("parley_model_choices_total", "reason")}),
        ("histogram_quantile(0.9, sum by (topic, le) (rate(parley_record_seconds_bucket[10m])))", set()),
        ("max by (consumer, le) (parley_lanes_waiting > 1) > 2", {("parley_lanes_waiting", "le")}),
    ],
)
def test_unknown_labels_are_found(expression: str, unknown: set[tuple[str, str]]) -> None:
    assert unknown_labels(expression) == unknown


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_alert_on_a_share_needs_several_events(rule: dict[str, Any]) -> None:
    """In a quiet hour one bad event is a large share."""
    shares = re.search(r"rate\(.*?\)\)?\s*/\s*sum", rule["expr"]) or "bad_ratio" in rule["expr"]
    if shares:
        assert re.search(r"and sum( by \(\w+\))? ?\((rate|increase)\(.*?\)\) >=? \d|bad_events_\w+ >= 10", rule["expr"])


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_alert_has_summary_description_and_runbook_link(rule: dict[str, Any]) -> None:
    name, notes = rule["alert"], rule["annotations"]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert notes["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}docs/runbooks/{name}.md"
    assert len(notes["summary"]) < 100
    assert notes["description"].endswith(".")
    for label in re.findall(r"\$labels\.(\w+)", notes["summary"] + notes["description"]):
        assert re.search(rf"(?:by|on) \([^)]*\b{label}\b", rule["expr"]) or name == "ReplicaDown", label


@pytest.mark.parametrize("name", NAMES)
def test_alert_has_tests_firing_and_not_firing(name: str) -> None:
    checks = [
        check
        for path in TESTS
        for test in yaml.safe_load(path.read_text())["tests"]
        for check in test["promql_expr_test"]
        if f'alertname="{name}"' in check["expr"]
    ]
    fired = {severity for check in checks for severity in _severities(check)}
    assert fired == {rule["labels"]["severity"] for rule in ALERTS if rule["alert"] == name}
    assert any(not check["exp_samples"] for check in checks), "no test in which it does not fire"


def _severities(check: dict[str, Any]) -> list[str]:
    return [found for sample in check["exp_samples"] for found in re.findall(r'severity="(\w+)"', sample["labels"])]


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_has_a_runbook(name: str) -> None:
    page = (ROOT / f"docs/runbooks/{name}.md").read_text()
    assert page.startswith(f"# {name}\n")
    parts = re.split(r"^## (.+)$", page, flags=re.M)
    assert parts[1::2] == SECTIONS
    texts = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    assert all(texts.values())
    assert re.match(r"```(promql|sh)\n", texts["First command"])
    queries = re.findall(r"```promql\n(.*?)```", page, flags=re.S)
    assert queries, "no PromQL query"
    assert not unknown_metrics(metrics_of(" ".join(queries)) - RECORDED)
    assert not unknown_labels("\n".join(queries))
    for metric in re.findall(r"`(parley_\w+)", page):
        assert any(name.startswith(metric) for name in exported_metrics()), metric


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_runbook_exist(name: str) -> None:
    page = (ROOT / f"docs/runbooks/{name}.md").read_text()
    for words in re.findall(r"(?:^|`)parley ([a-z -]+)", page, flags=re.M):
        found: Any = typer.main.get_command(build())
        for word in words.split()[:2]:
            found = getattr(found, "commands", {}).get(word, None if hasattr(found, "commands") else found)
            assert found is not None, f"parley {words}"


def test_every_runbook_has_an_alert() -> None:
    assert sorted(path.stem for path in (ROOT / "docs/runbooks").glob("*.md")) == NAMES
