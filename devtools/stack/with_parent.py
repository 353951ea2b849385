"""Run a command that is killed when its parent dies: `python -IS with_parent.py <pid of the parent> command…`.

It sets Linux' parent-death signal, which is kept across exec. That is done in a program of its own because a
`preexec_fn` would run Python code in a forked copy of a process with threads. Other systems have no such signal: there
only the supervisor's clean-up ends the command. Only the standard library is imported: it costs 15 ms.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Set SIGKILL as the parent-death signal, then execute the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the signal was set
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is needed
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
