"""Accounts of people and programs that use the console and its API: users, members, sessions, keys, invitations."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from shared.domain import ids

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f\"<>()\[\],;:\\]{1,64}@[^\s@\x00-\x1f\x7f\"<>()\[\],;:\\]{1,253}")
_LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets


class Role(StrEnum):
    """A member's role in a workspace, the most powerful first."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


class Sees(StrEnum):
    """The conversations that a member sees."""

    ALL = "all"
    OWN_AND_UNASSIGNED = "own_and_unassigned"


class LinkKind(StrEnum):
    """The purpose of a one-time link."""

    RESET = "reset"
    REGISTER = "register"
    EMAIL = "email"
    SIGN_IN = "sign-in"


class InvalidEmail(ValueError):
    """Raised for text that is no e-mail address."""


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """A user's authenticator app. secret: sealed (`shared.crypto`). confirmed_at: None until a first code was right.

    last_step: the time step of the last accepted code; an earlier or equal one is refused. recovery: SHA-256 digests of
    the unused recovery codes.
    """

    secret: str
    confirmed_at: datetime | None = None
    last_step: int = 0
    recovery: tuple[str, ...] = ()


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person, in any number of workspaces. password: an argon2id hash, empty until the person sets one.
    founding_until: while a request makes a workspace of the person's; none other does meanwhile.
    """

    id: str
    email: str
    name: str
    created_at: datetime
    password: str = ""
    password_at: datetime | None = None
    second_factor: SecondFactor | None = None
    zone: str = ""
    language: str = ""
    notifications: dict[str, Any] = {}
    disabled_at: datetime | None = None
    founding_until: datetime | None = None

    @property
    def has_second_factor(self) -> bool:
        return self.second_factor is not None and self.second_factor.confirmed_at is not None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user's membership of a workspace. channels: the only ones that the member sees; empty: all of them."""

    workspace: str
    user: str
    role: Role
    sees: Sees = Sees.ALL
    channels: tuple[str, ...] = ()
    since: datetime
    revision: int = 1


def can_answer(member: Member | None, user: User | None, channel: str = "") -> bool:
    """Return whether a member may write to customers, of a channel if one is given: so conversations may be theirs."""
    if member is None or member.role is Role.VIEWER or user is None or user.disabled_at is not None:
        return False
    return not channel or not member.channels or channel in member.channels


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in of a user in one browser; its refresh tokens are one family.

    refresh, former: SHA-256 digests of the valid refresh token and of the one before it. ends_at: absolute. proved_at:
    when the person last gave the password or a code. factor: whether a second factor was given. address: shortened.
    """

    id: str
    user: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    refresh: str
    former: str = ""
    rotated_at: datetime | None = None
    proved_at: datetime
    factor: bool = False
    revoked_at: datetime | None = None
    revoked_for: str = ""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key. digest: SHA-256 of the key. ends_at: None: no end."""

    id: str
    workspace: str
    digest: str
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made_at: datetime
    ends_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation into a workspace. digest: SHA-256 of the link's token. email: empty: anyone with the link."""

    id: str
    workspace: str
    digest: str
    email: str
    role: Role
    sees: Sees = Sees.ALL
    channels: tuple[str, ...] = ()
    made_by: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    used_by: str = ""


class AccountLink(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link. digest: SHA-256 of its token, also the id. email: where it was sent. user: empty while
    registering.
    """

    digest: str
    kind: LinkKind
    email: str
    user: str = ""
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A change, or an attempt that matters for security. No secret and no message text.

    by_kind: `user`, `key`, `cli` or `system`. target: `member:<id>`. fields: names of the changed fields. values: those
    that may be shown, as [before, after] by name.
    """

    workspace: str
    at: datetime
    action: str
    by_kind: str
    by: str
    by_name: str = ""
    session: str = ""
    address: str = ""
    target: str = ""
    fields: tuple[str, ...] = ()
    values: dict[str, tuple[Any, Any]] = {}
    request: str = ""
    id: str = ""


def is_limited(role: Role, sees: str, channels: Collection[str]) -> bool:
    """Return whether a member is limited to some conversations, and so cannot give rights to others, which would be
    without the limit. Owners are not: they decide about all limits, their own too.
    """
    return role is not Role.OWNER and (sees != Sees.ALL or bool(channels))


def may_give(giver: Role, role: Role) -> bool:
    """Return whether a member of one role may give, change and take another: admins agents and viewers, owners all."""
    return giver is Role.OWNER or (giver is Role.ADMIN and role in (Role.AGENT, Role.VIEWER))


def canonical_email(text: str) -> str:
    """Return the form of an address under which it is stored and compared. Raises InvalidEmail."""
    email = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise InvalidEmail("this is no e-mail address")
    return email


def user_id(email: str, number: int = 0) -> str:
    """Return the id of a new user. email: canonical. number: of the earlier users who had this address when they were
    made, and have another one now.
    """
    return ids.derived_id("user", email, *([str(number)] if number else []))


def second_factor_field(user: str) -> str:
    """Return the field that the sealed secret of a user's second factor is bound to."""
    return f"user.{user}.second_factor"


def token_digest(token: str) -> str:
    """Return the SHA-256 of a token of 256 random bits, for which no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def shortened_address(address: str) -> str:
    """Return the /24 of an IPv4 address or the /48 of an IPv6 address; other text as it is."""

    try:
        bits = 24 if ip_address(address).version == 4 else 48
    except ValueError:
        return address[:64]
    return str(ip_network(f"{address}/{bits}", strict=False))


def highest(roles: Iterable[Role]) -> Role:
    """Return the most powerful of the roles."""
    return min(roles, key=list(Role).index)
