"""The production overlay for this cluster: what an operator changes in it, and the Secrets."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from devtools.deploy.cluster.control_plane import ControlPlane
from devtools.deploy.cluster_pods.stores import ClusterStores
from devtools.deploy.render import copy_manifests, enable_components
from devtools.deploy.toolbox import PROJECT
from devtools.stack.environment import simulator_urls

NAMESPACE = "parley"
OVERLAY = "deploy/k8s/overlays/production"
_LAST_LITERAL = "      - CONSOLE_URL=https://console.example.com\n"
# The machine has two processors and the cluster two nodes: with the requests of production, a rolling update of all
# services at once would wait for room.
_SMALLER = """  - target: {kind: Deployment, name: ingress|router|ai|delivery|console}
    patch: |
      - {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: 100m}
"""


@dataclass(frozen=True)
class Settings:
    """Secrets and addresses that the services get and this check uses."""

    secrets_key: str = field(default_factory=lambda: base64.b64encode(os.urandom(32)).decode())
    app_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verify_token: str = field(default_factory=lambda: secrets.token_hex(16))
    public_url: str = "https://wa.example.com"


def write_overlay(folder: Path) -> Path:
    """Copy the manifests and edit the production overlay as an operator does; return its folder."""
    copy_manifests(PROJECT / "deploy" / "k8s", folder / "deploy")
    overlay = folder / OVERLAY
    urls = simulator_urls("http://providers.example.net:443")
    settings = {name: urls[name] for name in ("META_GRAPH_URL", "TWILIO_API_URL", "ANTHROPIC_BASE_URL")}
    settings |= {
        "KAFKA_REPLICATION": "1",  # there is one broker
        "INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "0",
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0",
    }
    enable_components(folder / "deploy" / "k8s", ("backup",))
    add_settings(folder, settings)
    file = overlay / "kustomization.yaml"
    file.write_text(file.read_text() + _SMALLER)
    return overlay


def add_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Add settings to the overlay's literals."""
    file = folder / OVERLAY / "kustomization.yaml"
    lines = "".join(f"      - {name}={value}\n" for name, value in settings.items())
    file.write_text(file.read_text().replace(_LAST_LITERAL, _LAST_LITERAL + lines))


def create_volume(plane: ControlPlane, folder: Path) -> None:
    """Create the volume of the backups: a folder that both nodes see."""
    backup = folder / "backup"
    backup.mkdir()
    backup.chmod(0o777)  # a hostPath gets no owner from the pod
    spec = {
        "capacity": {"storage": "50Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": str(backup)},
    }
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "backup"}, "spec": spec}
    plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(volume))


def create_secrets(plane: ControlPlane, stores: ClusterStores, settings: Settings) -> None:
    """Create the namespace and its Secrets, as step 3 of docs/deploy.md says."""
    token = settings.app_secret
    values = {
        "parley-secrets": {
            "SECRETS_KEY": f"2026a:{settings.secrets_key}",
            "MONGODB_URI": stores.mongodb_uri,
            "REDIS_URL": stores.redis_url,
            "META_APP_SECRET": settings.app_secret,
            "META_VERIFY_TOKEN": settings.verify_token,
            "ANTHROPIC_API_KEY": token,
        },
        "parley-workspaces": {"ACME_META_TOKEN": "demo-token", "ACME_TWILIO_TOKEN": token},
        "parley-kafka": {
            "ca.crt": stores.authority.read_text(),
            "username": "parley",
            "password": stores.password,
            "sasl": "scram_sha512",
            "tls": "enable",
        },
    }
    plane.kubectl("create", "namespace", NAMESPACE, "--save-config")
    for name, data in values.items():
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}}
        plane.kubectl("create", "-f", "-", stdin=yaml.safe_dump({**secret, "stringData": data}))
