"""Channels and their secrets through the API."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from services.console.parts import Parts
from shared.clock import FixedClock
from shared.messages.inbound import Provider
from shared.providers.port import Channel
from shared.repositories.webhook_marks import WebhookMarks
from shared.repositories.workspace_editor import WorkspaceEditor
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.console.edited_workspace import errors
from tests.repositories.builders import only_channel, workspace_file


async def test_channels_never_show_secrets(owner: Client, console: Console, parts: Parts, clock: FixedClock) -> None:
    seen = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
    marks = WebhookMarks(parts.redis, clock)
    marks.note("accepted", [seen, seen])
    await marks.settle()
    listed = (await owner.get("channels")).json()["items"]
    assert [(one["id"], one["secrets"]) for one in listed] == [
        ("main", ["access_token", "app_secret"]),
        ("tw", ["auth_token"]),
    ]
    assert listed[0]["fields"] == {"phone_number_id": "665397593326012", "waba_id": "1437200930610622"}
    assert listed[0]["webhooks"] == {"accepted_at": "2026-03-14T09:26:53Z", "refused_at": None}
    assert (await owner.get("channels/main/credentials")).json()["items"][0] == {
        "name": "access_token",
        "last4": "cret",
    }
    new = {"access_token": "EAA-another-token-0123"}
    assert (await owner.put("channels/main/credentials", new)).json()["changes"][0]["path"] == (
        "channels[main].access_token"
    )
    assert (await owner.get("channels/main/credentials")).json()["items"][0]["last4"] == "0123"
    assert list(errors(await owner.put("channels/main/credentials", {"id": "x"}))) == ["#/id"]
    assert problem(await owner.put("channels/none/credentials", new)) == "not-found"
    routes = ("channels", "channels/main", "channels/main/credentials", "settings", "webhooks")
    for route in routes:
        text = (await owner.get(route)).text
        assert "very-secret" not in text
        assert "another-token" not in text
        assert "v1:" not in text


async def test_channel_is_added_changed_and_removed(owner: Client) -> None:
    channel = {
        "id": "new",
        "provider": "twilio",
        "address": "+14155238887",
        "account_sid": "AC" + "1" * 32,
        "auth_token": "secret-token-of-new",
    }
    assert list(errors(await owner.post("channels", {**channel, "address": "12"}))) == ["#/address"]
    assert list(errors(await owner.post("channels", {**channel, "auth_token": ""}))) == ["#/auth_token"]
    made = await owner.post("channels", channel, key="new-channel-1")
    assert (made.status_code, made.json()["changes"][0]["path"]) == (201, "channels[new]")
    assert "secret-token" not in made.text
    assert (await owner.post("channels", channel, key="new-channel-1")).headers["idempotent-replayed"] == "true"
    assert list(errors(await owner.post("channels", channel))) == ["#"], "there is one already"
    changed = await owner.patch("channels/new", {"messages_per_second": 5})
    assert changed.json()["changes"][0]["path"] == "channels[new].messages_per_second"
    assert list(errors(await owner.patch("channels/new", {"auth_token": "x"}))) == ["#/auth_token"]
    gone = await owner.delete("channels/new")
    assert gone.json()["changes"] == [
        {"kind": "removed", "path": "channels[new]", "before": None, "after": None, "loses": True}
    ]


@pytest.mark.parametrize("number", ["665397593326012", "999999999999"], ids=["its number", "its account"])
async def test_channel_of_another_workspace_is_refused_without_naming_it(
    console: Console, editor: WorkspaceEditor, number: str
) -> None:
    """Nor can a tenant take a share of it: events of the account would go to both."""
    await editor.apply(workspace_file("rival", channels=[]))
    rival = console.client("owner", "rival")
    channel = {**only_channel()["channels"][0], "phone_number_id": number}
    for params in ({}, {"dry_run": "true"}, {"share_account": "true"}, {"share_account": "true", "dry_run": "true"}):
        refused = await rival.post("channels", channel, params=params)
        assert problem(refused) == "conflict"
        assert "acme" not in refused.text.lower()
    own = {**channel, "phone_number_id": "888888888888", "waba_id": "777777777777"}
    assert (await rival.post("channels", own)).status_code == 201
    for params in ({}, {"dry_run": "true"}, {"share_account": "true"}):
        refused = await rival.patch("channels/only", {"waba_id": channel["waba_id"]}, params=params)
        assert problem(refused) == "conflict"
        assert "acme" not in refused.text.lower()


async def test_channel_check_says_what_the_provider_answers(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, editor: WorkspaceEditor
) -> None:
    settings = parts.settings.model_copy(update={"meta_graph_url": "http://127.0.0.1:9"})
    owner = make_console(replace(parts, settings=settings), accounts, clock, closing).client("owner")
    found = (await owner.post("channels/main/check")).json()
    checks = {one["name"]: one for one in found["items"]}
    assert checks["credentials"]["good"]
    assert not checks["Meta"]["good"]
    assert not checks["webhooks"]["good"]
    assert "very-secret" not in str(found)
    assert problem(await owner.post("channels/none/check")) == "not-found"
