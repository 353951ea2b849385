"""Canned replies, saved views and drafts over the API."""

import pytest

from tests.console.console import Client, Console, problem
from tests.console.stored_conversations import conversation_of

pytestmark = pytest.mark.usefixtures("three_conversations")


async def test_draft_is_the_persons_own(agent: Client, console: Console) -> None:
    path = f"conversations/{conversation_of('ada')}/draft"
    assert problem(await agent.get(path)) == "not-found"
    begun = {"text": "Dear Ada", "intent": "press-1", "note": "She is angry"}
    assert (await agent.put(path, begun)).status_code == 200
    assert (await agent.get(path)).json().items() >= begun.items()
    details = (await agent.get(f"conversations/{conversation_of('ada')}")).json()
    assert details["draft"].items() >= begun.items()
    too_long = {"note": "x" * 8001}
    assert problem(await agent.put(path, too_long)) == "invalid"
    assert problem(await console.client("owner").get(path)) == "not-found"
    assert (await agent.delete(path)).status_code == 204
    assert problem(await agent.get(path)) == "not-found"
    assert problem(await console.key("conversations:read").get(path)) == "not-allowed"


async def test_canned_replies_are_written_by_agents(agent: Client, console: Console) -> None:
    body = {"shortcut": "hours", "body": {"type": "text", "body": "9 to 5"}, "labels": ["info"]}
    made = await agent.post("canned", body)
    assert made.status_code == 201, made.text
    assert problem(await agent.post("canned", body)) == "conflict"
    path = f"canned/{made.json()['id']}"
    changed = await agent.put(path, body | {"shortcut": "open"}, headers={"if-match": made.headers["etag"]})
    assert (changed.json()["shortcut"], changed.json()["revision"]) == ("open", 2)
    stale = await agent.put(path, body, headers={"if-match": made.headers["etag"]})
    assert problem(stale) == "changed-meanwhile"
    bad = {"type": "presence", "provider_message_id": "x"}
    assert problem(await agent.post("canned", body | {"shortcut": "x", "body": bad})) == "invalid"
    assert problem(await agent.post("canned", body | {"shortcut": "x", "body": {"type": "?"}})) == "invalid"
    viewer = console.client("viewer")
    (listed,) = (await viewer.get("canned")).json()["items"]
    assert (listed["shortcut"], listed["etag"]) == ("open", changed.headers["etag"])
    assert problem(await viewer.delete(path)) == "not-allowed"
    assert (await agent.delete(path)).status_code == 204
    assert problem(await agent.delete(path)) == "not-found"


async def test_views_are_own_or_shared(agent: Client, console: Console) -> None:
    viewer = console.client("viewer")
    own = (await viewer.post("views", {"name": "Mine", "filter": {"folder": "mine"}})).json()
    assert problem(await viewer.post("views", {"name": "All", "filter": {}, "shared": True})) == "not-allowed"
    shared = (await agent.post("views", {"name": "Waiting", "filter": {"sort": "waits"}, "shared": True})).json()
    assert [one["name"] for one in (await viewer.get("views")).json()["items"]] == ["Mine", "Waiting"]
    assert [one["name"] for one in (await agent.get("views")).json()["items"]] == ["Waiting"]
    assert problem(await agent.put(f"views/{own['id']}", {"name": "x", "filter": {}})) == "not-found"
    assert problem(await viewer.delete(f"views/{shared['id']}")) == "not-allowed"
    stale = {"if-match": own["etag"]}
    changed = await viewer.put(f"views/{own['id']}", {"name": "My own", "filter": {"folder": "mine"}}, headers=stale)
    assert changed.json()["etag"] != own["etag"]
    assert (
        problem(await viewer.put(f"views/{own['id']}", {"name": "x", "filter": {}}, headers=stale))
        == "changed-meanwhile"
    )
    assert problem(await viewer.delete(f"views/{own['id']}", headers=stale)) == "changed-meanwhile"
    assert (changed.json()["name"], changed.json()["revision"]) == ("My own", 2)
    assert (await viewer.delete(f"views/{own['id']}")).status_code == 204
