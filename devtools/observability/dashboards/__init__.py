"""All dashboards, and their JSON files: `python -m devtools.observability.dashboards` generates them."""

import json
from pathlib import Path

from devtools.observability.dashboards import ai, console, delivery, ingress, kafka, overview, router, workspace
from devtools.observability.panels import Dashboard, to_json

FOLDER = Path(__file__).parents[3] / "deploy/grafana/dashboards"
ALL: tuple[Dashboard, ...] = tuple(
    module.DASHBOARD for module in (overview, ingress, router, ai, delivery, console, kafka, workspace)
)


def files() -> dict[Path, str]:
    """Return the files that FOLDER should have, by name."""
    return {FOLDER / f"{one.uid}.json": json.dumps(to_json(one), indent=1, ensure_ascii=False) + "\n" for one in ALL}


def write() -> None:
    """Write the files of FOLDER."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for stale in set(FOLDER.glob("*.json")) - wanted.keys():
        stale.unlink()
    for path, text in wanted.items():
        path.write_text(text)
