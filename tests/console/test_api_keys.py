"""API keys through the API."""

from datetime import timedelta

import pytest

from shared.storage.mongo import Mongo
from tests.console.console import problem
from tests.console.people import AGENT, ME, People, make_key


async def test_key_works_without_a_person_until_it_is_revoked(people: People, mongo: Mongo) -> None:
    owner = await people.signed_in("ada", "owner")
    made = await make_key(owner, "members:read")
    assert made["key"].startswith("pk_")
    assert made["key"] not in str(await mongo.collection("api_keys").find({}))
    assert made["key"] not in str((await owner.get("api-keys")).json())
    there = people.other()
    program, foreign = there.program(made["key"]), there.program(made["key"], "zeta")
    assert (await program.get("members")).status_code == 200
    assert problem(await program.get("audit")) == "not-allowed"
    assert problem(await program.post("invitations", AGENT)) == "not-allowed"
    assert problem(await program.get(ME)) == "not-allowed"
    assert problem(await foreign.get("members")) == "not-found"
    (listed,) = (await owner.get("api-keys")).json()["items"]
    assert listed["used_at"] is not None
    assert (await owner.delete(f"api-keys/{made['id']}")).status_code == 204
    people.clock.advance(5)
    assert problem(await program.get("members")) == "not-signed-in"


async def test_last_use_of_a_key_is_written_once_a_minute(people: People, mongo: Mongo) -> None:
    made = await make_key(await people.signed_in("ada", "owner"), "members:read")
    program = people.program(made["key"])
    begins, seen = people.clock.now(), set()
    for _ in range(18):
        await program.get("members")
        (stored,) = await mongo.collection("api_keys").find({})
        seen.add((stored["used_at"] - begins).total_seconds())
        people.clock.advance(10)
    assert seen == {0, 60, 120}


async def test_key_ends_at_its_end(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    ends_at = (people.clock.now() + timedelta(hours=1)).isoformat()
    made = await make_key(owner, "members:read", ends_at=ends_at)
    program = people.program(made["key"])
    people.clock.advance(3599)
    assert (await program.get("members")).status_code == 200
    people.clock.advance(1)
    assert problem(await program.get("members")) == "not-signed-in"
    past = await owner.post("api-keys", {"name": "x", "scopes": ["members:read"], "ends_at": "2020-01-01T00:00:00Z"})
    assert problem(past) in ("invalid", "not-signed-in", "proof-needed")


@pytest.mark.parametrize("key", ["pk_", "pk_" + "A" * 43, "A" * 43, "pk_" + "A" * 10_000, "pk_\x7f"])
async def test_made_up_key_is_refused(people: People, key: str) -> None:
    await make_key(await people.signed_in("ada", "owner"), "members:read")
    assert problem(await people.program(key).get("members")) == "not-signed-in"


async def test_admin_makes_keys_that_only_read(people: People) -> None:
    admin = await people.signed_in("max", "admin")
    assert problem(await admin.post("api-keys", {"name": "x", "scopes": ["orders:write"]})) == "not-allowed"
    assert problem(await admin.post("api-keys", {"name": "x", "scopes": ["everything"]})) == "invalid"
    made = await make_key(admin, "orders:read")
    assert problem(await admin.patch(f"api-keys/{made['id']}", {"scopes": ["orders:write"]})) == "not-allowed"
    assert (await admin.patch(f"api-keys/{made['id']}", {"name": "shop"})).status_code == 204
    assert (await admin.get("api-keys")).json()["items"][0]["name"] == "shop"
