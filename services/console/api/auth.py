"""Signing in and out, one-time links, registration. Answers never tell whether an account exists."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import BackgroundTasks, Depends, Request, Response
from pydantic import AfterValidator, Field

from services.console.audit import AuditNote, AuditNoteOf, record_event
from services.console.auth import cookies
from services.console.auth.accounts import Accounts
from services.console.auth.password_rules import problem_of_password
from services.console.auth.requests import client_of_request, refused, too_many
from services.console.auth.sessions import Granted
from services.console.auth.sign_in import Challenge, SignedInUser, SignInRefused
from services.console.auth.throttle import TooManyAttempts
from services.console.auth.tokens import CHALLENGE, KNOWN_BROWSER
from services.console.caller import PUBLIC
from services.console.models import AnswerModel, RequestModel, one_printable_line
from services.console.parameters import PartsOf
from services.console.parts import Parts, parts_of
from services.console.problems import FieldError, Problem
from services.console.routing import api_router
from services.console.token_buckets import Policy
from shared.domain.accounts import LinkKind, User, token_digest
from shared.operations.accounts.links import RESET_PASSWORD
from shared.operations.accounts.people import NotAnEmail, canonical
from shared.repositories.account_links import AccountLinks
from shared.telemetry import logging, metrics

log = logging.get(__name__)

router = api_router("/auth", "auth")

Email = Annotated[str, Field(min_length=3, max_length=254)]
Password = Annotated[str, Field(max_length=1024)]  # of a sign-in: a longer one is none of ours
NewPassword = Annotated[str, Field(max_length=1024, description="12 to 128 characters, not a common password.")]
Code = Annotated[str, Field(min_length=6, max_length=32, description="Of the authenticator app, or a recovery code.")]
Token = Annotated[str, Field(min_length=20, max_length=200, description="What is behind `#` in the link.")]
PersonName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_printable_line)]

# Of requests for e-mails with links. The address counts first: one client does not use up what another's account has.
_OF_ADDRESS = Policy("links-of-address", 20, 600, 20)
_OF_ACCOUNT = Policy("links-of-account", 5, 3600, 5)
_INVITED = Policy("invitations-of-address", 5, 3600, 5)  # a bucket of its own: resets are not used up by others
_IN_ALL = Policy("links", 60, 60, 60)  # e-mails that are sent, of each kind; above it none is, and nobody has to wait


class Login(RequestModel):
    email: Email
    password: Password


class SecondFactorCode(RequestModel):
    code: Code


class Forgot(RequestModel):
    email: Email


class Reset(RequestModel):
    token: Token
    password: NewPassword


class SignedInAnswer(AnswerModel):
    """The person who is signed in now. The tokens are in cookies only. ends_at: of the session."""

    user: str
    name: str
    ends_at: datetime


class Queued(AnswerModel):
    """The same answer whether or not the address has an account."""

    state: Literal["queued"] = "queued"


async def _accounts(parts: PartsOf) -> Accounts:
    return parts.accounts


AccountsOf = Annotated[Accounts, Depends(_accounts)]


@router.post("/login", dependencies=[PUBLIC], responses={401: {"description": "Wrong, or a second factor is needed"}})
async def login(
    body: Login, request: Request, response: Response, accounts: AccountsOf, note: AuditNoteOf
) -> SignedInAnswer:
    """Sign in. With a second factor: 401 `second-factor-needed`, then `/auth/second-factor` within five minutes."""
    try:
        found = await accounts.sign_in.with_password(
            body.email, body.password, client_of_request(request), accounts.cookies.read(request.cookies, "known")
        )
    except TooManyAttempts as error:
        metrics.SIGN_INS.labels("throttled").inc()
        raise too_many(error) from None
    except SignInRefused as error:
        await _record_refusal(request, "auth.login_refused", error)
        raise refused() from None
    if isinstance(found, Challenge):
        metrics.SIGN_INS.labels("second_factor").inc()
        asking = Response()
        cookies.set_challenge(asking, accounts.cookies, found.token, CHALLENGE)
        raise Problem("second-factor-needed", cookies=asking.headers.getlist("set-cookie"))
    return _signed_in(found, response, accounts, note)


@router.post("/second-factor", dependencies=[PUBLIC])
async def second_factor(
    body: SecondFactorCode, request: Request, response: Response, accounts: AccountsOf, note: AuditNoteOf
) -> SignedInAnswer:
    """Finish signing in with a code."""
    challenge = accounts.cookies.read(request.cookies, "challenge")
    try:
        known = accounts.cookies.read(request.cookies, "known")
        found = await accounts.sign_in.with_code(challenge, body.code, client_of_request(request), known)
    except TooManyAttempts as error:
        metrics.SIGN_INS.labels("throttled").inc()
        raise too_many(error) from None
    except SignInRefused as error:
        await _record_refusal(request, "auth.second_factor_refused", error)
        raise refused() from None
    return _signed_in(found, response, accounts, note)


@router.post("/refresh", dependencies=[PUBLIC])
async def refresh(request: Request, response: Response, accounts: AccountsOf, note: AuditNoteOf) -> SignedInAnswer:
    """Replace the access and the refresh token. A refresh token that was used already ends the session."""
    note.skip = True
    token = accounts.cookies.read(request.cookies, "refresh")
    granted = await accounts.sessions.refresh(token, client_of_request(request)) if token else None
    user = await accounts.users.get(granted.session.user) if granted else None
    if granted is None or user is None or user.disabled_at is not None:
        ended = Response()
        cookies.clear(ended, accounts.cookies)
        raise Problem("not-signed-in", cookies=ended.headers.getlist("set-cookie"))
    accounts.cache.forget(session=granted.session.id)
    return granted_answer(user, granted, response, accounts)


@router.post("/logout", status_code=204, dependencies=[PUBLIC])
async def logout(request: Request, response: Response, parts: PartsOf, note: AuditNoteOf) -> None:
    """End the session, also with an access token that has ended, and remove the cookies."""
    accounts = parts.accounts
    cookies.clear(response, accounts.cookies)
    claims = accounts.tokens.verify(accounts.cookies.read(request.cookies, "access"), ended=True)
    user = await accounts.users.get(claims.user) if claims else None
    if claims is None or user is None or not await accounts.sessions.end(claims.session, "signed out"):
        return
    accounts.cache.forget(session=claims.session)
    note_user(note, user, claims.session)


@router.post("/forgot", status_code=202, dependencies=[PUBLIC])
async def forgot(
    body: Forgot, request: Request, later: BackgroundTasks, accounts: AccountsOf, note: AuditNoteOf
) -> Queued:
    """Send a link to set a new password, valid for 30 minutes, if the address has an account and e-mail is set up."""
    note.skip = True
    user = await user_of_link(request, body.email)
    if user is not None and user.disabled_at is None and accounts.mailer is not None:
        later.add_task(_send_reset, request, user)
    return Queued()


async def _send_reset(request: Request, user: User) -> None:
    """Runs after the answer, which therefore takes the same time for unknown addresses."""
    accounts = parts_of(request).accounts
    if not await may_mail(parts_of(request), "reset"):
        return
    link = accounts.link(RESET_PASSWORD, await accounts.people.password_link(user))
    accounts.mail(user.email, "Set a new password", _RESET.format(name=user.name, link=link))
    await record_event(request, "auth.forgot", user)


@router.post("/reset", status_code=204, dependencies=[PUBLIC])
async def reset(body: Reset, request: Request, parts: PartsOf, accounts: AccountsOf, note: AuditNoteOf) -> None:
    """Set a new password with a one-time link. All sessions of the person end."""
    links, digest = AccountLinks(parts.mongo), token_digest(body.token)
    link = await links.get(digest, LinkKind.RESET, parts.clock.now())
    user = await accounts.users.get(link.user) if link else None
    if user is None or user.disabled_at is not None:
        raise link_unusable()
    check_new_password(body.password, user.name, user.email)
    hashed = await accounts.passwords.hash(body.password)
    if await links.take(digest, LinkKind.RESET, parts.clock.now()) is None:
        raise link_unusable()
    await accounts.users.set_password(user.id, hashed, parts.clock.now())
    await accounts.people.end_links(user)
    await accounts.sessions.end_all(user.id, "the password was changed")
    await accounts.sign_in.forgive(user, client_of_request(request))
    accounts.cache.forget_all()
    note_user(note, user)


def check_new_password(password: str, *words: str) -> None:
    """Raise Problem for a password that the rules refuse."""
    if why := problem_of_password(password, words):
        raise Problem("invalid", errors=[FieldError("#/password", why, why.code)])


async def user_of_link(request: Request, email: str) -> User | None:
    """Return the user to whom a link is to be sent, after counting the request. Raises Problem `too-many`."""
    try:
        account = canonical(email)
    except NotAnEmail:
        account = ""
    await count_link(request, account)
    return await parts_of(request).accounts.users.by_email(account) if account else None


async def count_link(request: Request, account: str) -> None:
    """Count a request for a link. account: the e-mail address; empty: none that exists. Raises Problem `too-many`."""
    parts = parts_of(request)
    await _take(parts, _OF_ADDRESS, client_of_request(request).address)
    if account:
        await _take(parts, _OF_ACCOUNT, token_digest(account)[:32])  # Redis has no addresses


async def count_invited(parts: Parts, email: str) -> None:
    """Count an invitation that is sent to an e-mail address, by any workspace. Raises Problem `too-many`."""
    await _take(parts, _INVITED, token_digest(email)[:32])


async def may_mail(parts: Parts, kind: str) -> bool:
    """Count an e-mail with a link of a kind; return False if too many were sent in the last minute."""
    if (await parts.buckets.take(_IN_ALL, kind)).allowed:
        return True
    metrics.EMAILS.labels("dropped").inc()
    log.warning("E-mail dropped: too many links in a minute", kind=kind)
    return False


async def _take(parts: Parts, policy: Policy, subject: str) -> None:
    """Count a request; its answer does not show what is left, because others' requests count too."""
    taken = await parts.buckets.take(policy, subject)
    if not taken.allowed:
        metrics.API_LIMITED.labels(policy.name).inc()
        raise Problem("too-many", headers={"Retry-After": str(max(1, taken.reset))})


async def _record_refusal(request: Request, action: str, error: SignInRefused) -> None:
    metrics.SIGN_INS.labels("refused").inc()
    if error.user is not None:
        await record_event(request, action, error.user)


def _signed_in(found: SignedInUser, response: Response, accounts: Accounts, note: AuditNote) -> SignedInAnswer:
    metrics.SIGN_INS.labels("accepted").inc()
    note_user(note, found.user, found.granted.session.id)
    cookies.set_known(response, accounts.cookies, accounts.sign_in.known_browser(found.user), KNOWN_BROWSER)
    return granted_answer(found.user, found.granted, response, accounts)


def granted_answer(user: User, granted: Granted, response: Response, accounts: Accounts) -> SignedInAnswer:
    """Set the cookies of a session, and return the answer."""
    lifetime = granted.session.ends_at - (granted.session.rotated_at or granted.session.made_at)
    cookies.set_session(response, accounts.cookies, granted.access, lifetime, granted.refresh)
    return SignedInAnswer(user=user.id, name=user.name, ends_at=granted.session.ends_at)


def note_user(note: AuditNote, user: User, session: str = "") -> None:
    """Record who did it, where nobody was signed in before."""
    note.user, note.session = user, session
    note.target = note.target or f"user:{user.id}"
    note.fields = note.fields or ("session",)


def link_unusable() -> Problem:
    """Return the problem of a one-time link that cannot be used."""
    return Problem("conflict", "the link was used or has ended; ask for a new one", reason="link-unusable")


_RESET = """Hello {name},

with this link you set a new password within 30 minutes. It works once:

{link}

If you did not ask for it, do nothing: your password stays as it is.
"""
