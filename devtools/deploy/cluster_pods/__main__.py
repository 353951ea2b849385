"""`make verify-pods`."""

import sys

from devtools.deploy.cluster_pods.verify import verify
from devtools.deploy.programs import exit_on_sigterm

if __name__ == "__main__":
    exit_on_sigterm()
    sys.exit(verify())
