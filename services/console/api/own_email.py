"""Another e-mail address for the own account: asked for with a fresh proof, confirmed by a link to the new address."""

from fastapi import BackgroundTasks, Request

from services.console.api.auth import AccountsOf, Email, Queued, Token, count_link, link_unusable, may_mail, note_user
from services.console.api.me import Proved
from services.console.audit import AuditNoteOf
from services.console.caller import PUBLIC
from services.console.models import RequestModel
from services.console.parameters import PartsOf
from services.console.parts import parts_of
from services.console.problems import FieldError, Problem
from services.console.routing import api_router
from shared.domain.accounts import User
from shared.operations.accounts.links import CONFIRM_EMAIL
from shared.operations.accounts.people import LinkUnusable, NotAnEmail, canonical

router = api_router("/me", "me")
confirmation = api_router("/auth", "auth")


class EmailChange(RequestModel):
    email: Email


class EmailConfirmation(RequestModel):
    token: Token


@router.post("/email", status_code=202)
async def change_email(
    body: EmailChange, request: Request, later: BackgroundTasks, caller: Proved, parts: PartsOf
) -> Queued:
    """Send a link to the new address, valid for 30 minutes, and a notice to the present one. Nothing changes before."""
    accounts = parts.accounts
    try:
        email = canonical(body.email)
    except NotAnEmail:
        raise Problem("invalid", errors=[FieldError("#/email", "is not an e-mail address")]) from None
    user = await accounts.users.get(caller.id)
    if user is None:
        raise Problem("not-signed-in")
    if accounts.mailer is None:
        detail = "this console sends no e-mail, so a new address cannot be confirmed"
        raise Problem("conflict", detail, reason="no-email")
    await count_link(request, user.email)
    if email != user.email:
        later.add_task(_send, request, user, email)
    return Queued()


async def _send(request: Request, user: User, email: str) -> None:
    """Runs after the answer, which therefore does not tell whether the address has an account."""
    parts = parts_of(request)
    accounts = parts.accounts
    if not await may_mail(parts, "email") or await accounts.users.by_email(email) is not None:
        return
    link = accounts.link(CONFIRM_EMAIL, await accounts.people.email_link(user, email))
    accounts.mail(email, "Confirm your e-mail address", _CONFIRM.format(name=user.name, link=link))
    accounts.mail(user.email, "Your e-mail address is to be changed", _ASKED.format(name=user.name))


@confirmation.post("/confirm-email", status_code=204, dependencies=[PUBLIC])
async def confirm_email(body: EmailConfirmation, accounts: AccountsOf, note: AuditNoteOf) -> None:
    """Change the e-mail address with a one-time link. Other unused links of the account end; sessions stay."""
    try:
        user = await accounts.people.change_email(body.token)
    except LinkUnusable:
        raise link_unusable() from None
    accounts.cache.forget(user=user.id)
    note_user(note, user)
    note.fields = ("email",)
    accounts.mail(user.email, "Your e-mail address was changed", _CHANGED.format(name=user.name))


_CONFIRM = """Hello {name},

with this link you confirm within 30 minutes that you sign in with this e-mail address from now on. It works once:

{link}

If you did not ask for it, do nothing: nothing changes.
"""
_ASKED = """Hello {name},

somebody who is signed in to your account and knows its password asked for another e-mail address. It is changed once a
link is opened that was sent there.

If it was not you, set a new password and end all other sessions at once.
"""
_CHANGED = """Hello {name},

you sign in with another e-mail address from now on; this one belongs to no account any more.

If you did not change it, tell an owner of your workspace or the people who run this console.
"""
