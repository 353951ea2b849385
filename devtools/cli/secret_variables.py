"""Variables that hold secrets of workspaces: of the environment, or of `.env` beside the Makefile."""

import os
from pathlib import Path

from devtools.stack.environment import read_dotenv
from devtools.stack.services import PROJECT


def secret_variables(dotenv: Path = PROJECT / ".env") -> dict[str, str]:
    """Return all variables by name; the environment's take precedence."""
    return {**read_dotenv(dotenv), **os.environ}
