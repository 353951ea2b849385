"""A workspace made by a registered person."""

from shared.storage.mongo import Mongo
from tests.console.console import problem
from tests.console.people import People


async def test_person_makes_a_workspace_where_registration_is_open(people: People, mongo: Mongo) -> None:
    closed = await people.signed_in("ada", "owner")
    assert problem(await closed.post("/api/v1/workspaces", {"workspace": "zoo"})) == "not-allowed"
    people = people.other(mail=True, console_signup="open")
    ada = await people.sign_in("ada")
    made = await ada.post("/api/v1/workspaces", {"workspace": "zoo"})
    assert made.json() == {"workspace": "zoo", "title": "", "role": "owner"}
    stored = await mongo.collection("workspaces").find_one({"_id": "zoo"})
    assert stored is not None
    assert (stored["tier"], stored["ownership"]["applied_at"]) == ("free", None)
    assert problem(await ada.post("/api/v1/workspaces", {"workspace": "zoo"})) == "conflict"
    assert problem(await ada.post("/api/v1/workspaces", {"workspace": "No Name"})) == "invalid"
    assert [one["workspace"] for one in (await ada.get("/api/v1/workspaces")).json()["items"]] == ["acme", "zoo"]
    assert (await ada.patch("/api/v1/workspaces/zoo/settings/profile", {"name": "Zoo"})).status_code == 200
