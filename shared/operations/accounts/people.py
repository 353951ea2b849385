"""Operations on the people of a workspace, for the API and the command line: invite, admit, disable, end sessions."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from shared.clock import Clock
from shared.domain.accounts import (
    AccountLink,
    AuditEntry,
    InvalidEmail,
    Invitation,
    LinkKind,
    Member,
    Role,
    Sees,
    Session,
    User,
    canonical_email,
    is_limited,
    may_give,
    user_id,
)
from shared.operations.accounts.tokens import digest_of, invitation_id, invitation_token, new_token, workspace_of
from shared.operations.errors import NotFound, OperationRefused
from shared.repositories.account_links import AccountLinks
from shared.repositories.audit import AuditLog
from shared.repositories.invitations import Invitations
from shared.repositories.members import LastOwner, Members
from shared.repositories.memberships import Memberships
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

INVITATION = timedelta(days=7)
RESET = timedelta(minutes=30)
REGISTER = timedelta(hours=24)
FIRST_PASSWORD = timedelta(hours=24)
SIGN_IN = timedelta(hours=24)
_MEMBER = "user:"  # begins `made_by` of what a member made
_UNUSABLE = "the invitation was used, withdrawn or has ended; ask for a new one"


class AlreadyMember(OperationRefused):
    """Raised for a person who is a member already."""

    reason = "already-member"


class InvitationUnusable(OperationRefused):
    """Raised for an invitation that was used, withdrawn or has ended, and for a token that never was one."""

    reason = "invitation-unusable"


class LinkUnusable(OperationRefused):
    """Raised for a one-time link that was used or has ended, or whose address another account has meanwhile."""

    reason = "link-unusable"


class NotAnEmail(OperationRefused):
    """Raised for text that is no e-mail address."""


class OnlyOwner(OperationRefused):
    """Raised when a workspace would lose its only owner."""

    reason = "last-owner"


class UserNotFound(NotFound):
    """Raised when no user has the e-mail address."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The result of an invitation or a registration."""

    role: Role
    sees: Sees = Sees.ALL
    channels: tuple[str, ...] = ()


class People:
    """Operations on users and members. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._users = Users(mongo)
        self._links = AccountLinks(mongo)

    async def invite(self, workspace: str, email: str, gives: Admission, made_by: str) -> tuple[Invitation, str]:
        """Return an invitation and the token of its link. email: empty: whoever has the link.

        Raises NotAnEmail, AlreadyMember.
        """
        address = canonical(email) if email else ""
        known = await self._users.by_email(address) if address else None
        if known is not None and await Members(self._mongo, workspace).get(known.id) is not None:
            raise AlreadyMember("this person is a member already")
        token, now = invitation_token(workspace), self._clock.now()
        digest = digest_of(token)
        invitation = Invitation(
            id=invitation_id(digest),
            workspace=workspace,
            digest=digest,
            email=address,
            role=gives.role,
            sees=gives.sees,
            channels=gives.channels,
            made_by=made_by,
            made_at=now,
            ends_at=now + INVITATION,
        )
        await Invitations(self._mongo, workspace).create(invitation)
        return invitation, token

    async def invitation(self, token: str) -> Invitation:
        """Return the invitation of a token. Raises InvitationUnusable."""
        workspace, digest, now = workspace_of(token), digest_of(token), self._clock.now()
        found = await Invitations(self._mongo, workspace).get(invitation_id(digest)) if workspace else None
        if found is None or found.digest != digest or found.used_at is not None or now >= found.ends_at:
            raise InvitationUnusable(_UNUSABLE)
        if not await self._may_still_invite(found):
            raise InvitationUnusable(_UNUSABLE)
        return found

    async def _may_still_invite(self, invitation: Invitation) -> bool:
        """Return whether the member who made an invitation may still give what it gives."""
        if not invitation.made_by.startswith(_MEMBER):
            return True  # made on the command line
        maker = invitation.made_by.removeprefix(_MEMBER)
        member = await Members(self._mongo, invitation.workspace).get(maker)
        user = await self._users.get(maker)
        if member is None or user is None or user.disabled_at is not None:
            return False
        return invitation.role in _given_by(member)

    async def remove(self, workspace: str, user: str) -> bool:
        """Remove a member and the member's open invitations; return False if there is none. Raises LastOwner.

        Conversations of the member go back to the queue.
        """
        await Members(self._mongo, workspace).begin_release(user, self._clock.now())
        removed = await Members(self._mongo, workspace).remove(user)
        await Invitations(self._mongo, workspace).withdraw_made_by(_MEMBER + user)
        return removed

    async def withdraw_invitations(self, member: Member) -> int:
        """Withdraw the open invitations of a member for what the member may not give any more; return how many."""
        invitations = Invitations(self._mongo, member.workspace)
        return await invitations.withdraw_made_by(_MEMBER + member.user, _given_by(member))

    async def accept(self, invitation: Invitation, user: User) -> Member:
        """Use an invitation for a stored user. Raises InvitationUnusable, AlreadyMember."""
        invitations = Invitations(self._mongo, invitation.workspace)
        now = self._clock.now()
        if await invitations.take(invitation.id, invitation.digest, user.id, now) is None:
            raise InvitationUnusable("the invitation was used meanwhile; ask for a new one")
        return await self.admit(
            invitation.workspace, user, Admission(invitation.role, invitation.sees, invitation.channels)
        )

    async def admit(self, workspace: str, user: User, gives: Admission) -> Member:
        """Make a user a member. Raises AlreadyMember."""
        member = Member(
            workspace=workspace,
            user=user.id,
            role=gives.role,
            sees=gives.sees,
            channels=gives.channels,
            since=self._clock.now(),
        )
        if not await Members(self._mongo, workspace).add(member):
            raise AlreadyMember("this person is a member already")
        return member

    async def user(self, email: str) -> User:
        """Return the user of an e-mail address. Raises NotAnEmail, UserNotFound."""
        found = await self._users.by_email(canonical(email))
        if found is None:
            raise UserNotFound(f"there is no user {email}")
        return found

    async def get_or_create(self, email: str, name: str, password: str = "") -> tuple[User, bool]:
        """Return the user of an e-mail address, and whether it was made now. password: its hash, for a new user."""
        address, now = canonical(email), self._clock.now()
        for number in itertools.count():
            user = User(id=user_id(address, number), email=address, name=name or address, created_at=now)
            if password:
                user = msgspec.structs.replace(user, password=password, password_at=now)
            if await self._users.create(user):
                return user, True
            if (found := await self._users.by_email(address)) is not None:
                return found, False
        raise AssertionError  # the user with this id has another address meanwhile: the next number is free

    async def password_link(self, user: User, lifetime: timedelta = RESET) -> str:
        """Return the token of a one-time link by which a user sets the password; earlier links end."""
        return await self._link(LinkKind.RESET, user.email, user.id, lifetime)

    async def email_link(self, user: User, email: str) -> str:
        """Return the token of a one-time link that proves a user's new e-mail address."""
        return await self._link(LinkKind.EMAIL, canonical(email), user.id, RESET)

    async def change_email(self, token: str) -> User:
        """Give a user the address that a one-time link proves; return the user as before. Raises LinkUnusable.

        All other unused links of the user end: they were sent to the former address.
        """
        link = await self._links.take(digest_of(token), LinkKind.EMAIL, self._clock.now())
        user = await self._users.get(link.user) if link else None
        if link is None or user is None or not await self._users.change_email(user.id, user.email, link.email):
            raise LinkUnusable("the link was used or has ended, or the address has another account")
        await self._links.remove_unused(user.id)
        return user

    async def registration_link(self, email: str) -> str:
        """Return the token of a one-time link that proves an e-mail address."""
        return await self._link(LinkKind.REGISTER, canonical(email), "", REGISTER)

    async def sign_in_link(self, user: User) -> str:
        """Return the token of a one-time link that signs a user in, on this machine only; earlier links end."""
        return await self._link(LinkKind.SIGN_IN, user.email, user.id, SIGN_IN)

    async def end_links(self, user: User) -> None:
        """End all unused links of a user, those to a new e-mail address too: as after a new password."""
        await self._links.remove_unused(user.id)

    async def disable(self, user: User) -> int:
        """Take away a user's access and end all sessions and links; return how many sessions. Conversations of the user
        go back to the queue.
        """
        now = self._clock.now()
        for member in await Memberships(self._mongo).of_user(user.id):
            await Members(self._mongo, member.workspace).begin_release(user.id, now)
        await self._users.disable(user.id, now)
        await self.end_links(user)
        return await Sessions(self._mongo).revoke_all(user.id, "the user was disabled", now)

    async def enable(self, user: User) -> bool:
        """Give access again; return False if the user is not disabled."""
        return await self._users.enable(user.id)

    async def sessions(self, user: User) -> list[Session]:
        """Return a user's sessions that have not ended."""
        return await Sessions(self._mongo).of_user(user.id, self._clock.now())

    async def end_sessions(self, user: User, reason: str) -> int:
        """End all sessions of a user; return how many."""
        return await Sessions(self._mongo).revoke_all(user.id, reason, self._clock.now())

    async def erase(self, user: User) -> None:
        """Remove a user with sessions, links and memberships. Raises OnlyOwner; the audit log keeps the user's id."""
        for member in await Memberships(self._mongo).of_user(user.id):
            try:
                await self.remove(member.workspace, user.id)
            except LastOwner:
                raise OnlyOwner(f"{member.workspace} keeps at least one owner: make another person its owner") from None
        await Sessions(self._mongo).remove_all(user.id)
        await self._links.remove_all(user.id, user.email)
        await self._users.remove(user.id)

    async def record(self, entry: AuditEntry, kept: timedelta) -> None:
        """Add an entry of a user to the audit log of its workspace; without one, to those of all the user's."""
        workspaces = [entry.workspace]
        if not entry.workspace:
            user = entry.target.removeprefix("user:") if entry.target.startswith("user:") else entry.by
            workspaces = [one.workspace for one in await Memberships(self._mongo).of_user(user)] or [""]
        for workspace in workspaces:
            one = msgspec.structs.replace(entry, workspace=workspace)
            await AuditLog(self._mongo, workspace).add(one, kept=kept)

    async def _link(self, kind: LinkKind, email: str, user: str, lifetime: timedelta) -> str:
        token, now = new_token(), self._clock.now()
        await self._links.create(
            AccountLink(digest=digest_of(token), kind=kind, email=email, user=user, made_at=now, ends_at=now + lifetime)
        )
        return token


def canonical(email: str) -> str:
    """Return the canonical form of an e-mail address. Raises NotAnEmail."""
    try:
        return canonical_email(email)
    except InvalidEmail as error:
        raise NotAnEmail(str(error)) from None


def _given_by(member: Member) -> list[Role]:
    """Return the roles that a member may give."""
    if is_limited(member.role, member.sees, member.channels):
        return []
    return [role for role in Role if may_give(member.role, role)]


def audit_entry(action: str, at: datetime, target: str, *, by: str, workspace: str = "") -> AuditEntry:
    """Return an entry for what a person did on the command line."""
    return AuditEntry(workspace=workspace, at=at, action=action, by_kind="cli", by=by, by_name=by, target=target)
