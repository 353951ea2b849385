"""Finds the caller of a request in the stored accounts."""

from collections.abc import Mapping

from cachetools import TTLCache

from services.console.auth.accounts import Accounts
from services.console.authenticator import ApiKey, Membership, SignedIn
from shared.clock import Clock
from shared.domain.accounts import token_digest
from shared.operations.accounts.tokens import KEY_PREFIX
from shared.repositories.api_key_directory import ApiKeyDirectory
from shared.storage.mongo import Mongo

_LONGEST_KEY = 200
_USED_EVERY = 60.0  # seconds between two writes of a key's last use
_MOST_KEYS = 10_000


class StoredAccounts:
    """Implements `services.console.authenticator.Authenticator`."""

    def __init__(self, accounts: Accounts, mongo: Mongo, clock: Clock) -> None:
        self._accounts = accounts
        self._keys = ApiKeyDirectory(mongo)
        self._clock = clock
        self._used: TTLCache[str, bool] = TTLCache(_MOST_KEYS, _USED_EVERY, timer=clock.monotonic)

    async def session(self, cookies: Mapping[str, str], address: str) -> SignedIn | None:
        accounts = self._accounts
        claims = accounts.tokens.verify(accounts.cookies.read(cookies, "access"))
        session = await accounts.cache.session(claims.session) if claims else None
        if claims is None or session is None or session.user != claims.user or not accounts.sessions.is_valid(session):
            return None
        user = await accounts.cache.user(claims.user)
        if user is None or user.disabled_at is not None:
            return None
        return SignedIn(
            user=user.id, name=user.name, session=session.id, proved_at=session.proved_at, factor=session.factor
        )

    async def member(self, user: str, workspace: str) -> Membership | None:
        member = await self._accounts.cache.member(user, workspace)
        if member is None:
            return None
        rules = await self._accounts.cache.rules(workspace)
        return Membership(
            role=member.role,
            sees=member.sees.value,
            channels=frozenset(member.channels),
            needs_factor=rules.second_factor,
            numbers=rules.agents_see_numbers,
        )

    async def key(self, token: str, address: str) -> ApiKey | None:
        if not token.startswith(KEY_PREFIX) or len(token) > _LONGEST_KEY:
            return None
        key, now = await self._accounts.cache.key(token_digest(token)), self._clock.now()
        if key is None or not key.is_valid(now):
            return None
        if key.id not in self._used:
            self._used[key.id] = True
            await self._keys.record_use(key, now)
        return ApiKey(id=key.id, name=key.name, workspace=key.workspace, scopes=frozenset(key.scopes))
