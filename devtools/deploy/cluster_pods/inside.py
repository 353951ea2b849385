"""The walk, in the namespaces that `verify` made: `python -m devtools.deploy.cluster_pods.inside FOLDER CGROUP`."""

import json
import sys
import time
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods import report
from devtools.deploy.cluster_pods.cluster import Cluster, Parts
from devtools.deploy.cluster_pods.node import NodePrograms
from devtools.deploy.cluster_pods.walk import Walk
from devtools.deploy.programs import exit_on_sigterm

_NODES = 2


def main(folder: Path, cgroup: str) -> int:
    """Run the walk and return its exit code."""
    plan = json.loads((folder / "plan.json").read_text())
    paths = {name: Path(value) for name, value in plan.items()}
    parts = Parts(
        control_plane=paths["control_plane"],
        crds=paths["crds"],
        kubectl=paths["kubectl"],
        images=paths["images"],
        programs=NodePrograms(paths["node"], paths["engine"], paths["tools"], plan["libraries"]),
    )
    began = time.monotonic()
    cluster = Cluster(parts, folder, nodes=_NODES, cgroup=cgroup)
    try:
        with cluster.running():
            walk, steps = Walk(cluster, folder, paths["autoscaler"]), []
            for step in walk.steps():
                steps.append(f"{time.monotonic() - began:4.0f} s  {step}")
                print(steps[-1], flush=True)
                cluster.check_alive()
        report.write(steps, _NODES, walk.tables)
    except CheckFailed as error:
        print(f"FAILED  {error}", flush=True)
        return 1
    print("verify-pods: passed", flush=True)
    return 0


if __name__ == "__main__":
    exit_on_sigterm()
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
