"""`python -m devtools.deploy`: verify; with `rules`: generate the PrometheusRule; with `sbom`: print the SBOM."""

import sys

from devtools.deploy import rule_file, sbom
from devtools.deploy.verify import verify


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    if arguments == ["rules"]:
        rule_file.write()
        return 0
    if arguments == ["sbom"]:
        print(sbom.text())
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    return verify()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
