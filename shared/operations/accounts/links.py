"""Addresses of the console's pages for one-time tokens."""

INVITATION, RESET_PASSWORD, REGISTER = "invitation", "reset-password", "register"
CONFIRM_EMAIL, ENTER = "confirm-email", "enter"


def link_to(url: str, page: str, token: str) -> str:
    """Return the address of a page. The token is behind `#`: browsers do not send that part, so it is in no log of a
    server or proxy.
    """
    return f"{url}/{page}#{token}"
