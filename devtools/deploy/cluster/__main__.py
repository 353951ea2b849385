"""`make verify-cluster`."""

import sys

from devtools.deploy.cluster.verify import verify
from devtools.deploy.programs import exit_on_sigterm

if __name__ == "__main__":
    exit_on_sigterm()
    sys.exit(verify())
