"""Writes the typed Python client of the API, made from docs/openapi.json by openapi-python-client.

    python -m devtools.api_client DIRECTORY   writes DIRECTORY/parley_api

The package needs `httpx` and `attrs`. It is not committed: tests make it anew, and so can everyone who wants it.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"
PACKAGE = "parley_api"
_CONFIG = f"post_hooks: []\npackage_name_override: {PACKAGE}\n"


def write_client(directory: Path, document: Path = DOCUMENT) -> Path:
    """Write the package into a directory and return its path. Raises CalledProcessError, also for warnings."""
    target = directory / PACKAGE
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.yml"
        config.write_text(_CONFIG)
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
        options = ["--path", str(document), "--output-path", str(target), "--config", str(config), "--overwrite"]
        subprocess.run([*command, *options], check=True, capture_output=True, text=True)
    return target


if __name__ == "__main__":
    print(write_client(Path(sys.argv[1])))
