"""`docker`, as it is typed on the host of the check (`host.py`)."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIMULATORS = "simulators"


def main(config: dict[str, Any], words: list[str]) -> int:
    """Run a command; return its exit code."""
    environment = {**os.environ, **config["environment"]}
    if words[:1] != ["compose"]:
        return subprocess.run([config["docker"], *words], env=environment, check=False).returncode
    typed = limited(words[1:], config["services"], config["running"])
    if typed is None:
        print(f"NOT CHECKED: {' '.join(words)}: its images cannot be had here")
        return 0
    source = Path(config["checkout"]).resolve()
    command = [*config["command"], "--project-directory", str(source), "--env-file", config["env_file"]]
    command += ["--file", str(source / "docker-compose.yml")]
    if "build" in typed:
        return _look_for_images(config["docker"], [*command, *typed[: typed.index("build")]], environment)
    return subprocess.run([*command, "--file", config["override"], *typed], env=environment, check=False).returncode


def limited(words: Sequence[str], services: Sequence[str], running: Sequence[str]) -> list[str] | None:
    """Return a command of Compose that starts nothing but what can run here; None if it names nothing else."""
    if "up" not in words:
        return list(words)
    named = [word for word in words if word in services]
    if not named:
        return [*words, *running, SIMULATORS]
    if not set(named) & set(running):
        return None
    return [word for word in words if word not in services or word in running]


def _look_for_images(docker: str, command: list[str], environment: dict[str, str]) -> int:
    """Look for the images that `build` would make: both of Parley, under the version that `.env` names."""
    done = subprocess.run(
        [*command, "config", "--images"], env=environment, capture_output=True, text=True, check=False
    )
    images = sorted({one for one in done.stdout.split() if one.startswith(("parley:", "parley-tools:"))})
    if done.returncode or len(images) != 2:
        print(f"build would make {images or 'nothing'}, not both images of Parley: {done.stderr}", file=sys.stderr)
        return 1
    return subprocess.run(
        [docker, "image", "inspect", "--format", "{{.Id}}", *images], env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:]))
