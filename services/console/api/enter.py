"""Signing in by a one-time link, on this machine only: `make run` prints one for the owner of the demo."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from services.console.api.auth import AccountsOf, SignedInAnswer, Token, granted_answer, link_unusable, note_user
from services.console.audit import AuditNoteOf
from services.console.auth.cookies import is_loopback
from services.console.auth.requests import client_of_request
from services.console.caller import PUBLIC
from services.console.models import RequestModel
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.routing import api_router
from shared.domain.accounts import LinkKind, token_digest
from shared.repositories.account_links import AccountLinks

router = api_router("/auth", "auth")


class SignInLink(RequestModel):
    token: Token


@router.post("/enter", dependencies=[PUBLIC])
async def enter(
    body: SignInLink, request: Request, response: Response, parts: PartsOf, accounts: AccountsOf, note: AuditNoteOf
) -> SignedInAnswer:
    """Sign in by a one-time link of the command line. Only where the console is on this machine."""
    if not is_loopback(urlsplit(accounts.url).hostname or ""):
        raise Problem("not-found", "sign-in links work on the machine of the console only")
    link = await AccountLinks(parts.mongo).take(token_digest(body.token), LinkKind.SIGN_IN, parts.clock.now())
    user = await accounts.users.get(link.user) if link else None
    if user is None or user.disabled_at is not None or user.has_second_factor:  # a link replaces no second factor
        raise link_unusable()
    granted = await accounts.sessions.start(user, client_of_request(request), factor=False)
    note_user(note, user, granted.session.id)
    return granted_answer(user, granted, response, accounts)
