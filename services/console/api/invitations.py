"""Invitations into a workspace."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.console.api.auth import Email, count_invited, may_mail
from services.console.api.members import Channels, check_channels, check_may_admit, check_may_give
from services.console.audit import AuditNoteOf
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.limits import INVITATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.accounts import Invitation, Role, Sees
from shared.operations.accounts.links import INVITATION
from shared.operations.accounts.people import Admission, NotAnEmail, canonical
from shared.repositories.invitations import Invitations
from shared.text.printable import one_line

router = workspace_router("/invitations", "invitations")

Writer = Annotated[Principal, needs(Right.MEMBERS_WRITE)]


class NewInvitation(RequestModel):
    """An invitation to be made. channels: the only ones that the person sees; empty: all."""

    email: Email
    role: Role
    sees: Sees = Sees.ALL
    channels: Channels = Field(default_factory=list)


class InvitationAnswer(AnswerModel):
    """An open invitation. made_by: `user:<id>`, or who made it on the command line."""

    id: str
    email: str
    role: Role
    sees: Sees
    channels: list[str]
    made_by: str
    made_at: datetime
    ends_at: datetime


class InvitationList(AnswerModel):
    """All open invitations, the newest first."""

    items: list[InvitationAnswer]


class MadeInvitation(InvitationAnswer):
    """A new invitation. link: shown only now, and only when no e-mail was sent. mailed: whether the link was sent to
    the person.
    """

    link: str | None
    mailed: bool


@router.get("")
async def list_invitations(caller: Writer, parts: PartsOf) -> InvitationList:
    """List the invitations that can still be accepted."""
    found = await Invitations(parts.mongo, caller.workspace).open(parts.clock.now())
    return InvitationList(items=[InvitationAnswer(**_fields(one)) for one in found])


@router.post("", status_code=201)
async def invite(
    body: NewInvitation,
    caller: Writer,
    _: Annotated[None, limited(INVITATIONS)],
    key: Annotated[RequestKey, idempotent(keep_answer=False)],
    parts: PartsOf,
    note: AuditNoteOf,
) -> MadeInvitation:
    """Invite a person for seven days. Without SMTP_URL the answer has the link, to be passed on; with it nobody but the
    person gets the link: 503 if the e-mail cannot be sent now.
    """
    check_may_admit(caller)
    check_may_give(caller, body.role)
    await check_channels(caller, parts, body.channels)
    gives = Admission(body.role, body.sees, tuple(body.channels))
    accounts = parts.accounts
    await _check_may_mail(parts, body.email)
    made, token = await accounts.people.invite(caller.workspace, body.email, gives, caller.caller)
    link = accounts.link(INVITATION, token)
    text = _TEXT.format(by=one_line(caller.name), workspace=caller.workspace, role=body.role.value, link=link)
    mailed = accounts.mail(made.email, f"Invitation to {caller.workspace}", text)
    if accounts.mailer is not None and not mailed:
        await Invitations(parts.mongo, caller.workspace).withdraw(made.id)
        raise _unsent()
    note.target = f"invitation:{made.id}"
    note.change("role", None, body.role)
    return MadeInvitation(**_fields(made), link=None if mailed else link, mailed=mailed)


@router.delete("/{invitation}", status_code=204)
async def withdraw_invitation(invitation: str, caller: Writer, parts: PartsOf) -> None:
    """Withdraw an invitation that was not accepted."""
    invitations = Invitations(parts.mongo, caller.workspace)
    found = await invitations.get(invitation)
    if found is None:
        raise Problem("not-found")
    check_may_give(caller, found.role)
    if not await invitations.withdraw(invitation):
        raise Problem("conflict", "it was accepted already", reason="invitation-accepted")


async def _check_may_mail(parts: Parts, email: str) -> None:
    """Count the e-mail of an invitation. Raises Problem `invalid`, `too-many`, `away`."""
    try:
        address = canonical(email)
    except NotAnEmail as error:
        raise Problem("invalid", errors=[FieldError("#/email", str(error))]) from None
    if parts.accounts.mailer is not None:
        await count_invited(parts, address)
        if not await may_mail(parts, "invitation"):
            raise _unsent()


def _unsent() -> Problem:
    return Problem("away", "too many e-mails are waiting; nobody was invited", headers={"Retry-After": "60"})


def _fields(one: Invitation) -> dict[str, Any]:
    names = ("id", "email", "role", "sees", "made_by", "made_at", "ends_at")
    return {"channels": list(one.channels), **{name: getattr(one, name) for name in names}}


_TEXT = """{by} invites you to the workspace {workspace}, as {role}.

With this link you accept within seven days. It works once:

{link}
"""
