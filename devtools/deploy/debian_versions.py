"""Versions of Debian packages that the checks were last run with.

They are not pinned: a mirror has only the newest of a release, with its security updates.
"""

from devtools.deploy.engine import packages, stand_ins
from devtools.observability import tools

ENGINE = {"docker.io": "20.10.24", "iptables": "1.8.9", "mmdebstrap": "1.3.5"}
STAND_INS = {"python3": "3.11.2", "openjdk-17-jre-headless": "17.0.21", "redis-server": "7.0.15"}
NODES = {"ipset": "7.17"}
PROMETHEUS = {"prometheus": "2.42.0", "prometheus-alertmanager": "0.25.0"}

Row = tuple[str, dict[str, str], str, str]

USES: tuple[Row, ...] = (
    ("engine", ENGINE, "`make verify-image`, `make verify-pods`", packages.__name__),
    ("stand-ins of images", STAND_INS, "`make verify-image`, `make verify-pods`", stand_ins.__name__),
    ("nodes", NODES, "`make verify-pods`", "devtools.deploy.cluster_pods.verify"),
    ("rules and alerts", PROMETHEUS, "`make verify-obs`", tools.__name__),
)
"""The use of the packages, their versions, the check, and the module that names them."""
