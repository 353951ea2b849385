"""The name of the user who runs the command."""

import getpass


def user_name() -> str:
    """Return the name of the user of this process; `unknown` where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
