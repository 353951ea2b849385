"""The manifests fit the code: settings, topics, groups, limits. `make verify-deploy` checks more."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.deploy import monitoring_rules, mutations, pod_rules, render, rule_file, secret_rules, settings_rules
from devtools.deploy.cluster import guide
from devtools.deploy.pods import SERVICES, containers, find_resource, of_kind, pod_of, secrets_of
from devtools.deploy.schemas import custom_findings
from shared.settings import Settings
from shared.topics import GROUPS
from tests.deploy import unrendered

MIB = 1024 * 1024
CONSUMERS = [service for service in SERVICES if any(group.partition(".")[0] == service for group in GROUPS)]
NOT_IN_THE_BENCHMARK = {"console": 120.0}  # MB at rest
NOT_SCALED_ON = {"outbound.retry", "webhooks.replay", "operations.commands"}  # waiting retries and what people do


def test_base_manifests_set_existing_and_all_required_settings() -> None:
    assert settings_rules.findings(unrendered.base_resources()) == []


SECRETS = {
    "services.ingress": {
        "META_APP_SECRET",
        "META_VERIFY_TOKEN",
        "MONGODB_URI",
        "REDIS_URL",
        "SECRETS_KEY",
        "SENTRY_DSN",
    },
    "services.router": {"MONGODB_URI", "SENTRY_DSN"},
    "services.ai": {"ANTHROPIC_API_KEY", "OPENROUTER_API_KEY", "MONGODB_URI", "REDIS_URL", "SENTRY_DSN"},
    "services.delivery": {"MONGODB_URI", "REDIS_URL", "SECRETS_KEY", "SENTRY_DSN"},
    "services.console": {
        *("MONGODB_URI", "REDIS_URL", "SECRETS_KEY", "SENTRY_DSN", "SMTP_URL", "CONSOLE_SIGNING_KEYS"),
        "META_APP_SECRET",
    },
    settings_rules.COMMANDS: {"MONGODB_URI", "REDIS_URL", "SECRETS_KEY", "META_APP_SECRET"},
    "shared.kafka.lag": set[str](),
    "shared.kafka.admin": set[str](),
}
"""The secrets that each process may have."""


def test_each_process_has_only_the_secrets_it_needs() -> None:
    resources = [*unrendered.base_resources(), *unrendered.resources_in("components/tools")]
    found = {module: secrets_of(one) for _, one in containers(resources) if (module := settings_rules.module_of(one))}
    assert found == SECRETS
    whole = [
        source["secretRef"]["name"]
        for _, one in containers(resources)
        for source in one.get("envFrom", ())
        if "secretRef" in source
    ]
    assert whole == ["parley-workspaces"], "of the tools pod: tokens that workspace files name"


@pytest.mark.parametrize("module", [module for module in SECRETS if module != settings_rules.COMMANDS])
def test_only_processes_that_read_secrets_require_the_secrets_key(module: str) -> None:
    """The others start without SECRETS_KEY (`shared.settings.load`)."""
    place = unrendered.PROJECT / module.replace(".", "/")
    files = (place / "main.py", place / "__main__.py", place.with_suffix(".py"))
    text = next(file for file in files if file.exists()).read_text()
    assert ("secrets_key=False" in text) is ("SECRETS_KEY" not in settings_rules.used_by(module))
    used = {name for name in settings_rules.used_by(module) if settings_rules.is_secret(name)}
    # The lag exporter would report to Sentry; it needs no secret to do its work, so it gets none.
    assert used - ({"SENTRY_DSN"} if module == "shared.kafka.lag" else set()) == SECRETS[module]


def test_commands_have_the_secrets_that_they_use() -> None:
    used = {name for name in settings_rules.used_by(settings_rules.COMMANDS) if settings_rules.is_secret(name)}
    assert used == SECRETS[settings_rules.COMMANDS]


def test_patches_append_variables_to_existing_lists() -> None:
    """JSON Patch cannot append to a missing list: the whole overlay would fail to render."""
    folder = unrendered.PROJECT / "deploy/k8s/components/kafka-tls"
    patches = yaml.safe_load((folder / "kustomization.yaml").read_text())["patches"]
    made: set[str] = set()
    for one in patches:
        names = re.split(r"\|", one["target"]["name"])
        if "containers/0/env, value: []" in one.get("patch", ""):
            made |= set(names)
        if one.get("path") == "pods.yaml":
            found = [
                find_resource(
                    [*unrendered.base_resources(), *unrendered.resources_in("components/tools")],
                    one["target"]["kind"],
                    name,
                )
                for name in names
            ]
            pods = [(pod_of(resource) or {}) for resource in found if resource]
            assert len(pods) == len(names)
            have = {name for name, pod in zip(names, pods, strict=True) if "env" in pod["containers"][0]}
            assert set(names) <= have | made
            assert not have & made, "an existing list would be emptied"


def test_base_pods_follow_the_pod_rules() -> None:
    assert pod_rules.findings(unrendered.base_resources()) == []


def test_base_pods_follow_the_rules_for_secrets() -> None:
    assert secret_rules.findings(unrendered.base_resources()) == []


def test_secrets_that_pods_need_are_those_of_the_guide() -> None:
    """`make verify-cluster` checks that they exist: pretended pods would not miss them."""
    resources = [*unrendered.base_resources(), *unrendered.resources_in("components/tools", "components/backup")]
    needed = {one for resource in resources for one in secret_rules.needed_secrets(pod_of(resource) or {})}
    assert ("parley-secrets", "MONGODB_URI") in needed
    assert not [one for one in needed if not one[1]], "a Secret as a whole"
    assert not [one for one in needed if one[1] == "SENTRY_DSN"], "it is optional"
    page = (unrendered.PROJECT / "docs/deploy.md").read_text()
    assert all(name in page and key in page for name, key in needed)


def test_rotation_restarts_every_deployment_that_reads_a_secret() -> None:
    resources = [*unrendered.base_resources(), *unrendered.resources_in("components/tools")]
    reading = {
        one["metadata"]["name"]
        for one in of_kind(resources, "Deployment")
        if list(secret_rules.needed_secrets(pod_of(one) or {}))
    }
    patches = yaml.safe_load((unrendered.K8S / "components/kafka-tls/kustomization.yaml").read_text())["patches"]
    for one in patches:
        if one.get("path") == "pods.yaml" and one["target"]["kind"] == "Deployment":
            reading |= set(one["target"]["name"].split("|"))
    assert {"lag", "tools", *SERVICES} == reading
    for line in guide.block("rollout restart deploy/").splitlines():
        assert set(re.findall(r"deploy/(\w+)", line)) == reading, line


def test_production_reaches_kafka_by_tls_by_default() -> None:
    overlay = yaml.safe_load((unrendered.K8S / "overlays/production/kustomization.yaml").read_text())
    assert "../../components/kafka-tls" in overlay["components"]
    (settings,) = (one["literals"] for one in overlay["configMapGenerator"])
    brokers = next(one for one in settings if one.startswith("KAFKA_BOOTSTRAP_SERVERS="))
    assert all(one.endswith(":9093") for one in brokers.partition("=")[2].split(","))
    tls = yaml.safe_load((unrendered.K8S / "components/kafka-tls/kustomization.yaml").read_text())
    assert "KAFKA_SECURITY_PROTOCOL=SASL_SSL" in tls["configMapGenerator"][0]["literals"]


def test_settings_without_a_cluster_default_are_required() -> None:
    expected = {"SECRETS_KEY", "KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "PUBLIC_BASE_URL"}
    assert expected <= settings_rules.required_settings()


@pytest.mark.parametrize("component", ["tools", "backup"])
def test_components_with_pods_follow_the_pod_rules(component: str) -> None:
    assert pod_rules.findings([*unrendered.base_resources(), *unrendered.resources_in(f"components/{component}")]) == []


@pytest.mark.parametrize("component", ["keda", "hpa"])
def test_autoscalers_allow_no_more_replicas_than_partitions(component: str) -> None:
    scalers = unrendered.resources_in(f"components/{component}")
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scalers} == set(SERVICES)
    for one in scalers:
        spec = one["spec"]
        most = spec.get("maxReplicaCount") or spec["maxReplicas"]
        assert most <= pod_rules.partitions_of(spec["scaleTargetRef"]["name"])


@pytest.mark.parametrize("file", ["keda/scaledobjects.yaml", "hpa/hpas.yaml"])
def test_autoscalers_are_applied_with_their_deployments(file: str) -> None:
    """KEDA's webhook refuses one for a Deployment that does not exist yet."""
    for one in yaml.safe_load_all((unrendered.K8S / "components" / file).read_text()):
        service = one["spec"]["scaleTargetRef"]["name"]
        assert one["metadata"]["labels"] == {"app.kubernetes.io/component": service}
        assert f",{service}," in guide.block("-l 'app.kubernetes.io/component notin").replace("(", ",").replace(
            ")", ","
        )


@pytest.mark.parametrize("component", ["keda", "monitoring", "external-secrets"])
def test_resources_of_operators_fit_their_schema(component: str) -> None:
    assert custom_findings(unrendered.resources_in(f"components/{component}")) == []


@pytest.mark.parametrize("service", CONSUMERS)
def test_keda_watches_the_lag_of_every_topic_and_group(service: str) -> None:
    """KEDA reports no error for an unknown consumer group, so its lag would never be seen."""
    scaled = find_resource(unrendered.resources_in("components/keda"), "ScaledObject", service)
    assert scaled is not None
    watched = {(one["metadata"]["topic"], one["metadata"]["consumerGroup"]) for one in scaled["spec"]["triggers"]}
    mine = {group: topics for group, topics in GROUPS.items() if group.partition(".")[0] == service}
    assert watched == {
        (topic.name, group) for group, topics in mine.items() for topic in topics if topic.name not in NOT_SCALED_ON
    }


@pytest.mark.parametrize("service", CONSUMERS)
def test_consumer_instance_id_is_the_pod_name(service: str) -> None:
    """The id is kept when the container restarts: docs/decisions/0024."""
    deployment = find_resource(unrendered.base_resources(), "Deployment", service)
    assert deployment is not None
    given = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    name = next(one for one in given if one["name"] == "INSTANCE_ID")
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


@pytest.mark.parametrize("service", SERVICES)
def test_memory_requests_and_limits_cover_measured_usage(service: str) -> None:
    """Requests cover the measured usage under load; limits also cover the buffers that the settings allow."""
    deployment = find_resource(unrendered.base_resources(), "Deployment", service)
    assert deployment is not None
    resources = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]
    measured, settings = _measured(service), Settings()
    consumers = sum(group.partition(".")[0] == service for group in GROUPS) or (service == "console")
    buffered = settings.read_ahead_bytes * consumers
    buffered += settings.ingress_max_buffered_bytes if service == "ingress" else 0
    assert _bytes(resources["requests"]["memory"]) >= measured
    assert _bytes(resources["limits"]["memory"]) >= measured + 2 * buffered


def _measured(service: str) -> float:
    if service in NOT_IN_THE_BENCHMARK:
        return NOT_IN_THE_BENCHMARK[service] * MIB
    results = json.loads((unrendered.PROJECT / "devtools/bench/results/pipeline.json").read_text())
    rows = [one for one in results["figures"] if one["table"] == "Memory (MB)" and one["row"] == service]
    return float(max(max(one["values"]) for one in rows)) * MIB


def _bytes(quantity: str) -> int:
    return int(quantity[:-2]) * {"Mi": MIB, "Gi": 1024 * MIB}[quantity[-2:]]


def test_network_policy_ports_match_the_settings() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind(unrendered.base_resources(), "NetworkPolicy")}
    settings = settings_rules.settings_of(unrendered.base_resources())
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert _port(policies["webhooks"], "ingress") == settings.ingress_port
    assert _port(policies["people"], "ingress") == settings.console_port
    assert _port(policies["monitoring"], "ingress") == settings.ops_port


def _port(policy: dict[str, Any], direction: str) -> int:
    return int(policy[direction][0]["ports"][0]["port"])


@pytest.mark.parametrize("service", SERVICES)
def test_network_policies_allow_only_the_stores_a_service_uses(service: str) -> None:
    used = settings_rules.used_by(f"services.{service}")
    for store, setting in (("to-mongodb", "MONGODB_URI"), ("to-redis", "REDIS_URL")):
        policy = find_resource(unrendered.base_resources(), "NetworkPolicy", store)
        assert policy is not None
        allowed = policy["spec"]["podSelector"]["matchExpressions"][0]["values"]
        assert (service in allowed) == (setting in used), store


def test_guide_names_the_pods_that_may_reach_public_addresses() -> None:
    page = (unrendered.PROJECT / "docs/deploy.md").read_text()
    (row,) = re.findall(r"^\| outgoing \|(.*)\|$", page, re.MULTILINE)
    sentry = unrendered.K8S / "components/sentry"
    comment = (sentry / "kustomization.yaml").read_text().partition("apiVersion")[0]
    always, reported = _selected("to-the-outside"), _selected("to-sentry")
    assert _names(row.partition("also https")[0].partition("from ")[2]) == always
    assert _names(row.partition("`sentry` from ")[2].partition(" too")[0]) == reported
    assert _names(comment.partition("may always")[0]) == always - {"tools"}, "services that report errors"
    assert _names(comment.partition("addresses.")[2].partition("need")[0]) == reported
    for port in _ports("to-the-mail-server"):
        assert str(port) in row.partition("mail")[2]


def _names(text: str) -> set[str]:
    return set(re.findall(r"\b(ingress|router|ai|delivery|console|tools|lag)\b", text))


def _policy(name: str) -> Any:
    resources = [*unrendered.base_resources(), *unrendered.resources_in("components/sentry")]
    policy = find_resource(resources, "NetworkPolicy", name)
    assert policy is not None
    return policy["spec"]


def _selected(name: str) -> set[str]:
    return set(_policy(name)["podSelector"]["matchExpressions"][0]["values"])


def _ports(name: str) -> list[int]:
    return [one["port"] for one in _policy(name)["egress"][0]["ports"]]


def test_prometheusrule_manifest_is_up_to_date() -> None:
    assert rule_file.TARGET.read_text() == rule_file.text(), "run: python -m devtools.deploy rules"


def test_cluster_gets_every_dashboard() -> None:
    """Grafana's sidecar loads ConfigMaps of this label; `kubectl apply` annotates each with itself, up to 256 KiB."""
    folder = unrendered.PROJECT / "deploy/grafana"
    made = yaml.safe_load((folder / "kustomization.yaml").read_text())
    component = unrendered.K8S / "components/monitoring"
    referred = yaml.safe_load((component / "kustomization.yaml").read_text())["resources"]
    assert folder in [(component / one).resolve() for one in referred]
    assert made["generatorOptions"]["labels"] == {"grafana_dashboard": "1"}
    files = [folder / file for one in made["configMapGenerator"] for file in one["files"]]
    assert sorted(files) == sorted((folder / "dashboards").glob("*.json"))
    assert all(len(one["files"]) == 1 for one in made["configMapGenerator"])
    assert all(len(json.dumps(file.read_text())) < 128 * 1024 for file in files)


def test_manifests_are_copied_with_the_dashboards_that_they_refer_to(tmp_path: Path) -> None:
    component = render.copy_manifests(unrendered.K8S, tmp_path / "deploy") / "components/monitoring"
    referred = yaml.safe_load((component / "kustomization.yaml").read_text())["resources"]
    assert all((component / one).exists() for one in referred)


_CHECKS: dict[str, Callable[[list[dict[str, Any]]], list[str]]] = {
    "settings": settings_rules.findings,
    "pods": pod_rules.findings,
    "secrets": secret_rules.findings,
    "custom": custom_findings,
    "monitoring": monitoring_rules.findings,
}


@pytest.mark.parametrize(
    "mutation", [one for one in mutations.MUTATIONS if one.found_by in _CHECKS], ids=lambda one: str(one.label)
)
def test_mutation_is_detected(mutation: mutations.Mutation) -> None:
    parts = [f"components/{name}" for name in ("keda", "monitoring", "external-secrets", "tools")]
    resources = [*unrendered.base_resources(), *unrendered.resources_in(*parts)]
    for service in SERVICES:
        del (find_resource(resources, "Deployment", service) or {})["spec"]["replicas"]  # as the component keda does
    find = _CHECKS[mutation.found_by]
    assert find(resources) == []
    assert find(mutation.apply(resources))


def test_paths_in_the_deployment_guide_exist() -> None:
    page = (unrendered.PROJECT / "docs" / "deploy.md").read_text()
    paths = set(re.findall(r"\bdeploy/(?:k8s|prometheus|grafana|alertmanager)(?:[a-z0-9/._-]*[a-z0-9])?", page))
    assert len(paths) > 5
    assert [path for path in sorted(paths) if not (unrendered.PROJECT / path).exists()] == []
    linked = re.findall(r"\]\(([a-z0-9/._-]+\.md)\)", page)
    assert [path for path in linked if not (unrendered.PROJECT / "docs" / path).exists()] == []
