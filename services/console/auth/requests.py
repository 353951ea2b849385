"""Reads from a request what the routes of accounts need, and raises their common problems."""

from fastapi import Request

from services.console.auth.sessions import Client
from services.console.auth.throttle import TooManyAttempts
from services.console.problems import Problem
from shared.http.client_address import client_of


def client_of_request(request: Request) -> Client:
    """Return where a request comes from."""
    return Client(client_of(request.scope), request.headers.get("user-agent", ""))


def too_many(error: TooManyAttempts) -> Problem:
    """Return the problem of too many attempts."""
    return Problem("too-many", headers={"Retry-After": str(max(1, round(error.seconds)))})


def refused() -> Problem:
    """Return the problem of a wrong password or code; the same for unknown accounts."""
    return Problem("not-signed-in", "the e-mail address, password or code is wrong", reason="wrong-credentials")
