"""Check that the Prometheus operator gives the scraped series the labels that rules and dashboards ask for."""

import re
from typing import Any

from devtools.deploy.pods import SERVICES, of_kind
from devtools.deploy.render import Resource, resource_name

_EXPORTERS = {*SERVICES, "lag"}


def findings(resources: list[Resource]) -> list[str]:
    """Return the violations, one line each; none without a ServiceMonitor."""
    monitors = of_kind(resources, "ServiceMonitor")
    if not monitors:
        return []
    jobs = [job for one in monitors for job in scraped_jobs(one, resources)]
    found = [f"nothing scrapes Service/{name}" for name in sorted(_EXPORTERS - {service for service, _ in jobs})]
    asked = _jobs_in_rules(resources)
    found += [
        f"Service/{service} is scraped as job {job!r}, rules ask for {', '.join(sorted(asked))}"
        for service, job in jobs
        if asked - {job}
    ]
    release = {resource_name(one) for one in (*monitors, *of_kind(resources, "PrometheusRule")) if not _selected(one)}
    return found + [f"{name} lacks the label release, by which the Helm chart selects" for name in sorted(release)]


def scraped_jobs(monitor: Resource, resources: list[Resource]) -> list[tuple[str, str]]:
    """Return the name of each selected Service, and the `job` that the operator gives its series.

    The operator takes the value of the Service's label `jobLabel`; without it, the Service's name.
    """
    spec = monitor["spec"]
    selected = [one for one in of_kind(resources, "Service") if _matches(spec["selector"], one["metadata"]["labels"])]
    return [
        (one["metadata"]["name"], one["metadata"]["labels"].get(spec.get("jobLabel", ""), one["metadata"]["name"]))
        for one in selected
    ]


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ()))


def _jobs_in_rules(resources: list[Resource]) -> set[str]:
    rules = [
        rule
        for one in of_kind(resources, "PrometheusRule")
        for group in one["spec"]["groups"]
        for rule in group["rules"]
    ]
    return {job for rule in rules for job in re.findall(r'\bjob="(\w+)"', rule["expr"])}


def _selected(resource: Resource) -> bool:
    return "release" in resource["metadata"].get("labels", {})
