"""Each `make` command of README and docs is a target of the Makefile: make prints what it would do."""

import os
import re
import shlex
import subprocess

import pytest

from devtools import guides

COMMANDS = sorted(
    {
        tuple(word for word in shlex.split(one.text) if not re.match("(?!ARGS)[A-Z_]+=", word))
        for page in guides.PAGES
        for one in guides.commands(page)
        if "make" in one.text.split()[:2]
    }
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_make_knows_the_target(words: tuple[str, ...]) -> None:
    make, *rest = words
    done = subprocess.run(
        [make, "--dry-run", "--no-print-directory", *rest],
        cwd=guides.ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
