"""People with accounts for browser tests."""

from contextlib import suppress
from dataclasses import dataclass

from argon2 import PasswordHasher

from shared.clock import SystemClock
from shared.domain.accounts import Role, Sees
from shared.operations.accounts.people import Admission, AlreadyMember, People
from shared.storage.mongo import Mongo

PASSWORD = "three bicycles in the rain"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can sign in."""

    id: str
    name: str
    email: str
    password: str = PASSWORD


async def make_person(
    mongo: Mongo, workspace: str, name: str, role: Role, *, sees: Sees = Sees.ALL, channels: tuple[str, ...] = ()
) -> Person:
    """Store an account with a password and make the person a member. The address is of the name and workspace."""
    people = People(mongo, SystemClock())
    email = f"{name.split()[0].lower()}@{workspace}.example.com"
    user, _ = await people.get_or_create(email, name, _HASH)
    with suppress(AlreadyMember):  # a second window of the same person
        await people.admit(workspace, user, Admission(role, sees, channels))
    return Person(user.id, name, email)
