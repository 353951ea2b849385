"""Refuses changes that another site's page makes in a person's name (CSRF).

A change without an API key needs the header `X-Parley: 1`, which a form cannot send and another site's script may not
send; and it must come from the console's own address: `Origin`, or `Sec-Fetch-Site: same-origin`.
"""

from starlette.requests import HTTPConnection

from services.console.problems import Problem

HEADER = "X-Parley"


def check_site(connection: HTTPConnection) -> None:
    """Raise Problem `cross-site`. Requests with an `Authorization` header are never made by a browser on its own."""
    headers = connection.headers
    if "authorization" in headers:
        return
    if headers.get(HEADER) != "1":
        raise Problem("cross-site", f"the header {HEADER}: 1 is missing")
    check_origin(connection)


def check_origin(connection: HTTPConnection) -> None:
    """Raise Problem `cross-site` unless the request comes from a page of this console; also for WebSockets."""
    origin, site = connection.headers.get("origin"), connection.headers.get("sec-fetch-site")
    if origin is None and site is None:
        raise Problem("cross-site", "the header Origin is missing")
    if site not in (None, "same-origin"):
        raise Problem("cross-site", "it comes from another site")
    if origin is not None and origin != own_origin(connection):
        raise Problem("cross-site", "Origin is not this console's; behind a proxy set CONSOLE_TRUSTED_PROXIES")


def own_origin(connection: HTTPConnection) -> str:
    """Return the origin of the address by which the client reached this console."""
    scheme = "https" if connection.scope["scheme"] in ("https", "wss") else "http"
    return f"{scheme}://{connection.headers.get('host', '')}"
