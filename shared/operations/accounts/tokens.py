"""Tokens of keys and one-time links: 256 random bits each. Only their digests are stored."""

import secrets

from shared.domain.accounts import token_digest

_BYTES = 32
KEY_PREFIX = "pk_"
_LONGEST = 200


def new_token() -> str:
    """Return a new token."""
    return secrets.token_urlsafe(_BYTES)


def new_key() -> str:
    """Return a new API key."""
    return KEY_PREFIX + new_token()


def invitation_token(workspace: str) -> str:
    """Return a new token of an invitation: it names its workspace, so that no other is searched."""
    return f"{workspace}.{new_token()}"


def workspace_of(token: str) -> str:
    """Return the workspace of an invitation's token; empty if it has another form."""
    workspace, dot, _ = token.rpartition(".")
    return workspace if dot and len(token) <= _LONGEST else ""


def invitation_id(digest: str) -> str:
    """Return the public id of an invitation."""
    return f"inv-{digest[:24]}"


def digest_of(token: str) -> str:
    """Return the stored form of a token."""
    return token_digest(token)
