"""A stand-in for the gateway's proxies: a pod on each node, in the namespace that the network policies admit.

It passes connections on to the Service of ingress, by its DNS name. A controller of the Gateway API is not part of this
check: the routes are accepted by the API server, and nobody carries them out.
"""

import json
import textwrap

import yaml

from devtools.deploy.cluster.control_plane import ControlPlane
from devtools.deploy.cluster_pods.images import NOW, REGISTRY

NAMESPACE = "envoy-gateway-system"
PORT = 8080
_PROGRAM = textwrap.dedent(
    """
    import asyncio, contextlib

    async def copy(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def pass_on(reader, writer):
        try:
            inner_reader, inner_writer = await asyncio.open_connection("ingress.parley.svc.cluster.local", 80)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    async def main():
        server = await asyncio.start_server(pass_on, "0.0.0.0", 8080)
        await server.serve_forever()

    asyncio.run(main())
    """
)


def start(plane: ControlPlane) -> list[str]:
    """Start the proxies, wait until they run, and return their URLs."""
    labels = {"app": "gateway"}
    container = {
        "name": "proxy",
        "image": f"{REGISTRY}/parley-tools:{NOW}",
        "command": ["python", "-c", _PROGRAM],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 2},
    }
    spec = {"containers": [container], "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False}
    proxies = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "gateway", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    plane.kubectl("create", "namespace", NAMESPACE)
    plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(proxies))
    plane.kubectl("-n", NAMESPACE, "rollout", "status", "ds/gateway", "--timeout=170s")
    pods = json.loads(plane.kubectl("-n", NAMESPACE, "get", "pods", "-l", "app=gateway", "-o", "json"))["items"]
    return [f"http://{pod['status']['podIP']}:{PORT}" for pod in pods]
