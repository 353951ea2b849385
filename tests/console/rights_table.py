"""The table of all routes and their rights, committed as rights.txt, so that a change of either is seen and decided.

python -m tests.console.rights_table   writes it
"""

from collections.abc import Iterable
from pathlib import Path

from fastapi.routing import APIRoute, APIWebSocketRoute

from services.console.app import make_app
from services.console.caller import rights_of
from services.console.rights import RULES, Right

FILE = Path(__file__).with_name("rights.txt")


def routes() -> list[tuple[str, str, Right]]:
    """Return method, path and right of each route; the method of a WebSocket is `WS`."""
    found = []
    for route in make_app(None).routes:
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            continue
        methods: Iterable[str] = (route.methods or ()) if isinstance(route, APIRoute) else ("WS",)
        right = next(iter(rights_of(route.dependant)))
        found += [(method, route.path, right) for method in methods]
    return sorted(found, key=lambda one: (one[1], one[0]))


def as_text() -> str:
    """Return the table: route, right, roles, scopes of keys."""
    lines = []
    for method, path, right in routes():
        rule = RULES[right]
        roles = ",".join(sorted(rule.roles)) or "-"
        scopes = ",".join(sorted(rule.scopes)) or "-"
        lines.append(f"{method:6} {path}  {right}  {roles}  {scopes}{'  fresh' if rule.fresh else ''}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text())
