"""The parts of accounts that routes use, made once per process."""

from dataclasses import dataclass, field
from datetime import timedelta

from services.console.auth.cache import AccountCache
from services.console.auth.cookies import CookieNames, names_for
from services.console.auth.passwords import HashCost, Passwords
from services.console.auth.second_factor import SecondFactors
from services.console.auth.sessions import Lifetimes, SessionService
from services.console.auth.sign_in import SignIn
from services.console.auth.signing_keys import SigningKeys
from services.console.auth.throttle import Throttle
from services.console.auth.tokens import Tokens
from services.console.mail import Mail, Mailer, mailer_of
from shared.clock import Clock
from shared.crypto import Secrets
from shared.operations.accounts.links import link_to
from shared.operations.accounts.people import People
from shared.repositories.users import Users
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The parts of accounts that routes use. url: the console's address for people. mailer: None without SMTP_URL:
    links are shown instead.
    """

    url: str
    cookies: CookieNames
    cache: AccountCache
    users: Users
    people: People
    passwords: Passwords
    tokens: Tokens
    throttle: Throttle
    sessions: SessionService
    factors: SecondFactors
    sign_in: SignIn
    audit_kept: timedelta
    mailer: Mailer | None = field(default=None)

    def link(self, page: str, token: str) -> str:
        """Return the address of a page for a one-time token."""
        return link_to(self.url, page, token)

    def mail(self, to: str, subject: str, text: str) -> bool:
        """Send an e-mail in the background; return False if it cannot be sent."""
        return self.mailer is not None and self.mailer.send(Mail(to, subject, text))


def make_accounts(
    settings: Settings,
    clock: Clock,
    mongo: Mongo,
    redis: Redis,
    secrets: Secrets,
    *,
    keys: SigningKeys,
    cost: HashCost | None = None,
) -> Accounts:
    """Return the parts. cost: of password hashes; None: the recommended one."""
    tokens, passwords, throttle = Tokens(keys, clock), Passwords(cost), Throttle(redis, clock)
    factors = SecondFactors(mongo, secrets, clock)
    lifetimes = Lifetimes(
        idle=timedelta(seconds=settings.console_session_idle),
        absolute=timedelta(seconds=settings.console_session_length),
    )
    sessions = SessionService(mongo, keys, tokens, clock, lifetimes)
    return Accounts(
        url=settings.console_url,
        cookies=names_for(settings.console_url),
        cache=AccountCache(mongo, clock),
        users=Users(mongo),
        people=People(mongo, clock),
        passwords=passwords,
        tokens=tokens,
        throttle=throttle,
        sessions=sessions,
        factors=factors,
        sign_in=SignIn(
            mongo,
            clock,
            passwords=passwords,
            tokens=tokens,
            throttle=throttle,
            sessions=sessions,
            factors=factors,
        ),
        audit_kept=timedelta(days=settings.console_audit_days),
        mailer=mailer_of(settings),
    )
