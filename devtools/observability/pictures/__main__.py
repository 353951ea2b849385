"""The command: see the package."""

import argparse
import json
import sys
from pathlib import Path

from devtools.observability.dashboards import FOLDER
from devtools.observability.pictures.data import Prometheus, Span
from devtools.observability.pictures.draw import picture, write
from shared.clock import SystemClock

TARGET = Path(__file__).parents[3] / "docs" / "pictures" / "dashboards"


def main(arguments: list[str]) -> int:
    """Draw all dashboards and name the empty panels. Return 1 if a panel has no data and no words for that."""
    parser = argparse.ArgumentParser(prog="python -m devtools.observability.pictures", description=__doc__)
    parser.add_argument("prometheus", help="the address of Prometheus, such as http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=180.0, help="the time shown, until now")
    parser.add_argument("--workspace", default="acme", help="of the dashboard of one workspace")
    parser.add_argument("--to", type=Path, default=TARGET, help="the folder of the pictures")
    given = parser.parse_args(arguments)
    end = SystemClock().now().timestamp()
    span = Span(end - given.minutes * 60, end)
    empty = draw_all(Prometheus(given.prometheus, span, given.workspace), span, given.to)
    for line in empty:
        print(f"NO DATA  {line}")
    return 1 if empty else 0


def draw_all(prometheus: Prometheus, span: Span, folder: Path) -> list[str]:
    """Draw all dashboards into a folder; return the panels that have no data and do not say what that means."""
    empty = []
    for file in sorted(FOLDER.glob("*.json")):
        dashboard = json.loads(file.read_text())
        panels = {one["id"]: prometheus.series(one) for one in dashboard["panels"] if one["type"] != "row"}
        write(folder / f"{file.stem}.png", picture(dashboard, lambda one, shown=panels: shown[one["id"]], span))  # type: ignore[misc]  # a default binds
        for one in dashboard["panels"]:
            silent = one["type"] != "row" and not panels[one["id"]]
            if silent and "noValue" not in one["fieldConfig"]["defaults"]:
                empty.append(f"{file.stem}: {one['title']}")
    return empty


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
