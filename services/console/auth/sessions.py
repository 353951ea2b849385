"""Starts, refreshes, finds and ends sessions.

A refresh token is replaced at each use. A used one ends the session, because somebody else may have it; except within
30 seconds of its replacement and from the same browser, where two tabs did the same thing at once.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from services.console.auth.signing_keys import SigningKeys
from services.console.auth.tokens import Claims, Tokens
from shared.clock import Clock
from shared.domain.accounts import Session, User, shortened_address
from shared.repositories.sessions import Sessions
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

GRACE = timedelta(seconds=30)
_FAMILY, _SECRET = 16, 32  # bytes
_AGENT = 200  # characters that are kept
REPLAYED = "a used refresh token was sent again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """The time for which a session lasts. idle: without a refresh. absolute: from the sign-in."""

    idle: timedelta = timedelta(hours=12)
    absolute: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The tokens of a session. refresh: empty: the browser keeps the one that it has."""

    session: Session
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Client:
    """The origin of a request. agent: the `User-Agent`."""

    address: str
    agent: str


class SessionService:
    """One per process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, keys: SigningKeys, tokens: Tokens, clock: Clock, lifetimes: Lifetimes) -> None:
        self._stored = Sessions(mongo)
        self._keys = keys
        self._tokens = tokens
        self._clock = clock
        self._lifetimes = lifetimes

    async def start(self, user: User, client: Client, *, factor: bool) -> Granted:
        """Start a session with a new id, whatever the browser sent. factor: a second factor was given."""
        now = self._clock.now()
        family, secret = secrets.token_bytes(_FAMILY), secrets.token_bytes(_SECRET)
        session = Session(
            id=_session_id(family),
            user=user.id,
            made_at=now,
            seen_at=now,
            ends_at=now + self._lifetimes.absolute,
            address=shortened_address(client.address),
            agent=client.agent[:_AGENT],
            refresh=_digest(secret),
            proved_at=now,
            factor=factor,
        )
        await self._stored.start(session)
        return self._granted(session, family + secret)

    async def refresh(self, token: str, client: Client) -> Granted | None:
        """Return new tokens for a refresh token; None if it is not valid. A replayed one ends its session."""
        raw = _decoded(token)
        session = await self._stored.get(_session_id(raw[:_FAMILY])) if raw else None
        if session is None or not self.is_valid(session):
            return None
        used, following = _digest(raw[_FAMILY:]), self._following(raw)
        now = self._clock.now()
        if hmac.compare_digest(used, session.refresh):
            if await self._stored.rotate(session.id, used, _digest(following[_FAMILY:]), now):
                return self._granted(session, following)
            session = await self._stored.get(session.id)  # another request was faster
        if session is not None and self._is_in_grace(session, used, client, now):
            known = hmac.compare_digest(session.refresh, _digest(following[_FAMILY:]))
            return self._granted(session, following if known else b"")
        if session is not None:
            await self._end_replayed(session, now)
        return None

    def is_valid(self, session: Session) -> bool:
        """Return whether a session has neither been ended nor reached its idle or absolute end."""
        now = self._clock.now()
        idle = now - session.seen_at >= self._lifetimes.idle
        return session.revoked_at is None and now < session.ends_at and not idle

    async def of_user(self, user: str) -> list[Session]:
        """Return a user's valid sessions, the last seen first."""
        return [one for one in await self._stored.of_user(user, self._clock.now()) if self.is_valid(one)]

    async def get(self, id_: str) -> Session | None:
        """Return a session, valid or not."""
        return await self._stored.get(id_)

    async def last_seen(self, users: Sequence[str]) -> dict[str, datetime]:
        """Return when users were last seen, by id."""
        return await self._stored.last_seen(users)

    async def prove(self, id_: str, *, factor: bool) -> bool:
        """Record that the person just gave the password or a code."""
        return await self._stored.prove(id_, self._clock.now(), factor=factor)

    async def end(self, id_: str, reason: str) -> bool:
        """End a session; return False if it has ended."""
        return await self._stored.revoke(id_, reason, self._clock.now())

    async def end_all(self, user: str, reason: str, *, but: str = "") -> int:
        """End a user's sessions except `but`; return how many."""
        return await self._stored.revoke_all(user, reason, self._clock.now(), but=[but] if but else [])

    def _is_in_grace(self, session: Session, used: str, client: Client, now: datetime) -> bool:
        if session.rotated_at is None or not hmac.compare_digest(used, session.former):
            return False
        return now - session.rotated_at <= GRACE and session.agent == client.agent[:_AGENT]

    async def _end_replayed(self, session: Session, now: datetime) -> None:
        if await self._stored.revoke(session.id, REPLAYED, now):
            metrics.SIGN_INS.labels("replayed").inc()
            log.warning("Session ended: a used refresh token was sent again", session=session.id, user=session.user)

    def _following(self, raw: bytes) -> bytes:
        return raw[:_FAMILY] + self._keys.following(raw)

    def _granted(self, session: Session, refresh: bytes) -> Granted:
        access = self._tokens.issue(Claims(session.user, session.id))
        return Granted(session=session, access=access, refresh=urlsafe_b64encode(refresh).decode().rstrip("="))


def _session_id(family: bytes) -> str:
    return sha256(family).hexdigest()


def _digest(secret: bytes) -> str:
    return sha256(secret).hexdigest()


def _decoded(token: str) -> bytes:
    """Return family and secret; empty if the token has another form."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4)) if len(token) <= 100 else b""
    except ValueError:
        return b""
    return raw if len(raw) == _FAMILY + _SECRET else b""
