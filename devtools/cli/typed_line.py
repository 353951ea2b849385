"""Reads lines from a terminal while other output is printed above the prompt."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

from devtools.cli.printable_output import terminal


class TypedLine:
    """Iterates over typed lines, without empty ones, until Ctrl-D or `end`. Use it in the main thread."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._lock = threading.Lock()
        self._reading = False
        self.failure = ""

    def __iter__(self) -> Iterator[str]:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives input() its editing and history
        while True:
            self._reading = True
            try:
                typed = input(self._prompt).strip()
            except (EOFError, KeyboardInterrupt):
                print()
                return
            finally:
                self._reading = False
            if typed:
                yield typed

    @contextlib.contextmanager
    def above(self) -> Iterator[None]:
        """Print inside the block above the prompt; the text typed so far is kept."""
        with self._lock:
            if self._reading:
                terminal().write("\r\x1b[K")
                terminal().flush()
            yield
            if self._reading:
                sys.stdout.write(self._prompt + _typed_so_far())
                sys.stdout.flush()

    def end(self, failure: str) -> None:
        """Stop the iteration from another thread, because of `failure`."""
        self.failure = failure
        os.kill(os.getpid(), signal.SIGINT)


def _typed_so_far() -> str:
    try:
        import readline
    except ImportError:
        return ""
    return readline.get_line_buffer()
