"""The second factor of a user: an authenticator app, and recovery codes."""

from dataclasses import dataclass

from services.console.auth import totp
from shared.clock import Clock
from shared.crypto import Secrets
from shared.domain.accounts import User, second_factor_field
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

_ISSUER = "Parley"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A secret to be stored in an app, and confirmed with a first code. uri: for a QR code."""

    secret: str
    uri: str


class SecondFactors:
    """One per process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, secrets: Secrets, clock: Clock) -> None:
        self._users = Users(mongo)
        self._sessions = Sessions(mongo)
        self._secrets = secrets
        self._clock = clock

    async def propose(self, user: User) -> Proposal | None:
        """Return a new secret; None if a second factor is confirmed already."""
        secret = totp.new_secret()
        sealed = self._secrets.encrypt(secret, workspace="", field=second_factor_field(user.id))
        if not await self._users.propose_second_factor(user.id, sealed):
            return None
        return Proposal(secret, totp.uri(secret, user.email, _ISSUER))

    async def confirm(self, user: User, code: str) -> list[str] | None:
        """Turn on the proposed second factor and return the recovery codes; None if the code is wrong."""
        factor = user.second_factor
        if factor is None or factor.confirmed_at is not None:
            return None
        now = self._clock.now()
        step = totp.accepted_step(self._secret(user, factor.secret), code, now, factor.last_step)
        codes = totp.new_recovery_codes()
        digests = [totp.recovery_digest(one) for one in codes]
        if step is None or not await self._users.confirm_second_factor(user.id, factor.secret, step, digests, now):
            return None
        return codes

    async def check(self, user: User, code: str) -> bool:
        """Return whether a code of the app, or a recovery code, is right; each is accepted once."""
        factor = user.second_factor
        if factor is None or factor.confirmed_at is None:
            return False
        step = totp.accepted_step(self._secret(user, factor.secret), code, self._clock.now(), factor.last_step)
        if step is not None:
            return await self._users.use_step(user.id, step)
        return await self._users.use_recovery_code(user.id, totp.recovery_digest(code))

    async def new_recovery_codes(self, user: User) -> list[str] | None:
        """Replace the recovery codes; None without a confirmed second factor."""
        codes = totp.new_recovery_codes()
        digests = [totp.recovery_digest(one) for one in codes]
        return codes if await self._users.replace_recovery_codes(user.id, digests) else None

    async def remove(self, user: str) -> bool:
        """Turn off the second factor, also for the sessions that were started with it; return False without one."""
        if not await self._users.remove_second_factor(user):
            return False
        await self._sessions.forget_factor(user)
        return True

    def _secret(self, user: User, sealed: str) -> str:
        return self._secrets.decrypt(sealed, workspace="", field=second_factor_field(user.id))
