"""The walk: what happens to the services as pods, step by step."""

import time
from collections.abc import Iterator
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods import autoscaler, gateway, guides, keda, production
from devtools.deploy.cluster_pods.autoscaler import Autoscaler
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.cluster_pods.first_message import FirstMessage
from devtools.deploy.cluster_pods.images import REGISTRY
from devtools.deploy.cluster_pods.load import Load
from devtools.deploy.cluster_pods.policies import enforce_and_check
from devtools.deploy.cluster_pods.production import Settings
from devtools.deploy.cluster_pods.restoring import Restore
from devtools.deploy.pods import SERVICES
from devtools.deploy.toolbox import PROJECT

TOPICS_FIRST = "app.kubernetes.io/component notin (ingress,router,ai,delivery,console,tools)"


class Walk:
    """One run on a cluster. Each step raises CheckFailed. keda_manifests: a folder. tables: of the report."""

    def __init__(self, cluster: Cluster, folder: Path, keda_manifests: Path) -> None:
        self._cluster = cluster
        self._plane = cluster.plane
        self._folder = folder
        self._keda_manifests = keda_manifests
        self._settings = Settings()
        self._urls: list[str] = []
        self.tables = ""

    def steps(self) -> Iterator[str]:
        """Yield the result of each step."""
        yield f"{len(self._cluster.nodes)} nodes are ready"
        keda.install(self._plane, self._keda_manifests, REGISTRY, self._folder)
        self._urls = gateway.start(self._plane)
        yield "pods run on each node: stand-ins for the gateway's proxies"
        self._start_simulators()
        yield self._install()
        self._plane.kubectl("-n", "parley", "rollout", "status", "deploy/lag", "deploy/tools", "--timeout=170s")
        self._apply_workspace()
        yield "a workspace was applied in the tools pod"
        message = FirstMessage(self._urls[0], self._settings.app_secret)
        yield f"a signed webhook came back as an answer, through pods: {message.seconds():.1f} s"
        yield enforce_and_check(self._cluster)
        yield f"a second message, with enforced policies: {message.seconds():.1f} s"
        yield guides.run_all(self._cluster)
        keda.wait_until_ready(self._plane)
        yield "KEDA runs: operator, metrics server, admission webhooks"
        yield keda.check_fresh_install(self._plane, self._folder, TOPICS_FIRST)
        scaler = Autoscaler(self._cluster, self._folder)
        load = Load(self._cluster, scaler, self._settings, self._urls)
        yield from load.run()
        self.tables = f"{load.tables}\nThe router, scaled by lag:\n\n{autoscaler.table_of(scaler.seen)}"
        yield from Restore(self._cluster, message, self._folder).steps()

    def _start_simulators(self) -> None:
        environment = {
            "PUBLIC_BASE_URL": self._settings.public_url,
            "META_APP_SECRET": self._settings.app_secret,
            "META_VERIFY_TOKEN": self._settings.verify_token,
        }
        self._cluster.stores.start_simulators(ingress=self._urls[0], environment=environment)

    def _install(self) -> str:
        """Do steps 2 to 4 of docs/deploy.md."""
        overlay = str(production.write_overlay(self._folder))
        production.create_volume(self._plane, self._folder)
        production.create_secrets(self._plane, self._cluster.stores, self._settings)
        self._plane.kubectl("apply", "-k", overlay, "-l", TOPICS_FIRST)
        self._plane.kubectl("-n", "parley", "wait", "--for=condition=complete", "--timeout=170s", "job/topics")
        began = time.monotonic()
        self._plane.kubectl("apply", "-k", overlay)
        try:
            self.wait_for_rollout()
        except CheckFailed as error:
            raise CheckFailed(f"{error}\n{self._states()}") from None
        return f"production is rolled out: all {len(SERVICES)} services ready after {time.monotonic() - began:.0f} s"

    def wait_for_rollout(self) -> None:
        """Wait until every service has all its replicas."""
        names = [f"deploy/{service}" for service in SERVICES]
        self._plane.kubectl("-n", "parley", "rollout", "status", *names, "--timeout=600s", timeout=700)

    def _apply_workspace(self) -> None:
        text = (PROJECT / "devtools/demo/acme.yaml").read_text()
        tools = ("-n", "parley", "exec", "-i", "deploy/tools", "--")
        self._plane.kubectl(*tools, "sh", "-c", "cat > acme.yaml", stdin=text)  # its working folder is /tmp
        self._plane.kubectl(*tools, "parley", "apply", "-f", "acme.yaml")

    def _states(self) -> str:
        """Return the pods and their latest events, for a failed check."""
        pods = self._plane.kubectl("-n", "parley", "get", "pods", "-o", "wide")
        events = self._plane.kubectl("-n", "parley", "get", "events", "--sort-by=.lastTimestamp")
        return pods + "\n".join(events.splitlines()[-25:])
