"""Checks the console's pages: types, style, and their own tests. `python -m devtools.web.check`."""

import subprocess
import sys

from devtools.web.build import WEB
from devtools.web.node import NodeMissing, find_node

CHECKS = ("types", "lint", "test")


def main() -> int:
    """Run all checks with their output; return 1 if one fails."""
    try:
        node = find_node()
    except NodeMissing as error:
        print(f"The console's pages cannot be checked: {error}", file=sys.stderr)
        return 1
    failed = [name for name in CHECKS if _run([*node.npm, "run", "--silent", name])]
    if failed:
        print(f"web: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=WEB, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
