"""Signing in: password, then the second factor if the user has one. Nothing in the answer tells whether an account
exists: unknown, disabled and known accounts cost one hash and get the same refusal.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from services.console.auth.passwords import Passwords
from services.console.auth.second_factor import SecondFactors
from services.console.auth.sessions import Client, Granted, SessionService
from services.console.auth.throttle import Limit, Throttle
from services.console.auth.tokens import Claims, Tokens, TokenType
from shared.clock import Clock
from shared.domain.accounts import InvalidEmail, User, canonical_email
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

PER_ACCOUNT, PER_ADDRESS = 5, 20  # attempts per minute


class SignInRefused(Exception):
    """Raised for a wrong password or code. user: the one whose account it was, for the audit log only."""

    def __init__(self, user: User | None = None) -> None:
        super().__init__("the e-mail address, password or code is wrong")
        self.user = user


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right; the second factor is needed. token: to be sent with the code."""

    user: User
    token: str


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A new session."""

    user: User
    granted: Granted


class SignIn:
    """One per process. All methods raise TooManyAttempts, SignInRefused, DependencyAway."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        *,
        passwords: Passwords,
        tokens: Tokens,
        throttle: Throttle,
        sessions: SessionService,
        factors: SecondFactors,
    ) -> None:
        self._users = Users(mongo)
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens
        self._throttle = throttle
        self._sessions = sessions
        self._factors = factors

    async def with_password(self, email: str, password: str, client: Client) -> Challenge | SignedInUser:
        """Check a password and start a session, unless a second factor is needed."""
        account = _account(email)
        await self._throttle.attempt(_account_limit(account), _address_limit(client))
        user = await self._users.by_email(account)
        if not await self._is_right(user, password) or user is None:
            raise SignInRefused(user)
        if user.has_second_factor:
            return Challenge(user, self._tokens.issue(Claims(user.id, _binding(user)), TokenType.CHALLENGE))
        return await self._start(user, client, factor=False)

    async def with_code(self, challenge: str, code: str, client: Client) -> SignedInUser:
        """Check the second factor after the password, and start a session."""
        claims = self._tokens.verify(challenge, TokenType.CHALLENGE)
        if claims is None:
            raise SignInRefused
        await self._throttle.attempt(_code_limit(claims.user), _address_limit(client))
        user = await self._users.get(claims.user)
        if user is None or user.disabled_at is not None or not hmac.compare_digest(_binding(user), claims.session):
            raise SignInRefused(user)
        if not await self._factors.check(user, code):
            raise SignInRefused(user)
        return await self._start(user, client, factor=True)

    async def prove(self, user_id: str, client: Client, *, password: str = "", code: str = "") -> None:
        """Check that it is still the same person: by a code if there is a second factor, otherwise by the password."""
        user = await self._users.get(user_id)
        if user is None:
            raise SignInRefused
        if user.has_second_factor:
            await self._throttle.attempt(_code_limit(user.id), _address_limit(client))
            right = await self._factors.check(user, code)
        else:
            await self._throttle.attempt(_account_limit(user.email), _address_limit(client))
            right = await self._is_right(user, password)
        if not right:
            raise SignInRefused(user)
        await self.forgive(user)

    async def check_password(self, user: User, password: str, client: Client) -> None:
        """Check the password of a signed-in user who changes it."""
        await self._throttle.attempt(_account_limit(user.email), _address_limit(client))
        if not await self._is_right(user, password):
            raise SignInRefused(user)

    async def forgive(self, user: User) -> None:
        """Forget refused attempts, after a proof by other means."""
        await self._throttle.forgive(_account_limit(user.email), _code_limit(user.id))

    async def _is_right(self, user: User | None, password: str) -> bool:
        """Verify with one hash, whoever it is; renew a stored hash of another cost."""
        usable = user.password if user is not None and user.disabled_at is None else ""
        right = await self._passwords.verify(usable, password)
        if right and user is not None and self._passwords.is_outdated(usable):
            renewed = await self._passwords.hash(password)
            await self._users.set_password(user.id, renewed, self._clock.now(), was=usable)
        return right

    async def _start(self, user: User, client: Client, *, factor: bool) -> SignedInUser:
        await self.forgive(user)
        return SignedInUser(user, await self._sessions.start(user, client, factor=factor))


def _account(email: str) -> str:
    """Return the canonical address, or the text itself: no account has it, but its attempts count."""
    try:
        return canonical_email(email)
    except InvalidEmail:
        return email


def _account_limit(email: str) -> Limit:
    return Limit(f"account {email}", PER_ACCOUNT)


def _code_limit(user: str) -> Limit:
    return Limit(f"code {user}", PER_ACCOUNT)


def _address_limit(client: Client) -> Limit:
    return Limit(f"address {client.address}", PER_ADDRESS)


def _binding(user: User) -> str:
    """Return what ends a challenge when the password is changed."""
    return sha256(user.password.encode()).hexdigest()[:32]
