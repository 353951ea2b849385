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
from shared.operations.accounts.tokens import new_token
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

# Attempts per minute. An account's limit from one address and from all together differ, so that nobody makes a known
# person wait who guesses from a few addresses. Only failures count for an address, which a whole office may share. A
# browser in which the person has signed in before has a limit of its own instead of that of the address and that of
# the account from all addresses (OWASP: device cookies).
PER_ACCOUNT, PER_ADDRESS, PER_ACCOUNT_IN_ALL = 5, 20, 200


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

    async def with_password(
        self, email: str, password: str, client: Client, known: str = ""
    ) -> Challenge | SignedInUser:
        """Check a password and start a session, unless a second factor is needed. known: the browser's token that the
        person signed in there before (`known_browser`).
        """
        account = _account(email)
        browser = self._known_limit(account, known)
        limits = [browser] if browser else [*_account_limits(account, client), _address_limit(client)]
        await self._throttle.attempt(*limits)
        user = await self._users.by_email(account)
        if not await self._is_right(user, password) or user is None:
            raise SignInRefused(user)
        await self._throttle.give_back(browser or _address_limit(client))
        if user.has_second_factor:
            return Challenge(user, self._tokens.issue(Claims(user.id, _binding(user)), TokenType.CHALLENGE))
        return await self._start(user, client, factor=False)

    async def with_code(self, challenge: str, code: str, client: Client, known: str = "") -> SignedInUser:
        """Check the second factor after the password, and start a session. known: as for `with_password`."""
        claims = self._tokens.verify(challenge, TokenType.CHALLENGE)
        if claims is None:
            raise SignInRefused
        user = await self._users.get(claims.user)
        browser = self._known_limit(user.email, known) if user else None
        shared = browser or _address_limit(client)
        await self._throttle.attempt(_code_limit(claims.user), shared)
        if user is None or user.disabled_at is not None or not hmac.compare_digest(_binding(user), claims.session):
            raise SignInRefused(user)
        if not await self._factors.check(user, code):
            raise SignInRefused(user)
        await self._throttle.give_back(shared)
        return await self._start(user, client, factor=True)

    def known_browser(self, user: User) -> str:
        """Return a token for the browser in which a user has signed in, which is known from then on."""
        return self._tokens.issue(Claims(_account_digest(user.email), new_token()), TokenType.KNOWN_BROWSER)

    def _known_limit(self, account: str, known: str) -> Limit | None:
        """Return the limit of a browser in which this account has signed in before; None for all others."""
        claims = self._tokens.verify(known, TokenType.KNOWN_BROWSER)
        if claims is None or claims.user != _account_digest(account):
            return None
        return Limit(f"browser {claims.session}", PER_ACCOUNT)

    async def prove(self, user_id: str, session: str, *, password: str = "", code: str = "") -> None:
        """Check that it is still the same person: by a code if there is a second factor, otherwise by the password."""
        user = await self._users.get(user_id)
        if user is None:
            raise SignInRefused
        await self._throttle.attempt(_session_limit(session))
        factor = user.has_second_factor
        if not await (self._factors.check(user, code) if factor else self._is_right(user, password)):
            raise SignInRefused(user)
        await self._throttle.forgive(_session_limit(session))

    async def check_password(self, user: User, password: str, session: str) -> None:
        """Check the password of a signed-in user who changes it. Attempts of other sessions do not count."""
        await self._throttle.attempt(_session_limit(session))
        if not await self._is_right(user, password):
            raise SignInRefused(user)
        await self._throttle.forgive(_session_limit(session))

    async def forgive(self, user: User, client: Client) -> None:
        """Forget refused attempts at an account, after a proof that came from this client."""
        await self._throttle.forgive(*_account_limits(user.email, client), _code_limit(user.id))

    async def _is_right(self, user: User | None, password: str) -> bool:
        """Verify with one hash, whoever it is; renew a stored hash of another cost."""
        usable = user.password if user is not None and user.disabled_at is None else ""
        right = await self._passwords.verify(usable, password)
        if right and user is not None and self._passwords.is_outdated(usable):
            renewed = await self._passwords.hash(password)
            await self._users.set_password(user.id, renewed, self._clock.now(), was=usable)
        return right

    async def _start(self, user: User, client: Client, *, factor: bool) -> SignedInUser:
        await self.forgive(user, client)
        return SignedInUser(user, await self._sessions.start(user, client, factor=factor))


def _account(email: str) -> str:
    """Return the canonical address, or the text itself: no account has it, but its attempts count."""
    try:
        return canonical_email(email)
    except InvalidEmail:
        return email


def _account_digest(email: str) -> str:
    return sha256(email.encode()).hexdigest()[:32]


def _account_limits(email: str, client: Client) -> tuple[Limit, Limit]:
    return (
        Limit(f"account {email} from {client.address}", PER_ACCOUNT),
        Limit(f"account {email}", PER_ACCOUNT_IN_ALL),
    )


def _code_limit(user: str) -> Limit:
    """Return the limit of codes after the right password: a code has six digits only, so it is for all addresses."""
    return Limit(f"code {user}", PER_ACCOUNT)


def _session_limit(session: str) -> Limit:
    return Limit(f"session {session}", PER_ACCOUNT)


def _address_limit(client: Client) -> Limit:
    return Limit(f"address {client.address}", PER_ADDRESS)


def _binding(user: User) -> str:
    """Return what ends a challenge when the password is changed."""
    return sha256(user.password.encode()).hexdigest()[:32]
