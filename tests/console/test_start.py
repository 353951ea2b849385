"""Imports of a console that starts: every one costs time and memory in each replica."""

import subprocess
import sys

from tests.cli.runner import ROOT

_ELSEWHERE = (
    *("anthropic", "openai", "faust", "mode", "sentry_sdk", "requests", "devtools", "pytest"),
    *("opentelemetry.exporter", "opentelemetry.proto", "google.protobuf"),
)
"""For another service, or only with a setting that is empty by default."""


def test_console_imports_nothing_that_only_others_need() -> None:
    show = "import sys, services.console.main; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, cwd=ROOT, check=True)
    imported = done.stdout.split()
    assert "services.console.api.conversations" in imported
    assert [name for name in imported if f"{name}.".startswith(tuple(f"{one}." for one in _ELSEWHERE))] == []


def test_what_is_read_at_its_first_use_is_not_read_by_an_import() -> None:
    """The list of common passwords, and the built pages, which `make_app` reads."""
    show = (
        "import sys, builtins, io, pathlib\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None)\n"
        "import services.console.main\n"
        "print(*{name for name in opened if not name.endswith(('.py', '.pyc', '.so'))}, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, cwd=ROOT, check=True)
    read = done.stdout.split("\n")
    assert [name for name in read if "common_passwords" in name or "/static/" in name] == []
