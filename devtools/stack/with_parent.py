"""Runs a command that dies with its parent: `python -IS with_parent.py <pid of the parent> command…`.

The wish is made in the child, between fork and exec, in a program of its own: a `preexec_fn` would run Python code in a
forked copy of a process with threads. The kernel keeps the wish across exec. Only Linux has it; elsewhere the command
just runs, and only the supervisor's own clean-up ends it. Imports nothing but the standard library: it costs 15 ms.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for SIGKILL at the parent's death, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the wish was made
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
