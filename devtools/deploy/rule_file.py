"""Makes the PrometheusRule of the component monitoring from `deploy/prometheus/rules`, which promtool reads."""

from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
RULES = PROJECT / "deploy" / "prometheus" / "rules"
TARGET = PROJECT / "deploy" / "k8s" / "components" / "monitoring" / "prometheusrule.yaml"
_HEAD = "# Made by `python -m devtools.deploy rules` from deploy/prometheus/rules; do not edit.\n"


def made(rules: Path = RULES) -> str:
    """The text of the file."""
    groups: list[Any] = []
    for file in sorted(rules.glob("*.yaml")):
        groups += yaml.safe_load(file.read_text())["groups"]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "parley"},
        "spec": {"groups": groups},
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)


def write() -> None:
    """Bring the file up to date."""
    TARGET.write_text(made())
