"""Users, members, sessions, API keys, invitations and one-time links as they are stored; the audit log."""

import asyncio
from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from shared.crypto import Secrets
from shared.domain.accounts import (
    AccountLink,
    ApiKey,
    AuditEntry,
    Invitation,
    LinkKind,
    Member,
    Role,
    Sees,
    Session,
    User,
    second_factor_field,
)
from shared.errors import Conflict
from shared.operations.accounts.reseal import reseal_second_factors
from shared.repositories.account_links import AccountLinks
from shared.repositories.api_key_directory import ApiKeyDirectory
from shared.repositories.api_keys import ApiKeys, key_id
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.invitations import Invitations
from shared.repositories.members import LastOwner, MemberRules, Members
from shared.repositories.memberships import Memberships
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later

ADA = User(id="ada", email="ada@example.com", name="Ada", created_at=NOW)
MONTH = 30 * 86_400


def member(user: str, role: Role, workspace: str = "acme") -> Member:
    return Member(workspace=workspace, user=user, role=role, since=NOW)


def session(id_: str = "s1", **changes: object) -> Session:
    made = Session(
        id=id_,
        user="ada",
        made_at=NOW,
        seen_at=NOW,
        ends_at=later(MONTH),
        address="127.0.0.0/24",
        agent="curl",
        refresh="r1",
        proved_at=NOW,
    )
    return msgspec.structs.replace(made, **changes)


async def test_email_address_has_one_user(mongo: Mongo) -> None:
    users = Users(mongo)
    assert await users.create(ADA)
    assert not await users.create(msgspec.structs.replace(ADA, id="other"))
    assert await users.by_email("ada@example.com") == await users.get("ada") == ADA
    assert await users.many(["ada", "bob"]) == {"ada": ADA}


async def test_rehash_does_not_undo_a_new_password(mongo: Mongo) -> None:
    users = Users(mongo)
    await users.create(ADA)
    assert await users.set_password("ada", "old", NOW)
    assert await users.set_password("ada", "new", NOW)
    assert not await users.set_password("ada", "old rehashed", NOW, was="old")
    assert await users.set_password("ada", "new rehashed", NOW, was="new")


async def test_profile_change_refuses_other_fields(mongo: Mongo) -> None:
    users = Users(mongo)
    await users.create(ADA)
    with pytest.raises(ValueError, match="profile"):
        await users.change_profile("ada", {"password": "x"})
    before = await users.change_profile("ada", {"zone": "Europe/Berlin"})
    assert before is not None
    assert before.zone == ""


async def test_code_of_the_second_factor_is_used_once(mongo: Mongo) -> None:
    users = Users(mongo)
    await users.create(ADA)
    assert await users.propose_second_factor("ada", "sealed")
    assert not await users.confirm_second_factor("ada", "another", 5, ["a"], NOW)
    assert await users.confirm_second_factor("ada", "sealed", 5, ["a", "b"], NOW)
    assert not await users.propose_second_factor("ada", "sealed again"), "one is confirmed"
    assert sorted(await asyncio.gather(*(users.use_step("ada", 6) for _ in range(5)))) == [False] * 4 + [True]
    assert not await users.use_step("ada", 5)
    assert sorted(await asyncio.gather(*(users.use_recovery_code("ada", "a") for _ in range(5)))) == [False] * 4 + [
        True
    ]
    assert await users.remove_second_factor("ada")
    assert not await users.replace_recovery_codes("ada", ["c"])


async def test_secrets_of_second_factors_get_a_new_key(mongo: Mongo) -> None:
    old, both = Secrets({"k1": b"1" * 32}), Secrets({"k2": b"2" * 32, "k1": b"1" * 32})
    users = Users(mongo)
    for number in range(3):
        user = msgspec.structs.replace(ADA, id=f"u{number}", email=f"u{number}@example.com")
        await users.create(user)
        sealed = old.encrypt("secret", workspace="", field=second_factor_field(user.id))
        await users.propose_second_factor(user.id, sealed)
    await users.create(ADA)
    assert await reseal_second_factors(mongo, both, check=True) == (0, Counter({"k1": 3}))
    assert await reseal_second_factors(mongo, both, check=False) == (3, Counter({"k2": 3}))
    assert await reseal_second_factors(mongo, both, check=False) == (0, Counter({"k2": 3}))


async def test_disabled_user_can_be_enabled_and_erased(mongo: Mongo) -> None:
    users = Users(mongo)
    await users.create(ADA)
    assert [await users.disable("ada", NOW), await users.disable("ada", NOW)] == [True, False]
    assert [await users.enable("ada"), await users.enable("ada")] == [True, False]
    assert [await users.remove("ada"), await users.remove("ada")] == [True, False]


async def test_two_owners_cannot_leave_a_workspace_without_one(mongo: Mongo) -> None:
    """Both are demoted or removed at the same time, again and again: one of the two changes is refused."""
    for attempt in range(10):
        members = Members(mongo, f"w{attempt}")
        for user in ("ada", "bob"):
            await members.add(member(user, Role.OWNER, f"w{attempt}"))
        changes = (members.change("ada", 1, role=Role.AGENT, sees=Sees.ALL, channels=()), members.remove("bob"))
        results = await asyncio.gather(*changes, return_exceptions=True)
        assert sum(isinstance(result, LastOwner) for result in results) == 1
        assert [one.role for one in await members.all()].count(Role.OWNER) == 1


async def test_only_owner_can_be_replaced_by_another(mongo: Mongo) -> None:
    members = Members(mongo, "acme")
    await members.add(member("ada", Role.OWNER))
    await members.add(member("bob", Role.AGENT))
    with pytest.raises(LastOwner):
        await members.remove("ada")
    await members.change("bob", 1, role=Role.OWNER, sees=Sees.ALL, channels=())
    assert await members.remove("ada")
    with pytest.raises(LastOwner):
        await members.change("bob", 2, role=Role.VIEWER, sees=Sees.ALL, channels=())


async def test_change_of_an_older_revision_is_refused_and_keeps_the_owner(mongo: Mongo) -> None:
    members = Members(mongo, "acme")
    for user in ("ada", "bob"):
        await members.add(member(user, Role.OWNER))
    with pytest.raises(Conflict):
        await members.change("ada", 7, role=Role.AGENT, sees=Sees.ALL, channels=())
    assert await members.remove("bob"), "ada is still an owner"
    with pytest.raises(LastOwner):
        await members.remove("ada")


async def test_rules_and_memberships(mongo: Mongo) -> None:
    members = Members(mongo, "acme")
    assert not await members.set_rules(MemberRules(second_factor=True)), "it has no owner yet"
    await members.add(member("ada", Role.OWNER))
    assert await members.set_rules(MemberRules(second_factor=True))
    assert await members.rules() == MemberRules(second_factor=True)
    assert not await members.add(member("ada", Role.AGENT)), "a member already"
    await Members(mongo, "rival").add(member("ada", Role.VIEWER, "rival"))
    assert [(one.workspace, one.role) for one in await Memberships(mongo).of_user("ada")] == [
        ("acme", Role.OWNER),
        ("rival", Role.VIEWER),
    ]


async def test_refresh_token_is_rotated_once(mongo: Mongo) -> None:
    sessions = Sessions(mongo)
    await sessions.start(session())
    assert sorted(await asyncio.gather(*(sessions.rotate("s1", "r1", "r2", later(5)) for _ in range(5)))) == [
        False
    ] * 4 + [True]
    found = await sessions.get("s1")
    assert found is not None
    assert (found.refresh, found.former, found.rotated_at, found.seen_at) == ("r2", "r1", later(5), later(5))


async def test_revoked_session_is_not_rotated_or_listed(mongo: Mongo) -> None:
    sessions = Sessions(mongo)
    for name in ("s1", "s2", "s3"):
        await sessions.start(session(name))
    assert await sessions.revoke("s1", "signed out", NOW)
    assert not await sessions.revoke("s1", "signed out", NOW)
    assert not await sessions.rotate("s1", "r1", "r2", NOW)
    assert await sessions.revoke_all("ada", "password changed", NOW, but=["s2"]) == 1
    assert [one.id for one in await sessions.of_user("ada", NOW)] == ["s2"]
    assert await sessions.of_user("ada", later(MONTH)) == []
    assert await sessions.remove_all("ada") == 3


async def test_key_is_found_by_its_digest_and_its_use_is_stored_once_a_minute(mongo: Mongo) -> None:
    digest = "c" * 64
    key = ApiKey(
        id=key_id(digest), workspace="acme", digest=digest, name="crm", scopes=("x",), made_by="ada", made_at=NOW
    )
    keys, directory = ApiKeys(mongo, "acme"), ApiKeyDirectory(mongo)
    assert [await keys.create(key), await keys.create(key)] == [True, False]
    assert await directory.find(digest) == key
    assert await directory.find(digest[:24] + "d" * 40) is None, "the id is the same, the digest is not"
    assert sum([await directory.record_use(key, later(second)) for second in range(0, 180, 20)]) == 3
    assert await keys.revoke(key.id, NOW)
    assert await keys.change(key.id, name="x", scopes=(), ends_at=None) is None, "revoked"
    found = await directory.find(digest)
    assert found is not None
    assert not found.is_valid(NOW)


async def test_invitation_is_taken_once_before_its_end(mongo: Mongo) -> None:
    invitations = Invitations(mongo, "acme")
    invitation = Invitation(
        id="i1",
        workspace="acme",
        digest="d1",
        email="bob@example.com",
        role=Role.AGENT,
        made_by="ada",
        made_at=NOW,
        ends_at=later(60),
    )
    await invitations.create(invitation)
    assert await invitations.take("i1", "another", "bob", NOW) is None
    assert await invitations.take("i1", "d1", "bob", later(60)) is None
    assert [one.id for one in await invitations.open(NOW)] == ["i1"]
    taken = await asyncio.gather(*(invitations.take("i1", "d1", "bob", NOW) for _ in range(5)))
    assert sum(one is not None for one in taken) == 1
    assert not await invitations.withdraw("i1"), "it was used"
    assert await invitations.open(NOW) == []


async def test_new_link_replaces_the_one_before(mongo: Mongo) -> None:
    links = AccountLinks(mongo)
    first = AccountLink(
        digest="d1", kind=LinkKind.RESET, email="ada@example.com", user="ada", made_at=NOW, ends_at=later(1800)
    )
    await links.create(first)
    await links.create(msgspec.structs.replace(first, digest="d2"))
    assert await links.get("d1", LinkKind.RESET, NOW) is None
    assert await links.take("d2", LinkKind.REGISTER, NOW) is None, "of another kind"
    assert await links.take("d2", LinkKind.RESET, later(1800)) is None, "ended"
    taken = await asyncio.gather(*(links.take("d2", LinkKind.RESET, NOW) for _ in range(5)))
    assert sum(one is not None for one in taken) == 1
    assert await links.remove_all("ada", "ada@example.com") == 1


async def test_equal_audit_entries_are_all_kept_and_paged(mongo: Mongo) -> None:
    log = AuditLog(mongo, "acme")
    entry = AuditEntry(
        workspace="acme",
        at=NOW,
        action="members.change",
        by_kind="user",
        by="ada",
        target="member:bob",
        fields=("role",),
        values={"role": ("agent", "admin")},
    )
    for _ in range(5):
        await log.add(entry)
    await log.add(msgspec.structs.replace(entry, at=later(1), action="members.remove", by="eve"))
    seen = []
    before = None
    while page := await log.page(AuditFilter(), before=before, limit=2):
        seen += page
        before = (page[-1].at, page[-1].id)
    assert len({one.id for one in seen}) == 6
    assert seen[0].action == "members.remove"
    assert seen[1].values == {"role": ("agent", "admin")}
    assert len(await log.page(AuditFilter(by="eve"))) == 1
    assert len(await log.page(AuditFilter(until=later(1), target="member:bob"))) == 5
    assert await log.page(AuditFilter(since=later(2))) == []


def test_audit_log_has_no_method_that_changes_an_entry() -> None:
    assert {name for name in vars(AuditLog) if not name.startswith("_")} == {"add", "page"}


async def test_audit_entry_ends_with_the_period_of_its_time(mongo: Mongo) -> None:
    entry = AuditEntry(workspace="acme", at=NOW, action="x", by_kind="system", by="system")
    id_ = await AuditLog(mongo, "acme").add(entry, kept=timedelta(days=2))
    stored = await mongo.collection("audit").find_one({"_id": id_})
    assert stored is not None
    assert stored["ends_at"] == NOW + timedelta(days=2)
