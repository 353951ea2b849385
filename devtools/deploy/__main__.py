"""`python -m devtools.deploy`: verify.

rules       generate the PrometheusRule
sbom        print the SBOM
versions    generate docs/versions.md
digests     renew the digests of images (`devtools/deploy/digests.py`)
"""

import os
import sys

from devtools.deploy import digests, rule_file, sbom, versions
from devtools.deploy.verify import verify


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    if arguments == ["rules"]:
        rule_file.write()
        return 0
    if arguments == ["sbom"]:
        print(sbom.text())
        return 0
    if arguments == ["versions"]:
        versions.write()
        return 0
    if arguments[:1] == ["digests"]:
        return digests.main(arguments[1:])
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    return verify()


def _run() -> int:
    """Run the command; a reader that has read enough, such as `head`, is no error."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing to flush at the exit
        return 0
    return code


if __name__ == "__main__":
    sys.exit(_run())
